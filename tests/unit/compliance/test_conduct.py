"""One call against the rules of conduct: from the end of the greeting in one country, from its start in the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.compliance.conduct import Breach, CallOutcome, Timeline, judge, judge_by_packs
from dialer.compliance.loader import shipped_packs
from dialer.compliance.verdict import DeadlineFrom, Obligations

US = shipped_packs()["us-tsr"]
UK = shipped_packs()["uk-ofcom"]
ANSWERED = Timeline(ring_s=18, answered_s=0.0, greeting_start_s=0.2, greeting_end_s=1.5)


def test_the_same_call_is_in_time_from_the_end_of_the_greeting_and_too_late_from_its_start() -> None:
    call = replace(ANSWERED, agent_bridged_s=2.9)
    assert judge_by_packs(call, [US]).outcome is CallOutcome.CONNECTED
    british = judge_by_packs(call, [UK])
    assert british.outcome is CallOutcome.ABANDONED
    assert british.rules == ("uk-ofcom/conduct",)
    both = judge_by_packs(call, [US, UK])
    assert (both.outcome, both.rules) == (CallOutcome.ABANDONED, ("uk-ofcom/conduct",))


@pytest.mark.parametrize("start", [0.1, 0.3, 0.7, 1.3, 2.35, 3.1])
def test_two_seconds_to_the_dot_are_in_time(start: float) -> None:
    call = Timeline(ring_s=18, answered_s=0.0, greeting_start_s=start, agent_bridged_s=round(start + 2, 2))
    assert judge_by_packs(call, [UK]).outcome is CallOutcome.CONNECTED
    late = replace(call, agent_bridged_s=round(start + 2.001, 3))
    assert judge_by_packs(late, [UK]).outcome is CallOutcome.ABANDONED


def test_an_abandoned_call_needs_its_message_in_time() -> None:
    silent = replace(ANSWERED, hung_up_s=6.0, hung_up_by_us=True)
    assert judge_by_packs(silent, [US]).breaches == (Breach.CONNECT_DEADLINE, Breach.MESSAGE)
    spoken = replace(silent, message_started_s=3.5)
    assert judge_by_packs(spoken, [US]).breaches == (Breach.CONNECT_DEADLINE,)
    assert judge_by_packs(replace(silent, message_started_s=3.6), [US]).breaches[-1] is Breach.MESSAGE


def test_who_hangs_up_before_the_deadline_was_not_abandoned() -> None:
    gone = replace(ANSWERED, hung_up_s=3.5)
    assert judge_by_packs(gone, [US]).outcome is CallOutcome.HUNG_UP_EARLY
    assert judge_by_packs(gone, [US]).breaches == ()
    assert judge_by_packs(replace(gone, hung_up_s=3.6), [US]).outcome is CallOutcome.ABANDONED
    assert judge_by_packs(replace(gone, hung_up_by_us=True), [US]).outcome is CallOutcome.ABANDONED


def test_without_a_greeting_the_answer_counts() -> None:
    mute = Timeline(ring_s=18, answered_s=0.0, agent_bridged_s=2.0)
    assert judge_by_packs(mute, [US]).outcome is CallOutcome.CONNECTED
    assert judge_by_packs(replace(mute, agent_bridged_s=2.1), [US]).outcome is CallOutcome.ABANDONED


@pytest.mark.parametrize(
    ("ring_s", "by_us", "breaches"),
    [(14.9, True, (Breach.RING_MINIMUM,)), (15.0, True, ()), (4.0, False, ())],
)
def test_only_we_can_let_it_ring_too_short(ring_s: float, by_us: bool, breaches: tuple[Breach, ...]) -> None:
    found = judge_by_packs(Timeline(ring_s=ring_s, hung_up_by_us=by_us), [US])
    assert (found.outcome, found.breaches) == (CallOutcome.NO_ANSWER, breaches)


def test_an_answered_call_may_have_rung_as_short_as_it_liked() -> None:
    assert judge_by_packs(replace(ANSWERED, ring_s=2.0, agent_bridged_s=1.6), [US, UK]).breaches == ()


def test_where_no_pack_speaks_any_agent_is_in_time() -> None:
    assert judge_by_packs(replace(ANSWERED, agent_bridged_s=60.0), []).outcome is CallOutcome.CONNECTED
    assert judge(replace(ANSWERED, hung_up_s=9.0), Obligations()).outcome is CallOutcome.HUNG_UP_EARLY


def test_merged_duties_are_judged_by_the_stricter_value() -> None:
    duties = Obligations(connect_deadline_s=2.0, deadline_from=DeadlineFrom.GREETING_START)
    assert judge(replace(ANSWERED, agent_bridged_s=2.2), duties).outcome is CallOutcome.CONNECTED
    assert judge(replace(ANSWERED, agent_bridged_s=2.3), duties).breaches == (Breach.CONNECT_DEADLINE,)
