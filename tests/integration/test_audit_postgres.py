"""The audit trail's suite once more, on a real PostgreSQL server; and what only several connections can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.audit.checkpoint import load_signer
from dialer.store import rule_sources
from dialer.store.audit_log import AuditEntry, append
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database
from tests.support.postgres import PostgresServer
from tests.support.trail import NOON, filled_trail
from tests.unit.audit.test_export import *  # noqa: F403 - the very same functions are collected here
from tests.unit.audit.test_keeper import *  # noqa: F403
from tests.unit.audit.test_retention import *  # noqa: F403
from tests.unit.audit.test_whole_trail import *  # noqa: F403

_TEMPLATE = "migrated"


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.migrate()
    await database.close()


@pytest.fixture(scope="module")
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


async def test_several_sequencers_at_once_make_one_chain(database: Database, tmp_path: Path) -> None:
    """Engines and commands may chain at the same time, while others write."""
    trail = await filled_trail(database, tmp_path, (1,))
    others = [AuditTrail(database, load_signer(tmp_path), size=7, every=timedelta(hours=1)) for _ in range(4)]

    async def write(worker: int) -> None:
        for turn in range(20):
            await database.write(append, [AuditEntry(kind="fact", at=NOON, payload={"w": worker, "n": turn})])

    async def sequence(one: AuditTrail) -> None:
        for _ in range(10):
            await one.chain()
            await one.checkpoint(NOON)

    await asyncio.gather(*map(write, range(4)), *map(sequence, others))
    await trail.chain()
    await trail.checkpoint(NOON, whatever_came=True)

    check = await trail.check_whole(await database.read(rule_sources.keys), ())
    assert check.findings == []
    assert check.records >= 4 * 20
