"""How long a permission holds, and that it knows why it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.compliance.facts import Candidate, Consent, ContactEvent, Facts, LedgerOutcome, QuietTime
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import parse_pack, shipped_packs
from dialer.compliance.rulebook import GateSettings, decide
from dialer.compliance.rules import Pack
from dialer.compliance.verdict import Verdict

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # Tuesday in New York
AMERICAN = Candidate(debtor=1, debts=(10,), number="+12125550101", country="US", zones=("America/New_York",))
NINE_AT_NIGHT = datetime(2026, 11, 25, 2, tzinfo=UTC)
TALK = ContactEvent(
    id="e", at=NOON - timedelta(days=5), debtor=1, debts=(10,), number="", outcome=LedgerOutcome.CONVERSATION
)


NOTHING = Facts()


def ask(facts: Facts = NOTHING, candidate: Candidate = AMERICAN, guard_s: int = 0, pack: Pack | None = None) -> Verdict:
    packs = [pack or shipped_packs()["us-reg-f"]]
    return decide(candidate, facts, packs, shipped_calendars(), NOON, GateSettings(close_guard_s=guard_s))


def hours(opens: str, closes: str) -> Pack:
    return parse_pack(
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {}\n"
        "rules: [{id: w, kind: window, cite: c, basis: law, allow: ["
        f"{{days: [tue], from: '{opens}', to: '24:00'}}, {{days: [wed], from: '00:00', to: '{closes}'}}]}}]\n",
        "mine.yaml",
    )


def test_until_the_window_closes_in_the_first_zone_and_with_the_guard() -> None:
    assert ask().holds_until == NINE_AT_NIGHT
    assert ask(guard_s=90).holds_until == NINE_AT_NIGHT - timedelta(seconds=90)
    west = replace(AMERICAN, zones=("America/Los_Angeles", "America/New_York"))
    assert ask(candidate=west).holds_until == NINE_AT_NIGHT


def test_until_a_quiet_time_begins() -> None:
    quiet = QuietTime(days=frozenset({1}), from_s=15 * 3600, to_s=16 * 3600)
    assert ask(Facts(quiet_times=(quiet,))).holds_until == datetime(2026, 11, 24, 20, tzinfo=UTC)
    tomorrow = replace(quiet, days=frozenset({2}))
    assert ask(Facts(quiet_times=(tomorrow,))).holds_until == NINE_AT_NIGHT


def test_until_the_consent_runs_out_if_the_limit_then_denies() -> None:
    last_day = Consent(debtor=1, debt=10, at=datetime(2026, 11, 18, 17, tzinfo=UTC))
    pack = parse_pack(
        "id: mine\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {}\n"
        "rules: [{id: rest, kind: limit, cite: c, basis: law, key: [debtor, debt], max: 0, include_candidate: false, "
        "count: {channel: call, dir: any, outcomes: [conversation]}, window: {calendar_days: 7}, "
        "unless: direct_prior_consent_7d}]\n",
        "mine.yaml",
    )
    excused = Facts(events=(TALK,), consents=(last_day,))
    assert ask(excused, pack=pack).holds_until == datetime(2026, 11, 25, 5, tzinfo=UTC)
    old = replace(TALK, at=NOON - timedelta(days=6))  # is gone by then itself
    assert ask(replace(excused, events=(old,)), pack=pack).holds_until is None


def test_hours_that_go_on_after_midnight_hold_on() -> None:
    assert ask(pack=hours("10:00", "03:00")).holds_until == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert ask(pack=hours("10:00", "12:00")).holds_until == NOON + timedelta(days=1)
    assert ask(pack=hours("10:00", "12:01")).holds_until is None
    assert ask(pack=hours("10:00", "03:00"), guard_s=1).holds_until == datetime(2026, 11, 25, 4, 59, 59, tzinfo=UTC)


def test_what_is_denied_holds_no_time() -> None:
    assert ask(Facts(do_not_call=True)).holds_until is None


EAST, WEST = "America/New_York", "America/Los_Angeles"


@pytest.mark.parametrize("zones", [(EAST,), (WEST,), (EAST, WEST)])
def test_where_the_consent_has_run_out_the_talk_may_have_left_too(zones: tuple[str, ...]) -> None:
    # One in the morning of the 18th in New York, ten at night of the 17th in Los Angeles: day one in each.
    said = datetime(2026, 11, 18, 6, tzinfo=UTC)
    facts = Facts(events=(replace(TALK, at=said),), consents=(Consent(debtor=1, debt=10, at=said),))
    assert ask(facts, replace(AMERICAN, zones=zones)).allowed
    midnight = replace(TALK, at=said + timedelta(hours=3))  # the 18th in both
    both = ask(replace(facts, events=(midnight,)), replace(AMERICAN, zones=zones))
    assert both.allowed is (WEST not in zones)
