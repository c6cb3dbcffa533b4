"""Instants and stretches of time as people write them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from dialer.clock import Clock
from dialer.errors import InputError

_YEARS = range(2000, 2100)


def instant(text: str | None, clock: Clock) -> datetime:
    """An instant with its offset, in UTC; now for None. Raises InputError."""
    if text is None:
        return clock.now()
    advice = f"{text!r} is no instant. Write it like 2026-11-24T15:00:00-05:00, or with Z for UTC."
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(advice) from None
    if found.tzinfo is None:  # whose three o'clock it is decides the answer
        raise InputError(f"{text!r} needs an offset from UTC: write it like 2026-11-24T15:00:00-05:00, or with Z.")
    if found.year not in _YEARS:
        raise InputError(f"{text!r} lies outside the years {_YEARS[0]} to {_YEARS[-1]}.")
    return found.astimezone(UTC)


def instant_since(text: str, clock: Clock) -> datetime:
    """A number of days, a date (its midnight in UTC) or an instant."""
    if days := re.fullmatch(r"(\d{1,5})d", text, re.ASCII):
        return clock.now() - timedelta(days=int(days[1]))
    return instant(f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else text, clock)
