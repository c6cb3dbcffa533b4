"""When a campaign starts and stops by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

#: Days looked at around an instant: a week, and one more for the edges of time zones.
_DAYS = 8
_MOST_HOURS = 28  # four spans a day


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hours:
    """A span of one weekday (0 is Monday), local time; ``start`` before ``stop``, both of the same day."""

    weekday: int
    start: time
    stop: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError("weekday must lie between 0 (Monday) and 6 (Sunday)")
        if self.start >= self.stop:
            raise ValueError("start must come before stop, on the same day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An instant (UTC) at which the campaign ``starts``, or else stops."""

    at: datetime
    starts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """``zone`` is a name of the tz database; empty: the first of the campaign's country. Without ``hours`` nothing
    happens by itself. A supervisor's own start or stop holds until the next edge."""

    zone: str = ""
    hours: tuple[Hours, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hours) > _MOST_HOURS:
            raise ValueError(f"a schedule has at most {_MOST_HOURS} spans")
        ordered = sorted(self.hours)
        for before, after in pairwise(ordered):
            if before.weekday == after.weekday and after.start < before.stop:
                raise ValueError("spans of the same day must not overlap")

    def last_edge(self, now: datetime, zone: tzinfo) -> Edge | None:
        """The latest edge that has come by ``now``."""
        come = [edge for edge in self._edges(now, zone) if edge.at <= now]
        return max(come, key=lambda edge: (edge.at, edge.starts), default=None)

    def next_edge(self, now: datetime, zone: tzinfo) -> Edge | None:
        """The first edge after ``now``."""
        ahead = [edge for edge in self._edges(now, zone) if edge.at > now]
        return min(ahead, key=lambda edge: (edge.at, not edge.starts), default=None)

    def _edges(self, now: datetime, zone: tzinfo) -> Iterator[Edge]:
        today = now.astimezone(zone).date()
        for away in range(-_DAYS, _DAYS + 1):
            day = today + timedelta(days=away)
            for span in self.hours:
                if span.weekday == day.weekday():
                    yield Edge(at=_instant(day, span.start, zone), starts=True)
                    yield Edge(at=_instant(day, span.stop, zone), starts=False)


NO_SCHEDULE = Schedule()


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
