"""Where time and chance come from. Nothing else in the project may ask the machine for either."""

from __future__ import annotations

import random
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for the law and the log, monotonic time for durations."""

    def now(self) -> datetime:
        """Aware UTC wall time."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ShiftedClock:
    """A clock that runs at the pace of another but began at a chosen instant.

    The demonstration uses it: synthetic debtors are dialed at a legal hour of their country whatever the hour of
    the visitor, so the compliance gate needs no exception.
    """

    def __init__(self, base: Clock, starts_at: datetime) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("starts_at must be an aware datetime")
        self._base = base
        self._shift: timedelta = starts_at.astimezone(UTC) - base.now()

    def now(self) -> datetime:
        return self._base.now() + self._shift

    def monotonic(self) -> float:
        return self._base.monotonic()


class ManualClock:
    """A clock that moves only when told to: for tests and simulation."""

    def __init__(self, starts_at: datetime) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("starts_at must be an aware datetime")
        self._now = starts_at.astimezone(UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed_s

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds


def entropy(count: int) -> bytes:
    """``count`` unpredictable bytes, for ids and keys."""
    return secrets.token_bytes(count)


def seeded_random(seed: int | str) -> random.Random:
    """A private generator whose sequence depends on ``seed`` alone."""
    return random.Random(seed)


def system_random() -> random.Random:
    """A generator seeded by the machine: jitter and sampling, never secrets."""
    return random.Random()
