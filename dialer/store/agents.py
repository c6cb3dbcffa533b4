"""Agents: who may sign in, and which phone is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from dialer.domain.ids import AgentId
from dialer.store.database import Database
from dialer.store.tables import agents


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """``dial_string`` is a complete Asterisk channel, such as ``PJSIP/ana``."""

    id: AgentId
    name: str
    dial_string: str


class Agents:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, agent: Agent, now: datetime) -> None:
        """Add the agent, or change the name and phone of the one with that id."""
        await self._database.write(_save, agent, now)

    async def all(self) -> Sequence[Agent]:
        """Every agent, in the order of their ids."""
        statement = sa.select(agents).order_by(agents.c.id)
        found = await self._database.read(lambda connection: connection.execute(statement).all())
        return [Agent(id=AgentId(row.id), name=row.name, dial_string=row.dial_string) for row in found]


def _save(connection: sa.Connection, agent: Agent, now: datetime) -> None:
    values = {"name": agent.name, "dial_string": agent.dial_string}
    if connection.execute(agents.update().where(agents.c.id == agent.id).values(values)).rowcount == 0:
        connection.execute(agents.insert().values(id=agent.id, created_at=now, **values))
