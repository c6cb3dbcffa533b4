"""The chance that the next person finds no agent.

Agents who become free and people who arrive are sums of independent yes-or-no chances, one for each agent and each
call: Poisson binomials. Their difference is summed exactly through its characteristic function, which is a product
over all of them, read from tables by age; where the spread is wide the normal
distribution with a correction for skewness is as good and cheaper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pacing.hazards import Floats

NODES = 8  #: horizons at which the chance is taken
_WINDOW = 32  # values of the difference that the transform tells apart
_FREQUENCIES = _WINDOW // 2 + 1
_WIDEST = 3.6  # standard deviations up to which the window is wide enough

_OMEGA = 2 * np.pi * np.arange(_FREQUENCIES) / _WINDOW
_FORTH = np.exp(1j * _OMEGA) - 1.0
_BACK = np.exp(-1j * _OMEGA) - 1.0

_SIGNS = np.array([[-1.0], [1.0], [-1.0]])  # of a difference's mean, variance and third moment

Complexes = NDArray[np.complex128]
Rows = NDArray[np.int64]


def _tail_weights() -> Complexes:
    """weights[n] @ phi is the chance that the difference lies in [low, 0] where low = -n, n of 0 .. window - 1."""
    both = np.full(_FREQUENCIES, 2.0)
    both[0] = both[-1] = 1.0
    single = np.exp(-1j * _OMEGA[None, :] * -np.arange(_WINDOW)[:, None]) * both / _WINDOW
    return np.cumsum(single, axis=0)


_TAILS = _tail_weights()


class Tables:
    """What is known of one call or agent by its row: moments, and factors of the characteristic function."""

    def __init__(self, chances: Floats, *, agents: bool, exact: bool) -> None:
        spread = chances * (1.0 - chances)
        self.rows, self.exact = len(chances), exact
        self._moments = np.concatenate([chances, spread, spread * (1.0 - 2.0 * chances)], axis=1)
        turn = _FORTH if agents else _BACK
        self._factors: Complexes = np.ones((self.rows, 0), np.complex128)
        if exact:
            self._factors = (1.0 + chances[:, :, None] * turn).reshape(self.rows, chances.shape[1] * _FREQUENCIES)

    def moments(self, members: Rows) -> Floats:
        """Mean, variance and third central moment of the sum over ``members``, at each horizon: (3, horizons)."""
        found: Floats = (np.bincount(members, minlength=self.rows).astype(float) @ self._moments).reshape(3, -1)
        return found

    def characteristic(self, members: Rows) -> Complexes:
        """The characteristic function of the sum over ``members``: (horizons, frequencies)."""
        found: Complexes = np.multiply.reduce(self._factors[members], axis=0)
        return found.reshape(-1, _FREQUENCIES)


class Shortage:
    """The outlook for one decision; ``add`` calls and ask again for the ``chance``.

    ``agents`` and ``calls`` are tables with the row of each busy agent and each call that is out; ``new`` is the table
    and row of a call that is dialed now; ``sure`` is how many agents are free, less the people who wait already.
    """

    def __init__(
        self,
        *,
        sure: int,
        agents: tuple[Tables, Rows],
        calls: list[tuple[Tables, Rows]],
        new: tuple[Tables, Rows],
    ) -> None:
        self._sure, self._agents, self._calls, self._new = sure, agents, calls, new
        self.free = agents[0].moments(agents[1])
        self.free[0] += sure
        self.people = calls[0][0].moments(calls[0][1])
        for table, members in calls[1:]:
            self.people += table.moments(members)
        self._one = _SIGNS * new[0].moments(new[1])
        self._moments = self.free + _SIGNS * self.people
        self._added = 0
        self._known: tuple[Complexes, Complexes] | None = None

    def add(self, calls: int = 1) -> None:
        """As if ``calls`` more had been dialed now."""
        self._moments = self._moments + calls * self._one
        self._added += calls

    def chance(self) -> float:
        """The chance that a person who answers a call dialed now finds nobody within their patience (0..1)."""
        return float(self.chances().mean())

    def chances(self) -> Floats:
        """The same for a person who comes at each of the horizons."""
        mean, variance, third = self._moments
        deviation = np.sqrt(np.maximum(variance, 1e-9))
        if float((mean - 6.0 * deviation).min()) > 2.0:
            return np.zeros(len(mean))
        if not self._new[0].exact or float(deviation.max()) > _WIDEST:
            return _below_half(mean, deviation, third)
        return self._exactly(mean)

    def _exactly(self, mean: Floats) -> Floats:
        if self._known is None:
            known = self._agents[0].characteristic(self._agents[1]) * np.exp(1j * _OMEGA * self._sure)
            for table, members in self._calls:
                if len(members):
                    known = known * table.characteristic(members)
            self._known = known, self._new[0].characteristic(self._new[1])
        known, new = self._known
        below = _WINDOW // 2 - np.floor(mean).astype(np.int64)  # values of the window under zero
        tails = _TAILS[np.minimum(np.maximum(below, 0), _WINDOW - 1)]
        chance = (tails * known * new**self._added).sum(axis=1).real
        chance = np.where(below < 0, 0.0, np.where(below >= _WINDOW, 1.0, chance))
        return np.minimum(np.maximum(chance, 0.0), 1.0)


def _below_half(mean: Floats, deviation: Floats, third: Floats) -> Floats:
    """The chance that an integer of these moments is at most 0: normal, continuity and skewness corrected."""
    z = (0.5 - mean) / deviation
    skew = third / deviation**3
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    normal = 1.0 / (1.0 + np.exp(-np.clip(1.5976 * z + 0.07056 * z**3, -50, 50)))
    found: Floats = np.clip(normal - skew * (z * z - 1.0) / 6.0 * density, 0.0, 1.0)
    return found
