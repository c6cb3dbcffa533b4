"""The chance that the next person finds no agent.

Agents who become free and people who arrive are sums of independent yes-or-no chances, one for each agent and each
call: Poisson binomials. Their difference is summed exactly through its characteristic function, a product over all of
them, where it is narrow; where it is wider the normal distribution with a correction for skewness is as good (within
4 % of the chance) and cheaper.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pacing.hazards import Floats

NODES = 8  #: horizons at which the chance is taken
MIDDLE = NODES // 2
_WINDOW = 16  # values of the difference that the transform tells apart
_FREQUENCIES = _WINDOW // 2 + 1
_WIDEST = 1.75  # standard deviations up to which the window is wide enough
_BLOCK = 4  # numbers of more calls for which it is summed in one go

_OMEGA = 2 * np.pi * np.arange(_FREQUENCIES) / _WINDOW
_FORTH = np.exp(1j * _OMEGA) - 1.0
_BACK = np.exp(-1j * _OMEGA) - 1.0

Complexes = NDArray[np.complex128]
Rows = NDArray[np.int64]


def _tail_weights() -> Complexes:
    """weights[n] @ phi is the chance that the difference lies in [low, 0] where low = -n, n of 0 .. window - 1."""
    both = np.full(_FREQUENCIES, 2.0)
    both[0] = both[-1] = 1.0
    single = np.exp(-1j * _OMEGA[None, :] * -np.arange(_WINDOW)[:, None]) * both / _WINDOW
    return np.cumsum(single, axis=0)


_TAILS = _tail_weights()


class Odds:
    """What is known of each kind of call and agent, a row each, first the calls: moments, and factors of the
    characteristic function. ``calls`` and ``agents``: the chance to need an agent, and to be free, within each horizon,
    (rows, NODES)."""

    def __init__(self, calls: Floats, agents: Floats) -> None:
        self.calls = len(calls)
        self.rows = self.calls + len(agents)
        self._chances = np.concatenate([calls, agents])
        chances = self._chances
        spread = chances * (1.0 - chances)
        self.moments = np.concatenate([chances, spread, spread * (1.0 - 2.0 * chances)], axis=1)
        self.moments[: self.calls, :NODES] *= -1.0
        self.moments[: self.calls, 2 * NODES :] *= -1.0
        self._factors: Complexes | None = None

    def characteristic(self, members: Rows) -> Complexes:
        """The characteristic function of the sum over ``members``: (horizons, frequencies)."""
        if self._factors is None:
            turn = np.repeat(np.array([_BACK, _FORTH]), [self.calls, self.rows - self.calls], axis=0)
            self._factors = (1.0 + self._chances[:, :, None] * turn[:, None, :]).reshape(self.rows, -1)
        found: Complexes = np.multiply.reduce(self._factors[members], axis=0)
        return found.reshape(NODES, _FREQUENCIES)


class Shortage:
    """The outlook for one decision.

    ``calls`` and ``agents`` are the rows of each call that is out and each busy agent, both from 0; ``new`` is the row
    of a call that is dialed now; ``sure`` is how many agents are free, less the people who wait already.
    """

    def __init__(self, odds: Odds, calls: Rows, agents: Rows, *, new: int, sure: int) -> None:
        members = np.concatenate([calls, agents + odds.calls])
        self._odds, self._members, self._new, self._sure = odds, members, new, sure
        self._moments = np.add.reduce(odds.moments[members], axis=0)
        self._moments[:NODES] += sure
        self._each = odds.moments[new]  # of one more call
        self.people = -float(np.add.reduce(odds.moments[calls, MIDDLE]))
        self.free = float(self._moments[MIDDLE]) + self.people
        self._known: tuple[Complexes, Complexes] | None = None
        self._block: list[list[float]] | None = None  # summed exactly, after _first more calls and so many above it
        self._first = -1

    def after(self, added: int = 0) -> list[float]:
        """The chance that a person who comes at each of the NODES horizons finds nobody within their patience (0..1),
        after ``added`` more calls have been dialed."""
        first = added - added % _BLOCK
        if self._first != first:
            self._first, self._block = first, self._exactly(first) if self._narrow(first) else None
        if self._block is not None:
            return self._block[added - first]
        moments: list[float] = (self._moments + added * self._each).tolist()
        return list(map(_below_half, moments[:NODES], moments[NODES : 2 * NODES], moments[2 * NODES :]))

    def spread(self) -> float:
        """The standard deviation of free agents less people at the middle horizon."""
        return math.sqrt(max(float(self._moments[NODES + MIDDLE]), 1e-9))

    def _narrow(self, added: int) -> bool:
        """Whether the window of the transform is wide enough."""
        variance = (self._moments + added * self._each)[NODES : 2 * NODES]
        return bool(np.maximum.reduce(variance) <= _WIDEST**2)

    def _exactly(self, added: int) -> list[list[float]]:
        """After ``added`` more calls, ``added + 1``, ...: (_BLOCK, NODES)."""
        if self._known is None:
            known = self._odds.characteristic(self._members) * np.exp(1j * _OMEGA * self._sure)
            self._known = known, self._odds.characteristic(np.array([self._new]))
        known, new = self._known
        powers = np.empty((_BLOCK, NODES, _FREQUENCIES), np.complex128)
        powers[0] = new**added if added else 1.0
        for step in range(1, _BLOCK):
            np.multiply(powers[step - 1], new, out=powers[step])
        mean = (self._moments + added * self._each)[:NODES]
        below = _WINDOW // 2 - np.floor(mean).astype(np.int64)  # values of the window under zero
        tails = _TAILS[np.minimum(np.maximum(below, 0), _WINDOW - 1)]
        chance = np.add.reduce(tails * known * powers, axis=2).real
        if below.min() < 0 or below.max() >= _WINDOW:
            chance = np.where(below < 0, 0.0, np.where(below >= _WINDOW, 1.0, chance))
        found: list[list[float]] = np.minimum(np.maximum(chance, 0.0), 1.0).tolist()
        return found


def _below_half(mean: float, variance: float, third: float) -> float:
    """The chance that an integer of these moments is at most 0: normal, continuity and skewness corrected."""
    deviation = math.sqrt(max(variance, 1e-9))
    z = (0.5 - mean) / deviation
    square = z * z
    normal = 1.0 / (1.0 + math.exp(min(max(z * (-1.5976 - 0.07056 * square), -50.0), 50.0)))
    density = math.exp(-0.5 * square) * 0.3989422804
    skewed = normal - third / (deviation * deviation * deviation) * (square - 1.0) * density / 6.0
    return min(max(skewed, 0.0), 1.0)
