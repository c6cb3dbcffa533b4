"""What the console asks about files that people hand in: lists of debtors, and payments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

Kind = Literal["leads", "payments"]
State = Literal["received", "checking", "checked", "running", "done", "failed", "discarded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadColumn:
    """``role``: what the column is taken for, one of ``UploadLook.roles``; empty: a field of its own."""

    header: str
    role: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLook:
    """How a file is written, worked out from its beginning."""

    encoding: str
    delimiter: str
    columns: tuple[UploadColumn, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefused:
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """``readable`` rows of a dry run would be taken in. ``counts`` of a file that was taken in: accepted, duplicates,
    debtors, debts, phones; of payments by what became of them. ``reasons`` by their id. ``errors`` are the first
    lines that were refused. ``code`` and ``message`` say why all of it failed."""

    readable: int = 0
    rejected: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    errors: tuple[LineRefused, ...] = ()
    notices: tuple[str, ...] = ()
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """``delimiter`` and ``decimal``: None: worked out. ``roles``: of each column; None: by the headers. ``language`` of
    what is said about lines. ``origin`` and ``country`` of a file of payments."""

    delimiter: str | None = None
    decimal: str | None = None
    roles: tuple[str, ...] | None = None
    language: str = "es"
    origin: str = ""
    country: str = "CO"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    id: str
    kind: Kind
    campaign: str
    name: str
    bytes: int
    by: str
    began_at: datetime
    ended_at: datetime | None
    state: State
    report: UploadReport


class UploadsRoom(Protocol):
    """Raises UnknownUpload, UploadBusy, StoreError; UnknownCampaign for a campaign that is not there."""

    async def receive(
        self, kind: Kind, campaign: str, name: str, by: str, chunks: AsyncIterator[bytes], announced: int | None
    ) -> UploadView:
        """Keep what comes. ``announced`` bytes, where that is known. Raises BodyTooLarge, DiskFull, InputError."""
        ...

    async def latest(self, kind: Kind | None, most: int) -> Sequence[UploadView]: ...

    async def get(self, upload_id: str) -> UploadView: ...

    async def look(self, upload_id: str, delimiter: str | None) -> UploadLook:
        """Raises InvalidLeadFile for what is no such file."""
        ...

    async def check(self, upload_id: str, options: UploadOptions) -> UploadView:
        """Begin a dry run; what comes of it is told on the bus and found by ``get``."""
        ...

    async def take_in(self, upload_id: str, options: UploadOptions) -> UploadView:
        """Begin to take it in."""
        ...

    async def discard(self, upload_id: str) -> UploadView: ...

    async def rejected(self, upload_id: str) -> Path:
        """The lines that were refused, as CSV. Raises UnknownUpload where there are none."""
        ...
