"""What the console asks of the audit trail: proofs, incidents, holds and what is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailCheck:
    """``findings`` are sentences about what is wrong; none: the trail holds. ``waiting`` records are not chained."""

    records: int
    erased: int
    checkpoints: int
    waiting: int
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    id: int
    kind: str
    ref: str
    at: datetime
    detail: Mapping[str, Any]
    resolved_by: str
    resolved_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """Newest first. ``next_cursor`` asks for the page after this one; None where there is none."""

    rows: tuple[IncidentView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A legal hold in force; ``debtor_id`` None: on everybody."""

    id: int
    debtor_id: int | None
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeCount:
    recordings: int
    calls: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptView:
    """Records of a class that ``rules`` keep until ``until``."""

    cls: str
    count: int
    rules: tuple[str, ...]
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """``identity``: whether name, document, numbers and debts are gone too."""

    identity: bool
    recordings: int
    calls: int
    records: int
    kept: tuple[KeptView, ...]


class TrailRoom(Protocol):
    """The audit trail, and what is deleted from it. Raises StoreError."""

    async def file(self, debtor_id: int) -> bytes:
        """A debtor's file with its proofs. Raises UnknownDebtor, TookTooLong."""
        ...

    async def verify(self) -> TrailCheck:
        """The whole trail of this installation. Raises TookTooLong."""
        ...

    async def incidents(self, *, resolved: bool, cursor: str | None, limit: int) -> IncidentPage:
        """The open ones, or the resolved ones. Raises InputError for a cursor that this method did not give out."""
        ...

    async def resolve(self, incident_id: int, *, by: str, note: str) -> None:
        """Raises InputError where there is none of that id that is open."""
        ...

    async def holds(self) -> Sequence[HoldView]: ...

    async def place_hold(self, debtor_id: int | None, *, reason: str, by: str) -> None:
        """Raises UnknownDebtor."""
        ...

    async def lift_hold(self, debtor_id: int | None, *, reason: str, by: str) -> None:
        """Raises InputError where there is none."""
        ...

    async def erase(self, debtor_id: int, *, reason: str, by: str) -> ErasureView:
        """Raises UnknownDebtor, ErasureRefused under a legal hold or while they are on the line."""
        ...

    async def what_would_be_purged(self) -> PurgeCount:
        """Raises TookTooLong."""
        ...
