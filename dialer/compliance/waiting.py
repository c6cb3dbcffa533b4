"""The first minute at which everything that must agree does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from dialer.compliance.localtime import DAY_S, whole_minute
from dialer.compliance.windows import HORIZON_DAYS

HORIZON_S = HORIZON_DAYS * DAY_S

Wait = Callable[[float], float | None]  #: the first instant at or after one at which a rule allows


def first_minute(waits: Sequence[Wait], at: float) -> datetime | None:
    """The first whole minute at or after ``at`` that all rules allow, or None within the horizon.

    Each step goes to the latest of the rules' own first instants, none of which may be passed over; where that
    changes nothing, all rules agree.
    """
    minute = whole_minute(at)
    while minute - at <= HORIZON_S:
        latest = minute
        for wait in waits:
            first = wait(minute)
            if first is None:
                return None
            latest = max(latest, first)
        if latest == minute:
            return datetime.fromtimestamp(minute, UTC)
        minute = whole_minute(latest)
    return None
