from __future__ import annotations

import pytest

from pacing import TrunkHealth, TrunkLimiter
from pacing.trunk import DOWN_AFTER, HALVE_AFTER, LOOK_EVERY_S, PROBE_AFTER, PROBE_EVERY_S


def refuse(trunk: TrunkLimiter, count: int, *, start: float = 0.0) -> float:
    """Place and have refused ``count`` calls, 10 s apart; returns the instant after the last."""
    now = start
    for n in range(count):
        assert trunk.place(f"refused-{start}-{n}", now)
        trunk.ended(f"refused-{start}-{n}", congested=True)
        now += 10.0
    return now


def calls_in(trunk: TrunkLimiter, seconds: float, *, start: float) -> int:
    placed = 0
    for tick in range(int(seconds * 4)):
        now = start + tick / 4
        while trunk.place(f"call-{start}-{placed}", now):
            trunk.ended(f"call-{start}-{placed}")
            placed += 1
    return placed


def test_a_call_takes_a_line_until_it_ends() -> None:
    trunk = TrunkLimiter(2, 100.0)
    assert trunk.place("a", 0.0)
    assert trunk.place("b", 0.0)
    assert not trunk.place("c", 0.0)
    trunk.ended("a")
    assert trunk.place("c", 0.0)
    assert trunk.lines_used == 2


def test_a_call_has_one_line_only() -> None:
    trunk = TrunkLimiter(5, 100.0)
    assert trunk.place("a", 0.0)
    assert not trunk.place("a", 0.1)
    assert trunk.lines_used == 1


def test_an_end_told_twice_frees_one_line() -> None:
    trunk = TrunkLimiter(2, 100.0)
    trunk.place("a", 0.0)
    trunk.place("b", 0.0)
    trunk.ended("a")
    trunk.ended("a")
    assert trunk.lines_free == 1


def test_calls_found_after_a_restart_count_even_beyond_the_limit() -> None:
    trunk = TrunkLimiter(1, 100.0)
    trunk.adopt("x")
    trunk.adopt("y")
    assert (trunk.lines_used, trunk.lines_free, trunk.available(0.0)) == (2, 0, 0)


def test_the_rate_is_reached_and_not_exceeded() -> None:
    assert 55 <= calls_in(TrunkLimiter(99, 10.0), 6, start=0.0) <= 60


def test_a_tick_takes_a_ticks_share_and_not_a_seconds() -> None:
    trunk = TrunkLimiter(99, 40.0, tick_s=0.25)
    assert trunk.available(0.0) == 11
    assert trunk.available(60.0) == 11


def test_a_rate_below_one_a_second_spaces_the_calls() -> None:
    trunk = TrunkLimiter(99, 0.5)
    assert trunk.place("a", 0.0)
    assert not trunk.place("b", 1.9)
    assert trunk.place("b", 2.0)


def test_three_refusals_in_a_row_halve_the_rate() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, HALVE_AFTER)
    assert trunk.health is TrunkHealth.SLOWED
    assert 25 <= calls_in(trunk, 6, start=now) <= 31


def test_two_refusals_change_nothing() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, HALVE_AFTER - 1)
    assert trunk.health is TrunkHealth.OPEN
    assert calls_in(trunk, 6, start=now) >= 55


def test_more_refusals_leave_one_probe_every_three_seconds() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, PROBE_AFTER)
    assert trunk.health is TrunkHealth.PROBING
    assert trunk.is_up(now)
    assert calls_in(trunk, 30, start=now) == 30 / PROBE_EVERY_S


def test_a_trunk_that_refuses_the_probes_too_is_down_but_for_one_look_a_minute() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, PROBE_AFTER)
    while trunk.health is TrunkHealth.PROBING:
        now = refuse(trunk, 1, start=now)
    assert trunk.health is TrunkHealth.DOWN
    last = now - 10.0
    assert not trunk.is_up(last + LOOK_EVERY_S - 0.5)
    assert trunk.available(last + LOOK_EVERY_S - 0.5) == 0
    assert trunk.is_up(last + LOOK_EVERY_S)
    assert trunk.place("look", last + LOOK_EVERY_S)
    assert not trunk.is_up(last + LOOK_EVERY_S)
    trunk.rang("look")
    assert trunk.health is TrunkHealth.OPEN
    assert trunk.is_up(last + LOOK_EVERY_S)


def test_however_many_calls_are_refused_at_once_the_trunk_is_probed_before_it_counts_as_down() -> None:
    trunk = TrunkLimiter(100, 100.0, tick_s=1.0)
    for number in range(50):
        assert trunk.place(f"{number}", 0.0)
    for number in range(50):
        trunk.ended(f"{number}", congested=True)
    assert trunk.health is TrunkHealth.PROBING
    now = refuse(trunk, DOWN_AFTER - 1, start=100.0)
    assert trunk.health is TrunkHealth.PROBING
    refuse(trunk, 1, start=now)
    assert trunk.health is TrunkHealth.DOWN


def test_a_call_that_rings_opens_the_trunk_again() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, PROBE_AFTER)
    assert trunk.place("probe", now)
    trunk.rang("probe")
    assert trunk.health is TrunkHealth.OPEN
    assert calls_in(trunk, 6, start=now + 10) >= 55


def test_a_call_that_ends_in_silence_proves_nothing_about_the_trunk() -> None:
    trunk = TrunkLimiter(99, 10.0)
    now = refuse(trunk, PROBE_AFTER)
    assert trunk.place("probe", now)
    trunk.ended("probe")
    assert trunk.health is TrunkHealth.PROBING


def test_reports_of_unknown_calls_change_nothing() -> None:
    trunk = TrunkLimiter(9, 10.0)
    for _ in range(PROBE_AFTER):
        trunk.ended("never-placed", congested=True)
    assert trunk.health is TrunkHealth.OPEN


def test_ringing_of_an_unknown_call_does_not_open_a_trunk() -> None:
    trunk = TrunkLimiter(9, 10.0)
    refuse(trunk, PROBE_AFTER)
    trunk.rang("never-placed")
    assert trunk.health is TrunkHealth.PROBING


@pytest.mark.parametrize(("lines", "rate"), [(0, 1.0), (-1, 1.0), (1, 0.0), (1, -1.0), (1, float("nan"))])
def test_impossible_limits_are_refused(lines: int, rate: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        TrunkLimiter(lines, rate)
