"""How long records live: whole years on the local calendar, the longest rule wins, and packs that contradict are
refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import parse_pack, shipped_packs
from dialer.compliance.retention import PurgeDecision, check_together, may_purge
from dialer.compliance.rules import Pack
from dialer.compliance.zones import zone
from dialer.errors import InvalidPack

NEW_YORK = zone("America/New_York") or ZoneInfo("UTC")
REG_F, TSR, CHILE = (shipped_packs()[name] for name in ("us-reg-f", "us-tsr", "cl-ley-21320"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked(cls: str, event: str, now: str, *packs: Pack, activity: str = "") -> PurgeDecision:
    return may_purge(packs, cls, at(event), at(activity) if activity else None, at(now), NEW_YORK)


def test_a_recording_of_leap_day_lives_until_the_first_of_march() -> None:
    denied = asked("recording", "2028-02-29T15:00", "2031-02-28T15:00", REG_F)
    assert (denied.allowed, denied.reasons, denied.purge_from) == (False, ("us-reg-f/retain",), date(2031, 3, 1))
    allowed = asked("recording", "2028-02-29T15:00", "2031-03-01T05:00", REG_F)
    assert (allowed.allowed, allowed.reasons, allowed.purge_from) == (True, (), date(2031, 3, 1))


def test_four_years_later_leap_day_is_leap_day() -> None:
    text = pack_text("mine", "{attempt: {years: 4, from: event}}")
    found = asked("attempt", "2028-02-29T15:00", "2028-03-01T15:00", parse_pack(text, "mine.yaml"))
    assert found.purge_from == date(2032, 2, 29)


def test_dates_are_those_of_the_debtor_s_clock() -> None:
    found = asked("recording", "2026-11-25T03:00", "2029-11-25T04:59", REG_F)  # ten in the evening of the 24th
    assert (found.purge_from, found.allowed) == (date(2029, 11, 24), True)
    assert not asked("recording", "2026-11-25T03:00", "2029-11-24T04:59", REG_F).allowed


def test_attempts_wait_for_the_last_activity_on_the_debt() -> None:
    found = asked("attempt", "2026-01-10T15:00", "2029-06-01T15:00", REG_F, activity="2026-09-01T15:00")
    assert (found.allowed, found.purge_from) == (False, date(2029, 9, 1))
    assert asked("attempt", "2026-01-10T15:00", "2029-06-01T15:00", REG_F).allowed
    earlier = asked("attempt", "2026-01-10T15:00", "2029-01-09T15:00", REG_F, activity="2025-01-10T15:00")
    assert earlier.purge_from == date(2029, 1, 10)


def test_the_longest_of_several_packs_wins_and_only_those_that_still_deny_are_named() -> None:
    found = asked("attempt", "2026-01-10T15:00", "2028-06-01T15:00", CHILE, REG_F)
    assert (found.reasons, found.purge_from) == (("us-reg-f/retain",), date(2029, 1, 10))
    both = asked("attempt", "2026-01-10T15:00", "2027-06-01T15:00", CHILE, REG_F)
    assert both.reasons == ("cl-ley-21320/retain", "us-reg-f/retain")


def test_a_class_no_rule_speaks_of_may_go() -> None:
    assert asked("cdr", "2026-01-10T15:00", "2026-01-11T15:00", REG_F) == PurgeDecision(True, (), None)
    assert asked("cdr", "2026-01-10T15:00", "2030-06-01T15:00", REG_F, TSR).reasons == ("us-tsr/retain",)


def pack_text(pack_id: str, classes: str, country: str = "US") -> str:
    return (
        f"id: {pack_id}\ntitle: t\nas_of: '2026-11-22'\nbrought_in_by: campaign\napplies: {{country: {country}}}\n"
        f"rules: [{{id: k, kind: retain, cite: c, basis: law, classes: {classes}}}]\n"
    )


def test_days_and_the_last_day_a_record_may_be_kept() -> None:
    pack = parse_pack(pack_text("mine", "{recording: {days: 90, from: event, at_most: {years: 1}}}"), "mine.yaml")
    found = asked("recording", "2026-11-24T15:00", "2026-12-24T15:00", pack)
    assert (found.purge_from, found.purge_by) == (date(2027, 2, 22), date(2027, 11, 24))


def test_packs_that_cannot_be_obeyed_together_are_not_loaded() -> None:
    keeps = parse_pack(pack_text("keeps", "{recording: {years: 3, from: event}}"), "keeps.yaml")
    bounds = parse_pack(pack_text("bounds", "{recording: {at_most: {years: 2}, from: event}}"), "bounds.yaml")
    with pytest.raises(InvalidPack, match="keeps/k keeps records of class recording longer than bounds/k lets them"):
        Gate.of([keeps, bounds], shipped_calendars())
    elsewhere = parse_pack(pack_text("bounds", "{recording: {at_most: {years: 2}, from: event}}", "ES"), "bounds.yaml")
    check_together([keeps, elsewhere])
    check_together([keeps, parse_pack(pack_text("b", "{recording: {at_most: {years: 3}, from: event}}"), "b.yaml")])
    itself = parse_pack(pack_text("b", "{recording: {years: 3, days: 1, at_most: {years: 3}, from: event}}"), "b.yaml")
    with pytest.raises(InvalidPack):
        check_together([itself])
