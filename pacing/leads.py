"""What chance gives to each lead and to each agent, so that every pacer meets the same people.

Everything random about a lead belongs to its number and everything about an agent's breaks to the agent: two pacers
that are compared differ by what they do, not by their luck (common random numbers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pacing.scenario import Scenario, Spread

_BLOCK = 4096
_LEADS, _AGENTS, _DAY = 1, 2, 3  # streams of one seed

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lead:
    """One call's luck. ``chance`` is held against the answer rate, ``kind`` against what else may happen."""

    chance: float
    kind: float
    segment_factor: float
    person_ring: float
    machine_ring: float
    short: float  #: where in its range a busy, failed or refused call ends
    verdict: float  #: where in its range the detector's delay lies
    mistake: float  #: held against the detector's error rates
    refused: float
    talk: float
    wrap: float


class Leads:
    """The list, dialed in the order of its numbers; drawn in blocks."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed

    def __iter__(self) -> Iterator[Lead]:
        block = 0
        while True:
            yield from self._draw(block)
            block += 1

    def _draw(self, block: int) -> Iterator[Lead]:
        scenario = self._scenario
        rng = np.random.default_rng([self._seed, _LEADS, block])
        uniform = rng.random((6, _BLOCK))
        columns = [
            uniform[0],
            uniform[1],
            self._segment_factors(rng.random(_BLOCK), block),
            _below(rng, scenario.person_ring, scenario.ring_timeout),
            _below(rng, scenario.machine_ring, scenario.ring_timeout),
            *uniform[2:6],
            _lognormal(rng, scenario.talk, _BLOCK),
            _lognormal(rng, scenario.wrap, _BLOCK),
        ]
        for row in zip(*(column.tolist() for column in columns), strict=True):
            yield Lead(*row)

    def _segment_factors(self, chance: Floats, block: int) -> Floats:
        scenario = self._scenario
        if not scenario.segments:
            return np.ones(_BLOCK)
        if scenario.segment_run > 1:
            run = (block * _BLOCK + np.arange(_BLOCK)) // scenario.segment_run
            rng = np.random.default_rng([self._seed, _DAY, 1])
            chance = rng.random(int(run[-1]) + 1)[run]
        shares = np.cumsum([segment.share for segment in scenario.segments])
        which = np.minimum(np.searchsorted(shares / shares[-1], chance), len(scenario.segments) - 1)
        return np.array([segment.factor for segment in scenario.segments])[which]


class AgentLuck:
    """One agent's day: when they sign in, how fast they are, how long they work between breaks."""

    def __init__(self, scenario: Scenario, seed: int, agent: int) -> None:
        rng = np.random.default_rng([seed, _AGENTS, agent])
        self.login = float(rng.random()) * scenario.login_over
        self.leaves_early = float(rng.random())
        speed = Spread(mean=1.0, cv=scenario.agent_speed_cv)
        self.speed = float(np.exp(rng.normal(speed.mu, speed.sigma)))
        self._work = rng.exponential(scenario.work, 400).tolist()
        self._spell = 0

    def next_work(self) -> float:
        """Seconds of work until the next break."""
        self._spell += 1
        return float(self._work[(self._spell - 1) % len(self._work)])


def drift_phase(seed: int) -> float:
    """Where in its swing the answer rate begins the day, as a fraction of the period."""
    return float(np.random.default_rng([seed, _DAY]).random())


def _lognormal(rng: np.random.Generator, spread: Spread, size: int) -> Floats:
    return np.exp(rng.normal(spread.mu, spread.sigma, size))


def _below(rng: np.random.Generator, spread: Spread, limit: float) -> Floats:
    found = _lognormal(rng, spread, _BLOCK)
    for _ in range(50):
        beyond = np.flatnonzero(found >= limit)
        if not beyond.size:
            break
        found[beyond] = _lognormal(rng, spread, beyond.size)
    return np.minimum(found, limit)
