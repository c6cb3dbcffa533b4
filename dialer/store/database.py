"""The connection to the database: how it is opened, written, read and brought up to date.

SQLite has one writer at a time, so all writing of a process goes through one connection whose transactions take the
write lock at their first statement; readers have their own connections and, in WAL mode, never wait for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from dialer.errors import StoreError
from dialer.store import migrations

Durability = Literal["normal", "full"]

_READERS = 3
_SERVER_CONNECTIONS = 5


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


class Database:
    """One database. ``url`` is ``sqlite+aiosqlite:///path/to/file`` or ``postgresql+asyncpg://user@host/name``.

    ``durability`` concerns SQLite: with ``normal`` a committed row survives the death of the process at any instant,
    with ``full`` also a power cut, at the price of a disk flush for each commit. ``wait_s`` bounds the wait for the
    write lock, for a connection and for a server.
    """

    def __init__(self, url: str, *, durability: Durability = "normal", wait_s: float = 10.0) -> None:
        self._url = _parse(url)
        self._durability = durability
        self._wait_s = wait_s
        self._sqlite = self._url.get_backend_name() == "sqlite"
        if self._sqlite:
            self._writer = self._open(pool_size=1)
            self._reader = self._open(pool_size=_READERS)
            sa.event.listen(self._writer.sync_engine, "begin", _begin_immediate)
            sa.event.listen(self._reader.sync_engine, "begin", _begin)
        else:
            self._writer = self._reader = self._open(pool_size=_SERVER_CONNECTIONS)

    @property
    def is_sqlite(self) -> bool:
        return self._sqlite

    @property
    def place(self) -> str:
        """Where the data is, fit for a message: no password."""
        return self._url.render_as_string(hide_password=True)

    def _open(self, *, pool_size: int) -> AsyncEngine:
        connect_args: dict[str, object] = {"timeout": self._wait_s}
        if not self._sqlite:
            connect_args["command_timeout"] = 6 * self._wait_s
            connect_args["server_settings"] = {
                "application_name": "cadencia",
                "lock_timeout": f"{int(self._wait_s * 1000)}ms",
                "timezone": "UTC",
            }
        engine = create_async_engine(
            self._url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=self._wait_s,
            pool_pre_ping=not self._sqlite,
            connect_args=connect_args,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )
        if self._sqlite:
            sa.event.listen(engine.sync_engine, "connect", self._on_sqlite_connect)
        return engine

    def _on_sqlite_connect(self, connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={self._durability.upper()}",
            "foreign_keys=ON",
            f"busy_timeout={int(self._wait_s * 1000)}",
            "temp_store=MEMORY",
            "cache_size=-16384",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when the block ends, and rolls back when it raises.

        Raises StoreError where the database is away, full, locked for too long or has another schema.
        """
        with self._translated():
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading: one consistent view on SQLite, one a statement on PostgreSQL."""
        with self._translated():
            async with self._reader.connect() as connection:
                yield connection

    async def migrate(self) -> str:
        """Bring the schema up to date, creating it where there is none, and return its revision.

        Raises StoreError for a database that a newer release has written.
        """
        if self._sqlite:
            self._make_folder()
        with self._translated():
            async with self._writer.begin() as connection:
                return await connection.run_sync(migrations.upgrade)

    async def check(self) -> None:
        """Raise StoreError unless the database can be reached and has exactly the schema of this release."""
        async with self.read() as connection:
            found = await connection.run_sync(migrations.revision)
        if found != migrations.HEAD:
            migrations.refuse_newer(found)
            raise StoreError(f"The database at {self.place} is not up to date. Run: cadencia migrate")

    async def close(self) -> None:
        for engine in {self._writer, self._reader}:
            await engine.dispose()

    def _make_folder(self) -> None:
        folder = Path(self._url.database or "").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder {folder} for the database cannot be made ({error.strerror}). "
                "Point CADENCIA_DATABASE_URL at a folder this user may write to."
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise StoreError(
                "The database did not free a connection in time. Is another program holding it?"
            ) from error
        except exc.DBAPIError as error:
            raise StoreError(self._advice(error)) from error
        except (OSError, TimeoutError) as error:
            raise StoreError(self._unreachable(error)) from error

    def _advice(self, error: exc.SQLAlchemyError) -> str:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        if isinstance(error, exc.IntegrityError):
            return f"The database refused a change that contradicts what it holds. Report this: {said}"
        if self._sqlite:
            return self._sqlite_advice(said)
        if "does not exist" in said and "relation" in said:
            return f"The database at {self.place} has no tables yet. Run: cadencia migrate"
        return f"The database at {self.place} answered: {said}. Check CADENCIA_DATABASE_URL and the server's log."

    def _sqlite_advice(self, said: str) -> str:
        path = self._url.database
        match said:
            case _ if "no such table" in said or "no such column" in said:
                return f"The database {path} is not up to date. Run: cadencia migrate"
            case _ if "unable to open" in said:
                return f"The database {path} cannot be opened. Its folder must exist and this user must own it."
            case _ if "readonly" in said:
                return f"The database {path} cannot be written. Give this user write permission on it and its folder."
            case _ if "locked" in said:
                return (
                    f"The database {path} is held by another program for more than {self._wait_s:g} s. "
                    "Close it there, or stop the second Cadencia that uses the same file."
                )
            case _ if "full" in said or "I/O" in said:
                return f"The disk under {path} is full or failing ({said}). Nothing was written; free some space."
            case _ if "not a database" in said or "malformed" in said:
                return f"The file {path} is no usable SQLite database ({said}). Restore a backup, or name another file."
        return f"The database {path} answered: {said}"

    def _unreachable(self, error: OSError | TimeoutError) -> str:
        said = str(error) or type(error).__name__
        return (
            f"The database at {self.place} cannot be reached ({said}). "
            "Check CADENCIA_DATABASE_URL and that the server runs."
        )


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError(
            "CADENCIA_DATABASE_URL is no database address. Write it like sqlite+aiosqlite:////var/lib/cadencia/"
            "cadencia.sqlite or postgresql+asyncpg://user:password@host/cadencia"
        ) from error
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
    }
    driver = drivers.get(parsed.drivername.partition("+")[0])
    if driver is None:
        raise StoreError(f"Cadencia keeps its data in SQLite or PostgreSQL, not in {parsed.drivername}.")
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise StoreError("CADENCIA_DATABASE_URL must name a file, such as sqlite+aiosqlite:////var/lib/cadencia.sqlite")
    return parsed.set(drivername=driver)
