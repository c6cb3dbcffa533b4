"""Reading a lead file without taking anything in: what its columns are, and which lines would be refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from dialer.domain.campaign import Campaign
from dialer.errors import InvalidLeadFile
from dialer.store.importing.columns import guessed
from dialer.store.importing.importer import Progress
from dialer.store.importing.reasons import Reason
from dialer.store.importing.records import Records
from dialer.store.importing.sniff import sniff
from dialer.store.importing.source import ImportOptions, Summary, messages

SAMPLE_ROWS = 4
LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLook:
    """``role``: what it would be taken for, of ``columns.CHOICES``."""

    header: str
    role: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLook:
    """``encoding`` is utf-8, utf-16, or windows-1252 where lines of the sample are not UTF-8."""

    encoding: str
    delimiter: str
    columns: tuple[ColumnLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """``readable`` rows would be taken in or are known already."""

    readable: int
    rejected: int
    reasons: Mapping[Reason, int]
    notices: tuple[str, ...]
    rejected_path: Path | None


def look_at(path: Path, delimiter: str | None = None) -> FileLook:
    """Blocks. Raises InvalidLeadFile."""
    dialect = sniff(path, delimiter=delimiter)
    records = Records(path, dialect, SAMPLE_ROWS)
    header = records.header()
    chunk = next(iter(records.chunks()), None)
    rows = [cells for _, cells in chunk.rows] if chunk is not None else []
    columns = tuple(
        ColumnLook(
            header=name.strip()[:LONGEST_SAMPLE],
            role=role,
            samples=tuple(row[index].strip()[:LONGEST_SAMPLE] if index < len(row) else "" for row in rows),
        )
        for index, (name, role) in enumerate(zip(header, guessed(header), strict=True))
    )
    encoding = "windows-1252" if chunk is not None and chunk.not_utf8 else dialect.encoding
    return FileLook(encoding=encoding, delimiter=dialect.delimiter, columns=columns)


async def dry_run(
    path: Path, campaign: Campaign, *, now: datetime, options: ImportOptions, progress: Progress | None = None
) -> DryRun:
    """Read the whole file; nothing is written but the lines that would be refused. Raises InvalidLeadFile."""
    readable = 0
    async with aclosing(messages(path, campaign, now, options)) as source:
        async for message in source:
            if isinstance(message, Summary):
                return DryRun(
                    readable=readable,
                    rejected=sum(message.reasons.values()),
                    reasons=message.reasons,
                    notices=message.notices,
                    rejected_path=message.rejected_path,
                )
            readable += len(message.rows)
            if progress is not None:
                progress(message.bytes_read, message.bytes_total)
    raise InvalidLeadFile("Reading the file ended without a result. Nothing was taken in; try again.")


def refused_lines(path: Path, delimiter: str, most: int) -> list[RefusedLine]:
    """The first of what a file of refused lines says. Blocks."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = next(reader, [])
        line, reason = header.index("cadencia_line"), header.index("cadencia_reason")
        return [RefusedLine(line=int(row[line]), reason=row[reason]) for row in islice(reader, most)]
