"""An empty database for each case: a copy of a migrated SQLite file, or a PostgreSQL database wiped between cases."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import sqlalchemy as sa

from dialer.errors import InputError
from dialer.store.database import Database
from dialer.store.tables import campaigns, debtors, metadata


class Stage(Protocol):
    """Where cases are played, one at a time."""

    def empty(self) -> AbstractAsyncContextManager[str]:
        """The address of a migrated database that nothing is in."""
        ...


class FileStage:
    """Copies of one migrated file in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite"
        self._copy = folder / "case.sqlite"

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        if not self._template.exists():
            await _migrated(f"sqlite:///{self._template}")
        for leftover in self._copy.parent.glob("case.sqlite*"):
            leftover.unlink()
        await asyncio.to_thread(shutil.copyfile, self._template, self._copy)
        yield f"sqlite:///{self._copy}"


class ServerStage:
    """A database of a server, wiped before every case. It must be empty at the beginning."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._checked = False

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        if not self._checked:
            await _migrated(self._url)
        database = Database(self._url)
        try:
            if not self._checked and await database.read(_has_data):
                raise InputError(
                    "Cases are run in a database that they may wipe, and this one has data. Make an empty one for them."
                )
            self._checked = True
            await database.write(_wipe)
        finally:
            await database.close()
        yield self._url


@asynccontextmanager
async def stage_for(url: str | None) -> AsyncIterator[FileStage | ServerStage]:
    """A stage on the PostgreSQL server of ``url``, else in a temporary folder. Raises InputError for another."""
    if url is not None:
        if not url.startswith("postgres"):
            raise InputError("--database takes the address of an empty PostgreSQL database. Without it SQLite is used.")
        yield ServerStage(url)
        return
    with TemporaryDirectory(prefix="cadencia-cases-") as folder:
        yield FileStage(Path(folder))


async def _migrated(url: str) -> None:
    database = Database(url)
    try:
        await database.migrate()
    finally:
        await database.close()


def _has_data(connection: sa.Connection) -> bool:
    return any(connection.scalar(sa.select(sa.exists().select_from(table))) for table in (campaigns, debtors))


def _wipe(connection: sa.Connection) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
