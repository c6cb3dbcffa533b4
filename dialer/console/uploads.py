"""Files that people hand in at the console: kept on disk, looked at, read without effect, taken in."""

from __future__ import annotations

import asyncio
import csv
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import structlog

from agent_console.ports_uploads import (
    Kind,
    LineRefused,
    UploadColumn,
    UploadLook,
    UploadOptions,
    UploadReport,
    UploadView,
)
from dialer.clock import Clock
from dialer.domain.ids import uuid7
from dialer.errors import BodyTooLarge, CadenciaError, DiskFull, InputError, UnknownUpload, UploadBusy
from dialer.ports import BusMessage, EventBus
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.importing.columns import CHOICES
from dialer.store.importing.dry_run import dry_run, look_at, refused_lines
from dialer.store.importing.importer import import_leads
from dialer.store.importing.payment_file import PaymentReport, import_payments
from dialer.store.importing.source import ImportOptions
from dialer.store.outbox import rfc3339
from dialer.store.payments import Payments
from dialer.store.uploads import OVER, Upload, UploadKind, Uploads, UploadState

log = structlog.get_logger(__name__)

MOST_BYTES = 1_000_000_000
LEAST_FREE_BYTES = 500_000_000  # on the disk, besides the file: the database grows by it as well
BUFFER_BYTES = 1_000_000
CHUNK_WITHIN_S = 30.0
ROWS_PER_CHUNK = 1_000  # less than from the command line: an engine in this process dials meanwhile
TELL_EVERY_S = 0.5
ERRORS_SHOWN = 100
KEPT = timedelta(days=30)
_END_S = 10.0
_NOT_IN_NAMES = re.compile(r"[^\w .()\-]+")


class ConsoleUploads:
    """Implements ``agent_console.ports_uploads.UploadsRoom``. One file is worked on at a time. The owner calls
    ``close``; what is broken off then can be begun again."""

    def __init__(self, database: Database, clock: Clock, bus: EventBus, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._folder = folder
        self._uploads = Uploads(database)
        self._campaigns = Campaigns(database)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._told_at = 0.0
        self._tidied = False

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_END_S)

    # ------------------------------------------------------------------ receiving

    async def receive(
        self, kind: Kind, campaign: str, name: str, by: str, chunks: AsyncIterator[bytes], announced: int | None
    ) -> UploadView:
        campaign_id = (await self._campaigns.get(campaign)).id if campaign else None
        await self._tidy()
        await self._refuse_too_large(announced or 0)
        upload_id = uuid7(self._clock.now(), secrets.token_bytes(10))
        path = self._file(upload_id)
        try:
            size = await _written(path, chunks)
            if size == 0:
                raise InputError("The file is empty.")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        await self._uploads.add(
            Upload(
                id=upload_id,
                kind=UploadKind(kind),
                campaign_id=campaign_id,
                campaign=campaign,
                name=_NOT_IN_NAMES.sub("_", Path(name).name)[:200] or "file.csv",
                bytes=size,
                by=by,
                began_at=self._clock.now(),
                ended_at=None,
                state=UploadState.RECEIVED,
                options={},
                report={},
            )
        )
        return await self.get(upload_id)

    async def _refuse_too_large(self, announced: int) -> None:
        if announced > MOST_BYTES:
            raise BodyTooLarge
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        if free < announced + LEAST_FREE_BYTES:
            raise DiskFull

    async def _tidy(self) -> None:
        """Files hold names and numbers: none stays for longer than it is of use."""
        if not self._tidied:
            self._tidied = True
            await self._uploads.break_off(self._clock.now())
        for upload_id in await self._uploads.before(self._clock.now() - KEPT):
            self._file(upload_id).unlink(missing_ok=True)
            self._rejected(upload_id).unlink(missing_ok=True)

    # ------------------------------------------------------------------ asking

    async def latest(self, kind: Kind | None, most: int) -> Sequence[UploadView]:
        return [_view(each) for each in await self._uploads.latest(None if kind is None else UploadKind(kind), most)]

    async def get(self, upload_id: str) -> UploadView:
        return _view(await self._uploads.get(upload_id))

    async def look(self, upload_id: str, delimiter: str | None) -> UploadLook:
        await self._uploads.get(upload_id)
        found = await asyncio.to_thread(look_at, self._present(upload_id), delimiter)
        return UploadLook(
            encoding=found.encoding,
            delimiter=found.delimiter,
            columns=tuple(
                UploadColumn(header=each.header, role=each.role, samples=each.samples) for each in found.columns
            ),
            roles=CHOICES,
        )

    async def rejected(self, upload_id: str) -> Path:
        await self._uploads.get(upload_id)
        path = self._rejected(upload_id)
        if not path.is_file():
            raise UnknownUpload("No line of this file was refused, or they are no longer kept.")
        return path

    # ------------------------------------------------------------------ working

    async def check(self, upload_id: str, options: UploadOptions) -> UploadView:
        return await self._begin(upload_id, options, UploadState.CHECKING)

    async def take_in(self, upload_id: str, options: UploadOptions) -> UploadView:
        return await self._begin(upload_id, options, UploadState.RUNNING)

    async def discard(self, upload_id: str) -> UploadView:
        upload = await self._uploads.get(upload_id)
        if upload_id in self._tasks:
            raise UploadBusy
        self._file(upload_id).unlink(missing_ok=True)
        self._rejected(upload_id).unlink(missing_ok=True)
        if upload.state not in OVER:
            await self._uploads.settle(upload_id, UploadState.DISCARDED, upload.report, self._clock.now())
        return await self.get(upload_id)

    async def _begin(self, upload_id: str, options: UploadOptions, state: UploadState) -> UploadView:
        upload = await self._uploads.get(upload_id)
        self._present(upload_id)
        if not await self._uploads.begin(upload_id, state, asdict(options)):
            raise UploadBusy
        task = asyncio.create_task(self._work(upload, options, state), name=f"upload {upload_id}")
        self._tasks[upload_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(upload_id, None))
        return await self.get(upload_id)

    async def _work(self, upload: Upload, options: UploadOptions, state: UploadState) -> None:
        end, report = UploadState.FAILED, UploadReport(code="broken-off")
        try:
            async with self._one_at_a_time:
                report = await self._reading(upload, options, state)
            end = UploadState.CHECKED if state is UploadState.CHECKING else UploadState.DONE
        except CadenciaError as exc:
            report = UploadReport(code=exc.code, message=exc.message)
            log.warning("upload.failed", upload=upload.id, code=exc.code)
        finally:
            await asyncio.shield(self._settle(upload, end, report))

    async def _settle(self, upload: Upload, end: UploadState, report: UploadReport) -> None:
        over = end is UploadState.DONE
        with suppress(CadenciaError):  # the next process calls it broken off
            await self._uploads.settle(upload.id, end, asdict(report), self._clock.now() if over else None)
        if over:
            self._file(upload.id).unlink(missing_ok=True)
        log.info("upload.worked_on", upload=upload.id, kind=upload.kind, state=end, rejected=report.rejected)
        await self._tell(upload, end, upload.bytes)

    async def _reading(self, upload: Upload, options: UploadOptions, state: UploadState) -> UploadReport:
        checking = state is UploadState.CHECKING
        self._rejected(upload.id).unlink(missing_ok=True)
        if upload.kind is UploadKind.PAYMENTS:
            return await self._payments(upload, options, checking)
        return await self._leads(upload, options, state)

    async def _leads(self, upload: Upload, options: UploadOptions, state: UploadState) -> UploadReport:
        campaign = await self._campaigns.get(upload.campaign)
        reading = ImportOptions(
            rejected_path=self._rejected(upload.id),
            language=options.language,
            delimiter=options.delimiter,
            decimal=options.decimal,
            rows_per_chunk=ROWS_PER_CHUNK,
            roles=options.roles,
        )
        path, now = self._file(upload.id), self._clock.now()

        def progress(done: int, _: int) -> None:
            if self._clock.monotonic() - self._told_at >= TELL_EVERY_S:
                self._told_at = self._clock.monotonic()
                telling = asyncio.create_task(self._tell(upload, state, done), name=f"progress of {upload.id}")
                self._tasks[f"{upload.id} {done}"] = telling
                telling.add_done_callback(lambda _: self._tasks.pop(f"{upload.id} {done}", None))

        if state is UploadState.CHECKING:
            dry = await dry_run(path, campaign, now=now, options=reading, progress=progress)
            return UploadReport(
                readable=dry.readable,
                rejected=dry.rejected,
                reasons=_named(dry.reasons),
                errors=await self._errors(upload.id),
                notices=dry.notices,
            )
        done = await import_leads(self._database, path, campaign, now=now, options=reading, progress=progress)
        counts = {
            "accepted": done.accepted,
            "duplicates": done.duplicates,
            "debtors": done.debtors,
            "debts": done.debts,
            "phones": done.phones,
        }
        return UploadReport(
            readable=done.accepted + done.duplicates,
            rejected=done.rejected,
            counts=counts,
            reasons=_named(done.reasons),
            errors=await self._errors(upload.id),
            notices=done.notices,
        )

    async def _payments(self, upload: Upload, options: UploadOptions, checking: bool) -> UploadReport:
        done: PaymentReport = await import_payments(
            Payments(self._database, self._clock),
            self._file(upload.id),
            origin=options.origin or upload.by,
            country=options.country,
            language=options.language,
            rejected_path=self._rejected(upload.id),
            decimal=options.decimal,
            only_check=checking,
        )
        counts = {str(fate): number for fate, number in done.fates.items()}
        if not checking:
            counts |= {"settled": done.settled, "promises_decided": done.promises_decided}
        return UploadReport(
            readable=done.understood,
            rejected=done.rejected,
            counts=counts,
            errors=await self._errors(upload.id),
        )

    async def _errors(self, upload_id: str) -> tuple[LineRefused, ...]:
        path = self._rejected(upload_id)
        if not path.is_file():
            return ()
        delimiter = await asyncio.to_thread(_delimiter_of, path)
        found = await asyncio.to_thread(refused_lines, path, delimiter, ERRORS_SHOWN)
        return tuple(LineRefused(line=each.line, reason=each.reason.partition(": ")[2]) for each in found)

    async def _tell(self, upload: Upload, state: UploadState, done: int) -> None:
        payload: dict[str, object] = {
            "v": 1,
            "at": rfc3339(self._clock.now()),
            "id": upload.id,
            "kind": str(upload.kind),
            "state": str(state),
            "done": done,
            "total": upload.bytes,
        }
        await self._bus.publish(BusMessage(topic="upload.progress", payload=payload))

    # ------------------------------------------------------------------ files

    def _file(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.csv"

    def _rejected(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.rejected.csv"

    def _present(self, upload_id: str) -> Path:
        path = self._file(upload_id)
        if not path.is_file():
            raise UnknownUpload("This file is no longer kept. Hand it in again.")
        return path


async def _written(path: Path, chunks: AsyncIterator[bytes]) -> int:
    """The size of the file at ``path``, written from ``chunks``."""
    size, pending = 0, bytearray()
    file = await asyncio.to_thread(_new_file, path)
    try:
        while True:
            try:
                async with asyncio.timeout(CHUNK_WITHIN_S):
                    chunk = await anext(chunks, None)
            except TimeoutError as exc:
                raise InputError("The file did not come to its end in time.") from exc
            if chunk is not None:
                size += len(chunk)
                pending += chunk
            if size > MOST_BYTES:
                raise BodyTooLarge
            if len(pending) >= BUFFER_BYTES or chunk is None:
                await asyncio.to_thread(file.write, bytes(pending))
                pending.clear()
            if chunk is None:
                return size
    except OSError as exc:
        raise DiskFull from exc
    finally:
        await asyncio.to_thread(file.close)


def _new_file(path: Path) -> BinaryIO:
    path.touch(mode=0o600)
    return path.open("wb")


def _delimiter_of(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline()
    return max(",;\t|", key=lambda each: next(csv.reader([heading], delimiter=each), []).count("cadencia_line"))


def _named(reasons: Mapping[Any, int]) -> dict[str, int]:
    return {str(reason): number for reason, number in reasons.items()}


def _view(upload: Upload) -> UploadView:
    report = dict(upload.report)
    report["errors"] = tuple(LineRefused(**each) for each in report.get("errors", ()))
    report["notices"] = tuple(report.get("notices", ()))
    return UploadView(
        id=upload.id,
        kind=cast(Kind, str(upload.kind)),
        campaign=upload.campaign,
        name=upload.name,
        bytes=upload.bytes,
        by=upload.by,
        began_at=upload.began_at,
        ended_at=upload.ended_at,
        state=str(upload.state),  # type: ignore[arg-type]  # one of the same words
        report=UploadReport(**report),
    )
