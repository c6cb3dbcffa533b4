"""SQLite as we open it, and what a database that cannot be used says."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.domain.ids import AgentId
from dialer.domain.recycle import TryAgain
from dialer.errors import StoreError
from dialer.ports import AttemptProgress, Disposition
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.local_day import end_of_day, zones_of
from dialer.store.outbox import Outbox
from dialer.store.tables import campaigns
from tests.support.store import NOON, StubGate, add_campaign, add_debtor, closing, counting, number, rows


def pragma(connection: sa.Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


async def test_sqlite_is_opened_for_readers_beside_a_writer(database: Database) -> None:
    assert await database.write(pragma, "journal_mode") == "wal"
    assert await database.write(pragma, "foreign_keys") == 1
    assert await database.write(pragma, "synchronous") == 1  # NORMAL
    assert await database.write(pragma, "busy_timeout") == 10_000


async def test_full_durability_is_a_choice(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite", durability="full")
    assert await database.write(pragma, "synchronous") == 2
    await database.close()


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    await add_campaign(database)
    seen: list[int] = []
    loop = asyncio.get_running_loop()

    async def read() -> int:
        return len(await rows(database, "campaigns"))

    def write(connection: sa.Connection) -> None:
        connection.execute(campaigns.insert().values(name="sur", settings={}, created_at=NOON))
        seen.append(asyncio.run_coroutine_threadsafe(read(), loop).result(timeout=10))

    await database.write(write)
    assert seen == [1]
    assert await read() == 2


async def test_what_is_committed_survives_the_death_of_the_process(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal, sys\n"
        "from dialer.store.database import Database\n"
        "from tests.support.store import add_campaign\n"
        "async def main():\n"
        "    database = Database(sys.argv[1])\n"
        "    await database.migrate()\n"
        "    await add_campaign(database)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    url = f"sqlite:///{tmp_path}/x.sqlite"
    root = Path(__file__).parents[3]
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, url], cwd=root, timeout=60, check=False
    )
    assert died.returncode == -9
    database = Database(url)
    assert [row.name for row in await rows(database, "campaigns")] == ["norte"]
    await database.close()


async def test_a_second_program_that_holds_the_file_is_told(database: Database, tmp_path: Path) -> None:
    impatient = Database(f"sqlite:///{tmp_path}/cadencia.sqlite", wait_s=0.05)
    other = sqlite3.connect(tmp_path / "cadencia.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another program"):
        await add_campaign(impatient)
    other.execute("ROLLBACK")
    other.close()
    await add_campaign(impatient)
    await impatient.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "sqlite"),
        ("mysql://localhost/x", "SQLite or PostgreSQL"),
        ("sqlite://", "must name a file"),
        ("sqlite+aiosqlite:///:memory:", "must name a file"),
    ],
)
def test_an_address_that_is_none_says_how_to_write_one(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        Database(url)


def test_a_password_is_never_shown() -> None:
    database = Database("postgresql://ana:secreto@127.0.0.1/x")
    assert "secreto" not in database.place
    assert "127.0.0.1" in database.place


async def test_a_folder_that_cannot_be_made_says_where_to_point(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(f"sqlite:///{tmp_path}/file/sub/x.sqlite")
    with pytest.raises(StoreError, match="CADENCIA_DATABASE_URL"):
        await database.migrate()
    await database.close()


async def test_a_missing_folder_says_so_when_nothing_may_be_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/no/x.sqlite")
    with pytest.raises(StoreError, match="Its folder must exist"):
        await database.check()
    await database.close()


async def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_text("these are my notes, not a database " * 40)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="no usable SQLite database"):
        await database.migrate()
    await database.close()
    assert path.read_text().startswith("these are my notes")


async def test_a_server_that_is_down_says_to_check_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = Database(f"postgresql://nobody@127.0.0.1:{port}/x", wait_s=2)
    with pytest.raises(StoreError, match="cannot be reached"):
        await database.check()
    await database.close()


async def test_no_statement_on_the_path_of_a_call_reads_a_whole_table(database: Database) -> None:
    campaign = await add_campaign(database)
    for index in range(4):
        await add_debtor(database, campaign, number(index))
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    with counting() as statements:
        calls = [attempt.call_id for attempt in (await log.reserve(campaign.id, 3, NOON)).attempts]
        await log.progress([AttemptProgress(call_id=calls[0], dialed_at=NOON)])
        await log.open_attempts(campaign.id)
        await log.close([closing(calls[0], retry=TryAgain(at=NOON, next_number=True, bad_number=True))])
        await log.release(calls[1:2], NOON)
        await log.dispose(Disposition(call_id=calls[2], agent_id=AgentId("ana"), code="DNC"))
        await log.reserve(campaign.id, 3, NOON + timedelta(days=3))
        await Outbox(database).pending()

    def plans(connection: sa.Connection) -> list[tuple[str, str]]:
        found = []
        for statement, parameters in statements:
            one = parameters[0] if isinstance(parameters, list) else parameters
            if not statement.startswith(("BEGIN", "PRAGMA")):
                told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one).all()
                found += [(row[3], statement) for row in told]
        return found

    found = await database.read(plans)
    assert len(found) > 30
    # "level" is the handful of priorities in use, "json_each" the list that is asked about; "outbox" is read in its own
    # order up to a limit.
    allowed = ("SCAN level", "SCAN json_each", "SCAN outbox USING INDEX")
    scans = [each for each in found if each[0].startswith("SCAN") and not each[0].startswith(allowed)]
    assert scans == []
    assert not [each for each in found if "TEMP B-TREE" in each[0] and "LIMIT" in each[1] and "level" not in each[1]]


def test_today_ends_where_the_country_ends_last() -> None:
    assert end_of_day("CO", NOON).isoformat() == "2026-11-25T05:00:00+00:00"
    assert end_of_day("MX", NOON).isoformat() == "2026-11-25T08:00:00+00:00"  # Tijuana
    assert end_of_day("XX", NOON).isoformat() == "2026-11-25T00:00:00+00:00"
    assert len(zones_of("CL")) >= 3
