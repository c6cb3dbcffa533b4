"""Legal holds: while one is on a debtor, nothing of theirs is purged or erased."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from dialer.errors import InputError, UnknownDebtor
from dialer.store.audit_log import AuditEntry, append
from dialer.store.compliance_tables import legal_holds
from dialer.store.locks import lock_debtor
from dialer.store.tables import debtors


def place_hold(connection: sa.Connection, debtor_id: int | None, *, reason: str, by: str, now: datetime) -> None:
    """Hold everything of a debtor; of everybody where ``debtor_id`` is None. Raises UnknownDebtor, InputError
    where no reason is given."""
    if debtor_id is not None and not connection.scalar(sa.select(sa.exists().where(debtors.c.id == debtor_id))):
        raise UnknownDebtor(f"There is no debtor {debtor_id}.")
    _check(reason)
    if debtor_id is not None:
        lock_debtor(connection, debtor_id)  # an erasure that began before is seen whole, or waits
    values = {"debtor_id": debtor_id, "reason": reason, "placed_by": by, "placed_at": now}
    connection.execute(legal_holds.insert().values(values))
    _tell(connection, debtor_id, {"hold": "placed", "reason": reason, "by": by}, now)


def lift_hold(connection: sa.Connection, debtor_id: int | None, *, reason: str, by: str, now: datetime) -> None:
    """Lift every hold on a debtor; with None, those on everybody. Raises InputError where there is none, or
    no reason is given."""
    _check(reason)
    own = legal_holds.c.debtor_id.is_(None) if debtor_id is None else legal_holds.c.debtor_id == debtor_id
    change = legal_holds.update().where(own, legal_holds.c.lifted_at.is_(None))
    if connection.execute(change.values(lifted_by=by, lifted_at=now)).rowcount == 0:
        raise InputError("There is no legal hold to lift here.")
    _tell(connection, debtor_id, {"hold": "lifted", "reason": reason, "by": by}, now)


def is_held(connection: sa.Connection, debtor_id: int) -> bool:
    own = sa.or_(legal_holds.c.debtor_id.is_(None), legal_holds.c.debtor_id == debtor_id)
    return bool(connection.scalar(sa.select(sa.exists().where(own, legal_holds.c.lifted_at.is_(None)))))


def _check(reason: str) -> None:
    if not reason.strip():
        raise InputError("Say why: the reason is part of the record.")


def _tell(connection: sa.Connection, debtor_id: int | None, payload: dict[str, str], now: datetime) -> None:
    append(connection, [AuditEntry(kind="legal_hold", at=now, debtor_id=debtor_id, payload=payload)])
