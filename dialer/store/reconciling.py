"""What the log says of the calls of a stretch of time, for the comparison with the switch's records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from dialer.audit.reconcile import LoggedCall
from dialer.store.compliance_tables import audit_records
from dialer.store.tables import attempts

_DECISION = (
    sa.select(audit_records.c.id)
    .where(audit_records.c.ref == attempts.c.call_id, audit_records.c.kind == "decision")
    .exists()
)


def logged_calls(connection: sa.Connection, since: datetime, until: datetime) -> Sequence[LoggedCall]:
    """The calls reserved from ``since`` up to ``until``. One that was reserved before the trail began counts as
    decided: nobody wrote decisions down then."""
    began = connection.scalar(sa.select(sa.func.min(audit_records.c.at)).where(audit_records.c.seq == 1))
    statement = sa.select(
        attempts.c.call_id, attempts.c.state, attempts.c.reserved_at, attempts.c.dialed_at, _DECISION.label("decided")
    ).where(attempts.c.reserved_at >= since, attempts.c.reserved_at < until)
    return [
        LoggedCall(
            call_id=row.call_id,
            state=row.state,
            reserved_at=row.reserved_at,
            dialed_at=row.dialed_at,
            decided=row.decided or began is None or row.reserved_at < began,
        )
        for row in connection.execute(statement)
    ]
