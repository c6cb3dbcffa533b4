"""Statements that SQLAlchemy can only say in a dialect of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

from dialer.store.types import UtcDateTime, sqlite_instant


def insert_unless_there(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> sa.Insert:
    """An insert that does nothing where a unique index already has such a row."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).values(values).on_conflict_do_nothing()
    return postgresql.insert(table).values(values).on_conflict_do_nothing()


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns in the same order.

    On PostgreSQL they travel as one array a column: a message for each row would cost the server more than the row. On
    SQLite they go to the driver as they are: SQLAlchemy's care for each value would cost more than the row."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "sqlite":
        insert, converters = _insert_rows(table, names)
        connection.exec_driver_sql(
            insert,
            [
                tuple(
                    value if convert is None or value is None else convert(value)
                    for convert, value in zip(converters, row.values(), strict=True)
                )
                for row in rows
            ],
        )
        return
    statement, writers = _insert_from_arrays(table, names)
    connection.execute(
        statement,
        {
            name: [row[name] for row in rows] if write is None else [write(row[name]) for row in rows]
            for name, write in zip(names, writers, strict=True)
        },
    )


@lru_cache(maxsize=64)
def _insert_rows(table: sa.Table, names: tuple[str, ...]) -> tuple[str, tuple[Callable[[Any], Any] | None, ...]]:
    """The statement for SQLite, and of each column how a value is written where the driver would not know."""
    marks = ", ".join("?" for _ in names)
    converters = (_SQLITE_CONVERTERS.get(type(table.c[name].type)) for name in names)
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", tuple(converters)  # noqa: S608


@lru_cache(maxsize=64)
def _insert_from_arrays(
    table: sa.Table, names: tuple[str, ...]
) -> tuple[sa.TextClause, tuple[Callable[[Any], Any] | None, ...]]:
    """The statement, and of each column how a value is written where the driver would not know."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    kinds = [table.c[name].type.compile(dialect) for name in names]
    arrays = ", ".join(
        f"CAST(:{name} AS {'TEXT' if kind == 'JSONB' else kind}[])" for name, kind in zip(names, kinds, strict=True)
    )
    values = ", ".join(f"CAST({name} AS {kind})" for name, kind in zip(names, kinds, strict=True))
    columns = ", ".join(names)
    statement = sa.text(
        f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM unnest({arrays}) AS given ({columns})"  # noqa: S608
    )
    return statement, tuple(_as_json if kind == "JSONB" else None for kind in kinds)


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


_SQLITE_CONVERTERS: dict[type[Any], Callable[[Any], Any]] = {UtcDateTime: sqlite_instant, sa.JSON: _as_json}


# A list as one parameter. ``IN`` writes a parameter for each value: every length would be a statement of its own, to be
# built here and planned on the server anew.


class _List(TypeDecorator[list[Any]]):
    """An array on PostgreSQL, JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True
    of: TypeEngine[Any]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else postgresql.ARRAY(self.of))

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return orjson.dumps(value).decode() if dialect.name == "sqlite" else value


class _Ids(_List):
    cache_ok = True
    of = sa.BigInteger()


class _Texts(_List):
    cache_ok = True
    of = sa.Text()


class among(sa.sql.expression.ColumnElement[bool]):  # noqa: N801 - reads as an operator
    """``among(column, "name")``: the column's value is in the list that is bound to ``name``, or ``outside`` of it."""

    inherit_cache = True
    type = sa.Boolean()
    _traverse_internals = [  # noqa: RUF012
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("values", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("outside", sa.sql.visitors.InternalTraversal.dp_boolean),
    ]

    def __init__(self, column: sa.ColumnElement[Any], name: str, *, outside: bool = False) -> None:
        self.column = column
        self.outside = outside
        kind: type[_List] = _Texts if isinstance(column.type, sa.String) else _Ids
        self.values: sa.ColumnElement[Any] = sa.bindparam(name, type_=kind())

    def self_group(self, against: Any = None) -> Any:
        return self  # a condition already: SQLite need not compare it with 1


@compiles(among)
def _among(element: among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = compiler.process(element.column, **more), compiler.process(element.values, **more)
    if compiler.dialect.name == "sqlite":
        return f"{column} {'NOT IN' if element.outside else 'IN'} (SELECT value FROM json_each({values}))"  # noqa: S608
    return f"{column} {'<> ALL' if element.outside else '= ANY'} ({values})"


def later(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """The column's instant, or the one that is bound to ``name`` where that is later."""
    other = sa.bindparam(name, type_=column.type)
    return sa.case((column > other, column), else_=other)


class seconds_between(sa.sql.functions.GenericFunction[float]):  # noqa: N801 - a function of SQL
    """Seconds from the first instant to the second; null where either is."""

    type = sa.Float()
    inherit_cache = True


@compiles(seconds_between)
def _seconds_between(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    since, until = (compiler.process(each, **more) for each in element.clauses)
    if compiler.dialect.name == "sqlite":
        return f"((julianday({until}) - julianday({since})) * 86400.0)"
    return f"EXTRACT(EPOCH FROM {until} - {since})"


class joined_ids(sa.sql.functions.GenericFunction[str]):  # noqa: N801 - a function of SQL
    """Of a group: its ids as text, with commas; null where there is none."""

    type = sa.Text()
    inherit_cache = True


@compiles(joined_ids)
def _joined_ids(element: joined_ids, compiler: SQLCompiler, **more: Any) -> str:
    ids = compiler.process(element.clauses, **more)
    if compiler.dialect.name == "sqlite":
        return f"group_concat({ids})"
    return f"string_agg(CAST({ids} AS text), ',')"
