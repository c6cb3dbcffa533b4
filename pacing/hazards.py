"""How long things last, learnt from those that ended and from those that still run.

A hazard is the chance to end in the next moment given that it has lasted so long. It is estimated on bins that widen
with age as (ends seen + prior) / (time at risk + prior): the occurrence/exposure rate of survival analysis, which
takes a conversation that still runs for what it is, a duration of at least so much (right censoring), and not for
nothing. Old observations fade, so that yesterday's script does not rule today's.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR_WORTH = 15.0  #: observations that the prior counts for
MEMORY = 2000.0  #: observations after which one counts for 1/e

_RISE, _FALL = 1.6, 0.6  # a change worth noticing
_ALARM = 10.0  # log-likelihood: a false one in some ten thousand events
_GRAVE_ALARM = 16.0  # of a change that lets more calls out: better seen late than seen where there is none
_DRAWN_BACK = 2.0  # events as before the change that count with those since; more after one that lets more calls out
_GRAVELY_DRAWN_BACK = 10.0
_RESCALE_AT = 1e6


class Fading:
    """The weight of a new observation, grown instead of every old one being made smaller."""

    def __init__(self, memory: float) -> None:
        self._growth = math.exp(1.0 / memory)
        self.weight = 1.0

    def tick(self) -> float:
        """One more observation was made. Returns what to divide all sums by: 1.0, or the weight when it got large."""
        self.weight *= self._growth
        if self.weight < _RESCALE_AT:
            return 1.0
        scale, self.weight = self.weight, 1.0
        return scale


class Durations:
    """Durations in seconds of one kind: conversations, or wrap-ups."""

    def __init__(self, mean: float, cv: float, *, memory: float = MEMORY, worth: float = PRIOR_WORTH) -> None:
        mean = mean if math.isfinite(mean) and mean > 0 else 60.0
        fine = np.arange(0.0, 12.0, 1.0)
        self.edges: Floats = np.concatenate([fine, np.geomspace(12.0, 7200.0, 32)])
        self._low, self._width = self.edges[:-1], np.diff(self.edges)
        self._fading = Fading(memory)
        self._ended = np.zeros(len(self._low))
        self._at_risk = np.zeros(len(self._low))
        alive = 1.0 - _lognormal_cdf(self.edges, mean, cv)
        self._prior_ended = worth * -np.diff(alive)
        self._prior_at_risk = worth * self._width * (alive[:-1] + alive[1:]) / 2 + 1e-6
        self._cumulative: Floats = np.zeros(len(self.edges))
        self.refresh(np.empty(0))

    def ended(self, seconds: float) -> None:
        """One ended after ``seconds``; what cannot be a duration is ignored."""
        if not (math.isfinite(seconds) and seconds >= 0):
            return
        seconds = min(seconds, float(self.edges[-1]) - 1e-3)
        scale = self._fading.tick()
        if scale != 1.0:
            self._ended /= scale
            self._at_risk /= scale
        weight = self._fading.weight
        last = int(np.searchsorted(self.edges, seconds, side="right")) - 1
        self._ended[last] += weight
        self._at_risk[:last] += weight * self._width[:last]
        self._at_risk[last] += weight * (seconds - self._low[last])

    def refresh(self, running: Floats) -> None:
        """Takes in all that ended and the ages (seconds) of those that run."""
        weight = self._fading.weight
        at_risk = self._at_risk / weight + self._prior_at_risk
        if running.size:
            at_risk = at_risk + np.clip(running[:, None] - self._low, 0.0, self._width).sum(axis=0)
        hazard = (self._ended / weight + self._prior_ended) / at_risk
        np.cumsum(hazard * self._width, out=self._cumulative[1:])

    def cumulative(self, age: Floats) -> Floats:
        """Cumulative hazard up to ``age``; its difference over a span is minus the log of the chance to survive it."""
        return np.interp(age, self.edges, self._cumulative)

    def expected_ends(self, age: float) -> float:
        """How many ends the hazard expected of one that lasted ``age``: 1.0 on average where it is right."""
        return float(np.interp(age, self.edges, self._cumulative))


class Level:
    """How many more things happen than a hazard expects: 1.0 where it is right.

    A gamma-Poisson estimate whose ``memory`` is counted in expected events. Two cumulative sums of log-likelihood
    ratios (Page 1954), one for a rise and one for a fall, tell a change from chance; after one, the estimate begins
    again with what came since the sum left zero: the list, the hour or the script is another. More is asked of the
    change that is ``grave``, for a false one would have many people called whom nobody can take.
    """

    def __init__(self, *, memory: float, worth: float = 10.0, grave_rise: bool = False) -> None:
        self.memory = memory
        self.changes = 0
        self._seen = self._expected = worth
        self._grave = _RISE if grave_rise else _FALL
        self._turns = self._afresh()

    def _afresh(self) -> list[_Turn]:
        return [_Turn(times, _GRAVE_ALARM if times == self._grave else _ALARM) for times in (_RISE, _FALL)]

    @property
    def value(self) -> float:
        return min(8.0, max(0.1, self._seen / self._expected))

    def rescale(self, ratio: float) -> None:
        """The hazard itself now expects ``ratio`` times as many: level times hazard stays what it was."""
        if math.isfinite(ratio) and ratio > 0:
            self._expected *= ratio
            for turn in self._turns:
                turn.expected *= ratio

    def observe(self, happened: float, expected: float) -> None:
        """``happened`` events where the hazard (at level 1) expected ``expected``, both at least 0."""
        before = self.value
        keep, share = _fade(expected / self.memory)
        self._seen = self._seen * keep + happened * share
        self._expected = self._expected * keep + expected * share
        for turn in self._turns:
            if turn.alarms(happened, expected, before):
                self.changes += 1
                worth = _GRAVELY_DRAWN_BACK if turn.times == self._grave else _DRAWN_BACK
                self._expected = turn.expected + worth
                self._seen = turn.seen + worth * before
                self._turns = self._afresh()
                break


class _Turn:
    """A cumulative sum that looks for events ``times`` as frequent as before."""

    __slots__ = ("_alarm", "_sum", "expected", "seen", "times")

    def __init__(self, times: float, alarm: float) -> None:
        self.times, self._alarm = times, alarm
        self._sum = self.seen = self.expected = 0.0

    def alarms(self, happened: float, expected: float, level: float) -> bool:
        self._sum += happened * math.log(self.times) - level * expected * (self.times - 1.0)
        self.seen += happened
        self.expected += expected
        if self._sum <= 0.0:
            self._sum = self.seen = self.expected = 0.0
        return self._sum > self._alarm


def _fade(memories: float) -> tuple[float, float]:
    """What is kept of the old, and of something new that itself took so many memories to happen."""
    keep = math.exp(-memories)
    return keep, (1.0 - keep) / memories if memories > 1e-9 else 1.0


def _lognormal_cdf(x: Floats, mean: float, cv: float) -> Floats:
    sigma = math.sqrt(math.log1p(cv * cv))
    mu = math.log(mean) - sigma * sigma / 2
    return np.array([0.0 if t <= 0 else 0.5 * math.erfc((mu - math.log(t)) / (sigma * math.sqrt(2))) for t in x])
