"""What the console asks about the installation itself: is everything there, and what of its trunks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Language = Literal["es", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthNow:
    """What is quickly found out. ``database_ms`` is how long a question took; ``outbox_waiting`` events have been
    written and not told yet; bytes are of the disk of the data folder."""

    at: datetime
    up_since: datetime
    version: str
    database: str
    database_ms: float
    outbox_waiting: int
    disk_free_bytes: int
    disk_total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One of the doctor's findings: what was looked at, what was found, and how to mend it (empty: nothing to mend)."""

    check: str
    status: str
    title: str
    found: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    at: datetime
    verdict: str
    checks: tuple[CheckView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationView:
    """With whom Asterisk registers; ``status`` in Asterisk's own word, such as Registered."""

    name: str
    server: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunksNow:
    """What Asterisk says. ``registrations`` are of the whole PBX; none where carriers know us by our address."""

    at: datetime
    checks: tuple[CheckView, ...]
    registrations: tuple[RegistrationView, ...]


class HealthRoom(Protocol):
    async def now(self) -> HealthNow:
        """Raises StoreError."""
        ...

    async def examine(self, language: Language) -> Examination:
        """The doctor's whole examination: some seconds, half a minute at most. It changes nothing."""
        ...

    async def trunks(self, language: Language) -> TrunksNow: ...
