"""Incidents: what does not add up, each told once, in the trail and on the bus, until somebody resolves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.errors import InputError
from dialer.store import outbox
from dialer.store.audit_log import AuditEntry, append
from dialer.store.compliance_tables import incidents
from dialer.store.statements import insert_unless_there

TOPIC = "compliance.incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """``kind`` is a stable id; ``ref`` names the call or record, and with the kind the incident; ``detail`` is plain
    JSON without personal data, for it is never erased."""

    kind: str
    ref: str
    at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    id: int
    incident: Incident


def report(connection: sa.Connection, found: Sequence[Incident]) -> list[Incident]:
    """Write down those that are new, with their audit records and events; return them."""
    new = [
        incident
        for incident in found
        if connection.execute(
            insert_unless_there(
                connection,
                incidents,
                {"kind": incident.kind, "ref": incident.ref, "at": incident.at, "detail": incident.detail},
            )
        ).rowcount
    ]
    append(
        connection,
        [
            AuditEntry(
                kind="incident", at=incident.at, ref=incident.ref, payload={"kind": incident.kind, **incident.detail}
            )
            for incident in new
        ],
    )
    outbox.add(connection, [_event(incident) for incident in new])
    return new


def _event(incident: Incident) -> outbox.NewEvent:
    payload = {
        "v": 1,
        "at": outbox.rfc3339(incident.at),
        "kind": incident.kind,
        "ref": incident.ref,
        "detail": incident.detail,
    }
    return outbox.NewEvent(topic=TOPIC, payload=payload, at=incident.at)


def unresolved(connection: sa.Connection) -> list[OpenIncident]:
    """Those nobody has resolved, oldest first."""
    statement = sa.select(incidents).where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.at, incidents.c.id)
    return [
        OpenIncident(
            id=row.id,
            incident=Incident(kind=row.kind, ref=row.ref, at=row.at, detail=row.detail),
        )
        for row in connection.execute(statement)
    ]


def count_unresolved(connection: sa.Connection) -> int:
    statement = sa.select(sa.func.count()).select_from(incidents).where(incidents.c.resolved_at.is_(None))
    return connection.scalar(statement) or 0


def resolve(connection: sa.Connection, incident_id: int, *, by: str, note: str, at: datetime) -> None:
    """Close an incident with an explanation. Raises InputError where there is none of that id that is open."""
    change = incidents.update().where(incidents.c.id == incident_id, incidents.c.resolved_at.is_(None))
    if connection.execute(change.values(resolved_by=by, resolved_at=at, note=note)).rowcount == 0:
        raise InputError(
            f"There is no open incident {incident_id}. List them with: cadencia compliance incidents",
        )
    append(
        connection,
        [AuditEntry(kind="incident", at=at, ref=str(incident_id), payload={"resolved_by": by, "note": note})],
    )
