"""What a ringing call will become: the chance that it needs an agent, and when.

Cause-specific hazards by ring age in half-second bins (competing risks): somebody answers whom the detector lets
through, something answers that it hangs up on, or the ringing ends otherwise. The first is scaled by a level that
follows the list and the hour faster than the shape of the hazards could, and by each call's own factor
(``pacing.covariates``; hazards proportional to it, as in Breslow's estimate).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pacing.covariates import AVERAGE, CLASSES
from pacing.hazards import Fading, Floats, Level

Rows = NDArray[np.int64]

BIN_S = 0.5
LIVE, MACHINE, OTHER = 0, 1, 2

_PRIOR_WORTH = 12.0
_MEMORY = 2500.0
_VERDICT_S = 2.0  # what a detector takes, until it was seen


class Ringing:
    """Learns from calls that ended; tells of calls that ring and of those that the detector listens to."""

    def __init__(self, *, ring_timeout: float, answer_rate: float) -> None:
        ring_timeout = min(120.0, max(5.0, ring_timeout if math.isfinite(ring_timeout) else 25.0))
        self.bins = math.ceil((ring_timeout + 2.0) / BIN_S)
        self.level = Level(memory=100.0)
        self.verdict_s = _VERDICT_S
        self._fading = Fading(_MEMORY)
        self._ended = np.zeros((3, self.bins))
        self._at_risk = np.zeros(self.bins)
        self._at_risk_live = np.zeros(self.bins)  # each call by its factor
        self._prior_ended, self._prior_at_risk = _prior(self.bins, ring_timeout, min(0.9, max(0.02, answer_rate)))
        self._edges = np.arange(self.bins + 1) * BIN_S
        self._expected_live = np.zeros(self.bins + 1)  # at level 1
        self._factors = CLASSES[AVERAGE : AVERAGE + 1]  # of the classes that have tables
        self._alive = np.ones((1, self.bins + 1))
        self._incidence = np.zeros((1, self.bins + 1))
        self.live_share = np.full(self.bins, 0.5)  #: of calls answered at that age, by row
        self._age = (np.arange(self.bins) + 0.5) * BIN_S
        self._age[0] = 0.0  # the first row stands for a call dialed now
        self._seen = self._expected = self._under_way = 0.0  # since the last refresh, at level 1
        nothing = np.empty(0, dtype=np.int64)
        self.refresh(nothing, nothing)

    @property
    def rows(self) -> int:
        """Rows of ``chances``: the bins of ring age, for each class of factors in turn."""
        return len(self._factors) * self.bins

    def tell_apart(self) -> None:
        """From now on calls have factors of their own."""
        self._factors = CLASSES

    def ended(self, cause: int, age: float, *, factor: float = 1.0) -> None:
        """A call stopped ringing at ``age`` seconds and became LIVE, MACHINE or OTHER."""
        if not (math.isfinite(age) and age >= 0):
            return
        scale = self._fading.tick()
        if scale != 1.0:
            self._ended /= scale
            self._at_risk /= scale
            self._at_risk_live /= scale
        at = min(int(age / BIN_S), self.bins - 1)
        self._ended[cause, at] += self._fading.weight
        self._at_risk[: at + 1] += self._fading.weight
        self._at_risk_live[: at + 1] += self._fading.weight * factor
        self._seen += cause == LIVE
        self._expected += factor * float(self._expected_live[at] + self._expected_live[at + 1]) / 2

    def verdict_took(self, seconds: float) -> None:
        if math.isfinite(seconds) and 0 <= seconds <= 30:
            self.verdict_s += 0.05 * (seconds - self.verdict_s)

    def refresh(self, running: Rows, listening: Rows) -> None:
        """Takes in what ended; ``running`` are the rows of the calls that ring now, ``listening`` the rows at which
        those were answered that the detector still listens to."""
        under_way = self._expects(running) + self._expects(listening)
        self._expected += under_way - self._under_way
        if self._expected > 0:
            self.level.observe(self._seen, self._expected)
            self._seen = self._expected = 0.0
        weight = self._fading.weight
        running_by_class = (
            np.bincount(running, minlength=self.rows).reshape(-1, self.bins)[:, ::-1].cumsum(axis=1)[:, ::-1]
        )
        at_risk = self._at_risk / weight + self._prior_at_risk + running_by_class.sum(axis=0)
        hazard = (self._ended / weight + self._prior_ended) / at_risk
        by_factor = self._at_risk_live / weight + self._prior_at_risk + self._factors @ running_by_class
        hazard[LIVE] *= at_risk / by_factor
        before = float(self._expected_live[-1])
        np.cumsum(hazard[LIVE], out=self._expected_live[1:])
        if before > 0:
            self.level.rescale(float(self._expected_live[-1]) / before)
        self._under_way = self._expects(running) + self._expects(listening)
        live = np.minimum(self._factors[:, None] * hazard[LIVE] * self.level.value, 0.95)
        stay = np.minimum(np.maximum(1.0 - live - hazard[MACHINE] - hazard[OTHER], 1e-3), 1.0)
        self._alive = np.ones((len(self._factors), self.bins + 1))
        self._incidence = np.zeros_like(self._alive)
        np.cumprod(stay, axis=1, out=self._alive[:, 1:])
        np.cumsum(self._alive[:, :-1] * live, axis=1, out=self._incidence[:, 1:])
        self.live_share = (live / (live + hazard[MACHINE] + 1e-9)).reshape(-1)

    def _expects(self, rows: Rows) -> float:
        """People expected, at level 1, of calls that came to these ages."""
        if len(self._factors) == 1:
            return float(self._expected_live[rows].sum() + self._expected_live[rows + 1].sum()) / 2
        which, rows = np.divmod(rows, self.bins)
        return float((self._factors[which] * (self._expected_live[rows] + self._expected_live[rows + 1])).sum()) / 2

    @property
    def answer_rate(self) -> float:
        """The chance that an average call dialed now comes to need an agent."""
        return float(self._average[-1])

    @property
    def _average(self) -> Floats:
        found: Floats = self._incidence[self.first_row(AVERAGE) // self.bins]
        return found

    def first_row(self, which: int) -> int:
        """The row of a call of that class that is dialed now."""
        return which * self.bins if len(self._factors) > 1 else 0

    def landing_times(self, count: int) -> Floats:
        """``count`` equally likely times, in seconds from now, at which a call dialed now needs its agent, if ever."""
        at = (np.arange(count) + 0.5) / count * self._average[-1]
        found: Floats = np.interp(at, self._average, self._edges) + self.verdict_s
        return found

    def chances(self, horizons: Floats) -> Floats:
        """The chance that a call of each row needs an agent within each horizon: (rows, horizons)."""
        # The ages are half a bin apart, so that the interpolation is by hand.
        until = np.minimum(self._age[:, None] + np.maximum(0.0, horizons - self.verdict_s), self.bins * BIN_S) / BIN_S
        low = np.minimum(until.astype(np.int64), self.bins - 1)
        part = until - low
        came = self._incidence[:, low] * (1.0 - part) + self._incidence[:, low + 1] * part
        gained = came - _at(self._incidence)[:, :, None]
        chances = gained / np.maximum(_at(self._alive), 5e-3)[:, :, None]
        found: Floats = np.minimum(np.maximum(chances, 0.0), 0.98).reshape(self.rows, len(horizons))
        return found

    def eventually(self) -> Floats:
        """The chance that a call of each row ever needs an agent."""
        chances = (self._incidence[:, -1:] - _at(self._incidence)) / np.maximum(_at(self._alive), 5e-3)
        found: Floats = np.minimum(np.maximum(chances, 0.0), 0.98).reshape(-1)
        return found


def _at(curve: Floats) -> Floats:
    """A curve over the edges of the bins, at the age that each bin stands for."""
    found = (curve[:, :-1] + curve[:, 1:]) / 2
    found[:, 0] = curve[:, 0]
    return found


def age_bin(age: float, bins: int) -> int:
    return min(max(0, int(age / BIN_S)), bins - 1)


def _prior(bins: int, ring_timeout: float, answer_rate: float) -> tuple[Floats, Floats]:
    """A little of everything, anywhere: enough to begin with, soon outvoted."""
    age = (np.arange(bins) + 0.5) * BIN_S
    within = age < ring_timeout
    live = age * np.exp(-age / 5.0) * within
    machine = age**4 * np.exp(-age / 3.5) * within
    quick = np.exp(-age / 2.0) * within
    last = np.zeros(bins)
    last[min(bins - 1, int(ring_timeout / BIN_S))] = 1.0
    rest = 1.0 - answer_rate
    shares = [
        answer_rate * live / live.sum(),
        0.35 * rest * machine / machine.sum(),
        0.25 * rest * quick / quick.sum() + 0.40 * rest * last,
    ]
    ended = _PRIOR_WORTH * np.array(shares)
    total = ended.sum(axis=0)
    at_risk = np.cumsum(total[::-1])[::-1]
    return ended, np.maximum(at_risk, 1e-6) + 1e-6
