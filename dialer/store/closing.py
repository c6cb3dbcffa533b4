"""The end of attempts: what they came to, when the debtor is tried again, and the event that tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.domain.ids import CallId
from dialer.domain.recycle import Stop, StopReason, TryAgain
from dialer.domain.verdict import AmdVerdict
from dialer.errors import UnknownAttempt
from dialer.ports import AttemptClosing, Disposition
from dialer.store import outbox
from dialer.store.dispositions import Effect, effect_of
from dialer.store.statements import insert_unless_there
from dialer.store.tables import attempts, campaigns, debtors, do_not_call, is_open, leads, phones

#: A debtor who asked to be called back without saying when rests for so long.
CALL_BACK_AFTER = timedelta(hours=24)

# ------------------------------------------------------------------------------------------ statements

_COLUMNS = (
    attempts.c.call_id,
    attempts.c.debtor_id,
    attempts.c.phone_id,
    attempts.c.number,
    attempts.c.state,
    attempts.c.disposition,
    attempts.c.ended_at,
    phones.c.position,
    leads.c.id.label("lead_id"),
    leads.c.state.label("lead_state"),
    leads.c.attempts.label("lead_attempts"),
    leads.c.tries_by_outcome,
    leads.c.next_try_at,
    campaigns.c.name.label("campaign"),
    debtors.c.external_ref,
)
_CALLS: sa.Select[Any] = (
    sa.select(*_COLUMNS)
    .select_from(
        attempts.join(campaigns, campaigns.c.id == attempts.c.campaign_id)
        .join(debtors, debtors.c.id == attempts.c.debtor_id)
        .join(phones, phones.c.id == attempts.c.phone_id)
        .join(
            leads,
            sa.and_(leads.c.debtor_id == attempts.c.debtor_id, leads.c.campaign_id == attempts.c.campaign_id),
        )
    )
    .where(attempts.c.call_id.in_(sa.bindparam("calls", expanding=True)))
    .order_by(attempts.c.call_id)
    .with_for_update(of=[attempts, leads])
)
_USABLE = (
    sa.select(phones.c.id, phones.c.debtor_id)
    .where(phones.c.debtor_id.in_(sa.bindparam("debtors", expanding=True)), phones.c.state == "ok")
    .order_by(phones.c.debtor_id, phones.c.position)
)
_TIMES = ("dialed_at", "ringing_at", "early_media_at", "answered_at", "amd_at", "bridged_at")
_KEPT = (*_TIMES, "amd_category", "amd_reason", "amd_confidence", "amd_delay_ms", "amd_evidence", "agent_id")
_WRITTEN = (
    "outcome", "ended_at", "cause", "cause_text", "dial_status", "abandoned_message_played", "verdict_to_bridge_ms",
    "talk_s", "recorded", "retry_at", "stop_reason",
)  # fmt: skip


def _keeping(names: Iterable[str]) -> dict[str, sa.ColumnElement[Any]]:
    """Each column takes the new value where there is one, and keeps what a milestone wrote where there is none."""
    return {name: sa.func.coalesce(sa.bindparam(name, type_=attempts.c[name].type), attempts.c[name]) for name in names}


_CLOSE = (
    attempts.update()
    .where(attempts.c.call_id == sa.bindparam("call"), is_open)
    .values(state="closed", **_keeping(_KEPT), **{name: sa.bindparam(name) for name in _WRITTEN})
)
_PROGRESS_COLUMNS = tuple(name for name in _KEPT if name not in ("ringing_at", "early_media_at", "amd_at"))
PROGRESS = (
    attempts.update().where(attempts.c.call_id == sa.bindparam("call"), is_open).values(**_keeping(_PROGRESS_COLUMNS))
)
_LEAD = (
    leads.update()
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "state", "stop_reason", "attempts", "tries_by_outcome", "last_outcome", "next_position", "next_try_at",
            )
        }
    )
)  # fmt: skip
_PHONE_STATE = phones.update().where(phones.c.id == sa.bindparam("phone")).values(state=sa.bindparam("becomes"))
_STOPPED_NUMBER = (
    phones.update().where(phones.c.e164 == sa.bindparam("number_"), phones.c.state == "ok").values(state="do_not_call")
)


def verdict_columns(verdict: AmdVerdict | None) -> dict[str, Any]:
    if verdict is None:
        return dict.fromkeys(("amd_category", "amd_reason", "amd_confidence", "amd_delay_ms", "amd_evidence"))
    return {
        "amd_category": str(verdict.category),
        "amd_reason": verdict.reason,
        "amd_confidence": verdict.confidence,
        "amd_delay_ms": verdict.delay_ms,
        "amd_evidence": dict(verdict.evidence),
    }


# ------------------------------------------------------------------------------------------ what follows from it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """What becomes of the lead."""

    state: str
    next_try_at: datetime
    stop_reason: str = ""
    next_position: int
    bad_number: bool = False


def _fate(call: sa.Row[Any], closing: AttemptClosing, other_numbers: bool) -> _Fate:
    """The retry rules' answer, unless the agent's disposition has a say. ``other_numbers``: any usable but this one."""
    effect = effect_of(call.disposition) if call.disposition else None
    retry = closing.retry
    bad = retry.bad_number or effect is Effect.WRONG_NUMBER
    moves_on = bad or (isinstance(retry, TryAgain) and retry.next_number)
    position = call.position + 1 if moves_on else call.position
    match effect:
        case Effect.DONE | Effect.DO_NOT_CALL:
            return _Fate(
                state="done",
                stop_reason=str(effect),
                next_try_at=call.next_try_at,
                next_position=position,
                bad_number=bad,
            )
        case Effect.CALL_BACK | Effect.WRONG_NUMBER if retry == Stop(reason=StopReason.FINISHED):
            retry = TryAgain(at=closing.ended_at + CALL_BACK_AFTER, next_number=bad, bad_number=bad)
        case _:
            pass
    if isinstance(retry, TryAgain):
        if bad and not other_numbers:
            retry = Stop(reason=StopReason.BAD_NUMBERS, bad_number=True)
        else:
            return _Fate(state="ready", next_try_at=retry.at, next_position=position, bad_number=bad)
    state = "done" if retry.reason is StopReason.FINISHED else "stopped"
    return _Fate(
        state=state,
        stop_reason=str(retry.reason),
        next_try_at=call.next_try_at,
        next_position=position,
        bad_number=bad,
    )


@dataclass(slots=True)
class _Batch:
    attempts: list[dict[str, Any]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    phones: list[dict[str, Any]] = field(default_factory=list)
    events: list[outbox.NewEvent] = field(default_factory=list)


def close(connection: sa.Connection, closings: Sequence[AttemptClosing]) -> list[CallId]:
    """See AttemptLog.close. Returns the calls that were open and now are not."""
    by_call: dict[str, AttemptClosing] = {}
    for closing in closings:
        by_call.setdefault(closing.call_id, closing)  # the first word counts
    rows = connection.execute(_CALLS, {"calls": list(by_call)}).all()
    calls = [call for call in rows if call.state == "open"]
    if not calls:
        return []
    usable: dict[int, set[int]] = defaultdict(set)
    for phone_id, debtor_id in connection.execute(_USABLE, {"debtors": [c.debtor_id for c in calls]}).all():
        usable[debtor_id].add(phone_id)
    batch = _Batch()
    for call in calls:
        closing = by_call[call.call_id]
        fate = _fate(call, closing, bool(usable[call.debtor_id] - {call.phone_id}))
        _note(batch, call, closing, fate)
    connection.execute(_CLOSE, batch.attempts)
    connection.execute(_LEAD, batch.leads)
    if batch.phones:
        connection.execute(_PHONE_STATE, batch.phones)
    outbox.add(connection, batch.events)
    return [CallId(call.call_id) for call in calls]


def _note(batch: _Batch, call: sa.Row[Any], closing: AttemptClosing, fate: _Fate) -> None:
    retry_at = fate.next_try_at if fate.state == "ready" else None
    batch.attempts.append(
        {
            "call": call.call_id,
            **{name: getattr(closing, name) for name in _TIMES if name != "amd_at"},
            "amd_at": closing.verdict_at,
            **verdict_columns(closing.verdict),
            "agent_id": closing.agent_id,
            "outcome": str(closing.outcome),
            "ended_at": closing.ended_at,
            "cause": closing.cause,
            "cause_text": closing.cause_text,
            "dial_status": closing.dial_status,
            "abandoned_message_played": closing.abandoned_message_played,
            "verdict_to_bridge_ms": closing.verdict_to_bridge_ms,
            "talk_s": closing.talk_s,
            "recorded": closing.recorded,
            "retry_at": retry_at,
            "stop_reason": fate.stop_reason,
        }
    )
    outcome = str(closing.outcome)
    batch.leads.append(
        {
            "lead": call.lead_id,
            "state": fate.state,
            "stop_reason": fate.stop_reason,
            "attempts": call.lead_attempts + 1,
            "tries_by_outcome": {**call.tries_by_outcome, outcome: call.tries_by_outcome.get(outcome, 0) + 1},
            "last_outcome": outcome,
            "next_position": fate.next_position,
            "next_try_at": fate.next_try_at,
        }
    )
    if fate.bad_number:
        batch.phones.append({"phone": call.phone_id, "becomes": "bad"})
    batch.events.append(outbox.call_closed(call, closing, retry_at, fate.stop_reason))


# ------------------------------------------------------------------------------------------ dispositions


def dispose(connection: sa.Connection, disposition: Disposition, now: datetime) -> None:
    """See AttemptLog.dispose. A call that is still open keeps the word until it closes.

    Raises InputError for a code that nobody knows, UnknownAttempt for a call that is not in the log.
    """
    effect = effect_of(disposition.code)
    call = connection.execute(_CALLS, {"calls": [disposition.call_id]}).first()
    if call is None:
        raise UnknownAttempt
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
        _stop_person(connection, call, disposition, now)
    if call.state == "closed" and call.lead_state != "in_flight":
        _settle(connection, call, effect)


def _settle(connection: sa.Connection, call: sa.Row[Any], effect: Effect) -> None:
    """Apply ``effect`` to the lead of a call that has closed already. A lead that the rules stopped stays stopped."""
    lead = leads.update().where(leads.c.id == call.lead_id)
    if effect in (Effect.DONE, Effect.DO_NOT_CALL):
        connection.execute(lead.values(state="done", stop_reason=str(effect)))
        return
    changes: dict[str, Any] = {"state": "ready", "stop_reason": ""}
    if call.lead_state == "done":
        changes["next_try_at"] = max(call.next_try_at, call.ended_at + CALL_BACK_AFTER)
    if effect is Effect.WRONG_NUMBER:
        connection.execute(_PHONE_STATE, {"phone": call.phone_id, "becomes": "bad"})
        changes["next_position"] = call.position + 1
        if connection.execute(_USABLE, {"debtors": [call.debtor_id]}).first() is None:
            changes = {"state": "stopped", "stop_reason": str(StopReason.BAD_NUMBERS)}
    if call.lead_state != "stopped":
        connection.execute(lead.values(changes))


def _stop_person(connection: sa.Connection, call: sa.Row[Any], disposition: Disposition, now: datetime) -> None:
    source = f"agent {disposition.agent_id}, call {disposition.call_id}"
    for subject in ({"number": call.number, "debtor_id": None}, {"number": None, "debtor_id": call.debtor_id}):
        connection.execute(insert_unless_there(connection, do_not_call, {**subject, "source": source, "at": now}))
    connection.execute(_STOPPED_NUMBER, {"number_": call.number})
