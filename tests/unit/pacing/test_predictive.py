from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from pacing import Decision, Info, Reason, State
from pacing.budget import Budget
from pacing.measures import Measures
from pacing.predictive import PredictivePacer
from pacing.progressive import ProgressivePacer
from pacing.scenario import Scenario, Step
from pacing.simulation import Simulation, simulate

SMALL = Scenario(agents=10, hours=2.0)


@cache
def day(scenario: Scenario, seed: int) -> Measures:
    return simulate(scenario, PredictivePacer(), seed=seed)


def fresh(**changes: float) -> PredictivePacer:
    pacer = PredictivePacer()
    pacer.start(Info(seats=10, **changes))
    return pacer


def floor(now: float = 10.0, *, idle: int = 3, busy: int = 7, out: int = 0, since: float = 0.0) -> State:
    return State(
        now=now,
        idle={f"a{n}": 0.0 for n in range(idle)},
        talk={f"b{n}": since for n in range(busy)},
        ringing={f"c{n}": now - 5.0 for n in range(out)},
        lines_free=60 - out,
        logged_in=idle + busy,
        outstanding=out,
    )


def test_the_first_decision_is_hardly_more_than_progressive_and_says_that_it_learns() -> None:
    decision = fresh().decide(floor())
    assert 3 <= decision.calls_to_place <= 5
    assert decision.reason in (Reason.LEARNING, Reason.PREDICTED)
    assert decision.forecast is not None


def test_it_keeps_agents_busier_than_progressive_and_within_the_target() -> None:
    ours, progressive = day(SMALL, 4), simulate(SMALL, ProgressivePacer(), seed=4)
    assert ours.utilisation > progressive.utilisation + 0.06
    assert ours.abandonment <= SMALL.target


@pytest.mark.parametrize("seed", [1, 2])
def test_a_small_team_ends_its_day_within_the_target(seed: int) -> None:
    found = day(replace(SMALL, agents=5), seed)
    assert found.abandonment <= SMALL.target
    assert found.utilisation > 0.73


def test_a_stricter_target_is_kept_too() -> None:
    assert day(replace(SMALL, target=0.01), 2).abandonment <= 0.01


def test_a_list_whose_answers_double_does_not_break_the_promise() -> None:
    scenario = replace(SMALL, agents=20, answer_rate=0.2, rate_steps=(Step(start=3600.0, factor=2.0),))
    found = day(scenario, 1)
    assert found.abandonment <= 0.03
    assert found.worst_hour <= 0.06


def test_a_spent_window_of_the_ledger_leaves_one_call_an_idle_agent() -> None:
    class Spent(PredictivePacer):
        def decide(self, state: State) -> Decision:
            self.allow([Budget(limit=0.03, people=1000, abandoned=200)])
            decision = super().decide(state)
            assert decision.calls_to_place <= max(0, len(state.idle) - state.outstanding)
            if state.connected > 100:
                assert decision.reason is Reason.BUDGET_SPENT
            return decision

    assert simulate(replace(SMALL, hours=1.0), Spent(), seed=1).abandonment < 0.01


def test_nothing_is_dialed_after_the_end() -> None:
    decision = fresh(t_end=100.0).decide(floor(now=100.0))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.WINDOW_OVER)


def test_nothing_is_dialed_for_agents_who_are_all_on_a_break() -> None:
    decision = fresh().decide(State(now=5.0, lines_free=9, logged_in=0))
    assert (decision.calls_to_place, decision.reason) == (0, Reason.NO_AGENT)


def test_agents_about_to_be_free_are_dialed_for() -> None:
    # The same floor, except that seven agents are late in their wrap-up instead of just begun to talk.
    pacer = fresh()
    for n in range(400):
        pacer.on_event(0.0, "dial", f"x{n}")
        pacer.on_event(0.0, "live" if n % 3 == 0 else "noanswer", f"x{n}", 10.0 if n % 3 == 0 else 25.0)
    talking = replace(floor(idle=0, out=0, since=9.0), connected=130)
    wrapping = replace(talking, talk={}, wrap=dict.fromkeys(talking.talk, -20.0), now=10.2)
    assert pacer.decide(wrapping).calls_to_place > pacer.decide(replace(talking, now=10.4)).calls_to_place


def test_calls_that_rang_long_are_given_up_only_past_the_legal_time_and_only_where_nobody_is_free() -> None:
    pacer = fresh(min_ring=15.0)
    crowded = replace(
        floor(now=100.0, idle=0, busy=10, since=99.0),
        ringing={"old": 80.0, "older": 76.0, **{f"c{n}": 92.0 for n in range(20)}},
        waiting={"w": 99.5},
    )
    pacer.decide(crowded)
    assert list(pacer.cancel(crowded)) == ["older"]  # one at a time
    relaxed = replace(floor(now=101.0, idle=10, busy=0), ringing={"old": 81.0})
    pacer.decide(relaxed)
    assert list(pacer.cancel(relaxed)) == []


def test_without_leave_no_ringing_call_is_given_up() -> None:
    simulation = Simulation(replace(SMALL, hours=1.0), PredictivePacer(hang_up=False), seed=1)
    simulation.run()
    assert simulation.tally.cancelled == 0


def test_a_pacer_can_be_started_again_for_another_day() -> None:
    pacer = PredictivePacer()
    scenario = replace(SMALL, hours=0.5)
    assert simulate(scenario, pacer, seed=9) == simulate(scenario, pacer, seed=9)
