"""The end of attempts: what they came to, when the debtor is tried again, and the event that tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.domain.ids import AgentId, CallId
from dialer.domain.recycle import Stop, StopReason, TryAgain
from dialer.domain.verdict import AmdVerdict
from dialer.ports import AttemptClosing, TalkNote
from dialer.store import audit_log, detector_evidence, outbox
from dialer.store.audit_log import AuditEntry
from dialer.store.dispositions import Effect, effect_of
from dialer.store.statements import among
from dialer.store.tables import attempts, campaigns, debtors, is_open, leads, phones

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
    attempts.c.answered_at,
    attempts.c.bridged_at,
    attempts.c.amd_category,
    phones.c.position,
    leads.c.id.label("lead_id"),
    leads.c.state.label("lead_state"),
    leads.c.stop_reason.label("lead_stop_reason"),
    leads.c.attempts.label("lead_attempts"),
    leads.c.tries_by_outcome,
    leads.c.next_try_at,
    campaigns.c.name.label("campaign"),
    debtors.c.external_ref,
)
CALLS: sa.Select[Any] = (
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
    .where(among(attempts.c.call_id, "calls"))
    .order_by(attempts.c.call_id)
    .with_for_update(of=[attempts, leads])
)
USABLE = (
    sa.select(phones.c.id, phones.c.debtor_id)
    .where(among(phones.c.debtor_id, "debtors"), phones.c.state == "ok")
    .order_by(phones.c.debtor_id, phones.c.position)
)
_TIMES = (
    "dialed_at", "ringing_at", "early_media_at", "answered_at", "amd_at", "bridged_at", "greeting_started_at",
    "greeting_ended_at",
)  # fmt: skip
_MILESTONES = ("dialed_at", "answered_at", "bridged_at")
_KEPT = (*_TIMES, "amd_category", "amd_reason", "amd_confidence", "amd_delay_ms", "amd_evidence", "agent_id")
_WRITTEN = (
    "outcome", "ended_at", "cause", "cause_text", "dial_status", "abandoned_message_played", "verdict_to_bridge_ms",
    "talk_s", "recorded", "retry_at", "stop_reason", "connect_from_start_s", "connect_from_end_s", "breaches",
    "talk",
)  # fmt: skip


#: Of a closing, what the audit trail keeps.
_TOLD = (
    "outcome", "ended_at", "cause", "cause_text", "dial_status", *_TIMES[:4], "bridged_at", "greeting_started_at",
    "greeting_ended_at", "agent_id", "abandoned_message_played", "talk_s", "recorded", "breaches",
)  # fmt: skip


def talk_to_json(talk: Sequence[TalkNote]) -> list[dict[str, Any]] | None:
    """What was done in a call's conversations, as it is kept; None where nobody had one."""
    return [
        {"at": note.at.isoformat(), "what": note.what, "agent": note.agent_id, "other": note.other} for note in talk
    ] or None


def read_talk(kept: Sequence[Mapping[str, Any]] | None) -> tuple[TalkNote, ...]:
    """The other way round."""
    return tuple(
        TalkNote(
            at=datetime.fromisoformat(note["at"]),
            what=note["what"],
            agent_id=AgentId(note["agent"]) if note["agent"] else None,
            other=note["other"],
        )
        for note in kept or ()
    )


def _keeping(names: Iterable[str]) -> dict[str, sa.ColumnElement[Any]]:
    """Each column takes the new value where there is one, and keeps what a milestone wrote where there is none."""
    return {name: sa.func.coalesce(sa.bindparam(name, type_=attempts.c[name].type), attempts.c[name]) for name in names}


_CLOSE = (
    attempts.update()
    .where(attempts.c.call_id == sa.bindparam("call"), is_open)
    .values(
        state="closed",
        **_keeping(_KEPT),
        **{name: sa.bindparam(name, type_=attempts.c[name].type) for name in _WRITTEN},
    )
)
_PROGRESS_COLUMNS = tuple(name for name in _KEPT if name not in _TIMES or name in _MILESTONES)
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
PHONE_STATE = phones.update().where(phones.c.id == sa.bindparam("phone")).values(state=sa.bindparam("becomes"))


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
    heard: list[tuple[AttemptClosing, bool]] = field(default_factory=list)
    events: list[outbox.NewEvent] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)


def close(connection: sa.Connection, closings: Sequence[AttemptClosing]) -> list[CallId]:
    """See AttemptLog.close. Returns the calls that were open and now are not."""
    by_call: dict[str, AttemptClosing] = {}
    for closing in closings:
        by_call.setdefault(closing.call_id, closing)  # the first word counts
    rows = connection.execute(CALLS, {"calls": list(by_call)}).all()
    calls = [call for call in rows if call.state == "open"]
    if not calls:
        return []
    usable: dict[int, set[int]] = defaultdict(set)
    for phone_id, debtor_id in connection.execute(USABLE, {"debtors": [c.debtor_id for c in calls]}).all():
        usable[debtor_id].add(phone_id)
    batch = _Batch()
    for call in calls:
        closing = by_call[call.call_id]
        fate = _still(call, _fate(call, closing, bool(usable[call.debtor_id] - {call.phone_id})))
        _note(batch, call, closing, fate)
    connection.execute(_CLOSE, batch.attempts)
    connection.execute(_LEAD, batch.leads)
    if batch.phones:
        connection.execute(PHONE_STATE, batch.phones)
    detector_evidence.note(connection, batch.heard)
    outbox.add(connection, batch.events)
    audit_log.append(connection, batch.entries)
    return [CallId(call.call_id) for call in calls]


def _still(call: sa.Row[Any], fate: _Fate) -> _Fate:
    """A call that was asked for by name can end while the campaign has its lead elsewhere: it never brings back whom
    the rules or an agent finished, nor dials anybody earlier than they said, be it in this very call."""
    match call.lead_state:
        case "in_flight" | "ready" if fate.state == "ready":
            return replace(fate, next_try_at=max(fate.next_try_at, call.next_try_at))
        case "in_flight" | "ready":
            return fate
        case _:
            return replace(fate, state=call.lead_state, stop_reason=call.lead_stop_reason, next_try_at=call.next_try_at)


def _waits(call: sa.Row[Any], closing: AttemptClosing) -> tuple[float | None, float | None]:
    """Seconds from the beginning and from the end of the person's greeting until an agent was there, at least 0.

    Where nobody listened for a greeting, both count from the answer. Where a detector listened and heard none, there
    is no instant to count from.
    """
    bridged_at = closing.served_at or closing.bridged_at or call.bridged_at
    if bridged_at is None:
        return None, None
    started, ended = closing.greeting_started_at, closing.greeting_ended_at
    if started is None and ended is None and closing.verdict is None and call.amd_category is None:
        started = ended = closing.answered_at or call.answered_at
    return _seconds(started, bridged_at), _seconds(ended, bridged_at)


def _seconds(since: datetime | None, until: datetime) -> float | None:
    return None if since is None else max(0.0, (until - since).total_seconds())


def _note(batch: _Batch, call: sa.Row[Any], closing: AttemptClosing, fate: _Fate) -> None:
    retry_at = fate.next_try_at if fate.state == "ready" else None
    from_start_s, from_end_s = _waits(call, closing)
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
            "connect_from_start_s": from_start_s,
            "connect_from_end_s": from_end_s,
            "breaches": None if closing.breaches is None else list(closing.breaches),
            "talk": talk_to_json(closing.talk),
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
    judged = call.amd_category is not None
    if judged or closing.verdict is not None or call.answered_at is not None or closing.answered_at is not None:
        batch.heard.append((closing, judged))
    if fate.bad_number:
        batch.phones.append({"phone": call.phone_id, "becomes": "bad"})
    batch.events.append(outbox.call_closed(call, closing, retry_at, fate.stop_reason))
    batch.entries.append(
        AuditEntry(
            kind="outcome",
            at=closing.ended_at,
            ref=call.call_id,
            debtor_id=call.debtor_id,
            payload={
                "verdict": closing.verdict and closing.verdict.category,
                **{name: value for name in _TOLD if (value := getattr(closing, name)) is not None},
                **({"talk": talk} if (talk := talk_to_json(closing.talk)) else {}),
            },
        )
    )
