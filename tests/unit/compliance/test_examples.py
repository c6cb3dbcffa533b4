"""Known answers, one of each kind of question: hours, a call that still rings, a race, a rate, a call, a recording."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

from dialer.compliance.conduct import CallOutcome, Timeline, judge_by_packs
from dialer.compliance.facts import Candidate, ContactEvent, Facts, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.retention import may_purge
from dialer.compliance.verdict import Verdict
from dialer.compliance.zones import zone

REG_F, TSR = shipped_packs()["us-reg-f"], shipped_packs()["us-tsr"]
GATE = Gate.of([REG_F], shipped_calendars())
DEBTOR = Candidate(
    debtor="D1",
    debts=("A1",),
    creditors=("ACME",),
    number="+12125550101",
    country="US",
    subdivision="US-NY",
    zones=("America/New_York",),
)
OTHER_NUMBER = replace(DEBTOR, number="+12125550107")
SIX_ATTEMPTS = (
    ("2026-11-18T20:00:00", LedgerOutcome.MACHINE),
    ("2026-11-19T15:00:00", LedgerOutcome.NO_ANSWER),
    ("2026-11-20T15:00:00", LedgerOutcome.MESSAGE_LEFT),
    ("2026-11-21T16:00:00", LedgerOutcome.ABANDONED),
    ("2026-11-22T18:00:00", LedgerOutcome.NO_ANSWER),
    ("2026-11-23T15:00:00", LedgerOutcome.THIRD_PARTY),
)
CAP_AND_REST = {"us-reg-f/cap-7in7", "us-reg-f/cooloff-7d"}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(at: str, outcome: LedgerOutcome, *, in_flight: bool = False, number: str = DEBTOR.number) -> ContactEvent:
    return ContactEvent(
        id=at, at=utc(at), debtor="D1", debts=("A1",), number=number, outcome=outcome, in_flight=in_flight
    )


HISTORY = tuple(event(*attempt) for attempt in SIX_ATTEMPTS)


def ask(now: str, candidate: Candidate = DEBTOR, events: tuple[ContactEvent, ...] = ()) -> Verdict:
    return GATE.check(GateQuery(candidate=candidate, facts=Facts(events=events), now=utc(now)))


def test_the_window_opens_at_eight_sharp() -> None:
    early = ask("2026-11-24T12:59:59")
    assert (early.reasons, early.next_allowed_at) == (("us-reg-f/window",), utc("2026-11-24T13:00:00"))
    assert ask("2026-11-24T13:00:00").allowed


def test_the_seventh_call_closes_the_cap_while_it_rings_and_frees_it_when_it_proves_busy() -> None:
    assert ask("2026-11-24T15:00:00", events=HISTORY).allowed
    ringing = event("2026-11-24T15:00:00", LedgerOutcome.UNKNOWN, in_flight=True)
    assert set(ask("2026-11-24T15:00:05", OTHER_NUMBER, (*HISTORY, ringing)).reasons) == CAP_AND_REST
    busy = replace(ringing, in_flight=False, outcome=LedgerOutcome.BUSY)
    assert ask("2026-11-24T15:00:10", OTHER_NUMBER, (*HISTORY, busy)).allowed


def test_of_two_workers_with_one_call_left_one_wins_in_whatever_order() -> None:
    for first, second in permutations((DEBTOR, OTHER_NUMBER)):
        assert ask("2026-11-24T15:00:00", first, HISTORY).allowed
        won = event("2026-11-24T15:00:00", LedgerOutcome.UNKNOWN, in_flight=True, number=first.number)
        assert set(ask("2026-11-24T15:00:00", second, (*HISTORY, won)).reasons) == CAP_AND_REST


def test_an_agent_who_joins_after_the_greeting_is_in_time() -> None:
    call = Timeline(ring_s=18, answered_s=0.0, greeting_start_s=0.2, greeting_end_s=1.5, agent_bridged_s=2.9)
    assert judge_by_packs(call, [TSR]).outcome is CallOutcome.CONNECTED


def test_a_recording_of_leap_day_is_kept_through_february() -> None:
    new_york = zone("America/New_York")
    assert new_york is not None
    found = may_purge([REG_F], "recording", utc("2028-02-29T15:00:00"), None, utc("2031-02-28T15:00:00"), new_york)
    assert (found.allowed, found.reasons) == (False, ("us-reg-f/retain",))
    assert str(found.purge_from) == "2031-03-01"
