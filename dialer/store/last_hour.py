"""How a campaign's calls of the last while went, by the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.store.tables import attempts

_PEOPLE = [str(each) for each in Outcome if each.reached_person]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsLately:
    """``wait_s`` is how long people waited for an agent after it was clear that they are people, and ``longest_wait_s``
    the longest of that; None where nobody was connected."""

    dialed: int
    answered: int
    people: int
    abandoned: int
    connected: int
    wait_s: float | None
    longest_wait_s: float | None
    talk_s: float | None
    wrap_up_s: float | None


def calls_since(connection: sa.Connection, campaign_id: int, since: datetime) -> CallsLately:
    """Of the attempts reserved since then. Their ids sort by that time: the index of the campaign's log is enough."""
    log = attempts.c
    statement = sa.select(
        sa.func.count(log.dialed_at),
        sa.func.count(log.answered_at),
        sa.func.count().filter(log.outcome.in_(_PEOPLE)),
        sa.func.count().filter(log.outcome == str(Outcome.ABANDONED)),
        sa.func.count(log.bridged_at),
        sa.func.avg(log.verdict_to_bridge_ms),
        sa.func.max(log.verdict_to_bridge_ms),
        sa.func.avg(log.talk_s),
        sa.func.avg(log.wrap_up_s),
    ).where(log.campaign_id == campaign_id, log.call_id >= uuid7(since, bytes(10)))
    dialed, answered, people, abandoned, connected, wait, longest, talk, wrap_up = connection.execute(statement).one()
    return CallsLately(
        dialed=dialed,
        answered=answered,
        people=people,
        abandoned=abandoned,
        connected=connected,
        wait_s=None if wait is None else float(wait) / 1000,
        longest_wait_s=None if longest is None else float(longest) / 1000,
        talk_s=None if talk is None else float(talk),
        wrap_up_s=None if wrap_up is None else float(wrap_up),
    )
