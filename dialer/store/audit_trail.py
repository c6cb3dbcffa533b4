"""The audit trail of one database: chaining, checkpoints, and the record of the rules that an engine starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from dialer.audit.checkpoint import Checkpoint, Signer, published
from dialer.audit.ruleset import RuleSet
from dialer.audit.whole import ChainCheck
from dialer.store import audit_chain, outbox, rule_sources
from dialer.store.audit_log import AuditEntry, append
from dialer.store.compliance_tables import audit_records
from dialer.store.database import Database
from dialer.store.debtor_file import RULES_LOADED

CHECKPOINT_TOPIC = "audit.checkpoint"

_BATCH = 100  # chained in one transaction, so that whoever reserves calls never waits long
_READ_AT_ONCE = 1000


class AuditTrail:
    """``signer`` signs the checkpoints, each over ``size`` records, or fewer where ``every`` has passed."""

    def __init__(self, database: Database, signer: Signer, *, size: int = 1000, every: timedelta) -> None:
        self._database = database
        self.signer = signer
        self._size = size
        self.every = every

    async def begin(self, rules: RuleSet, now: datetime) -> None:
        """Keep what the decisions from now on rest on, and say so in the trail."""

        def write(connection: sa.Connection) -> None:
            rule_sources.keep(connection, rules.sources, now)
            append(connection, [AuditEntry(kind=RULES_LOADED, at=now, payload=rules.payload)])

        await self._database.write(write)

    async def chain(self) -> int:
        """Chain everything that waits; how many records that were."""
        total = 0
        while done := await self._database.write(audit_chain.chain, _BATCH):
            total += done
            if done < _BATCH:
                break
        return total

    async def checkpoint(self, now: datetime, *, whatever_came: bool = False) -> list[Checkpoint]:
        """Make the checkpoints that are due, or with ``whatever_came`` over everything that is chained."""
        made: list[Checkpoint] = []
        every = None if whatever_came else self.every
        while (one := await self._database.write(self._add, now, every)) is not None:
            made.append(one)
        return made

    def _add(self, connection: sa.Connection, now: datetime, every: timedelta | None) -> Checkpoint | None:
        made = audit_chain.add_checkpoint(connection, self.signer, now, size=self._size, every=every)
        if made is not None:
            payload: dict[str, Any] = {**self.published(made), "v": 1}
            outbox.add(connection, [outbox.NewEvent(topic=CHECKPOINT_TOPIC, payload=payload, at=now)])
        return made

    def published(self, checkpoint: Checkpoint) -> dict[str, object]:
        """As it is told: with the key, where it is the one that signed."""
        told = published(checkpoint, self.signer.public)
        if checkpoint.key_id != self.signer.key_id:
            del told["public_key"]
        return told

    async def checkpoints_after(self, number: int) -> Sequence[Checkpoint]:
        return await self._database.read(audit_chain.checkpoints, number)

    async def backlog(self) -> int:
        """How many records wait to be chained."""
        return await self._database.read(audit_chain.backlog)

    async def note(self, kind: str, payload: dict[str, Any], now: datetime, *, ref: str = "") -> None:
        """Add one record of the house's own."""
        entry = AuditEntry(kind=kind, at=now, payload=payload, ref=ref)
        await self._database.write(append, [entry])

    async def last_note(self, ref: str) -> dict[str, Any] | None:
        """The payload of the newest record of that ref; None where there is none."""
        newest = sa.select(audit_records.c.payload).where(audit_records.c.ref == ref)
        newest = newest.order_by(audit_records.c.id.desc()).limit(1)
        payload = await self._database.read(lambda connection: connection.scalar(newest))
        return None if payload is None else orjson.loads(payload)

    async def check_whole(self, keys: Mapping[str, bytes], heads: Sequence[Mapping[str, object]]) -> ChainCheck:
        """Check every record and checkpoint, from the first. ``keys`` are those to be trusted."""
        check = ChainCheck(keys, heads)
        number = after = 0
        while found := await self._database.read(audit_chain.checkpoints, number):
            check.expect(found)
            number = found[-1].number
        while rows := await self._database.read(audit_chain.stretch, after, _READ_AT_ONCE):
            for row in rows:
                check.add(row)
            after = rows[-1].seq
        check.finish()
        return check
