"""Merging rows into the database, a chunk a transaction. Importing the same rows again changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from dialer.domain.recycle import StopReason
from dialer.store.importing.collector import collector_paused
from dialer.store.importing.rows import Debt, LeadRow, Person, as_json
from dialer.store.tables import debtors, debts, lead_debts, leads, phones
from dialer.store.types import sqlite_instant

_PRIORITY = 50
_MOST_POSITIONS = 30_000
_IMPORT_LOCK = 7_230_411  # one import merges at a time on PostgreSQL; on SQLite one writer is all there is

_PERSON = (
    "identity", "external_ref", "document", "name", "language", "country", "subdivision", "time_zone", "custom",
)  # fmt: skip
_KNOWN_PEOPLE: sa.Select[Any] = sa.select(debtors.c.id, *(debtors.c[name] for name in _PERSON)).where(
    debtors.c.identity.in_(sa.bindparam("identities", expanding=True))
)
_KNOWN_PHONES = sa.select(phones.c.debtor_id, phones.c.e164, phones.c.position).where(
    phones.c.debtor_id.in_(sa.bindparam("people", expanding=True))
)
_KNOWN_DEBTS: sa.Select[Any] = sa.select(debts).where(debts.c.debtor_id.in_(sa.bindparam("people", expanding=True)))
_KNOWN_LEADS: sa.Select[Any] = sa.select(leads).where(
    leads.c.debtor_id.in_(sa.bindparam("people", expanding=True)), leads.c.campaign_id == sa.bindparam("campaign")
)
_KNOWN_LINKS = sa.select(lead_debts).where(lead_debts.c.lead_id.in_(sa.bindparam("leads", expanding=True)))
_PERSON_CHANGE = (
    debtors.update()
    .where(debtors.c.id == sa.bindparam("row"))
    .values({name: sa.bindparam(f"new_{name}") for name in _PERSON if name != "identity"})
)
_SAME_AMOUNT = debts.c.amount_minor == sa.bindparam("new_amount_minor")
_DEBT_CHANGE = (
    debts.update()
    .where(debts.c.id == sa.bindparam("row"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("product", "amount_minor", "currency", "due_on")}
        # A new amount is the creditor's word, with all payments taken off; an old one knows of none since.
        | {
            "state": sa.case((_SAME_AMOUNT, debts.c.state), else_="open"),
            "paid_minor": sa.case((_SAME_AMOUNT, debts.c.paid_minor), else_=0),
        }
    )
)
_PRIORITY_CHANGE = leads.update().where(leads.c.id == sa.bindparam("row")).values(priority=sa.bindparam("becomes"))
_REVIVED = (
    leads.update()
    .where(leads.c.id == sa.bindparam("row"), leads.c.state.in_(["done", "stopped"]))
    .values(state="ready", stop_reason="", next_try_at=sa.bindparam("at"))
)


@dataclass(slots=True)
class Tally:
    """What an import has come to so far."""

    accepted: int = 0
    debtors: int = 0
    debts: int = 0
    phones: int = 0
    leads: int = 0
    duplicates_in_file: int = 0
    duplicates_in_campaign: int = 0


class _Owed(NamedTuple):
    id: int
    debt: Debt
    is_linked: bool  #: to the campaign


@dataclass(slots=True)
class _Known:
    """A person as the database has them or will have them when the chunk is written."""

    id: int
    person: Person
    is_new: bool
    phones: set[str] = field(default_factory=set)
    next_position: int = 0
    debts: dict[tuple[str, str], _Owed] = field(default_factory=dict)
    lead: int = 0
    lead_is_new: bool = False
    lead_state: str = "ready"
    stop_reason: str = ""
    priority: int = _PRIORITY
    is_changed: bool = False
    is_reprioritised: bool = False
    is_revived: bool = False


class Merger:
    """Merges the chunks of one import into one campaign. ``tally`` counts what was committed."""

    def __init__(self, campaign_id: int, now: datetime) -> None:
        self._campaign_id = campaign_id
        self._now = now
        self._first_lead: int | None = None
        self.tally = Tally()

    def merge(self, connection: sa.Connection, rows: Sequence[LeadRow]) -> Tally:
        """Write one chunk; return what it adds to the tally once it is committed."""
        with collector_paused():
            chunk = _Chunk(connection, self._campaign_id, self._now, rows)
            if self._first_lead is None:
                self._first_lead = chunk.first_lead
            return chunk.merge(rows, self._first_lead)

    def add(self, done: Tally) -> None:
        for name in Tally.__slots__:
            setattr(self.tally, name, getattr(self.tally, name) + getattr(done, name))


class _Chunk:
    def __init__(self, connection: sa.Connection, campaign_id: int, now: datetime, rows: Sequence[LeadRow]) -> None:
        self._connection = connection
        self._campaign_id = campaign_id
        self._now = now
        self._sqlite = connection.dialect.name == "sqlite"
        if not self._sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_IMPORT_LOCK)))
        self._people = self._load({row.person.identity for row in rows})
        self._debtor_ids = self._ids("debtors", len(rows))
        self._lead_ids = self._ids("leads", len(rows))
        self._phone_ids = self._ids("phones", sum(len(row.phones) for row in rows))
        self._debt_ids = self._ids("debts", sum(len(row.debts) for row in rows))
        self.first_lead = next(self._lead_ids)
        self._lead_ids = _chain(self.first_lead, self._lead_ids)
        self._phones: list[tuple[Any, ...]] = []
        self._debts: dict[int, tuple[int, Debt]] = {}  # new ones, by their id, with their debtor
        self._debt_changes: dict[int, Debt] = {}
        self._links: list[tuple[int, int]] = []

    def merge(self, rows: Sequence[LeadRow], first_lead: int) -> Tally:
        done = Tally()
        for row in rows:
            known = self._people.get(row.person.identity)
            if known is None:
                known = _Known(id=next(self._debtor_ids), person=row.person, is_new=True)
                self._people[row.person.identity] = known
                done.debtors += 1
                changed = True
            else:
                changed = self._merge_person(known, row.person)
            had_lead = known.lead
            if not had_lead:
                known.lead, known.lead_is_new = next(self._lead_ids), True
                known.priority = _PRIORITY if row.priority is None else row.priority
                done.leads += 1
            elif row.priority is not None and row.priority != known.priority:
                known.priority, known.is_reprioritised = row.priority, True
                changed = True
            new_phones = self._merge_phones(known, row.phones)
            new_debts, changed_debts = self._merge_debts(known, row.debts)
            self._revive(known, new_phones, new_debts)
            done.phones += new_phones
            done.debts += new_debts
            if changed or not had_lead or new_phones or new_debts or changed_debts:
                done.accepted += 1
            elif known.lead >= first_lead:
                done.duplicates_in_file += 1
            else:
                done.duplicates_in_campaign += 1
        self._write()
        return done

    # ------------------------------------------------------------------------------------- merging

    def _merge_person(self, known: _Known, person: Person) -> bool:
        """What the row says wins where it says anything; what it leaves out stays."""
        if person == known.person:
            return False
        merged = Person(*(new or old for new, old in zip(person, known.person, strict=True)))
        if person.custom != known.person.custom:
            fields = {**orjson.loads(known.person.custom), **orjson.loads(person.custom)}
            merged = merged._replace(custom=as_json(fields))
        if merged == known.person:
            return False
        known.person = merged
        known.is_changed = True
        return True

    def _merge_phones(self, known: _Known, found: Iterable[tuple[str, str]]) -> int:
        added = 0
        for e164, kind in found:
            if e164 not in known.phones and known.next_position < _MOST_POSITIONS:
                known.phones.add(e164)
                self._phones.append((next(self._phone_ids), known.id, e164, known.next_position, kind))
                known.next_position += 1
                added += 1
        return added

    def _merge_debts(self, known: _Known, found: Iterable[Debt]) -> tuple[int, int]:
        """How many debts are new to the campaign, and how many that it had have changed."""
        added = changed = 0
        for debt in found:
            before = known.debts.get(debt[:2])
            if before is None:
                debt_id = next(self._debt_ids)
                self._debts[debt_id] = (known.id, debt)
            else:
                debt_id = before.id
                if before.debt != debt:
                    changed += 1
                    if debt_id in self._debts:
                        self._debts[debt_id] = (known.id, debt)
                    else:
                        self._debt_changes[debt_id] = debt
            known.debts[debt[:2]] = _Owed(debt_id, debt, True)
            if before is None or not before.is_linked:
                self._links.append((known.lead, debt_id))
                added += 1
        return added, changed

    def _revive(self, known: _Known, new_phones: int, new_debts: int) -> None:
        """A debtor who was finished is dialed again for a new debt, one without a number for a new number."""
        without_number = known.stop_reason == StopReason.BAD_NUMBERS
        if known.lead_state in ("done", "stopped") and (new_debts or (new_phones and without_number)):
            known.lead_state, known.stop_reason, known.is_revived = "ready", "", True

    # ------------------------------------------------------------------------------------- reading

    def _load(self, identities: set[str]) -> dict[str, _Known]:
        found = self._connection.execute(_KNOWN_PEOPLE, {"identities": list(identities)}).all()
        people = {row.id: _Known(id=row.id, person=_person(row), is_new=False) for row in found}
        if people:
            asked = {"people": list(people), "campaign": self._campaign_id}
            for debtor_id, e164, position in self._connection.execute(_KNOWN_PHONES, asked):
                known = people[debtor_id]
                known.phones.add(e164)
                known.next_position = max(known.next_position, position + 1)
            mine = {}
            for row in self._connection.execute(_KNOWN_LEADS, asked):
                known = mine[row.id] = people[row.debtor_id]
                known.lead, known.lead_state, known.stop_reason = row.id, row.state, row.stop_reason
                known.priority = row.priority
            linked = {row.debt_id for row in self._connection.execute(_KNOWN_LINKS, {"leads": list(mine)})}
            for row in self._connection.execute(_KNOWN_DEBTS, asked):
                debt = Debt(row.creditor, row.ref, row.product, row.amount_minor, row.currency, row.due_on)
                people[row.debtor_id].debts[debt[:2]] = _Owed(row.id, debt, row.id in linked)
        return {known.person.identity: known for known in people.values()}

    def _ids(self, table: str, count: int) -> Iterator[int]:
        """Ids for up to ``count`` new rows. On SQLite the writer's lock makes the next ones ours."""
        if self._sqlite:
            column = {"debtors": debtors.c.id, "leads": leads.c.id, "phones": phones.c.id, "debts": debts.c.id}[table]
            first = (self._connection.scalar(sa.select(sa.func.max(column))) or 0) + 1
            return iter(range(first, first + count))
        statement = sa.text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
        return iter(self._connection.scalars(statement, {"table": table, "count": count}).all())

    # ------------------------------------------------------------------------------------- writing

    def _write(self) -> None:
        instant: Callable[[datetime], object] = sqlite_instant if self._sqlite else lambda at: at
        day: Callable[[date | None], object] = _sqlite_day if self._sqlite else lambda on: on
        people = self._people.values()
        self._insert(debtors, ("id", *_PERSON), [(known.id, *known.person) for known in people if known.is_new])
        self._insert(phones, ("id", "debtor_id", "e164", "position", "kind"), self._phones)
        self._insert(
            debts,
            ("id", "debtor_id", "ref", "creditor", "product", "amount_minor", "currency", "due_on"),
            [
                (
                    debt_id,
                    debtor_id,
                    debt.ref,
                    debt.creditor,
                    debt.product,
                    debt.amount_minor,
                    debt.currency,
                    day(debt.due_on),
                )
                for debt_id, (debtor_id, debt) in self._debts.items()
            ],
        )
        now = instant(self._now)
        self._insert(
            leads,
            ("id", "campaign_id", "debtor_id", "priority", "next_try_at", "tries_by_outcome"),
            [
                (known.lead, self._campaign_id, known.id, known.priority, now, "{}")
                for known in people
                if known.lead_is_new
            ],
        )
        self._insert(lead_debts, ("lead_id", "debt_id"), self._links)
        self._update(people)

    def _insert(self, table: sa.Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Straight to the driver: SQLAlchemy's handling of each value would cost more than the insert."""
        if rows:
            compiled = table.insert().compile(dialect=self._connection.dialect, column_keys=list(names))
            self._connection.exec_driver_sql(str(compiled), list(rows))

    def _update(self, people: Iterable[_Known]) -> None:
        changes = [
            {"row": known.id, **{f"new_{name}": getattr(known.person, name) for name in _PERSON[1:-1]}}
            | {"new_custom": orjson.loads(known.person.custom)}
            for known in people
            if known.is_changed and not known.is_new
        ]
        if changes:
            self._connection.execute(_PERSON_CHANGE, changes)
        if self._debt_changes:
            self._connection.execute(
                _DEBT_CHANGE,
                [
                    {
                        "row": debt_id,
                        "new_product": debt.product,
                        "new_amount_minor": debt.amount_minor,
                        "new_currency": debt.currency,
                        "new_due_on": debt.due_on,
                    }
                    for debt_id, debt in self._debt_changes.items()
                ],
            )
        existing = [known for known in people if not known.lead_is_new]
        if moved := [{"row": known.lead, "becomes": known.priority} for known in existing if known.is_reprioritised]:
            self._connection.execute(_PRIORITY_CHANGE, moved)
        if revived := [{"row": known.lead, "at": self._now} for known in existing if known.is_revived]:
            self._connection.execute(_REVIVED, revived)


def _sqlite_day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def _chain(first: int, rest: Iterator[int]) -> Iterator[int]:
    yield first
    yield from rest


def _person(row: Any) -> Person:
    return Person(*(as_json(getattr(row, name)) if name == "custom" else getattr(row, name) for name in _PERSON))
