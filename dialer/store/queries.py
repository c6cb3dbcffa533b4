"""What the console and the summaries read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import LedgerOutcome
from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory
from dialer.errors import InputError, UnknownCampaign, UnknownDebtor
from dialer.store.attempts import read_verdict
from dialer.store.closing import read_talk
from dialer.store.compliance_tables import contacts
from dialer.store.database import Database
from dialer.store.tables import (
    agents,
    attempts,
    campaigns,
    debtors,
    debts,
    denials,
    do_not_call,
    is_open,
    lead_debts,
    leads,
    phones,
)
from dialer.store.views import (
    AttemptFilter,
    AttemptPage,
    AttemptView,
    Backlog,
    CameIn,
    Counters,
    DebtorView,
    DebtView,
    InboundView,
    PhoneView,
)

_LONGEST_PAGE = 200
_LONGEST_HISTORY = 200
_MACHINES = (Outcome.MACHINE, Outcome.MESSAGE_LEFT, Outcome.FAX)

_ATTEMPTS: sa.Select[Any] = sa.select(
    attempts,
    campaigns.c.name.label("campaign"),
    debtors.c.name.label("debtor_name"),
    agents.c.name.label("agent_name"),
).select_from(
    attempts.join(campaigns, campaigns.c.id == attempts.c.campaign_id)
    .join(debtors, debtors.c.id == attempts.c.debtor_id)
    .outerjoin(agents, agents.c.id == attempts.c.agent_id)
)


class Queries:
    """Reads of one database. Every method raises StoreError where it cannot answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def backlog(self, campaign: str, now: datetime) -> Backlog:
        """Raises UnknownCampaign."""
        return await self._database.read(_backlog, campaign, now)

    async def attempts(self, wanted: AttemptFilter, *, cursor: str | None, limit: int) -> AttemptPage:
        """A page of the log, newest reservation first. ``limit`` is 1 to 200.

        Raises InputError for a cursor that this method did not give out, or digits that are none.
        """
        if not 1 <= limit <= _LONGEST_PAGE:
            raise InputError(f"A page has 1 to {_LONGEST_PAGE} rows.")
        if cursor is not None and len(cursor) != 36:
            raise InputError("This cursor was not given out by an earlier page. Start again without one.")
        statement = _narrowed(wanted)
        if cursor is not None:
            statement = statement.where(attempts.c.call_id < cursor)
        statement = statement.order_by(attempts.c.call_id.desc()).limit(limit + 1)
        found = await self._database.read(lambda connection: connection.execute(statement).all())
        shown = tuple(_attempt(row) for row in found[:limit])
        return AttemptPage(rows=shown, next_cursor=shown[-1].call_id if len(found) > limit else None)

    async def attempt(self, call_id: str) -> AttemptView | None:
        statement = _ATTEMPTS.where(attempts.c.call_id == call_id)
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        return None if row is None else _attempt(row)

    async def debts_of_call(self, call_id: str) -> Sequence[DebtView]:
        """The open debts that the campaign of this call collects from its debtor: what an agent may speak of."""
        statement = (
            _DEBTS.join(lead_debts, lead_debts.c.debt_id == debts.c.id)
            .join(leads, leads.c.id == lead_debts.c.lead_id)
            .join(
                attempts,
                sa.and_(attempts.c.debtor_id == leads.c.debtor_id, attempts.c.campaign_id == leads.c.campaign_id),
            )
            .where(attempts.c.call_id == call_id, debts.c.state == "open")
        )
        found = await self._database.read(lambda connection: connection.execute(statement).all())
        return [_debt(row) for row in found]

    async def inbound(self, call_id: str) -> InboundView | None:
        """Who called us in this call, as far as it was known, and the open debts that its campaign collects."""
        return await self._database.read(_inbound, call_id)

    async def debtor(self, debtor_id: int) -> DebtorView:
        """Raises UnknownDebtor."""
        return await self._database.read(_debtor, debtor_id)

    async def find_debtors(self, number: PhoneNumber, limit: int = 20) -> Sequence[int]:
        """The ids of the debtors who have that number."""
        statement = sa.select(phones.c.debtor_id).where(phones.c.e164 == number.e164).limit(limit)
        return await self._database.read(lambda connection: connection.scalars(statement).all())

    async def counters(self, campaign_id: int, since: datetime) -> Counters:
        """What the log has of the campaign from ``since`` on: the start of its day, or of a run."""
        return await self._database.read(_counters, campaign_id, since)

    async def bridge_delays_ms(self, campaign_id: int, since: datetime) -> Sequence[float]:
        """The times from the detector's verdict to the bridge, shortest first, of calls reserved from ``since`` on."""
        statement = (
            sa.select(attempts.c.verdict_to_bridge_ms)
            .where(_reserved_since(campaign_id, since), attempts.c.verdict_to_bridge_ms.is_not(None))
            .order_by(attempts.c.verdict_to_bridge_ms)
        )
        return await self._database.read(lambda connection: connection.scalars(statement).all())


def _reserved_since(campaign_id: int, since: datetime) -> sa.ColumnElement[bool]:
    """Call ids begin with their time, so the primary key answers what a second index on time would."""
    return sa.and_(attempts.c.campaign_id == campaign_id, attempts.c.call_id >= uuid7(since, bytes(10)))


def _narrowed(wanted: AttemptFilter) -> sa.Select[Any]:
    statement = _ATTEMPTS
    if wanted.campaign is not None:
        named = sa.select(campaigns.c.id).where(campaigns.c.name == wanted.campaign).scalar_subquery()
        statement = statement.where(attempts.c.campaign_id == named)
    if wanted.outcome is not None:
        statement = statement.where(attempts.c.outcome == str(wanted.outcome))
    if wanted.agent_id is not None:
        statement = statement.where(attempts.c.agent_id == wanted.agent_id)
    if wanted.debtor_id is not None:
        statement = statement.where(attempts.c.debtor_id == wanted.debtor_id)
    if wanted.number_digits is not None:
        if not (wanted.number_digits.isascii() and wanted.number_digits.isdigit()):
            raise InputError("Look for a number by its digits alone, such as 3101234.")
        statement = statement.where(attempts.c.number.contains(wanted.number_digits))
    return statement


def _backlog(connection: sa.Connection, campaign: str, now: datetime) -> Backlog:
    campaign_id = connection.scalar(sa.select(campaigns.c.id).where(campaigns.c.name == campaign))
    if campaign_id is None:
        raise UnknownCampaign
    mine = leads.c.campaign_id == campaign_id
    counted = connection.execute(sa.select(leads.c.state, sa.func.count()).where(mine).group_by(leads.c.state))
    by_state: dict[str, int] = dict(counted.all())
    waits = sa.and_(mine, leads.c.state == "ready", leads.c.next_try_at > now)
    later, first = connection.execute(sa.select(sa.func.count(), sa.func.min(leads.c.next_try_at)).where(waits)).one()
    return Backlog(
        debtors=sum(by_state.values()),
        ready=by_state.get("ready", 0) - later,
        later=later,
        in_flight=by_state.get("in_flight", 0),
        finished=by_state.get("done", 0) + by_state.get("stopped", 0),
        next_ready_at=first,
    )


def _counters(connection: sa.Connection, campaign_id: int, since: datetime) -> Counters:
    here = _reserved_since(campaign_id, since)
    grouped = connection.execute(
        sa.select(attempts.c.outcome, sa.func.count())
        .where(here, attempts.c.state == "closed")
        .group_by(attempts.c.outcome)
    )
    outcomes = {Outcome(outcome): count for outcome, count in grouped}
    opened = connection.scalar(sa.select(sa.func.count()).select_from(attempts).where(here, is_open)) or 0
    verdicts = connection.execute(
        sa.select(attempts.c.amd_category, sa.func.count())
        .where(here, attempts.c.amd_category.is_not(None))
        .group_by(attempts.c.amd_category)
    )
    return Counters(
        attempts=sum(outcomes.values()) + opened,
        open=opened,
        answered=sum(count for outcome, count in outcomes.items() if outcome.answered),
        people=sum(count for outcome, count in outcomes.items() if outcome.reached_person),
        bridged=outcomes.get(Outcome.CONVERSATION, 0),
        abandoned=outcomes.get(Outcome.ABANDONED, 0),
        machines=sum(outcomes.get(outcome, 0) for outcome in _MACHINES),
        outcomes=outcomes,
        verdicts={AmdCategory(category): count for category, count in verdicts},
        denied=_denied(connection, campaign_id, since),
    )


def _denied(connection: sa.Connection, campaign_id: int, since: datetime) -> dict[str, int]:
    sqlite = connection.dialect.name == "sqlite"
    each = sa.func.json_each if sqlite else sa.func.jsonb_array_elements_text
    rules = each(denials.c.reasons).table_valued("value")
    statement = (
        sa.select(rules.c.value, sa.func.count())
        .select_from(denials.join(rules, sa.true()))
        .where(denials.c.campaign_id == campaign_id, denials.c.at >= since)
        .group_by(rules.c.value)
        .order_by(rules.c.value)
    )
    return dict(connection.execute(statement).all())


_DEBTS: sa.Select[Any] = sa.select(debts).order_by(debts.c.due_on, debts.c.id)


def _debtor(connection: sa.Connection, debtor_id: int) -> DebtorView:
    person = connection.execute(sa.select(debtors).where(debtors.c.id == debtor_id)).first()
    if person is None:
        raise UnknownDebtor
    numbers = connection.execute(
        sa.select(phones).where(phones.c.debtor_id == debtor_id).order_by(phones.c.position, phones.c.id)
    )
    owed = connection.execute(_DEBTS.where(debts.c.debtor_id == debtor_id))
    made = connection.execute(
        _ATTEMPTS.where(attempts.c.debtor_id == debtor_id)
        .order_by(attempts.c.reserved_at.desc(), attempts.c.call_id.desc())
        .limit(_LONGEST_HISTORY)
    )
    called_us = connection.execute(
        sa.select(contacts)
        .where(contacts.c.debtor_id == debtor_id, contacts.c.direction == "in", contacts.c.channel == "call")
        .order_by(contacts.c.at.desc())
        .limit(_LONGEST_HISTORY)
    )
    stopped = connection.scalar(sa.select(sa.exists().where(do_not_call.c.debtor_id == debtor_id)))
    return DebtorView(
        id=person.id,
        external_ref=person.external_ref,
        document=person.document,
        name=person.name,
        language=person.language,
        country=person.country,
        time_zone=person.time_zone,
        custom=person.custom,
        do_not_call=bool(stopped),
        phones=tuple(
            PhoneView(id=row.id, number=PhoneNumber(row.e164), position=row.position, kind=row.kind, state=row.state)
            for row in numbers
        ),
        debts=tuple(_debt(row) for row in owed),
        attempts=tuple(_attempt(row) for row in made),
        came_in=tuple(
            CameIn(
                call_id=row.id,
                at=row.at,
                outcome=_CAME_TO.get(row.outcome),
                disposition=row.disposition,
                notes=row.notes,
                agent_id=row.agent_id,
            )
            for row in called_us
        ),
    )


#: The ledger's words for a call that came in, in those of the log.
_CAME_TO = {
    str(LedgerOutcome.CONVERSATION): Outcome.CONVERSATION,
    str(LedgerOutcome.THIRD_PARTY): Outcome.CONVERSATION,
    str(LedgerOutcome.NO_ANSWER): Outcome.HUNG_UP_EARLY,
}


def _inbound(connection: sa.Connection, call_id: str) -> InboundView | None:
    row = connection.execute(
        sa.select(contacts).where(contacts.c.id == call_id, contacts.c.direction == "in", contacts.c.channel == "call")
    ).first()
    if row is None:
        return None
    collected = (
        _DEBTS.join(lead_debts, lead_debts.c.debt_id == debts.c.id)
        .join(leads, leads.c.id == lead_debts.c.lead_id)
        .where(leads.c.debtor_id == row.debtor_id, leads.c.campaign_id == row.campaign_id, debts.c.state == "open")
    )
    found = connection.execute(collected).all()
    return InboundView(debtor_id=row.debtor_id, number=row.number, debts=tuple(_debt(each) for each in found))


def _debt(row: sa.Row[Any]) -> DebtView:
    return DebtView(
        id=row.id,
        ref=row.ref,
        creditor=row.creditor,
        product=row.product,
        amount_minor=row.amount_minor,
        currency=row.currency,
        due_on=row.due_on,
        is_open=row.state == "open",
    )


def _attempt(row: sa.Row[Any]) -> AttemptView:
    return AttemptView(
        call_id=row.call_id,
        campaign=row.campaign,
        state=row.state,
        debtor_id=row.debtor_id,
        debtor_name=row.debtor_name,
        number=PhoneNumber(row.number),
        reserved_at=row.reserved_at,
        dialed_at=row.dialed_at,
        ringing_at=row.ringing_at,
        early_media_at=row.early_media_at,
        answered_at=row.answered_at,
        bridged_at=row.bridged_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        cause=row.cause,
        cause_text=row.cause_text,
        dial_status=row.dial_status,
        verdict=read_verdict(row),
        verdict_at=row.amd_at,
        verdict_to_bridge_ms=row.verdict_to_bridge_ms,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        abandoned_message_played=row.abandoned_message_played,
        talk_s=row.talk_s,
        disposition=row.disposition,
        notes=row.notes,
        wrap_up_s=row.wrap_up_s,
        next_try_at=row.retry_at,
        stop_reason=row.stop_reason,
        recorded=row.recorded,
        talk=read_talk(row.talk),
    )
