"""What the rivals remember: counts over the last minutes, and a running mean."""

from __future__ import annotations

from collections import deque


class RecentCount:
    """How many happened in the last ``span_s`` seconds, in buckets of a fiftieth of it."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._bucket_s = span_s / 50
        self._buckets: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self, t: float, count: int = 1) -> None:
        self._total += count
        if self._buckets and t < self._buckets[-1][0] + self._bucket_s:
            begun, before = self._buckets.pop()
            self._buckets.append((begun, before + count))
        else:
            self._buckets.append((t, count))

    def at(self, t: float) -> int:
        while self._buckets and self._buckets[0][0] <= t - self._span_s:
            self._total -= self._buckets.popleft()[1]
        return self._total


class RunningMean:
    """Exponentially weighted: each new value counts ``weight``. ``value`` is ``first`` until something was seen."""

    def __init__(self, weight: float, first: float) -> None:
        self._weight = weight
        self.value = first
        self.seen = 0

    def add(self, value: float) -> None:
        self.seen += 1
        self.value = value if self.seen == 1 else self.value + self._weight * (value - self.value)


class Hand:
    """Places at most so many calls a second, as a dialer whose originations are spaced out does."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._credit = 0.0
        self._at: float | None = None

    def take(self, now: float, wanted: int) -> int:
        if self._at is not None:
            self._credit += max(0.0, now - self._at) * self._per_second
        self._credit = min(self._credit, max(1.0, self._per_second))
        self._at = now if self._at is None else max(self._at, now)
        placed = max(0, min(wanted, int(self._credit + 1e-9)))
        self._credit -= placed
        return placed
