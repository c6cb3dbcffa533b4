"""Contacts that are asked for by name, and reserved calls asked about again before they are dialed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import Channel
from dialer.domain.ids import CallId
from dialer.domain.recycle import StopReason
from dialer.errors import InputError, UnknownAttempt
from dialer.ports import ContactAnswer, ContactRequest, Denial
from dialer.store.compliance_tables import contact_debts, contacts
from dialer.store.decisions import (
    Decision,
    audit_decisions,
    audit_release,
    reserved_attempt,
    write_attempts,
    write_denials,
)
from dialer.store.facts import Gate
from dialer.store.questions import Question, ask
from dialer.store.reserving import NO_DEBTS, ask_again, debts_of
from dialer.store.statements import later
from dialer.store.tables import attempt_debts, attempts, debts, is_open, leads

_PROMISED = "promised"
_CLAIM = leads.update().where(leads.c.id == sa.bindparam("lead"), leads.c.state == "ready").values(state="in_flight")
_WAITING: sa.Select[Any] = sa.select(attempts).where(
    attempts.c.call_id == sa.bindparam("call"), is_open, attempts.c.dialed_at.is_(None)
)
_ITS_DEBTS = (
    sa.select(attempt_debts.c.debt_id)
    .where(attempt_debts.c.call_id == sa.bindparam("call"))
    .order_by(attempt_debts.c.debt_id)
)
_TAKE_BACK = (
    attempts.update()
    .where(attempts.c.call_id == sa.bindparam("call"), is_open, attempts.c.dialed_at.is_(None))
    .values(state="released", ended_at=sa.bindparam("at"))
)
_UNPAID = sa.select(
    sa.exists().where(
        attempt_debts.c.call_id == sa.bindparam("call"), debts.c.id == attempt_debts.c.debt_id, debts.c.state == "open"
    )
)
_READY_AGAIN = (
    leads.update()
    .where(
        leads.c.debtor_id == sa.bindparam("debtor"),
        leads.c.campaign_id == sa.bindparam("campaign"),
        leads.c.state == "in_flight",
    )
    .values(state="ready", next_try_at=later(leads.c.next_try_at, "until"))
)


class ContactDesk:
    """One named contact at a time, apart from its transaction. ``caller_id`` is the trunk's."""

    def __init__(self, gate: Gate, make_id: Callable[[datetime], CallId], *, caller_id: str) -> None:
        self._gate = gate
        self._make_id = make_id
        self._caller_id = caller_id

    def reserve(self, connection: sa.Connection, request: ContactRequest, now: datetime) -> ContactAnswer:
        """See ContactGate.reserve_contact. The gate answers first, so that its reasons win over a busy line."""
        question = ask(connection, request, now, caller_id=self._caller_id, locking=True)
        is_call = question.query.candidate.channel is Channel.CALL
        if is_call and question.person.lead_id is None:
            raise InputError("This debtor is not in this campaign. Import them into it, or name another campaign.")
        if request.mode == "callback" and (over := _over(connection, question, now)) is not None:
            return ContactAnswer(denial=over)
        verdict = self._gate.check(question.query)
        if not verdict.allowed:
            refused = Decision(question.query, verdict)
            write_denials(connection, question.campaign.id, [refused])
            audit_decisions(connection, [refused])
            return ContactAnswer(denial=refused.denial)
        if is_call and request.one_call_per_person and question.known.on_the_line(request.debtor_id, question.number):
            return ContactAnswer(busy=True)
        decision = Decision(question.query, verdict, self._make_id(now))
        answer = (
            _write_call(connection, question, decision) if is_call else _write_contact(connection, request, decision)
        )
        audit_decisions(connection, [decision])
        return answer

    def recheck(self, connection: sa.Connection, call_id: CallId, now: datetime) -> Denial | None:
        """See ContactGate.recheck. Raises UnknownAttempt for a call that does not wait to be dialed."""
        row = connection.execute(_WAITING, {"call": call_id}).first()
        if row is None:
            raise UnknownAttempt("This call does not wait to be dialed: it was dialed, closed or taken back already.")
        about = tuple(connection.scalars(_ITS_DEBTS, {"call": call_id}))
        if about and not connection.scalar(_UNPAID, {"call": call_id}):
            return _settled(connection, row, now)
        request = ContactRequest(
            campaign_id=row.campaign_id,
            debtor_id=row.debtor_id,
            number=row.number,
            debts=about,
            mode=row.mode,
            agent_guaranteed=row.agent_guaranteed,
        )
        question = ask(connection, request, now, caller_id=self._caller_id, locking=True, but=call_id)
        decision = Decision(question.query, self._gate.check(question.query), call_id)
        audit_decisions(connection, [decision])
        if decision.verdict.allowed:
            return None
        write_denials(connection, row.campaign_id, [decision])
        if not connection.execute(_TAKE_BACK, {"call": call_id, "at": now}).rowcount:
            raise UnknownAttempt("This call does not wait to be dialed any more.")
        audit_release(connection, [(call_id, row.debtor_id)], now, "denied before dialing")
        until = ask_again(decision.denial, now)
        connection.execute(_READY_AGAIN, {"debtor": row.debtor_id, "campaign": row.campaign_id, "until": until})
        return decision.denial


def _over(connection: sa.Connection, question: Question, now: datetime) -> Denial | None:
    """Why a promised call is not wanted any more: all that it was about is paid, or payment of it is promised."""
    lead = question.person.lead_id
    owed = debts_of(connection, [lead], now).get(lead, NO_DEBTS)
    if not owed.settled and owed.promised_until is None:
        return None
    reason = str(StopReason.SETTLED) if owed.settled else _PROMISED
    return Denial(debtor_id=question.person.debtor_id, reasons=(reason,), next_allowed_at=None)


def _settled(connection: sa.Connection, row: Any, now: datetime) -> Denial:
    """Everything the call would have been about was paid meanwhile."""
    if not connection.execute(_TAKE_BACK, {"call": row.call_id, "at": now}).rowcount:
        raise UnknownAttempt("This call does not wait to be dialed any more.")
    audit_release(connection, [(row.call_id, row.debtor_id)], now, "paid before dialing")
    connection.execute(_READY_AGAIN, {"debtor": row.debtor_id, "campaign": row.campaign_id, "until": now})
    return Denial(debtor_id=row.debtor_id, reasons=(str(StopReason.SETTLED),), next_allowed_at=None)


def _write_call(connection: sa.Connection, question: Question, decision: Decision) -> ContactAnswer:
    phone: Any = question.phone  # of a call there always is one
    attempt = reserved_attempt(decision, question.campaign.id, question.person, phone.id)
    write_attempts(connection, [decision], [attempt])
    connection.execute(_CLAIM, {"lead": question.person.lead_id})
    return ContactAnswer(attempt=attempt)


def _write_contact(connection: sa.Connection, request: ContactRequest, decision: Decision) -> ContactAnswer:
    candidate = decision.query.candidate
    connection.execute(
        contacts.insert().values(
            id=decision.ref,
            channel=str(candidate.channel),
            direction="out",
            campaign_id=request.campaign_id,
            debtor_id=request.debtor_id,
            number=candidate.number,
            mode=candidate.mode,
            at=decision.query.now,
            source=request.source,
        )
    )
    if candidate.debts:
        about = [{"contact_id": decision.ref, "debt_id": debt} for debt in candidate.debts]
        connection.execute(contact_debts.insert(), about)
    return ContactAnswer(contact_id=decision.ref)
