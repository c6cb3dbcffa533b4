"""Payments as a bank or a creditor tells of them: each counts once, and stops the dialing of what it settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dialer.clock import Clock
from dialer.store import locks
from dialer.store.database import Database
from dialer.store.promise_keeping import Decided, after_payment, close_debt
from dialer.store.promise_tables import payments
from dialer.store.promises import tell
from dialer.store.statements import insert_unless_there
from dialer.store.tables import debtors, debts

_BATCH = 200  # a transaction each, so that no call waits for a whole file

_FOUND = (
    sa.select(debts.c.id, debts.c.debtor_id, debts.c.currency)
    .select_from(debts.join(debtors, debtors.c.id == debts.c.debtor_id))
    .where(debts.c.ref == sa.bindparam("ref"))
    .order_by(debts.c.id)
    .limit(2)
)
_THERE = sa.select(payments).where(
    payments.c.origin == sa.bindparam("origin"), payments.c.reference == sa.bindparam("reference")
)
_PAID = (
    debts.update()
    .where(debts.c.id == sa.bindparam("paid"))
    .values(paid_minor=debts.c.paid_minor + sa.bindparam("amount"))
    .returning(debts.c.amount_minor, debts.c.paid_minor, debts.c.state)
)
_STATE = sa.select(debts.c.state).where(debts.c.id == sa.bindparam("debt"))


class Fate(StrEnum):
    """What became of a payment that was told. The values are stable ids."""

    POSTED = "posted"
    REPEATED = "repeated"  #: told before, in every word
    CONTRADICTED = "contradicted"  #: told before with another debt, amount or date: left as it was
    UNKNOWN_DEBT = "unknown-debt"
    AMBIGUOUS_DEBT = "ambiguous-debt"  #: several debts have this reference: name the creditor or the debtor
    WRONG_CURRENCY = "wrong-currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """A payment. ``origin`` and ``reference`` name it once and for all. The debt is named by ``debt_id``, or by
    ``debt_ref`` with as much of ``creditor`` and ``document`` as it takes. ``amount_minor`` is over 0."""

    origin: str
    reference: str
    amount_minor: int
    paid_on: date
    currency: str = ""
    debt_id: int | None = None
    debt_ref: str = ""
    creditor: str = ""
    document: str = ""


@dataclass(slots=True)
class Posted:
    """``fates`` has one for each payment, in their order. ``settled`` are the debts that are paid in full now."""

    fates: list[Fate] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)  #: promises that are over

    def count(self, fate: Fate) -> int:
        return self.fates.count(fate)


class Payments:
    """The payments of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def post(self, told: Sequence[NewPayment]) -> Posted:
        """Record payments in their order; what was told before changes nothing. Posting the same again after a failure
        goes on where it ended."""
        done = Posted()
        for start in range(0, len(told), _BATCH):
            part = await self._database.write(_post, told[start : start + _BATCH], self._clock.now())
            done.fates += part.fates
            done.settled += part.settled
            done.decided += part.decided
        return done

    async def of_debtor(self, debtor_id: int) -> Sequence[Any]:
        """All payments of a debtor, oldest first."""
        statement = sa.select(payments).where(payments.c.debtor_id == debtor_id).order_by(payments.c.paid_on)
        return await self._database.read(lambda connection: connection.execute(statement).all())


def _post(connection: sa.Connection, told: Sequence[NewPayment], now: datetime) -> Posted:
    done = Posted()
    for each in told:
        done.fates.append(_post_one(connection, each, now, done))
    return done


def _post_one(connection: sa.Connection, payment: NewPayment, now: datetime, done: Posted) -> Fate:
    found = _debts_of(connection, payment)
    if len(found) != 1:
        return Fate.AMBIGUOUS_DEBT if found else Fate.UNKNOWN_DEBT
    debt = found[0]
    if payment.currency and payment.currency.upper() != debt.currency:
        return Fate.WRONG_CURRENCY
    locks.lock_debtor(connection, debt.debtor_id)
    values = {
        "origin": payment.origin,
        "reference": payment.reference,
        "debtor_id": debt.debtor_id,
        "debt_id": debt.id,
        "amount_minor": payment.amount_minor,
        "currency": debt.currency,
        "paid_on": payment.paid_on,
        "received_at": now,
    }
    insert = insert_unless_there(connection, payments, values).returning(payments.c.id)
    made = connection.scalar(insert)
    if made is None:
        there = connection.execute(_THERE, {"origin": payment.origin, "reference": payment.reference}).one()
        same = (there.debt_id, there.amount_minor, there.paid_on) == (debt.id, payment.amount_minor, payment.paid_on)
        return Fate.REPEATED if same else Fate.CONTRADICTED
    after = connection.execute(_PAID, {"paid": debt.id, "amount": payment.amount_minor}).one()
    decided = after_payment(connection, debt.id, now)
    if decided is not None:
        done.decided.append(decided)
    if after.paid_minor >= after.amount_minor:
        close_debt(connection, debt.id)
    settled = after.state == "open" and connection.scalar(_STATE, {"debt": debt.id}) == "closed"
    if settled:
        done.settled.append(debt.id)
    row = connection.execute(sa.select(payments).where(payments.c.id == made)).one()
    tell(
        connection,
        row,
        "payment.received",
        now,
        amount_minor=payment.amount_minor,
        currency=debt.currency,
        paid_on=payment.paid_on.isoformat(),
        settled=settled,
    )
    return Fate.POSTED


def _debts_of(connection: sa.Connection, payment: NewPayment) -> Sequence[Any]:
    if payment.debt_id is not None:
        by_id = sa.select(debts.c.id, debts.c.debtor_id, debts.c.currency).where(debts.c.id == payment.debt_id)
        return connection.execute(by_id).all()
    statement = _FOUND
    if payment.creditor:
        statement = statement.where(debts.c.creditor == payment.creditor)
    if payment.document:
        statement = statement.where(debtors.c.document == payment.document)
    return connection.execute(statement, {"ref": payment.debt_ref}).all()
