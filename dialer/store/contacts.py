"""The ledger beside our own calls: messages and visits, inbound calls, and what an earlier system did."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.domain.ids import CallId, new_call_id
from dialer.errors import InputError, UnknownAttempt
from dialer.ports import ContactAnswer, ContactRequest
from dialer.store import audit_log, locks
from dialer.store.audit_log import AuditEntry
from dialer.store.compliance_tables import contact_debts, contacts
from dialer.store.contacting import ContactDesk
from dialer.store.database import Database
from dialer.store.decisions import audit_release
from dialer.store.facts import Gate
from dialer.store.statements import insert_many

_ENDING = (
    contacts.update()
    .where(contacts.c.id == sa.bindparam("contact"), contacts.c.state == "open")
    .values(state=sa.bindparam("becomes"), outcome=sa.bindparam("came_to"), ended_at=sa.bindparam("over_at"))
    .returning(contacts.c.debtor_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """A contact that needs no leave: somebody called us, or another system made it.

    ``outcome`` None: it goes on, and counts as the worst it may become until ``Contacts.finish``. ``at`` and
    ``ended_at`` are aware UTC. ``debts`` empty: about none in particular, so it counts for each. ``number`` is E.164
    or another channel's address. ``source`` says where the knowledge comes from. ``id``: a version 7
    UUID; empty: a new one.
    """

    debtor_id: int
    at: datetime
    channel: Channel = Channel.CALL
    direction: Direction = Direction.IN
    outcome: LedgerOutcome | None = None
    ended_at: datetime | None = None
    number: str = ""
    debts: tuple[int, ...] = ()
    campaign_id: int | None = None
    source: str = ""
    id: str = ""


class Contacts:
    """Contacts of one database. The gate is the same as for calls, and so are the locks."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        clock: Clock,
        *,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        caller_id: str = "",
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._desk = ContactDesk(gate, self._make_id, caller_id=caller_id)

    def _make_id(self, at: datetime) -> CallId:
        return new_call_id(at, self._entropy(10))

    async def reserve(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        """Leave to make a contact. It is in flight until ``finish`` or ``release``. As ContactGate.reserve_contact."""
        return await self._database.write(self._desk.reserve, request, now)

    async def finish(self, contact_id: str, outcome: LedgerOutcome, ended_at: datetime) -> None:
        """What a contact came to. Raises UnknownAttempt where none of that id is open, InputError for RELEASED."""
        if outcome is LedgerOutcome.RELEASED:
            raise InputError("A contact that was never made is released, not finished.")
        await self._database.write(_finish, contact_id, outcome, ended_at)

    async def release(self, contact_id: str, now: datetime) -> None:
        """It was certainly never made: it counts for nothing. Raises UnknownAttempt where none of that id is open."""
        await self._database.write(_release, contact_id, now)

    async def record(self, *made: PastContact) -> tuple[str, ...]:
        """Write contacts that asked nobody; return their ids. Raises InputError for a time without an end to it."""
        for each in made:
            if each.ended_at is not None and (each.outcome is None or each.ended_at < each.at):
                raise InputError("A contact that ended has an outcome, and ends after it began.")
            if each.outcome is LedgerOutcome.RELEASED:
                raise InputError("A contact that was never made is not recorded.")
        ids = tuple(each.id or self._make_id(each.at) for each in made)
        await self._database.write(_record, ids, made)
        return ids


def _finish(connection: sa.Connection, contact_id: str, outcome: LedgerOutcome, ended_at: datetime) -> None:
    debtor_id = _end(connection, contact_id, "closed", outcome, ended_at)
    payload = {"outcome": outcome, "ended_at": ended_at}
    entry = AuditEntry(kind="outcome", at=ended_at, ref=contact_id, debtor_id=debtor_id, payload=payload)
    audit_log.append(connection, [entry])


def _release(connection: sa.Connection, contact_id: str, now: datetime) -> None:
    audit_release(connection, [(contact_id, _end(connection, contact_id, "released", None, now))], now, "never made")


def _end(connection: sa.Connection, contact_id: str, becomes: str, outcome: LedgerOutcome | None, at: datetime) -> int:
    came_to = None if outcome is None else str(outcome)
    asked = {"contact": contact_id, "becomes": becomes, "came_to": came_to, "over_at": at}
    debtor_id = connection.execute(_ENDING, asked).scalar()
    if debtor_id is None:
        raise UnknownAttempt("No contact of this id is under way.")
    return int(debtor_id)


def _record(connection: sa.Connection, ids: Sequence[str], made: Sequence[PastContact]) -> None:
    for debtor_id in sorted({each.debtor_id for each in made}):
        locks.lock_debtor(connection, debtor_id)
    insert_many(
        connection,
        contacts,
        [
            {
                "id": contact_id,
                "state": "open" if each.outcome is None else "closed",
                "channel": str(each.channel),
                "direction": str(each.direction),
                "campaign_id": each.campaign_id,
                "debtor_id": each.debtor_id,
                "number": each.number,
                "mode": "recorded",
                "at": each.at,
                "ended_at": each.ended_at,
                "outcome": None if each.outcome is None else str(each.outcome),
                "source": each.source,
            }
            for contact_id, each in zip(ids, made, strict=True)
        ],
    )
    insert_many(
        connection,
        contact_debts,
        [
            {"contact_id": contact_id, "debt_id": debt}
            for contact_id, each in zip(ids, made, strict=True)
            for debt in each.debts
        ],
    )
    audit_log.append(
        connection,
        [
            AuditEntry(kind="contact", at=each.at, ref=contact_id, debtor_id=each.debtor_id, payload=_told(each))
            for contact_id, each in zip(ids, made, strict=True)
        ],
    )


def _told(contact: PastContact) -> dict[str, object]:
    return {
        "channel": contact.channel,
        "direction": contact.direction,
        "outcome": contact.outcome,
        "ended_at": contact.ended_at,
        "number": contact.number,
        "debts": contact.debts,
        "source": contact.source,
    }
