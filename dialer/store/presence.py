"""Who was there when: a row for each stretch that an agent was signed in to a campaign and not on a break."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from dialer.store.database import Database
from dialer.store.presence_tables import agent_presence
from dialer.store.tables import attempts, campaigns


class Presence:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def came(self, campaign: str, agent_id: str, at: datetime) -> None:
        """The agent is there from ``at`` on. Who is there already stays so."""
        await self._database.write(_came, campaign, agent_id, at)

    async def went(self, campaign: str, agent_id: str, at: datetime) -> None:
        """The agent is on a break or gone."""
        await self._database.write(_went, campaign, agent_id, at)

    async def nobody(self, now: datetime) -> None:
        """At the start of an engine: agents of an earlier one are gone since what the log last has of them."""
        await self._database.write(_nobody, now)


_open = agent_presence.c.ended_at.is_(None)


def _there(campaign: str, agent_id: str) -> sa.ColumnElement[bool]:
    of_campaign = sa.select(campaigns.c.id).where(campaigns.c.name == campaign).scalar_subquery()
    return sa.and_(agent_presence.c.campaign_id == of_campaign, agent_presence.c.agent_id == agent_id, _open)


def _came(connection: sa.Connection, campaign: str, agent_id: str, at: datetime) -> None:
    if connection.execute(sa.select(agent_presence.c.id).where(_there(campaign, agent_id))).first() is not None:
        return
    campaign_id = connection.scalar(sa.select(campaigns.c.id).where(campaigns.c.name == campaign))
    if campaign_id is not None:
        connection.execute(agent_presence.insert().values(campaign_id=campaign_id, agent_id=agent_id, began_at=at))


def _went(connection: sa.Connection, campaign: str, agent_id: str, at: datetime) -> None:
    ended = agent_presence.update().where(_there(campaign, agent_id))
    connection.execute(
        ended.values(ended_at=sa.case((agent_presence.c.began_at > at, agent_presence.c.began_at), else_=at))
    )


def _nobody(connection: sa.Connection, now: datetime) -> None:
    for row in connection.execute(sa.select(agent_presence).where(_open)).all():
        last = connection.scalar(
            sa.select(sa.func.max(attempts.c.ended_at)).where(
                attempts.c.campaign_id == row.campaign_id,
                attempts.c.agent_id == row.agent_id,
                attempts.c.answered_at >= row.began_at,
                attempts.c.ended_at <= now,
            )
        )
        connection.execute(
            agent_presence.update()
            .where(agent_presence.c.id == row.id)
            .values(ended_at=max(row.began_at, last or row.began_at))
        )
