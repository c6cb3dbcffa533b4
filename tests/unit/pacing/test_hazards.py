from __future__ import annotations

import numpy as np
import pytest

from pacing.handling import Handling
from pacing.hazards import Durations, Level
from pacing.ringing import LIVE, MACHINE, OTHER, Ringing

NOBODY = np.empty(0, dtype=np.int64)
NOTHING = np.empty(0)


def survives(durations: Durations, age: float, more: float) -> float:
    low, high = durations.cumulative(np.array([age, age + more]))
    return float(np.exp(low - high))


def test_before_anything_was_seen_the_prior_speaks() -> None:
    durations = Durations(120.0, 1.0)
    assert survives(durations, 0.0, 85.0) == pytest.approx(0.5, abs=0.03)  # the median of that lognormal


def test_many_durations_outvote_the_prior() -> None:
    durations = Durations(120.0, 1.0)
    for seconds in np.random.default_rng(1).exponential(40.0, 3000):
        durations.ended(float(seconds))
    durations.refresh(NOTHING)
    assert survives(durations, 0.0, 40.0) == pytest.approx(np.exp(-1), abs=0.03)
    assert survives(durations, 60.0, 40.0) == pytest.approx(np.exp(-1), abs=0.05)


def test_conversations_that_still_run_count_as_at_least_so_long() -> None:
    # Of 200 that last 300 s, an observer after a minute has seen none end; of 200 that last 30 s, all.
    durations = Durations(60.0, 1.0)
    for seconds in np.random.default_rng(2).exponential(30.0, 200):
        durations.ended(float(seconds))
    durations.refresh(NOTHING)
    blind = survives(durations, 0.0, 60.0)
    durations.refresh(np.full(200, 60.0))
    assert survives(durations, 0.0, 60.0) > blind + 0.2


def test_old_durations_fade() -> None:
    durations = Durations(120.0, 1.0, memory=200.0)
    for seconds in [100.0] * 1000 + [20.0] * 1000:
        durations.ended(seconds)
    durations.refresh(NOTHING)
    assert survives(durations, 0.0, 30.0) < 0.2


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), -3.0])
def test_what_cannot_be_a_duration_is_ignored(nonsense: float) -> None:
    durations = Durations(120.0, 1.0)
    before = survives(durations, 0.0, 100.0)
    durations.ended(nonsense)
    durations.refresh(NOTHING)
    assert survives(durations, 0.0, 100.0) == before


def test_a_level_follows_what_happens() -> None:
    level = Level(memory=100.0)
    for _ in range(400):
        level.observe(1.5, 1.0)
    assert level.value == pytest.approx(1.5, abs=0.05)


def test_a_level_forgets_at_once_what_a_change_has_made_untrue() -> None:
    rng = np.random.default_rng(3)
    level = Level(memory=400.0)
    for happened in rng.poisson(1.0, 400):
        level.observe(float(happened), 1.0)
    assert level.changes == 0
    for happened in rng.poisson(2.0, 60):
        level.observe(float(happened), 1.0)
    assert level.changes >= 1
    assert level.value > 1.5


def test_a_steady_list_seldom_looks_like_a_change() -> None:
    level = Level(memory=150.0)
    for happened in np.random.default_rng(4).poisson(0.3, 10_000):
        level.observe(float(happened), 0.3)
    assert level.changes <= 3
    assert level.value == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_list_that_drifts_by_a_fifth_never_looks_as_if_its_people_had_gone(seed: int) -> None:
    level, lowest = Level(memory=500.0), 1.0
    hours = np.arange(150_000) / 8_000
    for happened in np.random.default_rng(seed).poisson(0.5 * (1 + 0.2 * np.sin(2 * np.pi * hours))):
        level.observe(float(happened), 0.5)
        lowest = min(lowest, level.value)
    assert lowest > 0.65


@pytest.mark.parametrize(("times", "grave_rise"), [(0.5, False), (2.0, True)])
def test_a_true_change_that_lets_more_calls_out_is_believed_in_the_end(times: float, grave_rise: bool) -> None:
    rng = np.random.default_rng(3)
    level = Level(memory=5000.0, grave_rise=grave_rise)
    for happened in rng.poisson(1.0, 400):
        level.observe(float(happened), 1.0)
    for happened in rng.poisson(times, 250):
        level.observe(float(happened), 1.0)
    assert level.changes == 1
    assert level.value == pytest.approx(times, rel=0.25)


def ring_model(count: int = 4000, *, people: float = 0.3) -> Ringing:
    """People pick up after 5 to 15 s, machines after 17, the rest after 25."""
    rng = np.random.default_rng(5)
    ringing = Ringing(ring_timeout=25.0, answer_rate=0.3)
    for chance, when in rng.random((count, 2)):
        if chance < people:
            ringing.ended(LIVE, 5.0 + 10.0 * when)
        elif chance < people + 0.2:
            ringing.ended(MACHINE, 17.2)
        else:
            ringing.ended(OTHER, 25.0)
    ringing.refresh(NOBODY, NOBODY)
    return ringing


def test_a_fresh_call_is_worth_the_answer_rate() -> None:
    assert ring_model().answer_rate == pytest.approx(0.3, abs=0.02)


def test_a_call_that_rang_past_the_time_people_answer_is_worth_little() -> None:
    eventually = ring_model().eventually()
    assert eventually[0] == pytest.approx(0.3, abs=0.02)
    assert eventually[20] > 0.1  # 10 s
    assert eventually[36] < 0.02  # 18 s


def test_nobody_lands_before_the_detector_has_spoken() -> None:
    ringing = ring_model()
    chances = ringing.chances(np.array([1.0, 6.0, 12.0, 60.0]))
    assert chances[0, 0] < 0.01
    assert list(chances[0]) == sorted(chances[0])
    assert chances[0, 3] == pytest.approx(ringing.answer_rate, abs=0.01)


def test_landing_times_lie_where_people_answer() -> None:
    times = ring_model().landing_times(8)
    assert list(times) == sorted(times)
    assert 6.0 < times[0] < times[-1] < 18.5


def test_an_answer_at_the_hour_of_machines_is_a_machine() -> None:
    share = ring_model().live_share
    assert share[20] > 0.9
    assert share[34] < 0.1


def test_a_list_that_answers_more_is_noticed_within_three_hundred_calls() -> None:
    ringing = ring_model(people=0.2)
    for chance in np.random.default_rng(6).random(300):
        ringing.ended(LIVE if chance < 0.45 else OTHER, 10.0 if chance < 0.45 else 25.0)
        ringing.refresh(NOBODY, NOBODY)
    assert ringing.answer_rate > 0.3


def test_at_the_start_of_a_day_short_conversations_do_not_pass_for_all() -> None:
    # All begin at once: those that ended by then are the short ones.
    handling = Handling(talk=120.0, wrap=20.0)
    talks = np.random.default_rng(7).lognormal(4.44, 0.83, 200)  # mean 120 s, cv 1, as the prior has it
    for now in range(0, 60, 4):
        for agent, seconds in enumerate(talks):
            if now - 4 <= seconds < now:
                handling.talked(f"a{agent}", float(seconds))
        handling.refresh(np.full(int((talks >= now).sum()), float(now)), NOTHING)
    assert 0.7 < handling.level.value < 1.4


def test_wrap_up_frees_an_agent_sooner_than_talk_and_a_machine_soonest() -> None:
    handling = Handling(talk=120.0, wrap=20.0)
    for _ in range(300):
        handling.talked("a", 100.0)
        handling.wrapped(20.0, machine=False)
        handling.wrapped(4.0, machine=True)
    handling.refresh(NOTHING, NOTHING)
    table = handling.chances(np.array([6.0]))[:, 0]
    talk, wrap, machine = (table[phase * handling.rows + handling.row(np.array([0.0]))[0]] for phase in range(3))
    assert talk < wrap < machine


def test_a_slow_agent_is_expected_later() -> None:
    handling = Handling(talk=120.0, wrap=20.0)
    for n in range(120):
        handling.talked("slow", 240.0 + n % 3)
        handling.talked("quick", 60.0 + n % 3)
    assert handling.speed("slow") > 1.4 > 0.8 > handling.speed("quick")
    assert handling.speed("new") == 1.0


def test_agents_who_leave_after_a_conversation_are_counted_on_less() -> None:
    handling = Handling(talk=120.0, wrap=20.0)
    for n in range(400):
        handling.wrapped(20.0, machine=False)
        if n % 5 == 0:
            handling.left()
    assert handling.stays == pytest.approx(0.82, abs=0.03)
