"""Events that are committed together with the change they tell of, and wait here for the bus.

Whoever publishes reads the oldest ones, hands them to the bus and marks them: at least once, in order, whatever dies
in between.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from dialer.ports import AttemptClosing, BusMessage
from dialer.store.database import Database
from dialer.store.tables import outbox

_VERSION = 1
_PENDING = (
    sa.select(outbox.c.seq, outbox.c.topic, outbox.c.payload, outbox.c.created_at)
    .where(outbox.c.published_at.is_(None))
    .order_by(outbox.c.seq)
    .limit(sa.bindparam("wanted"))
)
_PUBLISHED = (
    outbox.update()
    .where(outbox.c.seq.in_(sa.bindparam("sent", expanding=True)))
    .values(published_at=sa.bindparam("at"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    topic: str
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """An event that waits. ``seq`` grows with time and is never used twice."""

    seq: int
    message: BusMessage
    created_at: datetime


class Outbox:
    """The waiting events of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, limit: int = 200) -> Sequence[OutboxEvent]:
        """The oldest unpublished events, oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_PENDING, {"wanted": limit}).all())
        return [
            OutboxEvent(seq=seq, message=BusMessage(topic=topic, payload=payload), created_at=at)
            for seq, topic, payload, at in rows
        ]

    async def mark_published(self, seqs: Collection[int], now: datetime) -> None:
        if seqs:
            asked = {"sent": list(seqs), "at": now}
            await self._database.write(lambda connection: connection.execute(_PUBLISHED, asked))

    async def count_pending(self) -> int:
        statement = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
        return await self._database.read(lambda connection: connection.scalar(statement)) or 0

    async def purge(self, published_before: datetime) -> int:
        """Forget events that were published before then; return how many there were."""
        statement = outbox.delete().where(outbox.c.published_at < published_before)
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)


def add(connection: sa.Connection, events: Sequence[NewEvent]) -> None:
    """Write ``events`` in the transaction of the change they tell of."""
    if events:
        connection.execute(
            outbox.insert(),
            [{"topic": event.topic, "payload": event.payload, "created_at": event.at} for event in events],
        )


def call_closed(call: sa.Row[Any], closing: AttemptClosing, retry_at: datetime | None, stop_reason: str) -> NewEvent:
    """The event of an attempt that ended. It has no number and no name: whoever needs them asks by ``debtor_id``."""
    verdict = closing.verdict
    payload = {
        "v": _VERSION,
        "campaign": call.campaign,
        "at": rfc3339(closing.ended_at),
        "call_id": call.call_id,
        "debtor_id": call.debtor_id,
        "external_ref": call.external_ref,
        "outcome": str(closing.outcome),
        "cause": closing.cause,
        "dial_status": closing.dial_status,
        "answered_at": rfc3339(closing.answered_at),
        "verdict": None if verdict is None else str(verdict.category),
        "verdict_reason": None if verdict is None else verdict.reason,
        "agent_id": closing.agent_id,
        "talk_s": closing.talk_s,
        "verdict_to_bridge_ms": closing.verdict_to_bridge_ms,
        "abandoned_message_played": closing.abandoned_message_played,
        "recorded": closing.recorded,
        "disposition": call.disposition,
        "next_try_at": rfc3339(retry_at),
        "stop_reason": stop_reason or None,
    }
    return NewEvent(topic=f"{call.campaign}/call.closed", payload=payload, at=closing.ended_at)


def rfc3339(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
