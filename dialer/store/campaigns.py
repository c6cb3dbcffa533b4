"""Campaigns: making, finding, changing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.domain.campaign import Campaign, CampaignState
from dialer.errors import InputError, UnknownCampaign
from dialer.store import campaign_settings
from dialer.store.database import Database
from dialer.store.tables import campaigns

_BY_ID = sa.select(campaigns).where(campaigns.c.id == sa.bindparam("wanted"))
_ALL = sa.select(campaigns).order_by(campaigns.c.name)
_BY_NAME = sa.select(campaigns).where(campaigns.c.name == sa.bindparam("wanted"))


class Campaigns:
    """The campaigns of one database. Methods raise UnknownCampaign where there is none of that name or id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, campaign: Campaign, now: datetime) -> Campaign:
        """Store a new campaign and return it with the id it got (the given one is ignored).

        Raises InputError where the name is taken, or is no name for a bus topic: 1 to 64 letters, digits, ``_ . -``.
        """
        _check_name(campaign.name)
        return await self._database.write(_create, campaign, now)

    async def get(self, name: str) -> Campaign:
        row = await self._database.read(lambda connection: connection.execute(_BY_NAME, {"wanted": name}).first())
        if row is None:
            raise UnknownCampaign(f"There is no campaign named {name!r}. List them with: cadencia campaign list")
        return _campaign(row)

    async def by_id(self, campaign_id: int) -> Campaign:
        return await self._database.read(load_campaign, campaign_id)

    async def all(self) -> Sequence[Campaign]:
        """Every campaign, in the order of their names."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).all())
        return [_campaign(row) for row in rows]

    async def update(self, campaign: Campaign) -> None:
        """Store every setting of ``campaign``, found by its id. Its name does not change: topics and files carry it."""
        change = campaigns.update().where(campaigns.c.id == campaign.id, campaigns.c.name == campaign.name)
        await self._change(change.values(settings=campaign_settings.to_json(campaign)))

    async def state(self, campaign_id: int) -> CampaignState:
        statement = sa.select(campaigns.c.state).where(campaigns.c.id == campaign_id)
        found = await self._database.read(lambda connection: connection.scalar(statement))
        if found is None:
            raise UnknownCampaign
        return CampaignState(found)

    async def set_state(self, campaign_id: int, state: CampaignState) -> None:
        await self._change(campaigns.update().where(campaigns.c.id == campaign_id).values(state=str(state)))

    async def _change(self, statement: sa.Update) -> None:
        if await self._database.write(lambda connection: connection.execute(statement).rowcount) == 0:
            raise UnknownCampaign


def load_campaign(connection: sa.Connection, campaign_id: int) -> Campaign:
    """The campaign within a transaction. Raises UnknownCampaign."""
    row = connection.execute(_BY_ID, {"wanted": campaign_id}).first()
    if row is None:
        raise UnknownCampaign
    return _campaign(row)


def _create(connection: sa.Connection, campaign: Campaign, now: datetime) -> Campaign:
    if connection.execute(_BY_NAME, {"wanted": campaign.name}).first():
        raise InputError(f"There is already a campaign named {campaign.name}. Choose another name.")
    settings = campaign_settings.to_json(campaign)
    insert = campaigns.insert().values(name=campaign.name, settings=settings, created_at=now)
    made = connection.execute(insert.returning(campaigns.c.id)).scalar_one()
    return replace(campaign, id=made)


def _campaign(row: sa.Row[Any]) -> Campaign:
    return campaign_settings.from_json(row.id, row.name, row.settings)


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 64 or not all(each.isalnum() or each in "_.-" for each in name):
        raise InputError("A campaign's name has 1 to 64 letters, digits, points, hyphens or underscores.")
