"""The campaign's own promise over today, the last day and the last thirty: it outlives a restart of the engine."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from dialer.ports import PastCalls
from pacing.budget import Budget

_HOUR_S = 3600
_DAY_H, _MONTH_H = 24, 30 * 24


class OwnWindows:
    """People answered and people abandoned, by the hour. ``zone`` says when a day of the campaign begins."""

    def __init__(self, zone: tzinfo, past: PastCalls) -> None:
        self._zone = zone
        self._hours: dict[int, tuple[int, int]] = {}
        for interval in past.intervals:
            self.count(interval.at, interval.people, interval.abandoned)

    def count(self, at: datetime, people: int, abandoned: int) -> None:
        before = self._hours.get(_hour(at), (0, 0))
        self._hours[_hour(at)] = before[0] + people, before[1] + abandoned

    def budgets(self, target: float, now: datetime) -> list[Budget]:
        """The windows as they are at ``now``; ``target`` is the rate that the campaign allows itself in each."""
        hour = _hour(now)
        self._hours = {key: counts for key, counts in self._hours.items() if key > hour - _MONTH_H}
        today = now.astimezone(self._zone).date()
        midnight = datetime.combine(today, time(), self._zone)
        tomorrow = datetime.combine(today + timedelta(days=1), time(), self._zone)
        return [
            self._since(_hour(midnight), target, (tomorrow - now).total_seconds()),
            self._since(hour - _DAY_H + 1, target),
            self._since(hour - _MONTH_H + 1, target),
        ]

    def _since(self, first: int, target: float, remaining_s: float = float("inf")) -> Budget:
        counts = [counts for key, counts in self._hours.items() if key >= first]
        return Budget(
            limit=target,
            people=sum(people for people, _ in counts),
            abandoned=sum(abandoned for _, abandoned in counts),
            remaining_s=remaining_s,
        )


def _hour(at: datetime) -> int:
    return int(at.timestamp() // _HOUR_S)
