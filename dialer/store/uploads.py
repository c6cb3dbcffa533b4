"""The record of files that people handed in at the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dialer.errors import UnknownUpload
from dialer.store.database import Database
from dialer.store.tables import campaigns
from dialer.store.upload_tables import uploads


class UploadKind(StrEnum):
    LEADS = "leads"
    PAYMENTS = "payments"


class UploadState(StrEnum):
    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"


AT_WORK = frozenset({UploadState.CHECKING, UploadState.RUNNING})
OVER = frozenset({UploadState.DONE, UploadState.DISCARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """``campaign`` is empty for payments that came without one."""

    id: str
    kind: UploadKind
    campaign_id: int | None
    campaign: str
    name: str
    bytes: int
    by: str
    began_at: datetime
    ended_at: datetime | None
    state: UploadState
    options: Mapping[str, Any]
    report: Mapping[str, Any]


_ALL = sa.select(uploads, campaigns.c.name.label("campaign")).outerjoin(
    campaigns, campaigns.c.id == uploads.c.campaign_id
)


class Uploads:
    """Methods raise UnknownUpload where there is none of that id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, upload: Upload) -> None:
        values = {
            "id": upload.id,
            "kind": str(upload.kind),
            "campaign_id": upload.campaign_id,
            "name": upload.name,
            "bytes": upload.bytes,
            "by": upload.by,
            "began_at": upload.began_at,
            "options": dict(upload.options),
            "report": dict(upload.report),
        }
        await self._database.write(lambda connection: connection.execute(uploads.insert().values(**values)))

    async def get(self, upload_id: str) -> Upload:
        statement = _ALL.where(uploads.c.id == upload_id)
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        if row is None:
            raise UnknownUpload
        return _upload(row)

    async def latest(self, kind: UploadKind | None, most: int) -> Sequence[Upload]:
        """The newest first."""
        statement = _ALL.order_by(uploads.c.began_at.desc(), uploads.c.id.desc()).limit(most)
        if kind is not None:
            statement = statement.where(uploads.c.kind == str(kind))
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return [_upload(row) for row in rows]

    async def before(self, began_before: datetime) -> Sequence[str]:
        statement = sa.select(uploads.c.id).where(uploads.c.began_at < began_before)
        return await self._database.read(lambda connection: connection.scalars(statement).all())

    async def begin(self, upload_id: str, state: UploadState, options: Mapping[str, Any]) -> bool:
        """Set to work on it. False where somebody is at it already, or it is over."""
        free = uploads.c.state.not_in([str(each) for each in AT_WORK | OVER])
        change = uploads.update().where(uploads.c.id == upload_id, free)
        values = change.values(state=str(state), options=dict(options))
        return await self._database.write(lambda connection: connection.execute(values).rowcount) == 1

    async def settle(
        self, upload_id: str, state: UploadState, report: Mapping[str, Any], ended_at: datetime | None
    ) -> None:
        change = uploads.update().where(uploads.c.id == upload_id)
        values = change.values(state=str(state), report=dict(report), ended_at=ended_at)
        await self._database.write(lambda connection: connection.execute(values))

    async def break_off(self, now: datetime) -> int:
        """What was at work when an earlier process ended can be begun again."""
        at_work = uploads.c.state.in_([str(each) for each in AT_WORK])
        change = uploads.update().where(at_work)
        values = change.values(state=str(UploadState.FAILED), report={"code": "broken-off"}, ended_at=now)
        return await self._database.write(lambda connection: connection.execute(values).rowcount)


def _upload(row: sa.Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        kind=UploadKind(row.kind),
        campaign_id=row.campaign_id,
        campaign=row.campaign or "",
        name=row.name,
        bytes=row.bytes,
        by=row.by,
        began_at=row.began_at,
        ended_at=row.ended_at,
        state=UploadState(row.state),
        options=row.options,
        report=row.report,
    )
