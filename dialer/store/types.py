"""Column types that SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, overload

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_NAIVE = "a time without a zone cannot be stored; take it from a Clock, which gives UTC"

#: Row ids. SQLite only fills a primary key by itself when its type is exactly INTEGER.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: JSON, binary on PostgreSQL so that it can be indexed and compared.
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Takes aware datetimes only and gives them back in UTC.

    SQLite has no time type: there it is text of constant width, which sorts as the instants do.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.DateTime())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(_NAIVE)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    # On SQLite both ways by hand: SQLAlchemy writes and reads such text through a pattern, at several times the price,
    # and the ledger reads two instants an event.

    def bind_processor(self, dialect: Dialect) -> Any:
        return sqlite_instant if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _from_sqlite if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


@overload
def sqlite_instant(at: datetime) -> str: ...


@overload
def sqlite_instant(at: None) -> None: ...


def sqlite_instant(at: datetime | None) -> str | None:
    """``at`` as UtcDateTime writes it on SQLite, for statements that go past SQLAlchemy's types."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(_NAIVE)
    return at.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _from_sqlite(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")
