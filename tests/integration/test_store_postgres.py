"""The store's suite once more, on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from dialer.store.database import Database
from tests.support.postgres import PostgresServer
from tests.unit.store.test_accounts import *  # noqa: F403 - the very same functions are collected here
from tests.unit.store.test_attempts import *  # noqa: F403
from tests.unit.store.test_call_backs import *  # noqa: F403
from tests.unit.store.test_campaigns import *  # noqa: F403
from tests.unit.store.test_contacting import *  # noqa: F403
from tests.unit.store.test_desk import *  # noqa: F403
from tests.unit.store.test_importing import *  # noqa: F403
from tests.unit.store.test_known_facts import *  # noqa: F403
from tests.unit.store.test_migrations import *  # noqa: F403
from tests.unit.store.test_queries import *  # noqa: F403
from tests.unit.store.test_standings import *  # noqa: F403

_TEMPLATE = "migrated"


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        asyncio.run(_migrate(server.create_database(_TEMPLATE)))
        yield server
    finally:
        server.stop()


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[Database]:
    opened = Database(postgres.create_database("test", _TEMPLATE))
    try:
        yield opened
    finally:
        await opened.close()
        postgres.drop_database("test")
