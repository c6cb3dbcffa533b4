"""Open hours, and the hours a debtor asked to be left alone in."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from dialer.compliance.facts import QuietTime
from dialer.compliance.holiday import Calendar
from dialer.compliance.localtime import DAY_S, Span, WallSpan, local_day, ordinal_at
from dialer.compliance.rules import WindowRule

#: Days searched for an opening. Longer than any run of holidays; zones that never agree are given up after it.
HORIZON_DAYS = 400

_HOLIDAY = 7


class Hours:
    """A window rule joined with its calendar and the close guard, ready to be asked. Compares by identity.

    ``close_guard_s`` moves every close earlier by so many seconds, for the time between the decision and the ringing.
    """

    __slots__ = ("_calendar", "_week", "rule")

    def __init__(self, rule: WindowRule, calendar: Calendar | None, close_guard_s: int) -> None:
        self.rule = rule
        self._calendar = calendar
        self._week: tuple[tuple[WallSpan, ...], ...] = tuple(
            tuple((opens, closes - close_guard_s) for opens, closes in day if opens < closes - close_guard_s)
            for day in rule.week
        )

    def is_open(self, zone: ZoneInfo, at: float) -> bool:
        return any(start <= at < end for start, end in _open_spans(self, zone, ordinal_at(zone, at)))

    def open_until(self, zone: ZoneInfo, at: float) -> float | None:
        """When the hours that are open at ``at`` close; None where it is closed. Hours that go on after midnight close
        when they end, but nothing is looked for beyond a day."""
        until: float | None = None
        moved, ordinal = at, ordinal_at(zone, at)
        while True:
            for start, end in _open_spans(self, zone, ordinal):
                if start <= moved < end:
                    until = moved = end
            if until is None or moved - at > DAY_S or moved < local_day(zone, ordinal).end:
                return until
            ordinal += 1
            if not any(start <= moved < end for start, end in _open_spans(self, zone, ordinal)):
                return until

    def next_open(self, zone: ZoneInfo, at: float) -> float | None:
        """The first instant at or after ``at`` at which it is open in ``zone``; None within the horizon."""
        first = ordinal_at(zone, at)
        for ordinal in range(first, first + HORIZON_DAYS):
            for start, end in _open_spans(self, zone, ordinal):
                if at < end:
                    return max(start, at)
        return None

    def wall_spans(self, ordinal: int) -> tuple[WallSpan, ...]:
        """The hours of a local date. A holiday loses its weekday; a date the calendar does not reach is closed."""
        if self._calendar is not None:
            if not self._calendar.covers(ordinal):
                return ()
            if ordinal in self._calendar.days:
                return self._week[_HOLIDAY]
        return self._week[(ordinal - 1) % 7]


@lru_cache(maxsize=16_384)
def _open_spans(hours: Hours, zone: ZoneInfo, ordinal: int) -> tuple[Span, ...]:
    return local_day(zone, ordinal).spans(hours.wall_spans(ordinal))


def quiet_until(quiet_times: tuple[QuietTime, ...], zones: tuple[ZoneInfo, ...], at: float) -> float | None:
    """The first instant at or after ``at`` that is quiet in no zone: ``at`` itself where it is not quiet now.
    None where the debtor left no hour of the week."""
    moved = at
    while moved - at < 15 * 86_400:
        end = _end_of_quiet(quiet_times, zones, moved)
        if end is None:
            return moved
        moved = end
    return None


def quiet_from(quiet_times: tuple[QuietTime, ...], zones: tuple[ZoneInfo, ...], at: float) -> float | None:
    """When the next quiet time after ``at`` begins in one of the zones; None: not within a day. ``at`` is not quiet."""
    begins = [
        start
        for zone in zones
        for ordinal in range(ordinal_at(zone, at), ordinal_at(zone, at + DAY_S) + 1)
        for quiet in quiet_times
        if (day := local_day(zone, ordinal)).weekday in quiet.days
        for start, _ in day.spans(((quiet.from_s, quiet.to_s),))
        if at < start <= at + DAY_S
    ]
    return min(begins, default=None)


def _end_of_quiet(quiet_times: tuple[QuietTime, ...], zones: tuple[ZoneInfo, ...], at: float) -> float | None:
    for zone in zones:
        day = local_day(zone, ordinal_at(zone, at))
        for quiet in quiet_times:
            if day.weekday in quiet.days:
                for start, end in day.spans(((quiet.from_s, quiet.to_s),)):
                    if start <= at < end:
                        return end
    return None
