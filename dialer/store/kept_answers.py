"""Answers to requests that create something, kept for a day: the same request again gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from dialer.errors import KeyInUse, KeyReused
from dialer.store.account_tables import kept_answers

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(minutes=5)  # a request without an answer: its process has ended


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    media_type: str
    body: bytes


def claim(connection: sa.Connection, key: str, request_hash: str, now: datetime) -> KeptAnswer | None:
    """None: this request is the first, and whoever asks carries it out, then keeps or forgets it. Raises KeyInUse while
    the first goes on, KeyReused where it was another request."""
    stale = sa.or_(
        kept_answers.c.asked_at <= now - KEPT_FOR,
        sa.and_(kept_answers.c.status.is_(None), kept_answers.c.asked_at <= now - GIVEN_UP_AFTER),
    )
    connection.execute(kept_answers.delete().where(stale))
    row = connection.execute(sa.select(kept_answers).where(kept_answers.c.id == key)).first()
    if row is None:
        try:
            with connection.begin_nested():
                values = {"id": key, "request_hash": request_hash, "asked_at": now}
                connection.execute(kept_answers.insert().values(values))
        except sa.exc.IntegrityError as exc:  # another process was quicker
            raise KeyInUse from exc
        return None
    if row.request_hash != request_hash:
        raise KeyReused
    if row.status is None:
        raise KeyInUse
    return KeptAnswer(row.status, row.media_type, bytes(row.body or b""))


def keep(connection: sa.Connection, key: str, answer: KeptAnswer) -> None:
    values = {"status": answer.status, "media_type": answer.media_type[:64], "body": answer.body}
    connection.execute(kept_answers.update().where(kept_answers.c.id == key).values(values))


def forget(connection: sa.Connection, key: str) -> None:
    connection.execute(kept_answers.delete().where(kept_answers.c.id == key))
