"""An agent's word about a conversation: what becomes of the debtor, and what the law must be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.domain.recycle import StopReason
from dialer.errors import UnknownAttempt
from dialer.ports import Disposition
from dialer.store import audit_log, closing, locks
from dialer.store.audit_log import AuditEntry
from dialer.store.compliance_tables import contacts, known_facts
from dialer.store.dispositions import FLAGS, NEVER_AGAIN, Effect, effect_of
from dialer.store.known_facts import NewFact, record_fact
from dialer.store.statements import insert_unless_there
from dialer.store.tables import attempt_debts, attempts, debts, do_not_call, leads, phones

_WHOM = sa.select(attempts.c.debtor_id, attempts.c.number).where(attempts.c.call_id == sa.bindparam("call"))
_SAID = sa.select(attempts.c.disposition, attempts.c.notes, attempts.c.agent_id).where(
    attempts.c.call_id == sa.bindparam("call")
)
#: A call that came in, as a call of ours is read.
_CAME_IN: sa.Select[Any] = sa.select(
    contacts.c.id.label("call_id"),
    contacts.c.debtor_id,
    contacts.c.number,
    contacts.c.campaign_id,
    contacts.c.disposition,
    contacts.c.notes,
    contacts.c.agent_id,
).where(contacts.c.id == sa.bindparam("call"), contacts.c.direction == "in", contacts.c.channel == "call")
_WRONG_NUMBER = (
    phones.update()
    .where(phones.c.debtor_id == sa.bindparam("debtor_"), phones.c.e164 == sa.bindparam("number_"))
    .values(state="bad")
)
_LEAD_DONE = (
    leads.update()
    .where(
        leads.c.debtor_id == sa.bindparam("debtor_"),
        leads.c.campaign_id == sa.bindparam("campaign_"),
        leads.c.state == "ready",
    )
    .values(state="done")
)
_ITS_DEBTS = (
    sa.select(attempt_debts.c.debt_id)
    .where(attempt_debts.c.call_id == sa.bindparam("call"))
    .order_by(attempt_debts.c.debt_id)
)
_ALL_DEBTS = sa.select(debts.c.id).where(debts.c.debtor_id == sa.bindparam("debtor")).order_by(debts.c.id)
_STOPPED_NUMBER = (
    phones.update().where(phones.c.e164 == sa.bindparam("number_"), phones.c.state == "ok").values(state="do_not_call")
)


def dispose(connection: sa.Connection, disposition: Disposition, now: datetime) -> None:
    """See AttemptLog.dispose. A call that is still open keeps the word until it closes.

    Raises InputError for a code that nobody knows, UnknownAttempt for a call that is not in the log.
    """
    effect = effect_of(disposition.code)
    whom = connection.execute(_WHOM, {"call": disposition.call_id}).first()
    if whom is None:
        _dispose_inbound(connection, disposition, effect, now)
        return
    locks.lock_debtor(connection, whom.debtor_id)  # what it makes known binds whoever reserves next
    locks.lock_number(connection, whom.number)
    if _said_already(connection, disposition):
        return  # the button was pressed twice
    call = connection.execute(closing.CALLS, {"calls": [disposition.call_id]}).one()
    connection.execute(
        attempts.update()
        .where(attempts.c.call_id == disposition.call_id)
        .values(
            disposition=disposition.code.upper(),
            notes=disposition.notes,
            wrap_up_s=disposition.wrap_up_s,
            agent_id=sa.func.coalesce(attempts.c.agent_id, disposition.agent_id),
        )
    )
    if effect is Effect.DO_NOT_CALL:
        _stop(connection, call, disposition, now, number_too=True)
    elif disposition.code.upper() in NEVER_AGAIN:
        _stop(connection, call, disposition, now, number_too=False)
    _make_known(connection, call, disposition, now)
    _tell(connection, call, disposition, now)
    if call.state == "closed" and call.lead_state != "in_flight":
        _settle(connection, call, effect)


def _dispose_inbound(connection: sa.Connection, disposition: Disposition, effect: Effect, now: datetime) -> None:
    """They called us: the word stands with the call and on the trail, and binds as that about one of ours does."""
    call = connection.execute(_CAME_IN, {"call": disposition.call_id}).first()
    if call is None:
        raise UnknownAttempt
    locks.lock_debtor(connection, call.debtor_id)
    locks.lock_number(connection, call.number)
    code = disposition.code.upper()
    if (call.disposition, call.notes, call.agent_id) == (code, disposition.notes, disposition.agent_id):
        return  # the button was pressed twice
    word = {"disposition": code, "notes": disposition.notes, "agent_id": disposition.agent_id}
    connection.execute(contacts.update().where(contacts.c.id == call.call_id).values(word))
    if effect is Effect.WRONG_NUMBER:
        connection.execute(_WRONG_NUMBER, {"debtor_": call.debtor_id, "number_": call.number})
    if effect is Effect.DO_NOT_CALL:
        _stop(connection, call, disposition, now, number_too=bool(call.number))
    elif disposition.code.upper() in NEVER_AGAIN:
        _stop(connection, call, disposition, now, number_too=False)
    _make_known(connection, call, disposition, now)
    _tell(connection, call, disposition, now)
    if effect in (Effect.DONE, Effect.DO_NOT_CALL):
        which = {"debtor_": call.debtor_id, "campaign_": call.campaign_id}
        connection.execute(_LEAD_DONE.values(stop_reason=str(effect)), which)


def _said_already(connection: sa.Connection, disposition: Disposition) -> bool:
    said = connection.execute(_SAID, {"call": disposition.call_id}).one()
    return (said.disposition, said.notes, said.agent_id) == (
        disposition.code.upper(),
        disposition.notes,
        disposition.agent_id,
    )


def _settle(connection: sa.Connection, call: sa.Row[Any], effect: Effect) -> None:
    """Apply ``effect`` to the lead of a call that has closed already. A lead that the rules stopped stays stopped."""
    lead = leads.update().where(leads.c.id == call.lead_id)
    if effect in (Effect.DONE, Effect.DO_NOT_CALL):
        connection.execute(lead.values(state="done", stop_reason=str(effect)))
        return
    changes: dict[str, Any] = {"state": "ready", "stop_reason": ""}
    if call.lead_state == "done":
        changes["next_try_at"] = max(call.next_try_at, call.ended_at + closing.CALL_BACK_AFTER)
    if effect is Effect.WRONG_NUMBER:
        connection.execute(closing.PHONE_STATE, {"phone": call.phone_id, "becomes": "bad"})
        changes["next_position"] = call.position + 1
        if connection.execute(closing.USABLE, {"debtors": [call.debtor_id]}).first() is None:
            changes = {"state": "stopped", "stop_reason": str(StopReason.BAD_NUMBERS)}
    if call.lead_state != "stopped":
        connection.execute(lead.values(changes))


def _stop(
    connection: sa.Connection, call: sa.Row[Any], disposition: Disposition, now: datetime, *, number_too: bool
) -> None:
    entry = {"number": None, "debtor_id": call.debtor_id, "source": _source(disposition), "at": now}
    if number_too:
        of_number = {**entry, "number": call.number, "debtor_id": None}
        connection.execute(insert_unless_there(connection, do_not_call, of_number))
        connection.execute(_STOPPED_NUMBER, {"number_": call.number})
    connection.execute(insert_unless_there(connection, do_not_call, entry))


def _make_known(connection: sa.Connection, call: sa.Row[Any], disposition: Disposition, now: datetime) -> None:
    """Record the facts that the word stands for. A word about debts concerns those of the call; all of the debtor's,
    where the call was about none in particular."""
    flag = FLAGS.get(disposition.code.upper())
    if flag is None:
        return
    about: list[dict[str, Any]]
    match flag.subject:
        case "debt":
            concerned = connection.scalars(_ITS_DEBTS, {"call": call.call_id}).all()
            about = [
                {"debt_id": debt}
                for debt in concerned or connection.scalars(_ALL_DEBTS, {"debtor": call.debtor_id}).all()
            ]
        case "number":
            about = [{"number": call.number}]
        case _:
            about = [{"debtor_id": call.debtor_id}]
    for subject in about:
        if connection.scalar(_made_known_already(subject, _source(disposition), flag.name)):
            continue
        fact = NewFact(
            kind="flag",
            value={"flag": flag.name},
            at=now,
            source=_source(disposition),
            recorded_by=disposition.agent_id,
            **subject,
        )
        record_fact(connection, fact, now)


def _made_known_already(subject: dict[str, Any], source: str, flag: str) -> sa.Select[tuple[bool]]:
    """Whether the same call made it known before: a word may be said again with other notes."""
    whose = [known_facts.c[name] == value for name, value in subject.items()]
    same = sa.and_(
        *whose,
        known_facts.c.source == source,
        known_facts.c.value["flag"].as_string() == flag,
        known_facts.c.ended_at.is_(None),
    )
    return sa.select(sa.exists().where(same))


def _tell(connection: sa.Connection, call: sa.Row[Any], disposition: Disposition, now: datetime) -> None:
    payload = {"code": disposition.code.upper(), "agent": disposition.agent_id, "notes": disposition.notes}
    entry = AuditEntry(kind="disposition", at=now, ref=call.call_id, debtor_id=call.debtor_id, payload=payload)
    audit_log.append(connection, [entry])


def _source(disposition: Disposition) -> str:
    return f"agent {disposition.agent_id}, call {disposition.call_id}"
