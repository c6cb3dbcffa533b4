"""What a campaign's calls and agents did between two instants, as a trace that the simulator plays again."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.compliance.verdict import DeadlineFrom
from dialer.domain.campaign import AnswerAction, Campaign, DialMode
from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from dialer.store.presence_tables import agent_presence
from dialer.store.tables import attempts
from pacing.trace import Fate, FateKind, Trace

_FIRST = bytes(10)  # of all the ids of an instant
_PACED = (DialMode.PROGRESSIVE, DialMode.POWER, DialMode.PREDICTIVE)

_UNANSWERED = {
    Outcome.NO_ANSWER: FateKind.NO_ANSWER,
    Outcome.ANNOUNCEMENT: FateKind.NO_ANSWER,
    Outcome.BUSY: FateKind.BUSY,
    Outcome.REJECTED: FateKind.BUSY,
    Outcome.CONGESTION: FateKind.CONGESTION,
    Outcome.CANCELLED: FateKind.CANCELLED,
    Outcome.LOST: FateKind.CANCELLED,
}

# When a call was dialed is written with its end; it is reserved milliseconds before.
_left = sa.func.coalesce(attempts.c.dialed_at, attempts.c.reserved_at, type_=attempts.c.dialed_at.type)
_CALLS = (
    sa.select(
        _left.label("left_at"),
        *(attempts.c[name] for name in (
            "mode", "outcome", "answered_at", "amd_at", "amd_delay_ms", "amd_category", "bridged_at", "ended_at",
            "agent_id", "talk_s", "wrap_up_s", "obligations", "ring_minimum_s", "greeting_started_at",
            "greeting_ended_at",
        ))
    )
    .where(
        attempts.c.campaign_id == sa.bindparam("campaign"),
        attempts.c.call_id >= sa.bindparam("since"),
        attempts.c.call_id < sa.bindparam("until"),
        sa.or_(
            sa.and_(attempts.c.state == "closed", attempts.c.dialed_at.is_not(None)),
            sa.and_(attempts.c.state == "open", attempts.c.bridged_at.is_not(None)),  # they are talking
        ),
        attempts.c.mode.in_([str(mode) for mode in _PACED]),
    )
    .order_by(_left)
)  # fmt: skip
_PRESENCE = (
    sa.select(agent_presence.c.agent_id, agent_presence.c.began_at, agent_presence.c.ended_at)
    .where(
        agent_presence.c.campaign_id == sa.bindparam("campaign"),
        agent_presence.c.began_at < sa.bindparam("until", type_=agent_presence.c.began_at.type),
    )
    .order_by(agent_presence.c.began_at)
)

_Row = sa.Row[Any]
_Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFloor:
    """``began`` is the trace's zero: the first call, or ``since`` where somebody was there before it. ``mode`` is the
    one in which most of the calls were dialed."""

    trace: Trace
    began: datetime
    ended: datetime
    mode: DialMode


def past_floor(
    connection: sa.Connection, campaign: Campaign, since: datetime, until: datetime, *, lines: int
) -> PastFloor | None:
    """The calls that a pacer placed between the two instants, and who was there. None where there is no such call. Of
    calls that are not over yet only conversations count.

    Time before the first call and after the last one is left out: nobody dialed then. An agent of whom the log has no
    presence, as before it kept any, counts as there from their first conversation to the end of their last."""
    ids = {"since": uuid7(since, _FIRST), "until": uuid7(until, _FIRST), "campaign": campaign.id}
    rows = connection.execute(_CALLS, ids).all()
    if not rows:
        return None
    began = max(since, rows[0].left_at)
    ended = min(until, max(row.ended_at or until for row in rows))
    wraps = _wraps(rows, campaign.wrap_up_s)
    fates, abandoned = [], []
    for row, wrap_s in zip(rows, wraps, strict=True):
        fates.append(_fate(row, began, ended, campaign, wrap_s))
        if row.outcome == Outcome.ABANDONED:
            abandoned.append(((row.amd_at or row.answered_at) - began).total_seconds())
    present = _present(connection, campaign, rows, wraps, began, ended)
    trace = Trace(
        t_end=(ended - began).total_seconds(),
        target=campaign.target_abandonment,
        patience=campaign.patience_s,
        ring_timeout=campaign.ring_timeout_s,
        min_ring=max(row.ring_minimum_s for row in rows),
        lines=lines,
        fates=fates,
        present=present,
        abandoned_at=sorted(abandoned),
    )
    (mode, _), *_ = Counter(row.mode for row in rows).most_common(1)
    return PastFloor(trace=trace, began=began, ended=ended, mode=DialMode(mode))


def _fate(row: _Row, began: datetime, ended: datetime, campaign: Campaign, wrap_s: float | None) -> Fate:
    at = (row.left_at - began).total_seconds()
    if row.answered_at is None:
        kind = _UNANSWERED.get(Outcome(row.outcome), FateKind.FAILED)
        return Fate(at=at, kind=kind, ring_s=_seconds(row.left_at, row.ended_at))
    ring_s = _seconds(row.left_at, row.answered_at)
    if row.amd_at is None and row.bridged_at is not None:  # they are talking: the verdict's instant is not written yet
        waited_s = _seconds(row.answered_at, row.bridged_at)
        verdict_s = min(waited_s, (row.amd_delay_ms or 0) / 1000)
        return Fate(
            at=at,
            kind=FateKind.PERSON,
            ring_s=ring_s,
            verdict_s=verdict_s,
            bridge_s=waited_s - verdict_s,
            talked_s=_seconds(row.bridged_at, ended),
        )
    if row.amd_at is None:
        return Fate(at=at, kind=FateKind.LEFT, ring_s=ring_s, verdict_s=_seconds(row.answered_at, row.ended_at))
    action = campaign.actions.get(AmdCategory(row.amd_category), AnswerAction.AGENT)
    person = action is AnswerAction.AGENT or row.bridged_at is not None or row.outcome == Outcome.ABANDONED
    return Fate(
        at=at,
        kind=FateKind.PERSON if person else FateKind.MACHINE,
        ring_s=ring_s,
        verdict_s=_seconds(row.answered_at, row.amd_at),
        bridge_s=None if row.bridged_at is None else _seconds(row.amd_at, row.bridged_at),
        talk_s=row.talk_s,
        wrap_s=wrap_s,
        patience_s=_patience(row, campaign.patience_s),
    )


def _patience(row: _Row, campaign_s: float) -> float | None:
    """How long this person might wait after the verdict, where a law's time ends before the campaign's patience."""
    duties = row.obligations or {}
    law_s = duties.get("connect_deadline_s")
    if law_s is None:
        return None
    from_end = duties.get("deadline_from") == DeadlineFrom.GREETING_END
    counted = (row.greeting_ended_at if from_end else row.greeting_started_at) or row.amd_at
    left_s = law_s - (row.amd_at - counted).total_seconds()
    return None if left_s >= campaign_s else max(0.0, left_s)


def _wraps(rows: Sequence[_Row], longest_s: float) -> list[float | None]:
    """Seconds of wrap-up after each conversation. Where the agent did not end it with a result, it ended with the next
    conversation at the latest, and after the campaign's limit."""
    bridges: dict[str, list[datetime]] = defaultdict(list)
    for row in sorted((row for row in rows if row.bridged_at is not None), key=lambda row: row.bridged_at):
        bridges[row.agent_id].append(row.bridged_at)
    found: list[float | None] = []
    for row in rows:
        if row.bridged_at is None or row.ended_at is None:
            found.append(None)
        elif row.wrap_up_s:
            found.append(row.wrap_up_s)
        else:
            following = bridges[row.agent_id]
            later = bisect_right(following, row.ended_at)
            until_next = _seconds(row.ended_at, following[later]) if later < len(following) else longest_s
            found.append(min(longest_s, until_next))
    return found


def _present(
    connection: sa.Connection,
    campaign: Campaign,
    rows: Sequence[_Row],
    wraps: Sequence[float | None],
    began: datetime,
    ended: datetime,
) -> Mapping[str, Sequence[tuple[float, float]]]:
    kept: dict[str, list[_Stretch]] = defaultdict(list)
    for agent_id, came_at, left_at in connection.execute(_PRESENCE, {"campaign": campaign.id, "until": ended}):
        kept[agent_id].append((came_at, left_at or ended))
    at_work: dict[str, list[tuple[float, float]]] = defaultdict(list)
    t_end = (ended - began).total_seconds()
    for row, wrap_s in zip(rows, wraps, strict=True):
        if row.bridged_at is not None:
            at = (row.bridged_at - began).total_seconds()
            running = row.ended_at is None
            at_work[row.agent_id].append((at, t_end if running else at + (row.talk_s or 0.0) + (wrap_s or 0.0)))
    present = {
        agent: [((begin - began).total_seconds(), (end - began).total_seconds()) for begin, end in stretches]
        for agent, stretches in kept.items()
    }
    for agent, spans in at_work.items():
        if agent not in present:
            present[agent] = [(min(begin for begin, _ in spans), max(end for _, end in spans))]
    cut = {
        agent: [(max(0.0, begin), min(t_end, end)) for begin, end in spans if end > 0.0 and begin < t_end]
        for agent, spans in present.items()
    }
    return {agent: spans for agent, spans in sorted(cut.items()) if spans}


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())
