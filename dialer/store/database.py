"""The connection to the database: how it is opened, written, read and brought up to date.

Every transaction is one plain function that gets a connection, run on SQLAlchemy's async engines: asyncpg, and for
SQLite aiosqlite. Only what is written to SQLite runs whole in one thread: the async driver crosses between threads four
times a statement, and on the path of every call that costs three times the processor time of the statements themselves.

SQLite has one writer at a time, so all writing of a process goes through one connection in one thread, whose
transactions take the write lock at once; readers have connections of their own and, in WAL mode, never wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from dialer.errors import StoreError
from dialer.store import migrations

Durability = Literal["normal", "full"]
P = ParamSpec("P")
T = TypeVar("T")

_READERS = 2
_SERVER_CONNECTIONS = 5


class _Backend(Protocol):
    """Runs a function in a transaction; commits when it returns, rolls back when it raises."""

    async def write(self, work: Callable[[sa.Connection], T]) -> T: ...

    async def read(self, work: Callable[[sa.Connection], T]) -> T: ...

    async def close(self) -> None: ...


class Database:
    """One database. ``url`` is ``sqlite:///path/to/file`` or ``postgresql://user@host/name``, with or without the
    names of drivers (``+aiosqlite``, ``+asyncpg``).

    ``durability`` concerns SQLite: with ``normal`` a committed row survives the death of the process at any instant,
    with ``full`` also a power cut, at the price of a disk flush for each commit. ``wait_s`` bounds the wait for the
    write lock, for a connection and for a server.
    """

    def __init__(self, url: str, *, durability: Durability = "normal", wait_s: float = 10.0) -> None:
        self._url = _parse(url)
        self._wait_s = wait_s
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._backend: _Backend = _Sqlite(self._url, durability, wait_s) if self._sqlite else _Server(self._url, wait_s)

    @property
    def is_sqlite(self) -> bool:
        return self._sqlite

    @property
    def place(self) -> str:
        """Where the data is, fit for a message: no password."""
        return self._url.render_as_string(hide_password=True)

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(connection, ...)`` in a transaction that commits when it returns and rolls back when it raises.

        ``work`` must not block on anything but the connection. Where the caller is cancelled meanwhile, the
        transaction still ends one way or the other, whole. Raises StoreError where the database is away, full, locked
        for too long or has another schema.
        """
        with self._translated():
            return await self._backend.write(lambda connection: work(connection, *args, **kwargs))

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(connection, ...)``, which only reads. Everything it sees is of one instant. Raises StoreError."""
        with self._translated():
            return await self._backend.read(lambda connection: work(connection, *args, **kwargs))

    async def migrate(self) -> str:
        """Bring the schema up to date, creating it where there is none, and return its revision.

        Raises StoreError for a database that a newer release has written.
        """
        if self._sqlite:
            self._make_folder()
        return await self.write(migrations.upgrade)

    async def check(self) -> None:
        """Raise StoreError unless the database can be reached and has exactly the schema of this release."""
        found = await self.read(migrations.revision)
        if found != migrations.HEAD:
            migrations.refuse_newer(found)
            raise StoreError(f"The database at {self.place} is not up to date. Run: cadencia migrate")

    async def close(self) -> None:
        """Let what runs come to its end, and close every connection."""
        await self._backend.close()

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


class _Sqlite:
    def __init__(self, url: sa.URL, durability: Durability, wait_s: float) -> None:
        self._durability = durability
        self._wait_s = wait_s
        options: dict[str, Any] = {
            "max_overflow": 0,
            "pool_timeout": wait_s,
            "connect_args": {"timeout": wait_s, "check_same_thread": False},
            "json_serializer": _dumps,
            "json_deserializer": orjson.loads,
        }
        self._writer = sa.create_engine(url.set(drivername="sqlite"), poolclass=QueuePool, pool_size=1, **options)
        self._reader = create_async_engine(
            url.set(drivername="sqlite+aiosqlite"), poolclass=AsyncAdaptedQueuePool, pool_size=_READERS, **options
        )
        self._prepare(self._writer, "BEGIN IMMEDIATE")
        self._prepare(self._reader.sync_engine, "BEGIN")
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, _transaction, self._writer, work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        async with self._reader.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await asyncio.to_thread(self._write_thread.shutdown)
        self._writer.dispose()
        await self._reader.dispose()

    def _prepare(self, engine: sa.Engine, begin: str) -> None:
        sa.event.listen(engine, "connect", self._on_connect)

        def on_begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        sa.event.listen(engine, "begin", on_begin)

    def _on_connect(self, connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={int(self._wait_s * 1000)}",
            "journal_mode=WAL",
            f"synchronous={self._durability.upper()}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16384",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


class _Server:
    def __init__(self, url: sa.URL, wait_s: float) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=_SERVER_CONNECTIONS,
            max_overflow=0,
            pool_timeout=wait_s,
            pool_pre_ping=True,
            connect_args={
                "timeout": wait_s,
                "command_timeout": 6 * wait_s,
                "server_settings": {
                    "application_name": "cadencia",
                    "lock_timeout": f"{int(wait_s * 1000)}ms",
                    "timezone": "UTC",
                },
            },
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
        )
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        async with self._reading.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


def _transaction(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    try:
        with engine.begin() as connection:
            return work(connection)
    except StopIteration as error:  # a future cannot carry it: whoever waits would wait for ever
        raise RuntimeError("the transaction ran out of something to iterate") from error


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


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
