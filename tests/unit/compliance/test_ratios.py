"""Rates: exact at the very edge, headroom that is true, and periods of whole local dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from dialer.compliance.loader import shipped_packs
from dialer.compliance.ratios import RatioStanding, period_of, standing
from dialer.compliance.rules import RatioRule
from dialer.compliance.zones import zone

TODAY = (datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))


def rule_of(rule_id: str) -> RatioRule:
    rules = shipped_packs()[rule_id.partition("/")[0]].rules
    return next(rule for rule in rules if isinstance(rule, RatioRule) and rule.id == rule_id)


def stand(rule_id: str, counts: Mapping[str, float]) -> RatioStanding:
    return standing(rule_of(rule_id), counts, TODAY)


def test_exactly_three_percent_is_no_breach_and_leaves_no_headroom() -> None:
    found = stand("us-tsr/abandon-3pct", {"conversation": 90, "third_party": 7, "abandoned": 3, "machine": 400})
    assert (found.rate, found.breach, found.headroom, found.overdial) == (0.03, False, 0, False)
    assert (found.numerator, found.denominator) == (3, 100)


def test_no_rate_of_three_percent_is_taken_for_more() -> None:
    for hundreds in range(1, 3000):
        counts = {"conversation": 97 * hundreds, "abandoned": 3 * hundreds}
        found = stand("us-tsr/abandon-3pct", counts)
        assert not found.breach
        assert found.headroom == 0


@pytest.mark.parametrize(
    ("people", "abandoned", "headroom", "breach"),
    [(0, 0, 0, False), (32, 0, 0, False), (33, 0, 1, False), (97, 2, 1, False), (96, 3, 0, True), (970, 10, 20, False)],
)
def test_headroom_counts_how_many_more_fit(people: int, abandoned: int, headroom: int, breach: bool) -> None:
    found = stand("us-tsr/abandon-3pct", {"conversation": people, "abandoned": abandoned})
    assert (found.headroom, found.breach, found.overdial) == (headroom, breach, headroom > 0)


def test_headroom_is_what_fits_and_not_one_more() -> None:
    for people in range(0, 700, 7):
        for abandoned in range(20):
            counts = {"conversation": people, "abandoned": abandoned}
            found = stand("us-tsr/abandon-3pct", counts)
            room = found.headroom
            assert room is not None
            full = stand("us-tsr/abandon-3pct", counts | {"abandoned": abandoned + room})
            assert found.breach or not full.breach
            assert stand("us-tsr/abandon-3pct", counts | {"abandoned": abandoned + room + 1}).breach


def test_britain_adds_the_people_whom_the_detector_took_for_machines() -> None:
    counts = {"conversation": 960, "third_party": 10, "abandoned": 20, "machine": 300, "amd_false_positive": 10.5}
    found = stand("uk-ofcom/abandon-3pct", counts)
    assert (found.numerator, found.denominator) == (30.5, 1000.5)
    assert found.breach
    assert found.target == 0.02
    assert not stand("uk-ofcom/abandon-3pct", counts | {"amd_false_positive": 0}).breach


def test_short_calls_count_once_there_are_many_and_reaching_the_rate_is_the_breach() -> None:
    short = {"short_le_6s": 40_000, "not_completed": 30_000, "voicemail": 15_000}
    few = stand("br-anatel/short-calls", short | {"all_calls": 99_999})
    assert (few.breach, few.headroom, few.overdial) == (False, None, True)
    at = stand("br-anatel/short-calls", short | {"all_calls": 100_000})
    assert (at.rate, at.breach, at.headroom, at.overdial) == (0.85, True, 0, False)
    below = stand("br-anatel/short-calls", short | {"voicemail": 14_999, "all_calls": 100_000})
    assert (below.breach, below.headroom, below.overdial) == (False, 6, True)


def test_the_rate_of_nothing_is_zero_and_nothing_is_dialed_ahead() -> None:
    for rule_id in ("us-tsr/abandon-3pct", "uk-ofcom/abandon-3pct", "ca-crtc/abandon-5pct"):
        found = stand(rule_id, {})
        assert (found.rate, found.breach, found.headroom, found.overdial) == (0.0, False, 0, False)


@pytest.mark.parametrize(
    ("rule_id", "started", "now", "expected"),
    [
        # thirty dates from the campaign's first, then the next thirty
        ("us-tsr/abandon-3pct", "2026-10-01T15:00", "2026-10-30T23:00", ("2026-10-01T04:00", "2026-10-31T04:00")),
        ("us-tsr/abandon-3pct", "2026-10-01T15:00", "2026-10-31T04:00", ("2026-10-31T04:00", "2026-11-30T05:00")),
        ("us-tsr/abandon-3pct", "2026-10-01T15:00", "2026-09-30T12:00", ("2026-10-01T04:00", "2026-10-31T04:00")),
        # a local day with twenty-five hours, and a month
        ("uk-ofcom/abandon-3pct", "2026-10-01T15:00", "2026-11-01T12:00", ("2026-11-01T04:00", "2026-11-02T05:00")),
        ("ca-crtc/abandon-5pct", "2026-10-01T15:00", "2026-12-31T12:00", ("2026-12-01T05:00", "2027-01-01T05:00")),
    ],
)
def test_the_period_is_of_local_dates(rule_id: str, started: str, now: str, expected: tuple[str, str]) -> None:
    new_york = zone("America/New_York")
    assert new_york is not None
    window = period_of(rule_of(rule_id), at(started), at(now), new_york)
    assert window == (at(expected[0]), at(expected[1]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
