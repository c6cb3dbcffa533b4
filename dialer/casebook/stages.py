"""An empty database for each case: a copy of a migrated SQLite file, or a PostgreSQL database wiped between cases."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

import sqlalchemy as sa

from dialer.errors import InputError
from dialer.store.database import Database
from dialer.store.tables import campaigns, debtors, metadata

T = TypeVar("T")


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
    """A database of a server, wiped before every case."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def prepare(self) -> None:
        """Migrate it. Raises InputError where it has any data but what a run of cases left."""
        await _migrated(self._url)
        if await self._do(_has_data):
            raise InputError(
                "Cases are run in a database that they wipe, and this one has data. Make an empty one for them."
            )

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[str]:
        await self.wipe()
        yield self._url

    async def wipe(self) -> None:
        await self._do(_wipe)

    async def _do(self, work: Callable[[sa.Connection], T]) -> T:
        database = Database(self._url)
        try:
            return await database.write(work)
        finally:
            await database.close()


@asynccontextmanager
async def stage_for(url: str | None) -> AsyncIterator[Stage]:
    """A stage on the PostgreSQL server of ``url``, else in a temporary folder. Raises InputError for another."""
    if url is None:
        with TemporaryDirectory(prefix="cadencia-cases-") as folder:
            yield FileStage(Path(folder))
        return
    if not url.startswith("postgres"):
        raise InputError("--database takes the address of an empty PostgreSQL database. Without it SQLite is used.")
    stage = ServerStage(url)
    await stage.prepare()
    try:
        yield stage
    finally:
        await stage.wipe()


async def _migrated(url: str) -> None:
    database = Database(url)
    try:
        await database.migrate()
    finally:
        await database.close()


def _has_data(connection: sa.Connection) -> bool:
    strangers = (~campaigns.c.name.startswith("case-"), ~debtors.c.identity.startswith("case:"))
    return any(connection.scalar(sa.select(sa.exists().where(stranger))) for stranger in strangers)


def _wipe(connection: sa.Connection) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
