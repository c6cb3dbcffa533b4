"""Time and the gate: the next allowed minute is the first, a permission holds as long as it says, and an override
moves nothing but the house's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.facts import Override
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rulebook import GateSettings
from dialer.compliance.rules import Basis
from tests.support.gate_questions import LAW, Question, ask, pack_lists, questions

RULES = {rule.id: rule.basis for pack in shipped_packs().values() for rule in pack.rules}
guards = st.sampled_from((0, 1, 59, 90, 600)).map(lambda seconds: GateSettings(close_guard_s=seconds))
overrides = st.lists(st.sampled_from(sorted(RULES)), max_size=4).map(
    lambda rules: tuple(Override(id=f"o{index}", rule=rule) for index, rule in enumerate(rules))
)
DAY = timedelta(days=1)


def minutes_between(begin: datetime, end: datetime, data: st.DataObject) -> Iterator[datetime]:
    """Whole minutes of the stretch: the minutes before its end, the half hours of a day before, and some anywhere."""
    last = int((end - begin).total_seconds() // 60)
    offsets = {1, 2, *range(30, 24 * 60, 30), *(data.draw(st.integers(1, max(1, last))) for _ in range(5))}
    return (end - timedelta(minutes=offset) for offset in sorted(offsets) if offset <= last)


@LAW
@given(questions(), pack_lists, guards, st.data())
def test_law_7_the_next_allowed_minute_is_the_first(
    question: Question, packs: list[str], settings: GateSettings, data: st.DataObject
) -> None:
    candidate, facts, now = question
    verdict = ask(question, packs, settings)
    if verdict.allowed:
        assert verdict.next_allowed_at is None
        return
    if (upcoming := verdict.next_allowed_at) is None:
        later = now + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 60)))
        assert not ask((candidate, facts, later), packs, settings).allowed
        return
    assert upcoming >= now
    assert (upcoming.second, upcoming.microsecond) == (0, 0)
    assert ask((candidate, facts, upcoming), packs, settings).allowed
    for earlier in minutes_between(now, upcoming, data):
        assert not ask((candidate, facts, earlier), packs, settings).allowed


@LAW
@given(questions(), pack_lists, guards, st.data())
def test_a_permission_holds_as_long_as_it_says_and_not_a_second_longer(
    question: Question, packs: list[str], settings: GateSettings, data: st.DataObject
) -> None:
    candidate, facts, now = question
    verdict = ask(question, packs, settings)
    if not verdict.allowed:
        assert verdict.holds_until is None
        if verdict.next_allowed_at is None:
            return
        now = verdict.next_allowed_at
        verdict = ask((candidate, facts, now), packs, settings)
    until = verdict.holds_until
    if until is not None:
        assert now < until <= now + DAY
        assert not ask((candidate, facts, until), packs, settings).allowed
        assert ask((candidate, facts, until - timedelta(seconds=1)), packs, settings).allowed
    for between in minutes_between(now, until or now + DAY, data):
        assert ask((candidate, facts, between), packs, settings).allowed


@LAW
@given(questions(), pack_lists, overrides)
def test_law_8_only_policy_is_set_aside_and_the_denial_stays_on_record(
    question: Question, packs: list[str], chosen: tuple[Override, ...]
) -> None:
    candidate, facts, now = question
    plain = ask(question, packs)
    verdict = ask((candidate, replace(facts, overrides=chosen), now), packs)
    aside = {override.rule for override in chosen if RULES[override.rule] is Basis.POLICY}
    assert verdict.denials == tuple(denial for denial in plain.denials if denial.rule not in aside)
    assert verdict.overridden == tuple(denial for denial in plain.denials if denial.rule in aside)
    assert verdict.obligations == plain.obligations
    if verdict.next_allowed_at is not None and plain.next_allowed_at is not None:
        assert verdict.next_allowed_at <= plain.next_allowed_at


@LAW
@given(questions(), pack_lists, overrides)
def test_law_7_with_an_override_the_next_allowed_minute_is_true(
    question: Question, packs: list[str], chosen: tuple[Override, ...]
) -> None:
    candidate, facts, now = question
    overridden = replace(facts, overrides=chosen)
    upcoming = ask((candidate, overridden, now), packs).next_allowed_at
    if upcoming is not None:
        assert ask((candidate, overridden, upcoming), packs).allowed
