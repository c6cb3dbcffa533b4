"""The chain in the database: rows get their place in it here, and checkpoints are made over it.

Whoever chains holds the one lock for it: on SQLite the write lock that every writing transaction takes, on PostgreSQL
an advisory lock. Ids on PostgreSQL may commit out of order; whatever is not chained yet is chained next, and the order
of the chain is ``seq``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.audit.canonical import GENESIS, Header, record_hash
from dialer.audit.checkpoint import Checkpoint, Signer, make
from dialer.store.compliance_tables import audit_checkpoints, audit_records, is_unchained

_LOCK = 0x0CADE5C1  # of PostgreSQL, for this alone

_records, _checkpoints = audit_records.c, audit_checkpoints.c
_HEADER = (_records.kind, _records.at, _records.ref, _records.debtor_id, _records.payload_hash)
_LAST = sa.select(_records.seq, _records.hash).where(_records.seq.is_not(None)).order_by(_records.seq.desc()).limit(1)
_WAITING = sa.select(_records.id, *_HEADER).where(is_unchained).order_by(_records.id).limit(sa.bindparam("most"))
_BACKLOG = sa.select(sa.func.count()).select_from(audit_records).where(is_unchained)
_CHAIN = (
    audit_records.update()
    .where(_records.id == sa.bindparam("row"))
    .values(seq=sa.bindparam("place"), hash=sa.bindparam("own_hash"))
)
_LAST_CHECKPOINT = sa.select(audit_checkpoints).order_by(_checkpoints.number.desc()).limit(1)


def chain(connection: sa.Connection, most: int) -> int:
    """Chain up to ``most`` waiting rows, oldest id first; how many there were."""
    _lock(connection)
    waiting = connection.execute(_WAITING, {"most": most}).all()
    if not waiting:
        return 0
    last = connection.execute(_LAST).first()
    seq, previous = (last.seq, last.hash) if last is not None else (0, GENESIS)
    changes = []
    for row in waiting:
        seq += 1
        previous = record_hash(previous, header_of(row, seq))
        changes.append({"row": row.id, "place": seq, "own_hash": previous})
    connection.execute(_CHAIN, changes)
    return len(waiting)


def header_of(row: Any, seq: int) -> Header:
    """``row`` of the audit records, with the columns of a header."""
    return Header(
        seq=seq, kind=row.kind, at=row.at, ref=row.ref, debtor=row.debtor_id, payload_hash=bytes(row.payload_hash)
    )


def backlog(connection: sa.Connection) -> int:
    """How many rows wait to be chained."""
    return connection.scalar(_BACKLOG) or 0


def add_checkpoint(
    connection: sa.Connection, signer: Signer, now: datetime, *, size: int, every: timedelta | None
) -> Checkpoint | None:
    """Make the next checkpoint over at most ``size`` records, where it is due: ``size`` records have come since the
    last, or the first of them is older than ``every`` (None: any record at all). None where it is not due."""
    _lock(connection)
    before = last_checkpoint(connection)
    first = 1 if before is None else before.last_seq + 1
    found = connection.execute(
        sa.select(_records.hash, _records.at).where(_records.seq >= first).order_by(_records.seq).limit(size)
    ).all()
    if not found or (len(found) < size and every is not None and now - found[0].at < every):
        return None
    checkpoint = make(
        [bytes(row.hash) for row in found],
        number=1 if before is None else before.number + 1,
        first_seq=first,
        at=now,
        previous=b"" if before is None else before.hash,
        signer=signer,
    )
    connection.execute(audit_checkpoints.insert().values({name: getattr(checkpoint, name) for name in _FIELDS}))
    return checkpoint


_FIELDS = tuple(column.name for column in audit_checkpoints.columns)


def last_checkpoint(connection: sa.Connection) -> Checkpoint | None:
    row = connection.execute(_LAST_CHECKPOINT).first()
    return None if row is None else _checkpoint(row)


def checkpoints(connection: sa.Connection, after: int = 0, most: int = 1000) -> Sequence[Checkpoint]:
    """The checkpoints numbered over ``after``, in order, at most ``most``."""
    statement = sa.select(audit_checkpoints).where(_checkpoints.number > after)
    return [_checkpoint(row) for row in connection.execute(statement.order_by(_checkpoints.number).limit(most))]


def checkpoints_of(connection: sa.Connection, seqs: Sequence[int]) -> Iterator[Checkpoint]:
    """The checkpoints that cover any of ``seqs`` (ascending), in order."""
    covered = 0
    for seq in seqs:
        if seq <= covered:
            continue
        statement = sa.select(audit_checkpoints).where(_checkpoints.last_seq >= seq, _checkpoints.first_seq <= seq)
        row = connection.execute(statement).first()
        if row is None:
            return  # not covered yet, and nothing after it is
        covered = row.last_seq
        yield _checkpoint(row)


def hashes(connection: sa.Connection, first: int, last: int) -> list[bytes]:
    """The hashes of the records ``first`` to ``last``, in order."""
    statement = sa.select(_records.hash).where(_records.seq.between(first, last)).order_by(_records.seq)
    return [bytes(found) for found in connection.scalars(statement)]


def stretch(connection: sa.Connection, after: int, most: int) -> Sequence[sa.Row[Any]]:
    """Whole chained rows with ``seq`` over ``after``, in order, at most ``most``."""
    statement = sa.select(audit_records).where(_records.seq > after).order_by(_records.seq).limit(most)
    return connection.execute(statement).all()


def _checkpoint(row: sa.Row[Any]) -> Checkpoint:
    values: dict[str, Any] = {name: getattr(row, name) for name in _FIELDS}
    return Checkpoint(**values)


def _lock(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
