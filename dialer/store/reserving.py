"""Who is dialed next: claim ready debtors, ask the gate about each, write down the answer. One transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import Candidate, GateQuery, NumberUse
from dialer.domain.campaign import Campaign
from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.recycle import StopReason
from dialer.ports import Denial, Reservation, ReservedAttempt
from dialer.store.campaigns import load_campaign
from dialer.store.facts import Gate, load_history, lock_numbers
from dialer.store.local_day import end_of_day
from dialer.store.tables import (
    attempt_debts,
    attempts,
    debtors,
    debts,
    denials,
    do_not_call,
    is_open,
    lead_debts,
    leads,
    phones,
)

#: At most so many debtors are looked at in one reservation, so that the transaction stays short.
CANDIDATES_PER_CALL = 200
_LATER_ROUNDS = 50

#: A debtor whose number or person is on the line elsewhere is looked at again after this.
_BUSY_ELSEWHERE = timedelta(seconds=30)
#: A denial that no date lifts is asked about again after this, because a state may have changed.
_ASK_AGAIN = timedelta(hours=24)
#: No denial is asked about more often than this.
_SHORTEST_DENIAL = timedelta(seconds=10)
_RING_MINIMUM_S = 15.0

_USES = {"mobile": NumberUse.PERSONAL, "home": NumberUse.HOME, "work": NumberUse.WORK}

MakeCallId = Callable[[datetime], CallId]


# ------------------------------------------------------------------------------------------ statements

_in_campaign = leads.c.campaign_id == sa.bindparam("campaign")
_ready = sa.and_(_in_campaign, leads.c.state == "ready")


def _due_levels() -> sa.Select[tuple[int]]:
    """The priorities at which somebody is due, highest first: one index probe a level, however long the list."""
    level = sa.select(sa.func.max(leads.c.priority).label("priority")).where(_ready).cte("level", recursive=True)
    below = sa.select(sa.func.max(leads.c.priority)).where(_ready, leads.c.priority < level.c.priority)
    level = level.union_all(sa.select(below.scalar_subquery()).where(level.c.priority.is_not(None)))
    somebody = sa.exists().where(
        _ready, leads.c.priority == level.c.priority, leads.c.next_try_at <= sa.bindparam("due_by")
    )
    return sa.select(level.c.priority).where(level.c.priority.is_not(None), somebody).order_by(level.c.priority.desc())


_DUE_LEVELS = _due_levels()
_stopped_person = do_not_call.alias("stopped_person")
_DUE: sa.Select[Any] = (
    sa.select(
        leads.c.id.label("lead_id"),
        leads.c.debtor_id,
        leads.c.attempts,
        leads.c.tries_by_outcome,
        leads.c.next_position,
        debtors.c.name,
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
        _ready,
        leads.c.priority == sa.bindparam("level"),
        leads.c.next_try_at <= sa.bindparam("due_by"),
        ~sa.exists().where(attempts.c.debtor_id == leads.c.debtor_id, is_open),
    )
    .order_by(leads.c.next_try_at, leads.c.id)
    .limit(sa.bindparam("wanted"))
    .with_for_update(skip_locked=True, of=[leads, debtors])
)
_PHONES: sa.Select[Any] = (
    sa.select(
        phones.c.id,
        phones.c.debtor_id,
        phones.c.e164,
        phones.c.position,
        phones.c.kind,
        do_not_call.c.id.is_not(None).label("stopped"),
    )
    .select_from(phones.outerjoin(do_not_call, do_not_call.c.number == phones.c.e164))
    .where(phones.c.debtor_id.in_(sa.bindparam("debtors", expanding=True)), phones.c.state == "ok")
    .order_by(phones.c.debtor_id, phones.c.position)
)
_DEBTS = (
    sa.select(lead_debts.c.lead_id, lead_debts.c.debt_id)
    .join(debts, debts.c.id == lead_debts.c.debt_id)
    .where(lead_debts.c.lead_id.in_(sa.bindparam("leads", expanding=True)), debts.c.state == "open")
    .order_by(lead_debts.c.debt_id)
)
_IN_FLIGHT = sa.select(sa.exists().where(_in_campaign, leads.c.state == "in_flight"))
_CLAIM = leads.update().where(leads.c.id.in_(sa.bindparam("claimed", expanding=True))).values(state="in_flight")
_POSTPONE = leads.update().where(leads.c.id == sa.bindparam("lead")).values(next_try_at=sa.bindparam("until"))
_STOP = (
    leads.update()
    .where(leads.c.id.in_(sa.bindparam("numberless", expanding=True)))
    .values(state="stopped", stop_reason=str(StopReason.BAD_NUMBERS))
)


# ------------------------------------------------------------------------------------------ the transaction


@dataclass(slots=True)
class _Round:
    """What one round decided, to be written at its end."""

    reserved: list[tuple[ReservedAttempt, int]] = field(default_factory=list)  # with the lead's id
    denied: list[tuple[Denial, str]] = field(default_factory=list)  # with the number
    postponed: list[dict[str, object]] = field(default_factory=list)
    numberless: list[int] = field(default_factory=list)
    taken_numbers: set[str] = field(default_factory=set)
    taken_debtors: set[int] = field(default_factory=set)


class Reserver:
    """The reservation, apart from its transaction. ``is_sqlite``: writers are serial already, no number is locked."""

    def __init__(self, gate: Gate, make_call_id: MakeCallId, *, is_sqlite: bool) -> None:
        self._gate = gate
        self._make_call_id = make_call_id
        self._is_sqlite = is_sqlite

    def reserve(self, connection: sa.Connection, campaign_id: int, count: int, now: datetime) -> Reservation:
        """See AttemptLog.reserve. Raises UnknownCampaign."""
        campaign = load_campaign(connection, campaign_id)
        reserved: list[ReservedAttempt] = []
        denied: list[Denial] = []
        looked_at = 0
        found = True
        while found and len(reserved) < count and looked_at < CANDIDATES_PER_CALL:
            missing = count - len(reserved)
            size = missing if looked_at == 0 else max(missing, _LATER_ROUNDS)
            due = self._due(connection, campaign_id, min(size, CANDIDATES_PER_CALL - looked_at), now)
            found = bool(due)
            looked_at += len(due)
            if due:
                done = self._judge(connection, campaign, due, missing, now)
                reserved += [attempt for attempt, _ in done.reserved]
                denied += [denial for denial, _ in done.denied]
        exhausted = not found and not reserved and self._exhausted(connection, campaign, now)
        return Reservation(attempts=tuple(reserved), denials=tuple(denied), exhausted=exhausted)

    def _due(self, connection: sa.Connection, campaign_id: int, wanted: int, now: datetime) -> list[sa.Row[Any]]:
        asked = {"campaign": campaign_id, "due_by": now}
        due: list[sa.Row[Any]] = []
        for level in connection.scalars(_DUE_LEVELS, asked).all():
            more = {**asked, "level": level, "wanted": wanted - len(due)}
            due += connection.execute(_DUE, more).all()
            if len(due) >= wanted:
                break
        return due

    def _judge(
        self, connection: sa.Connection, campaign: Campaign, due: Sequence[sa.Row[Any]], missing: int, now: datetime
    ) -> _Round:
        numbers = _phones_of(connection, [lead.debtor_id for lead in due])
        owed = _debts_of(connection, [lead.lead_id for lead in due])
        chosen = {
            lead.lead_id: phone
            for lead in due
            if (phone := choose_phone(numbers.get(lead.debtor_id, ()), lead.next_position)) is not None
        }
        dialable = {phone.e164 for phone in chosen.values()}
        free = dialable if self._is_sqlite else lock_numbers(connection, list(dialable))
        history = load_history(connection, {lead.debtor_id for lead in due}, dialable, now)
        done = _Round()
        for lead in due:
            if len(done.reserved) == missing:
                break
            phone = chosen.get(lead.lead_id)
            if phone is None:
                done.numberless.append(lead.lead_id)
                continue
            number = phone.e164
            taken = number in done.taken_numbers or lead.debtor_id in done.taken_debtors or number not in free
            if taken or history.in_flight(lead.debtor_id, number):
                done.postponed.append({"lead": lead.lead_id, "until": now + _BUSY_ELSEWHERE})
                continue
            candidate = _candidate(campaign, lead, phone, tuple(owed.get(lead.lead_id, ())))
            facts = history.facts(lead.debtor_id, number, do_not_call=bool(lead.stopped or phone.stopped))
            verdict = self._gate.check(GateQuery(candidate=candidate, facts=facts, now=now, packs=campaign.packs))
            if verdict.allowed:
                ring_minimum_s = max(_RING_MINIMUM_S, verdict.obligations.ring_min_s)
                attempt = self._attempt(campaign, lead, phone, candidate, ring_minimum_s, now)
                done.reserved.append((attempt, lead.lead_id))
                done.taken_numbers.add(number)
                done.taken_debtors.add(lead.debtor_id)
                continue
            denial = Denial(debtor_id=lead.debtor_id, reasons=verdict.reasons, next_allowed_at=verdict.next_allowed_at)
            done.denied.append((denial, number))
            done.postponed.append({"lead": lead.lead_id, "until": _ask_again(denial, now)})
        _write(connection, campaign.id, done, now)
        return done

    def _attempt(
        self,
        campaign: Campaign,
        lead: sa.Row[Any],
        phone: sa.Row[Any],
        candidate: Candidate,
        ring_minimum_s: float,
        now: datetime,
    ) -> ReservedAttempt:
        return ReservedAttempt(
            call_id=self._make_call_id(now),
            campaign_id=campaign.id,
            debtor_id=lead.debtor_id,
            debt_ids=tuple(int(debt) for debt in candidate.debts),
            phone_id=phone.id,
            number=PhoneNumber(phone.e164),
            language=candidate.language,
            attempts=lead.attempts,
            tries_by_outcome=tries_from_json(lead.tries_by_outcome),
            display_name=lead.name,
            ring_minimum_s=ring_minimum_s,
        )

    def _exhausted(self, connection: sa.Connection, campaign: Campaign, now: datetime) -> bool:
        asked = {"campaign": campaign.id, "due_by": end_of_day(campaign.country, now)}
        if connection.scalars(_DUE_LEVELS, asked).first() is not None:
            return False
        return not connection.scalar(_IN_FLIGHT, {"campaign": campaign.id})


def choose_phone(usable: Sequence[Any], next_position: int) -> Any | None:
    """The number to dial: the first at or after ``next_position``, else the first of all.

    Numbers on the stop list come last, so that the gate can say no when there is no other.
    """
    if not usable:
        return None
    allowed = [phone for phone in usable if not phone.stopped] or usable
    return next((phone for phone in allowed if phone.position >= next_position), allowed[0])


def tries_from_json(stored: dict[str, int]) -> dict[Outcome, int]:
    return {Outcome(outcome): tries for outcome, tries in stored.items()}


def _candidate(campaign: Campaign, lead: sa.Row[Any], phone: sa.Row[Any], owed: tuple[int, ...]) -> Candidate:
    return Candidate(
        debtor=lead.debtor_id,
        debts=owed,
        number=phone.e164,
        country=lead.country,
        subdivision=lead.subdivision,
        address_zone=lead.time_zone,
        mode=str(campaign.mode),
        language=lead.language or campaign.language,
        number_use=_USES.get(phone.kind, NumberUse.UNKNOWN),
    )


def _ask_again(denial: Denial, now: datetime) -> datetime:
    if denial.next_allowed_at is None:
        return now + _ASK_AGAIN
    return max(denial.next_allowed_at, now + _SHORTEST_DENIAL)


def _phones_of(connection: sa.Connection, wanted: Iterable[int]) -> dict[int, list[sa.Row[Any]]]:
    found: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for phone in connection.execute(_PHONES, {"debtors": list(wanted)}):
        found[phone.debtor_id].append(phone)
    return found


def _debts_of(connection: sa.Connection, wanted: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for lead_id, debt_id in connection.execute(_DEBTS, {"leads": list(wanted)}):
        found[lead_id].append(debt_id)
    return found


def _write(connection: sa.Connection, campaign_id: int, done: _Round, now: datetime) -> None:
    if done.reserved:
        connection.execute(
            attempts.insert(),
            [
                {
                    "call_id": attempt.call_id,
                    "campaign_id": campaign_id,
                    "debtor_id": attempt.debtor_id,
                    "phone_id": attempt.phone_id,
                    "number": attempt.number.e164,
                    "language": attempt.language,
                    "ring_minimum_s": attempt.ring_minimum_s,
                    "reserved_at": now,
                }
                for attempt, _ in done.reserved
            ],
        )
        owed = [
            {"call_id": attempt.call_id, "debt_id": debt} for attempt, _ in done.reserved for debt in attempt.debt_ids
        ]
        if owed:
            connection.execute(attempt_debts.insert(), owed)
        connection.execute(_CLAIM, {"claimed": [lead for _, lead in done.reserved]})
    if done.denied:
        connection.execute(
            denials.insert(),
            [
                {
                    "campaign_id": campaign_id,
                    "debtor_id": denial.debtor_id,
                    "number": number,
                    "at": now,
                    "reasons": list(denial.reasons),
                    "next_allowed_at": denial.next_allowed_at,
                }
                for denial, number in done.denied
            ],
        )
    if done.postponed:
        connection.execute(_POSTPONE, done.postponed)
    if done.numberless:
        connection.execute(_STOP, {"numberless": done.numberless})
