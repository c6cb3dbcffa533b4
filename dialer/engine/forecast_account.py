"""Forecast against outcome: what calls were expected to cost when they were dialed, beside what came."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from dialer.engine.messages import Instant

INTERVAL_S = 300.0
EDGES = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.35)  # of the chances that are counted together


@dataclass(slots=True)
class _Bin:
    calls: int = 0
    people: int = 0
    expected: float = 0.0
    abandoned: int = 0


class ForecastAccount:
    """One interval at a time. A call's chance is that a person who answers it is abandoned, as it was forecast when the
    call was decided on; None where nobody forecast any."""

    def __init__(self) -> None:
        self._from: Instant | None = None
        self._bins: dict[int, _Bin] = {}
        self._people = self._abandoned = 0

    def dialed(self, chance: float | None, now: Instant) -> None:
        self._begin(now)
        if chance is not None:
            self._bin(chance).calls += 1

    def answered(self, chance: float | None, now: Instant, *, abandoned: bool) -> None:
        """A person was connected, or abandoned."""
        self._begin(now)
        self._people += 1
        self._abandoned += abandoned
        if chance is not None:
            one = self._bin(chance)
            one.people += 1
            one.expected += chance
            one.abandoned += abandoned

    def is_over(self, now: Instant) -> bool:
        return self._from is not None and now.monotonic - self._from.monotonic >= INTERVAL_S

    def close(self, now: Instant) -> dict[str, object] | None:
        """What the interval came to, and begin another with the next call; None where nothing happened."""
        if self._from is None:
            return None
        made: dict[str, object] = {
            "since": self._from.at.isoformat(),
            "until": _later(self._from.at, now.at).isoformat(),
            "people": self._people,
            "abandoned": self._abandoned,
            "expected": round(sum(one.expected for one in self._bins.values()), 6),
            "forecast_people": sum(one.people for one in self._bins.values()),
            "bins": [
                {
                    "low": EDGES[index],
                    "calls": one.calls,
                    "people": one.people,
                    "expected": round(one.expected, 6),
                    "abandoned": one.abandoned,
                }
                for index, one in sorted(self._bins.items())
            ],
        }
        self._from = None
        self._bins = {}
        self._people = self._abandoned = 0
        return made

    def _begin(self, now: Instant) -> None:
        if self._from is None:
            self._from = now

    def _bin(self, chance: float) -> _Bin:
        return self._bins.setdefault(bisect_right(EDGES, chance) - 1, _Bin())


def _later(first: datetime, second: datetime) -> datetime:
    return max(first, second)
