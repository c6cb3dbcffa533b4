"""The hour at which a demonstration begins: one at which the law of its debtors' country lets them be called."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from dialer.clock import Clock, ShiftedClock
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.zones import zone

_BOGOTA = zone("America/Bogota")
_NINE = time(9, 0)
_SATURDAY = 5


def demo_clock(base: Clock) -> ShiftedClock:
    """A clock that shows nine in the morning in Bogotá, on the next working day of Colombia, and runs on from there."""
    day = base.now().astimezone(_BOGOTA).date()
    holidays = shipped_calendars().get("CO")
    while day.weekday() >= _SATURDAY or day.toordinal() in holidays.days:
        day += timedelta(days=1)
    return ShiftedClock(base, datetime.combine(day, _NINE, _BOGOTA).astimezone(UTC))
