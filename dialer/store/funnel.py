"""Where a campaign's list went: every lead asked about at the real gate, and nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import GateQuery
from dialer.domain.campaign import Campaign
from dialer.store.campaigns import load_campaign
from dialer.store.facts import Gate, load_known
from dialer.store.questions import choose_phone, make_candidate
from dialer.store.reserving import NO_DEBTS, debts_of, phones_of
from dialer.store.tables import debtors, do_not_call, leads

_BATCH = 500

_stopped_person = do_not_call.alias("stopped_person")
_LEADS: sa.Select[Any] = (
    sa.select(
        leads.c.id.label("lead_id"),
        leads.c.debtor_id,
        leads.c.next_try_at,
        leads.c.next_position,
        debtors.c.language,
        debtors.c.country,
        debtors.c.subdivision,
        debtors.c.time_zone,
        _stopped_person.c.id.is_not(None).label("stopped"),
    )
    .select_from(
        leads.join(debtors, debtors.c.id == leads.c.debtor_id).outerjoin(
            _stopped_person, _stopped_person.c.debtor_id == debtors.c.id
        )
    )
    .where(
        leads.c.campaign_id == sa.bindparam("campaign"), leads.c.state == "ready", leads.c.id > sa.bindparam("after")
    )
    .order_by(leads.c.id)
    .limit(_BATCH)
)
_BY_STATE = (
    sa.select(leads.c.state, leads.c.stop_reason, sa.func.count().label("many"))
    .where(leads.c.campaign_id == sa.bindparam("campaign"))
    .group_by(leads.c.state, leads.c.stop_reason)
)


class Place(StrEnum):
    """Where a lead is. Those up to ``PROMISED`` are ready leads, asked about now."""

    CALLABLE = "callable"  #: may be dialed now
    RESTING = "resting"  #: the law allows it; the campaign's own pause does not yet
    LATER = "later"  #: the law allows it again at a known time
    BLOCKED = "blocked"  #: no date will do: a fact has to change
    ON_THE_LINE = "on-the-line"  #: the person or the number is in another call
    NO_NUMBER = "no-number"
    PROMISED = "promised"  #: every open debt waits for a promised payment
    IN_FLIGHT = "in_flight"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(slots=True)
class Funnel:
    """``first_reasons`` counts denied leads by the first rule that denies; ``all_reasons`` by every one. ``later`` has,
    by whole hour in UTC, how many become callable then, the campaign's pause included."""

    campaign: str
    at: datetime
    places: Counter[Place] = field(default_factory=Counter)
    first_reasons: Counter[str] = field(default_factory=Counter)
    all_reasons: Counter[str] = field(default_factory=Counter)
    later: Counter[datetime] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)

    @property
    def leads(self) -> int:
        return self.places.total()

    @property
    def asked(self) -> int:
        """Leads that the gate was asked about."""
        return self.places[Place.CALLABLE] + self.places[Place.RESTING] + self.first_reasons.total()


def funnel(connection: sa.Connection, gate: Gate, campaign_id: int, now: datetime, *, caller_id: str = "") -> Funnel:
    """Ask ``gate`` about every ready lead at ``now``, as the reservation would. ``caller_id`` is the trunk's. Raises
    UnknownCampaign."""
    campaign = load_campaign(connection, campaign_id)
    found = Funnel(campaign.name, now)
    for row in connection.execute(_BY_STATE, {"campaign": campaign_id}):
        if row.state != "ready":
            found.places[Place(row.state)] += row.many
        if row.state == "stopped":
            found.stopped[row.stop_reason] += row.many
    after = 0
    while batch := connection.execute(_LEADS, {"campaign": campaign_id, "after": after}).all():
        after = batch[-1].lead_id
        _ask(connection, gate, campaign, batch, found, caller_id)
    return found


def _ask(
    connection: sa.Connection, gate: Gate, campaign: Campaign, batch: Sequence[Any], found: Funnel, caller_id: str
) -> None:
    people = [lead.debtor_id for lead in batch]
    numbers = phones_of(connection, people)
    owed = debts_of(connection, [lead.lead_id for lead in batch], found.at)
    chosen = {lead.lead_id: choose_phone(numbers.get(lead.debtor_id, ()), lead.next_position) for lead in batch}
    dialable = {phone.e164 for phone in chosen.values() if phone is not None}
    creditors = {debt.id: debt.creditor for each in owed.values() for debt in each.about}
    known = load_known(connection, campaign.id, people, dialable, found.at, creditors)
    for lead in batch:
        phone = chosen[lead.lead_id]
        if phone is None:
            found.places[Place.NO_NUMBER] += 1
            continue
        if known.on_the_line(lead.debtor_id, phone.e164):
            found.places[Place.ON_THE_LINE] += 1
            continue
        debts_now = owed.get(lead.lead_id, NO_DEBTS)
        if debts_now.settled:
            found.places[Place.DONE] += 1
            continue
        if debts_now.promised_until is not None:
            found.places[Place.PROMISED] += 1
            found.later[_hour(debts_now.promised_until)] += 1
            continue
        about = debts_now.about
        candidate = make_candidate(campaign, lead, phone, phone.e164, about, caller_id=caller_id)
        stopped = bool(lead.stopped or phone.stopped)
        facts = known.facts(lead.debtor_id, phone.e164, candidate.debts, do_not_call=stopped)
        verdict = gate.check(GateQuery(candidate=candidate, facts=facts, now=found.at, packs=campaign.packs))
        _place(found, lead.next_try_at, verdict.reasons, verdict.next_allowed_at)


def _place(found: Funnel, next_try_at: datetime, reasons: Sequence[str], allowed_at: datetime | None) -> None:
    if not reasons:
        rests = next_try_at > found.at
        found.places[Place.RESTING if rests else Place.CALLABLE] += 1
        if rests:
            found.later[_hour(next_try_at)] += 1
        return
    found.first_reasons[reasons[0]] += 1
    found.all_reasons.update(reasons)
    if allowed_at is None:
        found.places[Place.BLOCKED] += 1
        return
    found.places[Place.LATER] += 1
    found.later[_hour(max(allowed_at, next_try_at))] += 1


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
