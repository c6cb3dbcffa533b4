from __future__ import annotations

import math

import numpy as np
import pytest

from pacing import Decision, State
from pacing.foresight import Foresight, play
from pacing.power import PowerPacer
from pacing.rivals.bounds import AgentsKnown, CallsKnown, Clairvoyant
from pacing.rivals.luck_tables import AgentTable, CallTable, Counts
from pacing.rivals.memoryless import best_utilisation
from pacing.scenario import Scenario
from pacing.simulation import simulate

MORNING = Scenario(agents=5, hours=1.5)


class Prophet(PowerPacer):
    """Dials two lines an agent, and keeps what was foretold and what came."""

    def __init__(self) -> None:
        super().__init__(2.0)
        self.foretold: dict[str, float] = {}
        self.came: dict[str, float] = {}
        self.free_foretold: dict[str, float] = {}
        self.wrong_about_agents = self.right_about_agents = 0
        self._next: list[float] = []
        self._placed = 0

    def foresee(self, future: Foresight) -> None:
        self.future = future

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == "dial" and self._next:
            self.foretold[ident] = self._next.pop(0)
        elif kind == "live":
            self.came[ident] = t
        elif kind == "wrap_end":
            foretold = self.free_foretold.pop(ident, t)
            if abs(foretold - t) < 1e-6 or math.isinf(foretold):
                self.right_about_agents += 1
            else:
                self.wrong_about_agents += 1

    def decide(self, state: State) -> Decision:
        for call in (*state.ringing, *state.amd):
            if call in self.foretold:
                assert self.future.landing(call).at == pytest.approx(self.foretold[call])
        self.free_foretold = {agent: self.future.free_at(agent) for agent in (*state.talk, *state.wrap)}
        decision = super().decide(state)
        self._next = [self.future.next_landing(ahead).at for ahead in range(decision.calls_to_place)]
        return decision


def test_what_is_foretold_comes_true() -> None:
    prophet = Prophet()
    play(MORNING, prophet, seed=2)
    over = {call: at for call, at in prophet.foretold.items() if at < MORNING.t_end}
    assert over == pytest.approx(prophet.came)
    assert prophet.right_about_agents > 100
    assert prophet.wrong_about_agents == 0


def test_looking_ahead_does_not_change_the_day() -> None:
    seen = play(MORNING, Prophet(), seed=2)
    assert seen == simulate(MORNING, PowerPacer(2.0), seed=2)


def test_who_sees_everything_abandons_nobody_and_keeps_everybody_busy() -> None:
    day = play(MORNING, Clairvoyant(), seed=1)
    assert day.abandonment < 0.005
    assert day.utilisation > 0.95


@pytest.mark.parametrize(("bound", "at_least"), [(AgentsKnown, 0.76), (CallsKnown, 0.86)])
def test_who_sees_a_part_does_better_than_progressive_within_the_target(
    bound: type[AgentsKnown | CallsKnown], at_least: float
) -> None:
    day = play(MORNING, bound(), seed=1)
    assert day.utilisation > at_least
    assert day.abandonment < 0.05


@pytest.mark.parametrize(
    ("agents", "answer_rate", "target", "best"),
    [(5, 0.15, 0.03, 75.8), (5, 0.3, 0.03, 81.1), (5, 0.3, 0.01, 78.0), (10, 0.3, 0.03, 84.7), (20, 0.5, 0.03, 90.2)],
)
def test_the_memoryless_optimum_is_that_of_policy_iteration(
    agents: int, answer_rate: float, target: float, best: float
) -> None:
    assert 100 * best_utilisation(agents=agents, answer_rate=answer_rate, target=target) == pytest.approx(best, abs=0.1)


def test_without_a_single_abandonment_one_agent_waits_for_one_call_after_the_other() -> None:
    best = best_utilisation(agents=1, answer_rate=0.3, target=0.0)
    assert best == pytest.approx(140 / (140 + 14 / 0.3), abs=0.002)


def test_counts_are_those_of_the_binomial_distribution() -> None:
    counts = Counts(np.array([[0.3], [0.5]]), 16)
    only = counts.below(counts.logs(np.array([4.0, 0.0])))[0]
    assert only[[0, 1, 2, 5]] == pytest.approx([0.0, 0.7**4, 0.7**4 + 4 * 0.3 * 0.7**3, 1.0])
    both = counts.below(counts.logs(np.array([1.0, 1.0])))[0]
    assert both[1] == pytest.approx(0.35)


def test_a_call_that_just_began_lands_as_often_as_the_scenario_says() -> None:
    scenario = Scenario()
    table = CallTable(scenario, 0.3)
    needs = 0.3 * 0.99 + 0.7 * 0.35 * 0.05
    assert 0.8 * needs < table.lands[0, -1] < needs
    assert np.all(np.diff(table.lands, axis=1) >= 0)
    assert 0.8 < table.answered_needs[10] < 1.0


def test_an_agent_is_the_likelier_free_the_farther_one_looks() -> None:
    table = AgentTable(Scenario())
    assert np.all(np.diff(table.talk, axis=1) >= -0.02)  # a break may come between
    assert table.wrap[5, 20] > table.talk[5, 20]
