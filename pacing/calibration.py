"""Did what was forecast come true? Forecast chances against what became of the people, chance by chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z = 1.959964  # of a normal distribution: 95 of 100 lie within so many standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """People who answered calls whose forecast chance of being abandoned began at ``low``. ``expected`` is the sum of
    their chances, ``abandoned`` how many were."""

    low: float
    calls: int
    people: int
    expected: float
    abandoned: int

    @property
    def forecast(self) -> float:
        """The mean chance; 0 where nobody answered."""
        return self.expected / self.people if self.people else 0.0

    @property
    def came(self) -> float:
        return self.abandoned / self.people if self.people else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between what the true share lies in 95 of 100 such samples."""
        return wilson(self.abandoned, self.people)

    @property
    def true(self) -> bool:
        """Whether the forecast lies within the interval."""
        low, high = self.interval
        return low <= self.forecast <= high


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """``bins`` by rising chance. ``people`` and ``abandoned`` are everybody's, those without a forecast among them."""

    bins: tuple[Bin, ...]
    people: int
    abandoned: int

    @property
    def whole(self) -> Bin:
        """All people whose calls had a forecast."""
        return Bin(
            low=0.0,
            calls=sum(one.calls for one in self.bins),
            people=sum(one.people for one in self.bins),
            expected=sum(one.expected for one in self.bins),
            abandoned=sum(one.abandoned for one in self.bins),
        )


def calibration(intervals: Iterable[tuple[int, int, Iterable[Bin]]]) -> Calibration:
    """Everything together. Each interval is (people, abandoned, bins)."""
    bins: dict[float, Bin] = {}
    people = abandoned = 0
    for its_people, its_abandoned, its_bins in intervals:
        people += its_people
        abandoned += its_abandoned
        for one in its_bins:
            sofar = bins.get(one.low, Bin(low=one.low, calls=0, people=0, expected=0.0, abandoned=0))
            bins[one.low] = Bin(
                low=one.low,
                calls=sofar.calls + one.calls,
                people=sofar.people + one.people,
                expected=sofar.expected + one.expected,
                abandoned=sofar.abandoned + one.abandoned,
            )
    return Calibration(bins=tuple(bins[low] for low in sorted(bins)), people=people, abandoned=abandoned)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's score interval of ``count`` of ``total``, 95 %; (0, 1) of nothing."""
    if total <= 0:
        return 0.0, 1.0
    share = count / total
    scale = 1.0 + _Z * _Z / total
    middle = (share + _Z * _Z / (2 * total)) / scale
    half = _Z * math.sqrt(share * (1.0 - share) / total + _Z * _Z / (4 * total * total)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)
