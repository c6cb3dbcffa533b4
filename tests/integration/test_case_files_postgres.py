"""Sequences and races on a real PostgreSQL server, whose locks are not SQLite's; and what the runner does not wipe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dialer.casebook.reading import read_case_file
from dialer.casebook.running import run_cases
from dialer.casebook.stages import stage_for
from dialer.errors import InputError
from dialer.store.database import Database
from tests.support.postgres import PostgresServer
from tests.support.store import add_campaign, rows

CASES = Path(__file__).parents[1] / "cases" / "sequences-and-races.yaml"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    yield postgres.create_database("cases")
    postgres.drop_database("cases")


async def test_sequences_and_races_come_to_the_same_on_postgresql(url: str) -> None:
    file = read_case_file(CASES)
    async with stage_for(url) as stage:
        results = await run_cases(file, stage)
    assert len(results) == len(file.cases)
    assert not [(each.id, each.error, each.expected, each.got) for each in results if not each.passed]
    database = Database(url)
    try:
        assert not await rows(database, "debtors")  # it leaves nothing behind
    finally:
        await database.close()


async def test_a_database_with_data_is_not_wiped(url: str) -> None:
    database = Database(url)
    try:
        await database.migrate()
        await add_campaign(database, "norte")
        with pytest.raises(InputError, match="has data"):
            async with stage_for(url):
                pass
        assert len(await rows(database, "campaigns")) == 1
    finally:
        await database.close()


async def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(InputError, match="PostgreSQL"):
        async with stage_for("sqlite:///somewhere.sqlite"):
            pass
