"""The decisions of the past, read back whole from the audit trail; and debtors found by what people call them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from dialer.compliance.facts import GateQuery
from dialer.compliance.record import query_from_record
from dialer.errors import UnknownDebtor
from dialer.store.compliance_tables import audit_records, contacts, is_decision
from dialer.store.tables import attempts, campaigns, debtors, denials, leads

_BATCH = 1000

_at = audit_records.c.at
_DECISIONS: sa.Select[Any] = (
    sa.select(
        audit_records.c.id, audit_records.c.at, audit_records.c.ref, audit_records.c.debtor_id, audit_records.c.payload
    )
    .where(
        is_decision,
        audit_records.c.payload.is_not(None),
        sa.tuple_(_at, audit_records.c.id) > sa.tuple_(sa.bindparam("since", type_=_at.type), sa.bindparam("after")),
    )
    .order_by(_at, audit_records.c.id)
    .limit(_BATCH)
)
_campaign: sa.BindParameter[int] = sa.bindparam("campaign")
# What was allowed became a call or a contact; what was denied is known by its debtor and its instant.
_OF_CAMPAIGN = sa.or_(
    sa.exists().where(attempts.c.call_id == audit_records.c.ref, attempts.c.campaign_id == _campaign),
    sa.exists().where(contacts.c.id == audit_records.c.ref, contacts.c.campaign_id == _campaign),
    sa.exists().where(
        denials.c.debtor_id == audit_records.c.debtor_id,
        denials.c.at == audit_records.c.at,
        denials.c.campaign_id == _campaign,
    ),
)


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision as it was made. ``reasons`` are the rules that denied; none: it was allowed. ``ref`` is the call or
    contact it allowed."""

    at: datetime
    ref: str
    debtor_id: int
    reasons: tuple[str, ...]
    query: GateQuery


def past_decisions(
    connection: sa.Connection, since: datetime, campaign_id: int | None = None
) -> Iterator[PastDecision]:
    """Every decision from ``since`` (aware) on whose record was not erased, in the order of time."""
    statement = _DECISIONS if campaign_id is None else _DECISIONS.where(_OF_CAMPAIGN)
    asked: dict[str, Any] = {"since": since, "after": 0}
    if campaign_id is not None:
        asked["campaign"] = campaign_id
    while batch := connection.execute(statement, asked).all():
        asked |= {"since": batch[-1].at, "after": batch[-1].id}
        for row in batch:
            record = orjson.loads(row.payload)
            yield PastDecision(
                at=row.at,
                ref=row.ref,
                debtor_id=row.debtor_id,
                reasons=tuple(denial["rule"] for denial in record["denials"]),
                query=query_from_record(record),
            )


def find_debtor(connection: sa.Connection, wanted: str) -> int:
    """The id of a debtor, by that id, else by an external reference. Raises UnknownDebtor."""
    if wanted.isdigit() and len(wanted) < 19:
        found = connection.scalar(sa.select(debtors.c.id).where(debtors.c.id == int(wanted)))
        if found is not None:
            return int(found)
    by_reference = sa.select(debtors.c.id).where(debtors.c.external_ref == wanted).order_by(debtors.c.id).limit(2)
    ids = list(connection.scalars(by_reference)) if wanted else []
    if not ids:
        raise UnknownDebtor(f"There is no debtor {wanted}. Give the id or the reference of your own system.")
    if len(ids) > 1:
        raise UnknownDebtor(f"Several debtors have the reference {wanted}. Give the id of one: {ids[0]}, {ids[1]}...")
    return int(ids[0])


def campaigns_of(connection: sa.Connection, debtor_id: int) -> Sequence[tuple[int, str]]:
    """The campaigns that a debtor is in, the running ones first."""
    running = sa.case((campaigns.c.state == "running", 0), else_=1)
    statement = (
        sa.select(campaigns.c.id, campaigns.c.name)
        .join(leads, leads.c.campaign_id == campaigns.c.id)
        .where(leads.c.debtor_id == debtor_id)
        .order_by(running, campaigns.c.id)
    )
    return [(row.id, row.name) for row in connection.execute(statement)]
