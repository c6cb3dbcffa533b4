"""When agents who are busy will be free: talk, then wrap-up, by how long they have lasted and by who the agent is."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from pacing.hazards import Durations, Floats, Level

_AGENT_WORTH = 40.0  # conversations before an agent's own speed counts for half, until it is known how agents differ
_WORTH_LIMITS = (4.0, 300.0)
_POOL_EVERY = 20  # conversations
_KNOWN = 5.0  # conversations from which an agent says something of how agents differ
_LEAVE_WORTH = 60.0
_STEP_S = 1.0
#: Speeds that agents are sorted into, so that one table serves all agents of a class.
SPEEDS: Floats = np.array([0.5, 0.7, 1.0, 1.4, 2.0])
_USUAL = 2  # the class of speed 1
_BORDERS: list[float] = np.sqrt(SPEEDS[1:] * SPEEDS[:-1]).tolist()


class Handling:
    """Learns talk, wrap-up, wrap-up after a machine, each agent's own speed, and how often a free agent leaves."""

    def __init__(self, *, talk: float, wrap: float) -> None:
        self._usual_talk = min(600.0, max(10.0, talk))
        self.talk = Durations(talk, 1.0)
        self.wrap = Durations(wrap, 0.8)
        self.machine_wrap = Durations(min(wrap, 5.0), 0.8)
        self.level = Level(memory=150.0, worth=15.0, grave_rise=True)
        self._ended = self._expected = self._under_way = 0.0  # conversations since the last refresh, at level 1
        self._log_mean = _Mean(2000.0)
        self._log_square = _Mean(2000.0)
        self._own: dict[str, _Mean] = {}
        self._worth = _AGENT_WORTH
        self._talked = 0
        self._speeds: dict[str, float] = {}
        self._class: dict[str, int] = {}
        self._tables = {_USUAL: 0}  # class: which of the tables is its own
        self._leaves, self._chances_to_leave = 0.03 * _LEAVE_WORTH, _LEAVE_WORTH
        self._ages: Floats = np.concatenate([np.arange(0.0, 12.0), np.geomspace(12.0, 3600.0, 36)])
        self._midpoints = (self._ages[1:] + self._ages[:-1]) / 2

    @property
    def rows(self) -> int:
        """Rows of one phase in ``chances``."""
        return len(self._ages)

    @property
    def differ(self) -> bool:
        """Whether any agent's speed is far enough from the team's to have a table of its own."""
        return len(self._tables) > 1

    def talked(self, agent: str, seconds: float) -> None:
        if not (math.isfinite(seconds) and seconds >= 0):
            return
        speed = self.speed(agent)
        self._ended += 1.0
        self._expected += self.talk.expected_ends(seconds / speed)
        self.talk.ended(seconds / speed)
        log = math.log(max(seconds, 1.0))
        self._log_mean.add(log)
        self._log_square.add(log * log)
        own = self._own.setdefault(agent, _Mean(150.0))
        own.add(log)
        self._talked += 1
        if self._talked % _POOL_EVERY == 0:
            self._pool()
        self._speeds[agent] = speed = self._speed(own)
        self._class[agent] = bisect_left(_BORDERS, speed)

    def wrapped(self, seconds: float, *, machine: bool) -> None:
        (self.machine_wrap if machine else self.wrap).ended(seconds)
        self._chances_to_leave += 1.0

    def left(self) -> None:
        """The agent who has just wrapped up left for a break."""
        self._leaves += 1.0

    @property
    def stays(self) -> float:
        """The chance that an agent who becomes free takes the next call."""
        return min(1.0, max(0.5, 1.0 - self._leaves / self._chances_to_leave))

    def speed(self, agent: str) -> float:
        """An agent's durations over everybody's, drawn to 1.0 while little was seen of them."""
        return self._speeds.get(agent, 1.0)

    def _speed(self, own: _Mean) -> float:
        if own.count < 3:
            return 1.0
        ratio = (own.mean - self._log_mean.mean) * own.count / (own.count + self._worth)
        return math.exp(min(0.9, max(-0.9, ratio)))

    def _pool(self) -> None:
        """How much agents differ beyond chance (method of moments): the less, the more they are drawn together."""
        known = [own for own in self._own.values() if own.count >= _KNOWN]
        if len(known) < 3:
            return
        means = np.array([own.mean for own in known])
        total = max(0.05, self._log_square.mean - self._log_mean.mean**2)
        chance = total * float(np.mean([1.0 / own.count for own in known]))
        between = float(means.var(ddof=1)) - chance
        # A difference within its own error is none.
        between -= chance * math.sqrt(2.0 / (len(known) - 1))
        within = max(0.05, total - max(0.0, between))
        low, high = _WORTH_LIMITS
        self._worth = min(high, max(low, within / max(between, 1e-6)))

    def refresh(self, talking: Floats, wrapping: Floats) -> None:
        """Takes in what ended and the ages of what runs, in the agents' own time (see ``ages``)."""
        self._expected += float(self.talk.cumulative(talking).sum()) - self._under_way
        if self._expected > 0:
            self.level.observe(self._ended, self._expected)
            self._ended = self._expected = 0.0
        before = self.talk.expected_ends(self._usual_talk)
        self.talk.refresh(talking)
        self.level.rescale(self.talk.expected_ends(self._usual_talk) / before)
        self._under_way = float(self.talk.cumulative(talking).sum())
        self.wrap.refresh(wrapping)
        self.machine_wrap.refresh(np.empty(0))

    def row(self, ages: Floats) -> NDArray[np.int64]:
        """The row of ``chances`` for each age in seconds."""
        return self._midpoints.searchsorted(ages)

    def chances(self, horizons: Floats) -> Floats:
        """The chance to be free within each horizon: (3 * rows, horizons): talk, wrap-up, wrap-up after a machine; the
        same again for each class of speed that any agent is in."""
        self._tables = {which: n for n, which in enumerate(sorted({_USUAL, *self._class.values()}))}
        found = np.concatenate([self._of_speed(horizons / SPEEDS[which]) for which in self._tables])
        return np.minimum(np.maximum(found * self.stays, 0.0), 0.999)

    def _of_speed(self, horizons: Floats) -> Floats:
        level = self.level.value
        steps = np.arange(0.0, float(horizons.max()) + 2 * _STEP_S, _STEP_S)
        ages = self._ages[:, None]
        cumulative = self.talk.cumulative(ages + steps) - self.talk.cumulative(ages)
        ends = -np.diff(np.exp(-cumulative * level), axis=1)
        left = np.maximum(0.0, horizons[None, :] - (steps[:-1, None] + _STEP_S / 2))
        wrapped = 1.0 - np.exp(-self.wrap.cumulative(left))
        tables = [ends @ wrapped]
        tables += [
            1.0 - np.exp(wrap.cumulative(ages) - wrap.cumulative(ages + horizons))
            for wrap in (self.wrap, self.machine_wrap)
        ]
        return np.concatenate(tables)

    def first_rows(self, agents: Iterable[str]) -> list[int]:
        """Where the rows of each agent's class of speed begin."""
        usual, each = self._tables[_USUAL], 3 * self.rows
        return [each * self._tables.get(self._class.get(agent, _USUAL), usual) for agent in agents]

    def ages(self, since: Mapping[str, float], now: float) -> Floats:
        """How long each agent has been at it, in their own time: a slow agent's clock runs slower."""
        ages = now - np.fromiter(since.values(), float, len(since))
        if self._speeds:
            ages /= list(map(self._speeds.get, since, repeat(1.0)))
        return ages


class _Mean:
    """A mean that fades."""

    __slots__ = ("_keep", "_sum", "count")

    def __init__(self, memory: float) -> None:
        self._keep = math.exp(-1.0 / memory)
        self._sum = 0.0
        self.count = 0.0

    def add(self, value: float) -> None:
        self._sum = self._sum * self._keep + value
        self.count = self.count * self._keep + 1.0

    @property
    def mean(self) -> float:
        return self._sum / self.count if self.count else 0.0
