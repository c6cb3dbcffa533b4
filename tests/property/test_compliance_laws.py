"""The laws of composition, on random people, histories, packs and instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.compliance.conduct import CallOutcome, Timeline, judge, judge_by_packs
from dialer.compliance.facts import ContactEvent, Direction, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import load_packs
from dialer.compliance.obligations import merge
from dialer.compliance.retention import may_purge
from dialer.compliance.rulebook import decide
from dialer.compliance.rules import ObligeRule
from dialer.compliance.verdict import DeadlineFrom, Obligations
from dialer.compliance.zones import zone
from tests.support.gate_questions import (
    COUNTRIES,
    CREDITORS,
    DEBTORS,
    DEBTS,
    LAW,
    Question,
    ask,
    instants,
    pack_lists,
    packs_of,
    questions,
    some,
)

GATE = Gate.shipped()
AGAIN = load_packs(resources.files("dialer.compliance") / "packs")
PLACES = [place for name in ("America/Bogota", "Pacific/Apia", "America/Santiago") if (place := zone(name))]

duties = st.builds(
    Obligations,
    ring_min_s=st.sampled_from((0.0, 15.0, 20.0)),
    connect_deadline_s=st.sampled_from((None, 1.0, 2.0)),
    deadline_from=st.sampled_from((None, *DeadlineFrom)),
    drop_messages=some(("a", "b")).map(sorted).map(tuple),
    caller_id=some(("a", "b")).map(sorted).map(tuple),
    announcements=some(("a", "b")).map(sorted).map(tuple),
)
seconds = st.none() | st.integers(0, 60).map(lambda tenths: tenths / 10)
timelines = st.builds(
    Timeline,
    ring_s=st.integers(0, 40).map(float),
    answered_s=st.sampled_from((None, 0.0, 0.0)),
    greeting_start_s=seconds,
    agent_bridged_s=seconds,
    message_started_s=seconds,
    hung_up_s=seconds,
    hung_up_by_us=st.booleans(),
)


@LAW
@given(questions(), pack_lists)
def test_law_1_the_reasons_are_those_of_every_pack_together(question: Question, packs: list[str]) -> None:
    together = ask(question, packs)
    alone = [ask(question, [pack]) for pack in packs]
    assert set(together.reasons) == {reason for verdict in alone for reason in verdict.reasons}
    assert together.allowed == all(verdict.allowed for verdict in alone)
    if together.next_allowed_at is not None:
        assert all(
            verdict.next_allowed_at is not None and verdict.next_allowed_at <= together.next_allowed_at
            for verdict in alone
            if not verdict.allowed
        )


@LAW
@given(questions(), pack_lists, pack_lists)
def test_law_2_another_pack_only_tightens(question: Question, packs: list[str], more: list[str]) -> None:
    fewer = ask(question, packs)
    all_of_them = ask(question, list(dict.fromkeys([*packs, *more])))
    assert set(fewer.reasons) <= set(all_of_them.reasons)


@LAW
@given(questions(), st.just([]) | pack_lists, pack_lists)
def test_law_2_choosing_a_pack_for_a_campaign_only_tightens(
    question: Question, chosen: list[str], more: list[str]
) -> None:
    candidate, facts, now = question
    fewer = GATE.check(GateQuery(candidate=candidate, facts=facts, now=now, packs=tuple(chosen)))
    everything = tuple(dict.fromkeys([*chosen, *more]))
    tighter = GATE.check(GateQuery(candidate=candidate, facts=facts, now=now, packs=everything))
    assert set(fewer.reasons) <= set(tighter.reasons)
    assert fewer.obligations.ring_min_s <= tighter.obligations.ring_min_s


@LAW
@given(st.lists(duties), st.data())
def test_law_3_duties_merge_by_the_stricter_value_in_whatever_order(
    all_duties: list[Obligations], data: st.DataObject
) -> None:
    merged = merge(all_duties)
    shuffled = data.draw(st.permutations(all_duties))
    assert merge(shuffled) == merge([*all_duties, merged]) == merged
    for one in all_duties:
        assert merged.ring_min_s >= one.ring_min_s
        assert one.connect_deadline_s is None or (merged.connect_deadline_s or 0) <= one.connect_deadline_s
        assert one.deadline_from is None or merged.deadline_from in (one.deadline_from, DeadlineFrom.GREETING_START)
        assert set(one.drop_messages) <= set(merged.drop_messages)
        assert set(one.caller_id) <= set(merged.caller_id)
        assert set(one.announcements) <= set(merged.announcements)


@LAW
@given(timelines, pack_lists)
def test_law_3_what_one_pack_calls_abandoned_is_abandoned_under_the_merged_duties(
    timeline: Timeline, packs: list[str]
) -> None:
    rules = [rule for pack in packs_of(packs) for rule in pack.rules if isinstance(rule, ObligeRule)]
    by_packs = judge_by_packs(timeline, packs_of(packs))
    merged = judge(timeline, merge(rule.obligations for rule in rules))
    if by_packs.outcome is CallOutcome.ABANDONED:
        assert merged.outcome is CallOutcome.ABANDONED
    assert set(by_packs.breaches) <= set(merged.breaches)


@LAW
@given(pack_lists, st.sampled_from(("recording", "attempt", "cdr")), instants, instants, st.sampled_from(PLACES))
def test_law_3_the_longest_retention_wins_and_the_first_free_date_is_the_first(
    packs: list[str], cls: str, event: datetime, activity: datetime, place: ZoneInfo
) -> None:
    alone = [may_purge([pack], cls, event, activity, event, place) for pack in packs_of(packs)]
    found = may_purge(packs_of(packs), cls, event, activity, event, place)
    assert found.purge_from == max((one.purge_from for one in alone if one.purge_from), default=None)
    assert set(found.reasons) == {reason for one in alone for reason in one.reasons}
    if found.purge_from is not None:
        for day, allowed in ((found.purge_from, True), (found.purge_from - timedelta(days=1), False)):
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=place)
            assert may_purge(packs_of(packs), cls, event, activity, noon, place).allowed is allowed
        assert found.purge_from > date(2027, 12, 31)


@LAW
@given(questions(), pack_lists, st.data())
def test_law_4_a_zone_more_only_tightens(question: Question, packs: list[str], data: st.DataObject) -> None:
    candidate, facts, now = question
    more = data.draw(st.lists(st.sampled_from(COUNTRIES[candidate.country][1]), min_size=1))
    wider = replace(candidate, zones=tuple(dict.fromkeys([*candidate.zones, *more])))
    assert set(ask(question, packs).reasons) <= set(ask((wider, facts, now), packs).reasons)


@LAW
@given(questions(), pack_lists)
def test_law_4_no_zone_at_all_denies(question: Question, packs: list[str]) -> None:
    candidate, facts, now = question
    verdict = ask((replace(candidate, zones=()), facts, now), packs)
    assert "engine/tz-unresolved" in verdict.reasons
    assert verdict.next_allowed_at is None


@LAW
@given(questions(), pack_lists, st.data())
def test_law_5_a_call_in_flight_denies_all_that_it_could_deny_once_it_is_over(
    question: Question, packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    started = now - timedelta(seconds=data.draw(st.integers(0, 3000)))
    for name in candidate.zones:
        assume(started.astimezone(zone(name)).date() == now.astimezone(zone(name)).date())
    flying = ContactEvent(
        id="flying",
        at=started,
        debtor=data.draw(st.sampled_from(DEBTORS)),
        debts=data.draw(some(DEBTS)),
        creditors=data.draw(some(CREDITORS)),
        number=data.draw(st.sampled_from(COUNTRIES[candidate.country][0])),
        direction=data.draw(st.sampled_from(Direction)),
        in_flight=True,
    )
    outcome = data.draw(st.sampled_from(LedgerOutcome))
    landed = replace(flying, in_flight=False, outcome=outcome, ended_at=data.draw(st.sampled_from((started, now))))
    before = ask((candidate, replace(facts, events=(*facts.events, flying)), now), packs)
    after = ask((candidate, replace(facts, events=(*facts.events, landed)), now), packs)
    assert set(after.reasons) <= set(before.reasons)
    without = ask((candidate, facts, now), packs)
    if outcome is LedgerOutcome.RELEASED:
        assert after.reasons == without.reasons


@LAW
@given(questions(), pack_lists, st.data())
def test_law_6_the_same_facts_in_any_order_give_the_same_verdict(
    question: Question, packs: list[str], data: st.DataObject
) -> None:
    candidate, facts, now = question
    shuffled = data.draw(st.permutations(facts.events))
    assert ask(question, packs) == ask((candidate, replace(facts, events=tuple(shuffled)), now), packs)


@LAW
@given(questions(), pack_lists)
def test_law_6_packs_loaded_again_give_the_same_verdict(question: Question, packs: list[str]) -> None:
    candidate, facts, now = question
    verdict = decide(candidate, facts, [AGAIN[pack] for pack in packs], shipped_calendars(), now)
    assert verdict == ask(question, packs)


@LAW
@given(questions(), pack_lists)
def test_law_9_every_pack_speaks_or_says_why_not(question: Question, packs: list[str]) -> None:
    verdict = ask(question, packs)
    silent = dict(verdict.not_applicable)
    assert sorted([*verdict.packs, *silent]) == sorted(packs)
    assert all(why.partition(":")[1] for why in silent.values())
    assert not {reason.partition("/")[0] for reason in verdict.reasons} & set(silent)


@LAW
@given(questions(), pack_lists)
def test_law_9_the_account_gives_every_rule_its_line_and_agrees_with_the_verdict(
    question: Question, packs: list[str]
) -> None:
    candidate, facts, now = question
    gate = Gate.of(packs_of(packs), shipped_calendars())
    account = gate.account(GateQuery(candidate=candidate, facts=facts, now=now))
    assert account.verdict == ask(question, packs)
    assert {line.rule for line in account.rules if line.ok is False} == set(account.verdict.reasons)
    every = [rule.id for pack in packs_of(packs) for rule in pack.rules]
    assert [line.rule for line in account.rules if line.kind != "engine"] == every
