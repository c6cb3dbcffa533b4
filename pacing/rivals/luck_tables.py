"""What a scenario makes likely, worked out beforehand: when calls land, when agents come free, and how many at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pacing.leads import Floats
from pacing.scenario import Scenario, Spread

_AGE_S = 0.5

Indices = NDArray[np.int64]


def below(spread: Spread, times: Floats, limit: float = math.inf) -> Floats:
    """The chance that a duration is at most ``times``; ``limit`` cuts it, as the simulator does."""

    def plain(at: Floats) -> Floats:
        z = (np.log(np.maximum(at, 1e-9)) - spread.mu) / (spread.sigma * math.sqrt(2.0))
        found: Floats = 0.5 * (1.0 + np.array([math.erf(each) for each in z.ravel()]).reshape(z.shape))
        return np.where(at > 0, found, 0.0)

    if math.isinf(limit):
        return plain(times)
    return np.minimum(1.0, plain(times) / plain(np.array([limit])))


class CallTable:
    """Chances of a call by how long it has rung: ``lands[age, k]``, an agent is needed within the k-th horizon.

    Horizons are middles of equal parts of when a person who answers lands.
    """

    def __init__(self, scenario: Scenario, answer_rate: float, nodes: int = 8) -> None:
        low, high = scenario.verdict_after
        verdict = (low + high) / 2
        fine = np.arange(0.0, scenario.ring_timeout + 0.01, 0.05)
        reached = below(scenario.person_ring, fine, scenario.ring_timeout)
        parts = (np.arange(nodes) + 0.5) / nodes
        self.horizons: Floats = fine[np.searchsorted(reached, parts)] + verdict
        ages = np.arange(0.0, scenario.ring_timeout + _AGE_S, _AGE_S)[:, None]
        other = 1.0 - answer_rate
        person = answer_rate * (1.0 - scenario.person_taken_for_machine)
        passed = other * scenario.machines * scenario.machine_passed
        until = np.minimum(ages + np.maximum(self.horizons - verdict, 0.0)[None, :], scenario.ring_timeout)
        lands = person * self._between(scenario, scenario.person_ring, ages, until)
        lands += passed * self._between(scenario, scenario.machine_ring, ages, until)
        left = answer_rate * (1.0 - below(scenario.person_ring, ages, scenario.ring_timeout))
        left += other * scenario.machines * (1.0 - below(scenario.machine_ring, ages, scenario.ring_timeout))
        left += other * scenario.no_answers
        left += other * scenario.busies * _later(ages, *scenario.busy_after)
        failing = 1.0 - scenario.machines - scenario.no_answers - scenario.busies
        left += other * failing * _later(ages, *scenario.failed_after)
        self.lands: Floats = np.clip(lands / np.maximum(left, 1e-9), 0.0, 1.0)
        edges = np.concatenate([ages[:, 0], [scenario.ring_timeout + _AGE_S]])
        persons = person * np.diff(below(scenario.person_ring, edges, scenario.ring_timeout))
        machines = other * scenario.machines * np.diff(below(scenario.machine_ring, edges, scenario.ring_timeout))
        needs = persons + machines * scenario.machine_passed
        self.answered_needs: Floats = needs / np.maximum(persons + machines, 1e-12)

    @staticmethod
    def _between(scenario: Scenario, spread: Spread, since: Floats, until: Floats) -> Floats:
        limit = scenario.ring_timeout
        return below(spread, until, limit) - below(spread, since, limit)

    def age_index(self, seconds: Floats) -> Indices:
        return np.clip((seconds / _AGE_S).astype(np.int64), 0, len(self.lands) - 1)


class AgentTable:
    """``talk[age, h]`` and ``wrap[age, h]``: the chance that a busy agent is idle and at work h seconds from now."""

    ages: Floats = np.concatenate([np.arange(0, 60, 2.0), np.arange(60, 240, 6.0), np.arange(240, 1200, 40.0)])

    def __init__(self, scenario: Scenario, talk_factor: float = 1.0, horizons: int = 32) -> None:
        seconds = np.arange(0.0, self.ages[-1] + horizons + 1)
        talk_over = below(Spread(mean=scenario.talk.mean * talk_factor, cv=scenario.talk.cv), seconds)
        wrap_over = below(scenario.wrap, seconds)
        shape = (len(self.ages), horizons)
        self.talk, self.wrap = np.zeros(shape), np.zeros(shape)
        for row, age in enumerate(self.ages.astype(int).tolist()):
            span = slice(age + 1, age + horizons)
            ends = np.diff(talk_over[age : age + horizons]) / max(1e-9, 1.0 - talk_over[age])
            stays = np.exp(-seconds[span] / scenario.work)
            self.talk[row, 1:] = np.convolve(ends, wrap_over[:horizons])[: len(ends)] * stays
            self.wrap[row, 1:] = (wrap_over[span] - wrap_over[age]) / max(1e-9, 1.0 - wrap_over[age])
            self.wrap[row, 1:] *= stays * math.exp(-scenario.talk.mean * talk_factor / scenario.work)
        np.clip(self.talk, 0.0, 1.0, out=self.talk)
        np.clip(self.wrap, 0.0, 1.0, out=self.wrap)

    def age_index(self, seconds: Floats) -> Indices:
        return np.clip(np.searchsorted(self.ages, seconds, side="right") - 1, 0, len(self.ages) - 1)


class Counts:
    """How many of many independent chances come true: the exact distribution, by the discrete Fourier transform.

    ``chances[row, k]`` for rows of a table and columns of moments; ``size`` must exceed any count that matters.
    """

    def __init__(self, chances: Floats, size: int) -> None:
        around = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size) - 1.0
        logs = np.log(1.0 + np.clip(chances, 0.0, 0.999)[:, :, None] * around)
        self._columns = [np.ascontiguousarray(logs[:, k]) for k in range(chances.shape[1])]
        self._size = size

    def logs(self, how_many: Floats, columns: Sequence[int] | None = None) -> NDArray[np.complex128]:
        """The transform's logarithm where ``how_many[row]`` are in each row: logarithms of several kinds add up."""
        rows = np.flatnonzero(how_many)
        times = how_many[rows]
        which = range(len(self._columns)) if columns is None else columns
        return np.array([times @ self._columns[k][rows] for k in which])

    def below(self, logs: NDArray[np.complex128]) -> Floats:
        """``found[k, n]``: the chance of fewer than n, for n from 0 to size."""
        chances = np.fft.irfft(np.exp(logs), n=self._size, axis=1)
        return np.concatenate([np.zeros((len(chances), 1)), np.cumsum(chances, axis=1)], axis=1)


def _later(ages: Floats, low: float, high: float) -> Floats:
    return np.clip((high - ages) / (high - low), 0.0, 1.0)
