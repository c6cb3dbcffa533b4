from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pacing.budget import HOUR_S, Allowance, Budget, RollingHour

PACE = 0.2  # people a second: 720 an hour
EVEN = Budget(limit=0.03, people=2000, abandoned=50, remaining_s=4 * HOUR_S)


def test_credit_is_what_may_still_be_abandoned() -> None:
    assert EVEN.credit == pytest.approx(10.0)


def test_a_window_in_credit_aims_above_its_limit_and_one_overdrawn_below() -> None:
    assert EVEN.rate(PACE, 0.5) > 0.03
    assert 0 < replace(EVEN, abandoned=66).rate(PACE, 0.5) < 0.03


def test_what_was_saved_in_bad_hours_is_not_burnt_at_once() -> None:
    rich = replace(EVEN, abandoned=0)
    assert rich.rate(PACE, 0.5) <= 1.5 * 0.03


def test_at_the_end_nothing_is_lent() -> None:
    nearly_over = replace(EVEN, abandoned=59.5, remaining_s=300)
    assert nearly_over.rate(PACE, 0.2) == 0.0
    assert replace(nearly_over, remaining_s=7200).rate(PACE, 0.2) > 0.0


def test_at_the_end_what_is_left_is_spent() -> None:
    assert replace(EVEN, abandoned=50, remaining_s=1200).rate(PACE, 0.2) > 0.045


def test_a_small_floor_lends_only_while_the_rest_of_the_day_can_pay_for_a_whole_person() -> None:
    two_agents = Budget(limit=0.01, people=200, abandoned=2, remaining_s=6 * HOUR_S)
    pace = 35 / HOUR_S  # a third of a person an hour may be abandoned
    assert two_agents.rate(pace, 0.0) > 0.0
    assert replace(two_agents, remaining_s=2 * HOUR_S).rate(pace, 0.0) == 0.0


def test_a_team_lends_no_fraction_of_a_person_in_a_windows_last_hour() -> None:
    pace = 420 / HOUR_S
    twenty_agents = Budget(limit=0.01, people=3080, abandoned=29, remaining_s=HOUR_S / 2)  # 32.9 may be abandoned
    assert twenty_agents.rate(pace, 0.1, 20) < twenty_agents.rate(pace, 0.1)
    just_whole = replace(twenty_agents, people=2991)  # 32.01
    assert just_whole.rate(pace, 0.1, 20) == pytest.approx(just_whole.rate(pace, 0.1), rel=0.05)
    assert twenty_agents.rate(pace, 0.1, 20) == pytest.approx(just_whole.rate(pace, 0.1, 20), rel=0.05)
    earlier = replace(twenty_agents, remaining_s=2 * HOUR_S)
    assert earlier.rate(pace, 0.1, 20) == earlier.rate(pace, 0.1)


def test_a_window_that_is_over_allows_nothing() -> None:
    assert replace(EVEN, remaining_s=0).rate(PACE, 0.0) == 0.0


def test_the_first_people_are_not_gambled_with() -> None:
    fresh = Budget(limit=0.03, people=0, abandoned=0, remaining_s=8 * HOUR_S)
    assert fresh.rate(PACE, 0.0) == 0.0
    assert fresh.rate(PACE, 0.0) < replace(fresh, people=15).rate(PACE, 0.0) < replace(fresh, people=60).rate(PACE, 0.0)


def test_people_who_may_be_abandoned_by_calls_already_out_are_counted() -> None:
    assert EVEN.rate(PACE, 5.0) < EVEN.rate(PACE, 0.0)


@pytest.mark.parametrize("pace", [0.0, 1e-9, 100.0])
def test_any_pace_gives_a_rate(pace: float) -> None:
    assert 0.0 <= EVEN.rate(pace, 0.0) <= 1.0


def hour_with(abandoned: int, *, large: bool = True) -> RollingHour:
    hour = RollingHour(large=large)
    for minute in range(61):
        hour.add(minute * 60.0, 12.0, abandoned / 61)
    return hour


def test_a_bad_hour_stops_over_dialing_and_a_usual_one_does_not() -> None:
    assert hour_with(20).rate(HOUR_S, 0.03, PACE, 0.0) > 0.03
    assert hour_with(32).rate(HOUR_S, 0.03, PACE, 0.0) == 0.0


def test_a_large_team_brakes_softly_before_its_hour_is_at_its_most() -> None:
    rates = [hour_with(abandoned).rate(HOUR_S, 0.03, PACE, 0.0) for abandoned in (21, 24, 27, 31)]
    assert rates[0] > 0.03 > rates[1] > rates[2] > rates[3] == 0.0
    assert rates[0] - rates[1] == pytest.approx(rates[1] - rates[2])


def test_an_hour_forgets_what_is_older() -> None:
    hour = hour_with(32)
    hour.add(3 * HOUR_S, 0.0, 0.0)
    assert hour.people == pytest.approx(0.0)
    assert hour.abandoned == pytest.approx(0.0, abs=1e-9)


def test_few_people_are_given_more_bad_luck_than_many() -> None:
    assert hour_with(31, large=False).rate(HOUR_S, 0.03, PACE, 0.0) > 0.0
    assert hour_with(31, large=True).rate(HOUR_S, 0.03, PACE, 0.0) == 0.0


def day(target: float = 0.03) -> Allowance:
    allowance = Allowance(target=target, seats=20, handle_s=140.0)
    for minute in range(121):
        allowance.see(minute * 60.0, minute * 8.0, minute * 0.2)
    return allowance


def test_the_tightest_window_rules() -> None:
    allowance = day()
    free = allowance.rate(7200.0, 28800.0, 0.1)
    allowance.allow([Budget(limit=0.03, people=50_000, abandoned=1497)])
    assert allowance.rate(7200.0, 28800.0, 0.1) < free
    allowance.allow([Budget(limit=0.03, people=50_000, abandoned=100)])
    assert allowance.rate(7200.0, 28800.0, 0.1) == free


def test_what_happens_after_the_ledger_spoke_is_added_to_its_windows() -> None:
    allowance = day()
    allowance.allow([Budget(limit=0.03, people=1000, abandoned=20, remaining_s=3600)])
    allowance.see(7260.0, 120 * 8.0 + 10, 24 + 3)
    window = allowance.windows(7260.0, math.inf)[1]
    assert (window.people, window.abandoned, window.remaining_s) == (1010, 23, 3540)


def test_counters_that_go_back_do_no_harm() -> None:
    allowance = day()
    allowance.see(7260.0, 900.0, 24)
    allowance.see(7250.0, 901.0, 24)
    assert 0.0 <= allowance.rate(7260.0, 28800.0, 0.1) < 0.1
