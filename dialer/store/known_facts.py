"""What was said or found out about a person, a debt or a number, and binds the gate from then on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.compliance.facts import Channel, QuietTime
from dialer.errors import InputError, UnknownDebtor
from dialer.store import audit_log, locks
from dialer.store.audit_log import AuditEntry
from dialer.store.compliance_tables import known_facts
from dialer.store.database import Database
from dialer.store.questions import e164
from dialer.store.tables import debtors, debts

_FLAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OF_DEBTOR = (
    sa.select(known_facts)
    .where(known_facts.c.debtor_id == sa.bindparam("debtor"))
    .order_by(known_facts.c.at, known_facts.c.id)
)
_DEBTOR_OF_DEBT = sa.select(debts.c.debtor_id).where(debts.c.id == sa.bindparam("debt"))
_THERE = sa.select(debtors.c.id).where(debtors.c.id == sa.bindparam("debtor"))
_OLDER_REGISTERS = known_facts.update().where(
    known_facts.c.debtor_id == sa.bindparam("debtor"),
    known_facts.c.kind == "channels",
    known_facts.c.at <= sa.bindparam("since"),
    known_facts.c.ended_at.is_(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """A fact to record. Exactly one of ``debtor_id``, ``debt_id`` and ``number`` (E.164) is what it speaks of.

    ``kind`` and ``value``: ``flag`` {"flag": "attorney"}; ``consent`` {} (of a debt, or of a debtor for all their
    debts); ``quiet_time`` {"days": [0..6], "from_s", "to_s"}; ``channels`` {"channels": ["call", ...]} (a new register
    ends the one before); ``notice`` {} or {"sent": false}. ``at`` is since when it holds, aware UTC.
    """

    kind: str
    value: Mapping[str, Any]
    at: datetime
    source: str
    recorded_by: str
    debtor_id: int | None = None
    debt_id: int | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """A recorded fact. ``subject`` is ``debtor``, ``debt`` or ``number``; ``debtor_id`` is set for a debt too."""

    id: int
    kind: str
    subject: str
    debtor_id: int | None
    debt_id: int | None
    number: str | None
    value: Mapping[str, Any]
    at: datetime
    source: str
    recorded_by: str
    recorded_at: datetime
    ended_at: datetime | None
    ended_by: str


class KnownFacts:
    """The facts of one database. A fact is never changed, only ended."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record(
        self,
        kind: str,
        subject: str,
        value: Mapping[str, Any],
        *,
        source: str,
        by: str,
        debtor_id: int | None = None,
        debt_id: int | None = None,
        number: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """Record a fact about ``subject`` (``debtor``, ``debt`` or ``number``) and return its id. ``at`` None: it holds
        from now. See NewFact. Raises InputError for a fact that means nothing, UnknownDebtor for nobody's."""
        now = self._clock.now()
        fact = NewFact(
            kind=kind,
            value=value,
            at=at or now,
            source=source,
            recorded_by=by,
            debtor_id=debtor_id if subject == "debtor" else None,
            debt_id=debt_id if subject == "debt" else None,
            number=number if subject == "number" else None,
        )
        return await self._database.write(record_fact, fact, now)

    async def end(self, fact_id: int, by: str) -> None:
        """The fact does not hold any more. Raises InputError where it is unknown or ended."""
        await self._database.write(_end, fact_id, by, self._clock.now())

    async def of_debtor(self, debtor_id: int) -> Sequence[KnownFact]:
        """All facts about the debtor and their debts, ended ones too, by the time since when they hold."""
        return await self._database.read(_read, _OF_DEBTOR, {"debtor": debtor_id})

    async def of_number(self, number: str) -> Sequence[KnownFact]:
        """All facts about a number (E.164), ended ones too."""
        wanted = sa.select(known_facts).where(known_facts.c.number == number).order_by(known_facts.c.id)
        return await self._database.read(_read, wanted, {})


def record_fact(connection: sa.Connection, fact: NewFact, now: datetime) -> int:
    """As KnownFacts.record, within a transaction."""
    subjects = {"debtor": fact.debtor_id, "debt": fact.debt_id, "number": fact.number}
    subject, *others = [name for name, which in subjects.items() if which is not None] or [""]
    if not subject or others:
        raise InputError("A fact speaks of exactly one debtor, debt or number.")
    _check(fact, subject)
    number = None if fact.number is None else e164(fact.number)
    debtor_id = fact.debtor_id
    if fact.debt_id is not None:
        debtor_id = connection.scalar(_DEBTOR_OF_DEBT, {"debt": fact.debt_id})
    if number is None and connection.scalar(_THERE, {"debtor": debtor_id}) is None:
        raise UnknownDebtor
    if debtor_id is not None:
        locks.lock_debtor(connection, debtor_id)
    locks.lock_number(connection, number or "")
    if fact.kind == "channels":  # the register before holds until this one does
        older = _OLDER_REGISTERS.values(ended_at=max(now, fact.at), ended_by=fact.recorded_by)
        connection.execute(older, {"debtor": debtor_id, "since": fact.at})
    row = {
        "kind": fact.kind,
        "subject": subject,
        "debtor_id": debtor_id,
        "debt_id": fact.debt_id,
        "number": number,
        "value": dict(fact.value),
        "at": fact.at,
        "source": fact.source,
        "recorded_by": fact.recorded_by,
        "recorded_at": now,
    }
    made = int(connection.execute(known_facts.insert().values(row).returning(known_facts.c.id)).scalar_one())
    told = {name: value for name, value in row.items() if value is not None}
    entry = AuditEntry(kind="fact", at=now, ref=f"fact:{made}", debtor_id=debtor_id, payload=told)
    audit_log.append(connection, [entry])
    return made


def _check(fact: NewFact, subject: str) -> None:
    shape = _SHAPES.get(fact.kind)
    if shape is None:
        raise InputError(f"{fact.kind!r} is no kind of fact. Choose one of: {', '.join(_SHAPES)}")
    subjects, is_valid, advice = shape
    if subject not in subjects:
        raise InputError(f"A fact of kind {fact.kind} speaks of a {' or a '.join(subjects)}.")
    try:
        valid = is_valid(fact.value)
    except (KeyError, TypeError, ValueError):
        valid = False
    if not valid:
        raise InputError(f"The value of a fact of kind {fact.kind} is written {advice}.")


def _is_quiet_time(value: Mapping[str, Any]) -> bool:
    QuietTime(days=frozenset(value["days"]), from_s=value["from_s"], to_s=value["to_s"])
    return bool(value["days"]) and value.keys() == {"days", "from_s", "to_s"}


#: Of each kind: what it may speak of, whether a value is one, and how a value is written.
_SHAPES: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], bool], str]] = {
    "flag": (
        ("debtor", "debt", "number"),
        lambda value: value.keys() == {"flag"} and _FLAG.fullmatch(value["flag"]) is not None,
        '{"flag": "attorney"}',
    ),
    "consent": (("debtor", "debt"), lambda value: not value, "{}"),
    "quiet_time": (("debtor",), _is_quiet_time, '{"days": [0, 1], "from_s": 32400, "to_s": 43200}'),
    "channels": (
        ("debtor",),
        lambda value: value.keys() == {"channels"} and all(Channel(each) for each in value["channels"]),
        '{"channels": ["call", "sms"]}',
    ),
    "notice": (
        ("debtor", "debt"),
        lambda value: not value or (value.keys() == {"sent"} and isinstance(value["sent"], bool)),
        '{} or {"sent": false}',
    ),
}


def _end(connection: sa.Connection, fact_id: int, by: str, now: datetime) -> None:
    row = connection.execute(sa.select(known_facts).where(known_facts.c.id == fact_id)).first()
    if row is None or row.ended_at is not None:
        raise InputError("There is no such fact, or it has ended already.")
    if row.debtor_id is not None:
        locks.lock_debtor(connection, row.debtor_id)
    locks.lock_number(connection, row.number or "")
    ending = known_facts.update().where(known_facts.c.id == fact_id, known_facts.c.ended_at.is_(None))
    connection.execute(ending.values(ended_at=now, ended_by=by))
    payload = {"by": by, "kind": row.kind, "value": row.value}
    entry = AuditEntry(kind="fact-ended", at=now, ref=f"fact:{fact_id}", debtor_id=row.debtor_id, payload=payload)
    audit_log.append(connection, [entry])


def _read(connection: sa.Connection, statement: sa.Select[Any], asked: Mapping[str, Any]) -> list[KnownFact]:
    return [KnownFact(**row) for row in connection.execute(statement, asked).mappings()]
