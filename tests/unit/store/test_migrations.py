"""The schema's history. The PostgreSQL half of the suite runs these very functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dialer.errors import StoreError
from dialer.store import migrations
from dialer.store.all_tables import metadata
from dialer.store.database import Database
from dialer.store.tables import campaigns
from tests.support.store import NOON


def differences(connection: sa.Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def schema(connection: sa.Connection) -> dict[str, object]:
    """Columns, constraints and indexes, as the database itself tells them."""
    inspector = sa.inspect(connection)
    return {
        table: (
            sorted(  # a column that came later stands last in the database, and where it belongs in the code
                (each["name"], str(each["type"]), each["nullable"], str(each["default"]))
                for each in inspector.get_columns(table)
            ),
            inspector.get_pk_constraint(table),
            sorted(inspector.get_foreign_keys(table), key=str),
            sorted(inspector.get_unique_constraints(table), key=str),
            sorted(inspector.get_check_constraints(table), key=str),
            sorted(
                ((each["name"], each["column_names"], each["unique"]) for each in inspector.get_indexes(table)), key=str
            ),
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def drop_everything(connection: sa.Connection) -> None:
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)


async def test_the_migrations_build_exactly_the_tables(database: Database) -> None:
    assert await database.read(differences) == []
    migrated = await database.read(schema)
    await database.write(drop_everything)
    await database.write(metadata.create_all)
    assert await database.read(schema) == migrated


def test_the_newest_revision_is_the_one_this_release_names() -> None:
    assert migrations.revisions()[-1] == migrations.HEAD


@pytest.mark.parametrize("start", migrations.revisions())
async def test_a_database_of_any_earlier_release_is_brought_up_to_date(database: Database, start: str) -> None:
    await database.write(drop_everything)
    assert await database.write(migrations.upgrade, start) == start
    assert await database.migrate() == migrations.HEAD
    assert await database.read(differences) == []
    await database.check()


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await database.migrate() == migrations.HEAD
    await database.check()


async def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection: connection.execute(newer))
    for attempt in (database.migrate(), database.check()):
        with pytest.raises(StoreError, match="newer Cadencia"):
            await attempt


async def test_a_database_without_tables_says_to_migrate(database: Database) -> None:
    await database.write(drop_everything)
    for attempt in (database.check(), database.read(lambda connection: connection.execute(sa.select(campaigns)))):
        with pytest.raises(StoreError, match="cadencia migrate"):
            await attempt


async def test_a_time_without_a_zone_is_never_stored(database: Database) -> None:
    insert = campaigns.insert().values(name="x", settings={}, created_at=NOON.replace(tzinfo=None))
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        await database.write(lambda connection: connection.execute(insert))


async def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    at = datetime.fromisoformat("2026-11-24T12:00:00.123456-05:00")
    insert = campaigns.insert().values(name="x", settings={}, created_at=at)
    await database.write(lambda connection: connection.execute(insert))
    stored = await database.read(lambda connection: connection.scalar(sa.select(campaigns.c.created_at)))
    assert stored == at
    assert stored.tzinfo is UTC


async def test_a_change_that_fails_leaves_nothing_behind(database: Database) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(campaigns.insert().values(name="x", settings={}, created_at=NOON))
        raise LookupError("in the middle")

    with pytest.raises(LookupError):
        await database.write(half)
    assert await database.read(lambda connection: connection.execute(sa.select(campaigns)).all()) == []


async def test_a_transaction_that_runs_out_of_something_does_not_hang(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await database.write(lambda connection: next(iter(())))
