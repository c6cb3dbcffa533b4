from __future__ import annotations

import pytest

from pacing.calibration import Bin, calibration, wilson


def a_bin(low: float, *, people: int, expected: float, abandoned: int) -> Bin:
    return Bin(low=low, calls=3 * people, people=people, expected=expected, abandoned=abandoned)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (1, 29, 0.0061, 0.1718),
        (29, 1000, 0.0203, 0.0414),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilsons_interval_is_right_for_few_and_for_many(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=2e-4)


def test_intervals_add_up_chance_by_chance() -> None:
    first = (
        60,
        2,
        [a_bin(0.01, people=40, expected=0.6, abandoned=1), a_bin(0.05, people=10, expected=0.7, abandoned=1)],
    )
    second = (30, 0, [a_bin(0.01, people=20, expected=0.3, abandoned=0)])
    whole = calibration([first, second])
    assert (whole.people, whole.abandoned) == (90, 2)
    assert [one.low for one in whole.bins] == [0.01, 0.05]
    assert (whole.bins[0].people, whole.bins[0].calls, whole.bins[0].abandoned) == (60, 180, 1)
    assert whole.whole.expected == pytest.approx(1.6)
    assert whole.whole.forecast == pytest.approx(1.6 / 70)


def test_a_forecast_is_true_within_the_interval_and_missed_outside() -> None:
    assert a_bin(0.02, people=1000, expected=29.0, abandoned=31).true
    assert not a_bin(0.02, people=1000, expected=29.0, abandoned=61).true
    assert not a_bin(0.02, people=1000, expected=29.0, abandoned=9).true
    assert calibration([]).whole.people == 0
