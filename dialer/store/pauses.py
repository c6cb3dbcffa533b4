"""The breaks that agents took, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dialer.store.database import Database
from dialer.store.desk_tables import agent_pauses
from dialer.store.tables import campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """How often and how long (seconds) an agent was on a break for ``reason``."""

    agent_id: str
    reason: str
    count: int
    seconds: float


def begin(connection: sa.Connection, campaign: str, agent_id: str, reason: str, at: datetime) -> None:
    """The agent's break before, if it goes on, is over."""
    end(connection, campaign, agent_id, at)
    campaign_id = connection.scalar(sa.select(campaigns.c.id).where(campaigns.c.name == campaign))
    if campaign_id is not None:
        values = {"campaign_id": campaign_id, "agent_id": agent_id, "reason": reason[:40], "began_at": at}
        connection.execute(agent_pauses.insert().values(**values))


def end(connection: sa.Connection, campaign: str, agent_id: str, at: datetime) -> None:
    of_campaign = sa.select(campaigns.c.id).where(campaigns.c.name == campaign).scalar_subquery()
    goes_on = sa.and_(
        agent_pauses.c.campaign_id == of_campaign,
        agent_pauses.c.agent_id == agent_id,
        agent_pauses.c.ended_at.is_(None),
    )
    ended = sa.case((agent_pauses.c.began_at > at, agent_pauses.c.began_at), else_=at)
    connection.execute(agent_pauses.update().where(goes_on).values(ended_at=ended))


def end_all(connection: sa.Connection) -> None:
    """At the start of an engine: nobody knows how long the breaks of an earlier one lasted, so they count nothing."""
    goes_on = agent_pauses.c.ended_at.is_(None)
    connection.execute(agent_pauses.update().where(goes_on).values(ended_at=agent_pauses.c.began_at))


async def totals(database: Database, campaign_id: int, since: datetime, until: datetime) -> Sequence[Pauses]:
    """The breaks that began from ``since`` up to ``until``; those that go on count up to ``until``."""
    statement = (
        sa.select(agent_pauses)
        .where(
            agent_pauses.c.campaign_id == campaign_id,
            agent_pauses.c.began_at >= since,
            agent_pauses.c.began_at < until,
        )
        .order_by(agent_pauses.c.agent_id, agent_pauses.c.reason)
    )
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for row in await database.read(lambda connection: connection.execute(statement).all()):
        count, seconds = found.get((row.agent_id, row.reason), (0, 0.0))
        lasted_s = (min(row.ended_at or until, until) - row.began_at).total_seconds()
        found[row.agent_id, row.reason] = (count + 1, seconds + max(0.0, lasted_s))
    return [
        Pauses(agent_id=agent_id, reason=reason, count=count, seconds=seconds)
        for (agent_id, reason), (count, seconds) in found.items()
    ]
