from __future__ import annotations

from dataclasses import replace

import pytest

from pacing import Decision, State
from pacing.predictive import PredictivePacer
from pacing.scenario import Scenario
from pacing.simulation import Simulation
from pacing.slack import Slack

FLOOR = State(now=100.0, talk={f"a{n}": 0.0 for n in range(10)}, ringing={f"c{n}": 95.0 for n in range(8)})


def measured(chance: float, *, soon: float = 0.0) -> Slack:
    slack = Slack()
    slack.measure(FLOOR, placed=0, chance=chance, theta=0.05, spread=1.5, soon=soon)
    return slack


def at(seconds: float) -> State:
    return State(now=100.0 + seconds, talk=FLOOR.talk, ringing=FLOOR.ringing)


def test_nothing_is_left_before_the_first_forecast_and_after_three_seconds() -> None:
    assert not Slack().left(FLOOR)
    assert measured(0.9).left(at(1.0))
    assert not measured(0.9).left(at(3.0))


def test_a_call_that_was_nearly_let_in_is_asked_for_again_soon() -> None:
    assert measured(0.051).left(at(0.2))
    assert not measured(0.051).left(at(0.5))


@pytest.mark.parametrize(("kind", "times"), [("wrap_end", 3), ("busy", 6), ("login", 2)])
def test_what_makes_room_uses_the_slack_up(kind: str, times: int) -> None:
    slack = measured(0.5)
    assert slack.left(at(0.6))
    for _ in range(times):
        slack.on_event(kind)
    assert not slack.left(at(0.6))


def test_what_makes_no_room_does_not() -> None:
    slack = measured(0.5)
    for kind in ("dial", "answer", "live", "abandon", "something new"):
        slack.on_event(kind)
    assert slack.left(at(0.6))


def test_where_calls_may_have_to_be_given_up_a_person_who_answers_is_looked_at() -> None:
    slack = measured(0.5, soon=0.2)
    slack.on_event("live")
    assert not slack.left(at(0.1))


def test_most_forecasts_are_spared_on_a_small_floor_and_calls_are_placed_alike() -> None:
    class Asked(PredictivePacer):
        asked = forecasts = placed = 0

        def decide(self, state: State) -> Decision:
            before = self._slack._at
            decision = super().decide(state)
            self.asked += 1
            self.forecasts += self._slack._at != before
            self.placed += decision.calls_to_place
            return decision

    class Eager(Asked):
        def decide(self, state: State) -> Decision:
            self._slack.none_left()
            return super().decide(state)

    spared, eager = Asked(), Eager()
    scenario = Scenario(agents=5, hours=1.0)
    days = [Simulation(scenario, pacer, seed=2).run() for pacer in (spared, eager)]
    assert spared.forecasts < 0.6 * spared.asked
    assert spared.placed == pytest.approx(eager.placed, rel=0.1)
    assert days[0].utilisation == pytest.approx(days[1].utilisation, abs=0.04)


def test_an_answer_stands_for_as_many_events_as_calls_are_out_beyond_the_idle_agents() -> None:
    slack = measured(0.5)
    assert slack.stands(100.2)
    for _ in range(len(FLOOR.ringing) - 1):
        slack.on_event("dial")
    assert slack.stands(100.2)
    slack.on_event("dial")
    assert not slack.stands(100.2)
    assert not measured(0.5).stands(100.5)
    assert not Slack().stands(0.0)


@pytest.mark.parametrize("agents", [12, 40])
def test_where_an_answer_stands_the_floor_itself_says_the_same(agents: int) -> None:
    class Doubted(PredictivePacer):
        stood = 0

        def decide(self, state: State) -> Decision:
            stands = self.stands(state.now)
            decision = super().decide(state)
            if stands:
                self.stood += 1
                assert (decision.calls_to_place, list(self.cancel(state))) == (0, [])
            return decision

    pacer = Doubted()
    Simulation(Scenario(agents=agents, hours=0.5), pacer, seed=4).run()
    assert pacer.stood > 100


def test_a_pacer_that_was_held_back_asks_for_the_rest_at_the_next_beat() -> None:
    wants: list[int] = []

    class Narrow(PredictivePacer):
        """Every fifth of a second, and the dialer lets half of it through."""

        def decide(self, state: State) -> Decision:
            decision = super().decide(state)
            half = decision.calls_to_place // 2
            if half:
                wants.append(decision.calls_to_place)
                self.held_back()
                again = super().decide(replace(state, now=state.now + 0.01))
                wants.append(again.calls_to_place)
            return replace(decision, calls_to_place=half, chances=decision.chances[:half])

    Simulation(Scenario(agents=40, hours=0.5), Narrow(), seed=4).run()
    firsts, agains = sum(wants[::2]), sum(wants[1::2])
    assert len(wants) > 40
    assert agains > 0.8 * firsts
