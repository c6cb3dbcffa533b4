"""Overrides: the house may set its own rules aside, never the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dialer.compliance.facts import Candidate, ContactEvent, Facts, GateQuery, LedgerOutcome, Override
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rules import Basis

GATE = Gate.shipped()
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
COLOMBIAN = Candidate(debtor=1, debts=(10,), number="+573101234567", country="CO")
CALLED = ContactEvent(
    id="e", at=NOON - timedelta(hours=1), debtor=1, debts=(10,), number=COLOMBIAN.number, outcome=LedgerOutcome.BUSY
)
QUERY = GateQuery(candidate=COLOMBIAN, facts=Facts(events=(CALLED,)), now=NOON, packs=("house",))


def overriding(query: GateQuery, *rules: str) -> GateQuery:
    overrides = tuple(Override(id=f"o{index}", rule=rule) for index, rule in enumerate(rules))
    return replace(query, facts=replace(query.facts, overrides=overrides))


def test_a_rule_of_the_house_is_set_aside_and_stays_on_record() -> None:
    denied = GATE.check(QUERY)
    assert denied.reasons == ("house/gap-2h",)
    verdict = GATE.check(overriding(QUERY, "house/gap-2h"))
    assert verdict.allowed
    assert verdict.overridden == denied.denials
    assert verdict.next_allowed_at is None
    assert verdict.holds_until == datetime(2026, 11, 25, 0, tzinfo=UTC)


def test_an_override_of_another_rule_changes_nothing() -> None:
    assert GATE.check(overriding(QUERY, "house/number-3-per-day")) == GATE.check(QUERY)


def test_law_guidance_interpretation_and_the_engine_cannot_be_set_aside() -> None:
    talk = replace(CALLED, outcome=LedgerOutcome.CONVERSATION)
    night = replace(QUERY, now=NOON + timedelta(hours=9), facts=Facts(events=(talk,), do_not_call=True))
    rules = ("co-ley-2300/window", "co-ley-2300/one-contact-per-day", "engine/do-not-call")
    verdict = GATE.check(overriding(night, *rules))
    assert set(rules) <= set(verdict.reasons)
    assert verdict.overridden == ()


def test_of_all_that_ships_only_policy_is_the_house_s_own() -> None:
    for pack in shipped_packs().values():
        scope = pack.scope
        somebody = replace(
            COLOMBIAN,
            country=scope.country or "CO",
            subdivision=scope.subdivision,
            purpose=scope.purposes[0],
            zones=("America/Bogota",),
        )
        night = GateQuery(candidate=somebody, facts=Facts(), now=datetime(2026, 11, 22, 8, tzinfo=UTC))
        for rule in pack.rules:
            verdict = Gate.of([pack], shipped_calendars()).check(overriding(night, rule.id))
            assert (rule.id in verdict.reasons) <= (rule.basis is not Basis.POLICY)
            assert bool(verdict.overridden) <= (rule.basis is Basis.POLICY)


def test_what_remains_says_when_it_is_allowed() -> None:
    evening = overriding(replace(QUERY, now=datetime(2026, 11, 25, 0, tzinfo=UTC)), "house/gap-2h")
    late = replace(CALLED, at=evening.now - timedelta(minutes=1))
    verdict = GATE.check(replace(evening, facts=replace(evening.facts, events=(late,))))
    assert verdict.reasons == ("co-ley-2300/window",)
    assert [denial.rule for denial in verdict.overridden] == ["house/gap-2h"]
    assert verdict.next_allowed_at == datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_an_overridden_rule_does_not_hold_back_the_next_minute() -> None:
    argentine = Candidate(debtor=1, debts=(10,), number="+541112345678", country="AR")
    night = GateQuery(candidate=argentine, facts=Facts(), now=datetime(2026, 11, 24, 4, tzinfo=UTC))
    assert GATE.check(night).reasons == ("ar-caba/window",)
    verdict = GATE.check(overriding(night, "ar-caba/window"))
    assert verdict.allowed
    assert verdict.holds_until is None
