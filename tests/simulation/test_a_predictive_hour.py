"""The whole engine through a predictive hour, in virtual time: the promise kept by the log, everybody accounted for."""

from __future__ import annotations

from collections import Counter

import pytest

from dialer.domain.outcome import Outcome
from dialer.virtual_time import run_virtually
from pacing.governor import Governor
from pacing.measures import pooled
from pacing.predictive import PredictivePacer
from pacing.progressive import ProgressivePacer
from pacing.scenario import Scenario
from pacing.simulation import Simulation
from tests.support.virtual_floor import Day, virtual_day

# No breaks, so that an hour of twenty agents is enough to tell.
HOUR = Scenario(agents=20, hours=1.0, drift=0.0, work=1e9, login_over=0.0)


@pytest.fixture(scope="module")
def hour() -> Day:
    return run_virtually(virtual_day(HOUR))


def test_abandonment_stays_under_the_target_by_the_log(hour: Day) -> None:
    assert hour.outcomes[Outcome.CONVERSATION] > 300
    assert 0.0 < hour.abandonment <= HOUR.target


def test_every_call_is_accounted_for_once(hour: Day) -> None:
    placed = Counter(call.call_id for call in hour.bench.pbx.placed)
    assert max(placed.values()) == 1
    assert set(placed) == set(hour.log.closings)
    assert not hour.log.unaccounted
    assert not hour.log.closed_twice
    tally = hour.bench.core.floor.tally
    assert dict(tally.outcomes) == hour.log.outcomes()
    assert tally.abandoned == hour.outcomes[Outcome.ABANDONED]
    abandoned = [one for one in hour.closings if one.outcome is Outcome.ABANDONED]
    assert all(one.abandoned_message_played for one in abandoned)


def test_agents_are_busier_than_with_one_call_for_each_idle_agent(hour: Day) -> None:
    progressive = Simulation(HOUR, ProgressivePacer(), seed=1).run()
    assert hour.measures.utilisation > progressive.utilisation + 0.05


def test_the_simulator_says_of_such_an_hour_what_the_engine_does_of_it(hour: Day) -> None:
    said = pooled([Simulation(HOUR, Governor(PredictivePacer()), seed=seed).run() for seed in (1, 2)])
    assert hour.measures.utilisation == pytest.approx(said["utilisation"], abs=0.03)
    assert hour.measures.dials_per_person == pytest.approx(said["dials_per_person"], rel=0.15)


def test_the_same_predictive_minutes_twice_are_the_same() -> None:
    short = Scenario(agents=5, hours=0.1, drift=0.0)
    once, twice = (run_virtually(virtual_day(short, seed=3)) for _ in range(2))
    assert [(one.call_id, one.outcome) for one in once.closings] == [
        (one.call_id, one.outcome) for one in twice.closings
    ]
