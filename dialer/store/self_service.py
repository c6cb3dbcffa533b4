"""What a self-service call reads of a debtor, and what it writes: said once, and binding from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.domain.campaign import Campaign
from dialer.domain.promise import Instalment
from dialer.store import audit_log, locks, outbox
from dialer.store.audit_log import AuditEntry
from dialer.store.campaigns import load_campaign
from dialer.store.compliance_tables import contacts, known_facts
from dialer.store.known_facts import NewFact, record_fact
from dialer.store.outbox import NewEvent
from dialer.store.promise_tables import is_pending, promises
from dialer.store.promises import read_instalments
from dialer.store.statements import insert_unless_there
from dialer.store.tables import attempts, campaigns, debtors, debts, do_not_call, lead_debts, leads, phones

#: The flag of a debtor who failed to identify three times; ended by a person of the house.
LOCKED = "self_service_locked"
#: The word about a call that nobody took in time, and that then served itself: a conversation for the ledger.
SERVED_ITSELF = "SELF_SERVICE"
_MOST_CANDIDATES = 10

_PERSON: sa.Select[Any] = sa.select(debtors).where(debtors.c.id == sa.bindparam("debtor"))
_OPEN: sa.Select[Any] = (
    sa.select(debts)
    .join(lead_debts, lead_debts.c.debt_id == debts.c.id)
    .join(leads, leads.c.id == lead_debts.c.lead_id)
    .where(
        leads.c.debtor_id == sa.bindparam("debtor"),
        leads.c.campaign_id == sa.bindparam("campaign"),
        debts.c.state == "open",
    )
    .order_by(debts.c.due_on, debts.c.id)
)
_PENDING: sa.Select[Any] = sa.select(promises).where(promises.c.debtor_id == sa.bindparam("debtor"), is_pending)
_LOCK = (
    sa.select(known_facts.c.value)
    .where(
        known_facts.c.debtor_id == sa.bindparam("debtor"),
        known_facts.c.kind == "flag",
        known_facts.c.ended_at.is_(None),
    )
    .order_by(known_facts.c.id)
)
_OF_NUMBER = (
    sa.select(phones.c.debtor_id)
    .where(phones.c.e164 == sa.bindparam("number"), phones.c.contact_role == "debtor")
    .distinct()
    .order_by(phones.c.debtor_id)
    .limit(_MOST_CANDIDATES)
)
_PLAIN_DOCUMENT: Any = debtors.c.document
for _sign in (".", "-", " ", "/"):
    _PLAIN_DOCUMENT = sa.func.replace(_PLAIN_DOCUMENT, _sign, "")
_OF_DOCUMENT = sa.select(debtors.c.id).where(sa.bindparam("document") == _PLAIN_DOCUMENT).limit(_MOST_CANDIDATES)
#: The newest campaign that collects from them, one that runs first.
_CAMPAIGN_OF = (
    sa.select(leads.c.campaign_id)
    .join(campaigns, campaigns.c.id == leads.c.campaign_id)
    .where(leads.c.debtor_id == sa.bindparam("debtor"))
    .order_by((campaigns.c.state == "running").desc(), leads.c.id.desc())
    .limit(1)
)
_STOP_NUMBER = (
    phones.update().where(phones.c.e164 == sa.bindparam("number_"), phones.c.state == "ok").values(state="do_not_call")
)
_NOT_THEIRS = (
    phones.update()
    .where(phones.c.debtor_id == sa.bindparam("debtor"), phones.c.e164 == sa.bindparam("number_"))
    .values(state="bad")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDebt:
    """A debt that the campaign collects. ``promised`` is the reference and the next payment of the promise that waits
    for it."""

    id: int
    ref: str
    creditor: str
    product: str
    balance_minor: int
    currency: str
    due_on: Any
    promised: tuple[str, Instalment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPerson:
    """A debtor as a self-service call needs them. Everything but the ids is personal data."""

    debtor_id: int
    campaign: Campaign
    name: str
    document: str
    language: str
    country: str
    time_zone: str
    custom: Mapping[str, Any]
    debts: tuple[OpenDebt, ...]
    locked: bool


def read_person(connection: sa.Connection, debtor_id: int, campaign_id: int) -> ServedPerson | None:
    """A debtor with the open debts that the campaign collects; None where there is none of that id."""
    row = connection.execute(_PERSON, {"debtor": debtor_id}).first()
    if row is None:
        return None
    asked = {"debtor": debtor_id, "campaign": campaign_id}
    waiting = {each.debt_id: each for each in connection.execute(_PENDING, {"debtor": debtor_id})}
    dues = read_instalments(connection, [each.id for each in waiting.values()]) if waiting else {}
    found = []
    for debt in connection.execute(_OPEN, asked):
        promise = waiting.get(debt.id)
        found.append(
            OpenDebt(
                id=debt.id,
                ref=debt.ref,
                creditor=debt.creditor,
                product=debt.product,
                balance_minor=max(0, debt.amount_minor - debt.paid_minor),
                currency=debt.currency,
                due_on=debt.due_on,
                promised=(promise.reference, dues[promise.id][0]) if promise and dues.get(promise.id) else None,
            )
        )
    return ServedPerson(
        debtor_id=row.id,
        campaign=load_campaign(connection, campaign_id),
        name=row.name,
        document=row.document,
        language=row.language,
        country=row.country,
        time_zone=row.time_zone,
        custom=row.custom,
        debts=tuple(debt for debt in found if debt.balance_minor > 0),
        locked=any(value.get("flag") == LOCKED for value in connection.scalars(_LOCK, {"debtor": debtor_id})),
    )


def debtors_of(connection: sa.Connection, *, number: str = "", document: str = "") -> Sequence[int]:
    """Whose number, or whose document (digits alone), it is; a few at most."""
    if number:
        return connection.scalars(_OF_NUMBER, {"number": number}).all()
    return connection.scalars(_OF_DOCUMENT, {"document": document}).all() if document else []


def campaign_of(connection: sa.Connection, debtor_id: int) -> int | None:
    """The campaign that a debtor's own call is about: the newest that collects from them, before others one that
    runs."""
    return connection.scalar(_CAMPAIGN_OF, {"debtor": debtor_id})


def lock(connection: sa.Connection, debtor_id: int, source: str, now: datetime) -> None:
    """Nobody identifies as this debtor by telephone any more, until a person of the house ends the fact."""
    _flag(connection, LOCKED, source, now, debtor_id=debtor_id)


def stop(connection: sa.Connection, debtor_id: int | None, number: str, source: str, now: datetime) -> None:
    """Onto the stop list: the number, and the person where ``debtor_id`` is given."""
    if debtor_id is not None:
        locks.lock_debtor(connection, debtor_id)
    locks.lock_number(connection, number)
    rows: list[dict[str, Any]] = []
    if number:
        rows.append({"number": number, "debtor_id": None})
        connection.execute(_STOP_NUMBER, {"number_": number})
    if debtor_id is not None:
        rows.append({"number": None, "debtor_id": debtor_id})
    for row in rows:
        connection.execute(insert_unless_there(connection, do_not_call, {**row, "source": source, "at": now}))
    told = {"step": "opt-out", "number": number or None, "person": debtor_id is not None, "source": source}
    audit_log.append(
        connection, [AuditEntry(kind="opt-out", at=now, ref=source[-64:], debtor_id=debtor_id, payload=told)]
    )


def not_theirs(
    connection: sa.Connection, debtor_id: int, number: str, source: str, now: datetime, *, knows_them: bool = False
) -> None:
    """The number is somebody else's, who may know the debtor: never again for this debtor."""
    flag = "third_party_number" if knows_them else "wrong_number"
    _flag(connection, flag, source, now, number=number, debtor_id=debtor_id)
    connection.execute(_NOT_THEIRS, {"debtor": debtor_id, "number_": number})


def died(connection: sa.Connection, debtor_id: int, source: str, now: datetime) -> None:
    """Somebody said that the debtor has died: not called again, until a person of the house finds otherwise."""
    _flag(connection, "deceased", source, now, debtor_id=debtor_id)
    entry = {"number": None, "debtor_id": debtor_id, "source": source, "at": now}
    connection.execute(insert_unless_there(connection, do_not_call, entry))


def _flag(
    connection: sa.Connection,
    flag: str,
    source: str,
    now: datetime,
    *,
    debtor_id: int | None = None,
    number: str | None = None,
) -> None:
    whose: dict[str, Any] = {"debtor_id": debtor_id} if number is None else {"number": number}
    fact = NewFact(kind="flag", value={"flag": flag}, at=now, source=source, recorded_by="ivr", **whose)
    record_fact(connection, fact, now)


def note(connection: sa.Connection, call_id: str, code: str) -> None:
    """A word about a call, ours or one that came in, as an agent's disposition is; an agent's own wins."""
    for calls, its_id in ((attempts, attempts.c.call_id), (contacts, contacts.c.id)):
        connection.execute(
            calls.update().where(its_id == call_id, calls.c.disposition.is_(None)).values(disposition=code)
        )


def ask_for_message(connection: sa.Connection, campaign: str, payload: Mapping[str, Any], now: datetime) -> None:
    """An event for whoever sends messages: ``message.requested``."""
    told = {"campaign": campaign, "v": 1, "at": outbox.rfc3339(now), **payload}
    outbox.add(connection, [NewEvent(topic=f"{campaign}/message.requested", payload=told, at=now)])
