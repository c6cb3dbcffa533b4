"""Who is dialed next: claim ready debtors, ask the gate about each, write down the answer. One transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import GateQuery
from dialer.domain.campaign import Campaign
from dialer.domain.ids import CallId
from dialer.domain.recycle import StopReason
from dialer.ports import Denial, Reservation, ReservedAttempt
from dialer.store.campaigns import load_campaign
from dialer.store.decisions import Decision, audit_decisions, reserved_attempt, write_attempts, write_denials
from dialer.store.facts import Gate, Known, load_known
from dialer.store.local_day import end_of_day
from dialer.store.locks import lock_free
from dialer.store.promises import SEGMENT
from dialer.store.questions import choose_phone, make_candidate
from dialer.store.statements import among
from dialer.store.tables import attempts, debtors, debts, do_not_call, is_open, lead_debts, leads, phones

#: At most so many debtors are looked at in one reservation, so that the transaction stays short.
CANDIDATES_PER_CALL = 200
_LATER_ROUNDS = 50

#: A debtor whose number or person is on the line elsewhere is looked at again after this.
_BUSY_ELSEWHERE = timedelta(seconds=30)
#: A denial that no date lifts is asked about again after this, because a state may have changed.
_ASK_AGAIN = timedelta(hours=24)
#: No denial is asked about more often than this.
_SHORTEST_DENIAL = timedelta(seconds=10)

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
        debtors.c.custom,
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
    .with_for_update(skip_locked=True, of=[leads, debtors], key_share=True)
)
_PHONES: sa.Select[Any] = (
    sa.select(
        phones.c.id,
        phones.c.debtor_id,
        phones.c.e164,
        phones.c.position,
        phones.c.kind,
        phones.c.contact_role,
        do_not_call.c.id.is_not(None).label("stopped"),
    )
    .select_from(phones.outerjoin(do_not_call, do_not_call.c.number == phones.c.e164))
    .where(among(phones.c.debtor_id, "debtors"), phones.c.state == "ok")
    .order_by(phones.c.debtor_id, phones.c.position)
)
_DEBTS: sa.Select[Any] = (
    sa.select(lead_debts.c.lead_id, debts.c.id, debts.c.creditor, debts.c.debt_class, debts.c.state, debts.c.held_until)
    .select_from(lead_debts.join(debts, debts.c.id == lead_debts.c.debt_id))
    .where(among(lead_debts.c.lead_id, "leads"))
    .order_by(lead_debts.c.debt_id)
)
_IN_FLIGHT = sa.select(sa.exists().where(_in_campaign, leads.c.state == "in_flight"))
_CLAIM = leads.update().where(among(leads.c.id, "claimed")).values(state="in_flight")
_POSTPONE = leads.update().where(leads.c.id == sa.bindparam("lead")).values(next_try_at=sa.bindparam("until"))
_STOP = (
    leads.update()
    .where(among(leads.c.id, "numberless"))
    .values(state="stopped", stop_reason=str(StopReason.BAD_NUMBERS))
)
_FINISH = leads.update().where(among(leads.c.id, "settled")).values(state="done", stop_reason=str(StopReason.SETTLED))


# ------------------------------------------------------------------------------------------ the transaction


@dataclass(slots=True)
class _Round:
    """What one round decided, to be written at its end."""

    allowed: list[Decision] = field(default_factory=list)
    reserved: list[ReservedAttempt] = field(default_factory=list)  # of the decision at the same place
    claimed: list[int] = field(default_factory=list)
    denied: list[Decision] = field(default_factory=list)
    postponed: list[dict[str, object]] = field(default_factory=list)
    numberless: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)  # every debt is paid
    taken_numbers: set[str] = field(default_factory=set)


class Reserver:
    """The reservation of many, apart from its transaction. ``caller_id`` is the trunk's."""

    def __init__(self, gate: Gate, make_call_id: MakeCallId, *, caller_id: str) -> None:
        self._gate = gate
        self._make_call_id = make_call_id
        self._caller_id = caller_id

    def reserve(self, connection: sa.Connection, campaign_id: int, count: int, now: datetime) -> Reservation:
        """See AttemptLog.reserve. Raises UnknownCampaign."""
        campaign = load_campaign(connection, campaign_id)
        reserved: list[ReservedAttempt] = []
        denied: list[Denial] = []
        looked_at = 0
        found = bool(count) or bool(self._due(connection, campaign_id, 1, now))
        while found and len(reserved) < count and looked_at < CANDIDATES_PER_CALL:
            missing = count - len(reserved)
            size = missing if looked_at == 0 else max(missing, _LATER_ROUNDS)
            due = self._due(connection, campaign_id, min(size, CANDIDATES_PER_CALL - looked_at), now)
            found = bool(due)
            looked_at += len(due)
            if due:
                done = self._judge(connection, campaign, due, missing, now)
                reserved += done.reserved
                denied += [decision.denial for decision in done.denied]
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
        numbers = phones_of(connection, [lead.debtor_id for lead in due])
        owed = debts_of(connection, [lead.lead_id for lead in due], now)
        chosen = {
            lead.lead_id: phone
            for lead in due
            if (phone := choose_phone(numbers.get(lead.debtor_id, ()), lead.next_position)) is not None
        }
        creditors = {debt.id: debt.creditor for each in owed.values() for debt in each.about}
        dialable = {phone.e164 for phone in chosen.values()}
        free_debts, free_numbers = lock_free(connection, creditors, dialable)
        known = load_known(connection, campaign.id, [lead.debtor_id for lead in due], dialable, now, creditors)
        done = _Round()
        for lead in due:
            if len(done.reserved) == missing:
                break
            phone = chosen.get(lead.lead_id)
            if phone is None:
                done.numberless.append(lead.lead_id)
                continue
            debts_now = owed.get(lead.lead_id, NO_DEBTS)
            if debts_now.settled:
                done.settled.append(lead.lead_id)
                continue
            if debts_now.promised_until is not None:
                done.postponed.append({"lead": lead.lead_id, "until": debts_now.promised_until})
                continue
            number, about = phone.e164, debts_now.about
            is_free = number in free_numbers and free_debts.issuperset(debt.id for debt in about)
            if not is_free or number in done.taken_numbers or known.on_the_line(lead.debtor_id, number):
                done.postponed.append({"lead": lead.lead_id, "until": now + _BUSY_ELSEWHERE})
                continue
            self._decide(campaign, lead, phone, about, known, now, done)
        _write(connection, campaign.id, done)
        return done

    def _decide(
        self,
        campaign: Campaign,
        lead: sa.Row[Any],
        phone: sa.Row[Any],
        about: Sequence[sa.Row[Any]],
        known: Known,
        now: datetime,
        done: _Round,
    ) -> None:
        candidate = make_candidate(campaign, lead, phone, phone.e164, about, caller_id=self._caller_id)
        stopped = bool(lead.stopped or phone.stopped)
        facts = known.facts(lead.debtor_id, phone.e164, candidate.debts, do_not_call=stopped)
        query = GateQuery(candidate=candidate, facts=facts, now=now, packs=campaign.packs)
        verdict = self._gate.check(query)
        if verdict.allowed:
            decision = Decision(query, verdict, self._make_call_id(now))
            done.allowed.append(decision)
            segment = str(lead.custom.get(SEGMENT, ""))
            done.reserved.append(reserved_attempt(decision, campaign.id, lead, phone.id, segment=segment))
            done.claimed.append(lead.lead_id)
            done.taken_numbers.add(phone.e164)
            return
        decision = Decision(query, verdict)
        done.denied.append(decision)
        done.postponed.append({"lead": lead.lead_id, "until": ask_again(decision.denial, now)})

    def _exhausted(self, connection: sa.Connection, campaign: Campaign, now: datetime) -> bool:
        asked = {"campaign": campaign.id, "due_by": end_of_day(campaign.country, now)}
        if connection.scalars(_DUE_LEVELS, asked).first() is not None:
            return False
        return not connection.scalar(_IN_FLIGHT, {"campaign": campaign.id})


def ask_again(denial: Denial, now: datetime) -> datetime:
    """When a debtor who was denied is looked at again."""
    if denial.next_allowed_at is None:
        return now + _ASK_AGAIN
    return max(denial.next_allowed_at, now + _SHORTEST_DENIAL)


def phones_of(connection: sa.Connection, wanted: Iterable[int]) -> dict[int, list[sa.Row[Any]]]:
    """The usable numbers of these debtors, by debtor, in order of position."""
    found: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for phone in connection.execute(_PHONES, {"debtors": list(wanted)}).all():
        found[phone.debtor_id].append(phone)
    return found


@dataclass(frozen=True, slots=True)
class LeadDebts:
    """The debts of a lead: those it may be dialed for now (``about``). Where there is none, though it has debts:
    ``settled`` where all are paid, else ``promised_until`` the first promise of payment is over."""

    about: Sequence[sa.Row[Any]] = ()
    settled: bool = False
    promised_until: datetime | None = None


NO_DEBTS = LeadDebts()  #: a lead without any: it is dialed about none in particular


def debts_of(connection: sa.Connection, wanted: Iterable[int], now: datetime) -> dict[int, LeadDebts]:
    """The debts of these leads as they are at ``now``, by lead; a lead that has none is left out."""
    found: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for debt in connection.execute(_DEBTS, {"leads": list(wanted)}).all():
        found[debt.lead_id].append(debt)
    return {lead_id: _as_they_are(rows, now) for lead_id, rows in found.items()}


def _as_they_are(rows: Sequence[sa.Row[Any]], now: datetime) -> LeadDebts:
    unpaid = [debt for debt in rows if debt.state == "open"]
    about = [debt for debt in unpaid if debt.held_until is None or debt.held_until <= now]
    if about or not rows:
        return LeadDebts(about)
    return LeadDebts(settled=not unpaid, promised_until=min((debt.held_until for debt in unpaid), default=None))


def _write(connection: sa.Connection, campaign_id: int, done: _Round) -> None:
    write_attempts(connection, done.allowed, done.reserved)
    if done.claimed:
        connection.execute(_CLAIM, {"claimed": done.claimed})
    write_denials(connection, campaign_id, done.denied)
    if done.postponed:
        connection.execute(_POSTPONE, done.postponed)
    if done.numberless:
        connection.execute(_STOP, {"numberless": done.numberless})
    if done.settled:
        connection.execute(_FINISH, {"settled": done.settled})
    audit_decisions(connection, [*done.allowed, *done.denied])
