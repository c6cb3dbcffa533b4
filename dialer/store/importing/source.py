"""The file's side of an import: chunks of understood rows, then a summary.

A large file is read by a process of its own, so that understanding it runs beside writing it and takes nothing from an
engine in this process. The pipe between them holds less than a chunk: the reader is never more than one ahead. It knows
nothing of the database, and ends by itself when this process is gone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from dialer.domain.campaign import Campaign
from dialer.errors import InvalidLeadFile
from dialer.store.importing.collector import collector_paused
from dialer.store.importing.columns import Columns, read_header
from dialer.store.importing.reasons import Notice, Reason, Rejected, text
from dialer.store.importing.records import Chunk, Records
from dialer.store.importing.rejects import RejectFile
from dialer.store.importing.rows import LeadRow, RowReader
from dialer.store.importing.sniff import sniff

#: Files from this size on get a process of their own; below, starting one would take longer than it saves.
OWN_PROCESS_BYTES = 8_000_000
_LONGEST_CHUNK_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """``rejected_path``: where rejected lines go; ``rejected.csv`` beside the file where None. ``language`` of reasons
    and notices: that of the campaign where empty. ``delimiter`` and ``decimal`` (``.`` or ``,``) overrule what would be
    worked out. ``rows_per_chunk``: rows in one transaction, so that a running campaign waits only for one."""

    rejected_path: Path | None = None
    language: str = ""
    delimiter: str | None = None
    decimal: str | None = None
    rows_per_chunk: int = 3_000
    roles: tuple[str, ...] | None = None  #: what each column is, of ``columns.CHOICES``; None: by its header


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Rows ready for the database."""

    rows: list[LeadRow]
    bytes_read: int
    bytes_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The last message: the whole file was read. ``rejected_path`` is None where nothing was rejected."""

    reasons: Mapping[Reason, int]
    rejected_path: Path | None
    notices: tuple[str, ...]


Message = Prepared | Summary


def read_file(path: Path, campaign: Campaign, now: datetime, options: ImportOptions) -> Generator[Message]:
    """Everything there is to say about a file. Blocks. Raises InvalidLeadFile, ConfigurationError."""
    language = options.language or campaign.language
    dialect = sniff(path, delimiter=options.delimiter)
    records = Records(path, dialect, options.rows_per_chunk)
    header = records.header()
    columns = read_header(header, options.roles)
    reader = RowReader(columns, campaign, now.date(), decimal=options.decimal)
    rejects = RejectFile(options.rejected_path or path.with_name("rejected.csv"), header, dialect.delimiter, language)
    size = path.stat().st_size
    not_utf8 = 0
    try:
        for chunk in records.chunks():
            not_utf8 += chunk.not_utf8
            yield Prepared(rows=_understood(chunk, reader, rejects), bytes_read=chunk.bytes_read, bytes_total=size)
        rejected_path = rejects.finish()
    except BaseException:
        rejects.abandon()
        raise
    yield Summary(
        reasons=dict(rejects.reasons),
        rejected_path=rejected_path,
        notices=_notices(columns, not_utf8, reader.skipped_phones, language),
    )


def _understood(chunk: Chunk, reader: RowReader, rejects: RejectFile) -> list[LeadRow]:
    rows = []
    refused: list[tuple[int, list[str], Reason, str]] = [
        (line, [shown], reason, "") for line, reason, shown in chunk.broken
    ]
    with collector_paused():
        for line, cells in chunk.rows:
            try:
                rows.append(reader.read(cells))
            except Rejected as error:
                refused.append((line, cells, error.reason, error.value))
    for line, cells, reason, value in sorted(refused):
        rejects.add(line, cells, reason, value)
    return rows


def _notices(columns: Columns, not_utf8: int, skipped_phones: int, language: str) -> tuple[str, ...]:
    said = {
        Notice.NOT_UTF8: not_utf8,
        Notice.PHONES_SKIPPED: skipped_phones,
        Notice.CUSTOM_COLUMNS: ", ".join(header for _, header in columns.custom),
    }
    return tuple(text(notice, language, value) for notice, value in said.items() if value)


# ------------------------------------------------------------------------------------------ in a thread, in a process


async def messages(path: Path, campaign: Campaign, now: datetime, options: ImportOptions) -> AsyncGenerator[Message]:
    """What ``read_file`` says, without blocking the loop. Close it (``aclosing``) when leaving early."""
    try:
        large = (await asyncio.to_thread(path.stat)).st_size >= OWN_PROCESS_BYTES
    except OSError as error:
        raise InvalidLeadFile(f"The file {path} cannot be read: {error.strerror}.") from error
    if large:
        async for message in _from_process(path, campaign, now, options):
            yield message
        return
    reading = read_file(path, campaign, now, options)
    try:
        while (message_or_end := await asyncio.to_thread(next, reading, None)) is not None:
            yield message_or_end
    finally:
        await asyncio.to_thread(reading.close)


async def _from_process(
    path: Path, campaign: Campaign, now: datetime, options: ImportOptions
) -> AsyncGenerator[Message]:
    start = multiprocessing.get_context("spawn")
    ours, theirs = start.Pipe(duplex=False)
    process = start.Process(
        target=_reader_process, args=(theirs, path, campaign, now, options), name="lead-reader", daemon=True
    )
    process.start()
    theirs.close()
    try:
        while True:
            message = await asyncio.to_thread(_receive, ours)
            if isinstance(message, Exception):
                raise message
            yield message
            if isinstance(message, Summary):
                return
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, _LONGEST_CHUNK_S)
        ours.close()


def _receive(pipe: Connection[None, Message | Exception]) -> Message | Exception:
    try:
        if pipe.poll(_LONGEST_CHUNK_S):
            with collector_paused():
                return pipe.recv()
    except EOFError:
        pass
    return InvalidLeadFile(
        "The process that reads the lead file died or stands still. What was taken in stays; import the file again."
    )


def _reader_process(
    pipe: Connection[Message | Exception, None], path: Path, campaign: Campaign, now: datetime, options: ImportOptions
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the importing side decides
    try:
        for message in read_file(path, campaign, now, options):
            pipe.send(message)
    except BrokenPipeError:
        pass  # nobody is interested any more
    except Exception as error:  # noqa: BLE001 - handed over to be raised on the other side
        pipe.send(error)
