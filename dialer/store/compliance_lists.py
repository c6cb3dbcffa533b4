"""What the console lists of the compliance tables: incidents page by page, holds in force, a call's own decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from dialer.errors import InputError
from dialer.store.compliance_tables import audit_records, incidents, legal_holds
from dialer.store.tables import attempts

_DECISION = (
    sa.select(audit_records.c.at, audit_records.c.debtor_id, audit_records.c.payload)
    .where(audit_records.c.ref == sa.bindparam("call"), audit_records.c.kind == "decision")
    .order_by(audit_records.c.id.desc())
    .limit(1)
)
_BREACHES = sa.select(attempts.c.breaches).where(attempts.c.call_id == sa.bindparam("call"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOfCall:
    """``record`` is what ``dialer/compliance/record.py`` wrote, None where it was erased."""

    at: datetime
    debtor_id: int
    record: dict[str, Any] | None
    breaches: tuple[str, ...] | None


def decision_of(connection: sa.Connection, call_id: str) -> DecisionOfCall | None:
    """The last decision about a call: the one on which it left."""
    row = connection.execute(_DECISION, {"call": call_id}).first()
    if row is None:
        return None
    breaches = connection.scalar(_BREACHES, {"call": call_id})
    return DecisionOfCall(
        at=row.at,
        debtor_id=row.debtor_id,
        record=None if row.payload is None else orjson.loads(row.payload),
        breaches=None if breaches is None else tuple(breaches),
    )


def incidents_page(
    connection: sa.Connection, *, resolved: bool, cursor: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    """Rows of ``incidents``, newest first, and the cursor of the page after them."""
    statement = sa.select(incidents).order_by(incidents.c.id.desc()).limit(limit + 1)
    closed = incidents.c.resolved_at
    statement = statement.where(closed.is_not(None) if resolved else closed.is_(None))
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InputError("This cursor was not given out by an earlier page. Start again without one.")
        statement = statement.where(incidents.c.id < int(cursor))
    found = connection.execute(statement).all()
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


def holds_in_force(connection: sa.Connection) -> Sequence[Any]:
    """Rows of ``legal_holds``, the oldest first."""
    wanted = sa.select(legal_holds).where(legal_holds.c.lifted_at.is_(None)).order_by(legal_holds.c.id)
    return connection.execute(wanted).all()
