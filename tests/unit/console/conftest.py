from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dialer.console.promises import ConsolePromises
from dialer.console.review import ConsoleReviews
from dialer.store.database import Database
from tests.support.console_app import ConsoleUnderTest, NothingToReplay, make_console
from tests.support.console_client import signed_in
from tests.support.console_compliance import House, house


@pytest.fixture
def console(tmp_path: Path) -> ConsoleUnderTest:
    return make_console(tmp_path, attempt_count=60)


@pytest.fixture
async def client(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(console.app) as client:
        yield client


# ------------------------------------------------------------------------------------------ over a real database


@pytest.fixture(scope="session")
def migrated_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "template.sqlite"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await database.migrate()
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def home(migrated_house: Path, tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "house.sqlite"
    shutil.copy(migrated_house, path)
    async with house(tmp_path, url=f"sqlite+aiosqlite:///{path}") as furnished:
        yield furnished


@pytest.fixture
def governed(home: House, tmp_path: Path) -> ConsoleUnderTest:
    """A console over that database."""
    promises = ConsolePromises(home.database, home.clock)
    return make_console(
        tmp_path,
        attempt_count=3,
        compliance=home.rooms,
        **home.floor,
        promises=promises,
        reviews=ConsoleReviews(home.database, home.beside, home.clock, library=tmp_path),
        pacing=NothingToReplay(),
        people=home.people,
        changes=home.changes,
        clock=home.clock,
    )


@pytest.fixture
async def officer(governed: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(governed.app) as client:
        yield client
