"""Local days and hours as spans of absolute time, so that a decision compares numbers instead of clocks.

Instants are seconds since 1970 in UTC (float). Days are proleptic ordinals as ``date.toordinal`` gives them. A day on
which the clocks change has two segments of constant offset; what the clock shows twice is open twice, and what it
skips never comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_S = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

Span = tuple[float, float]  #: half-open, seconds since 1970
WallSpan = tuple[int, int]  #: half-open, seconds of the local day


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One local date: from ``start`` up to ``end``, in segments ``(start, end, utc offset in seconds)``."""

    ordinal: int
    start: float
    end: float
    segments: tuple[tuple[float, float, int], ...]

    @property
    def weekday(self) -> int:
        """0 Monday to 6 Sunday."""
        return (self.ordinal - 1) % 7

    def spans(self, wall: tuple[WallSpan, ...]) -> tuple[Span, ...]:
        """When the clock on the wall shows a time within ``wall``, in order of time."""
        midnight = (self.ordinal - _EPOCH_ORDINAL) * DAY_S
        found = []
        for start, end, offset in self.segments:
            for opens, closes in wall:
                span = (max(start, midnight + opens - offset), min(end, midnight + closes - offset))
                if span[0] < span[1]:
                    found.append(span)
        return tuple(sorted(found))


def ordinal_at(zone: ZoneInfo, at: float) -> int:
    """The local date at an instant."""
    return datetime.fromtimestamp(at, zone).toordinal()


@lru_cache(maxsize=16_384)
def local_day(zone: ZoneInfo, ordinal: int) -> LocalDay:
    start, end = _midnight(zone, ordinal), _midnight(zone, ordinal + 1)
    before, after = _offset(zone, start), _offset(zone, end - 1)
    if before == after:
        return LocalDay(ordinal, start, end, ((start, end, before),))
    low, high = int(start), int(end) - 1  # the offset is ``before`` at low and ``after`` at high
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return LocalDay(ordinal, start, end, ((start, float(high), before), (float(high), end, after)))


def _midnight(zone: ZoneInfo, ordinal: int) -> float:
    # Where the clocks skip midnight, fold 0 reads it with the old offset: the very instant of the change.
    return datetime.combine(date.fromordinal(ordinal), time(), tzinfo=zone).timestamp()


def _offset(zone: ZoneInfo, at: float) -> int:
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def whole_minute(at: float) -> float:
    """The first whole minute at or after ``at``."""
    return -(-at // 60) * 60
