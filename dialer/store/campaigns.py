"""Campaigns: making, finding, changing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.errors import Changed, InputError, UnknownCampaign
from dialer.store import campaign_settings, outbox
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

    async def change(self, campaign: Campaign, seen: Campaign, now: datetime) -> None:
        """Store every setting of ``campaign`` and tell whoever runs it, unless it is no longer what ``seen`` says.

        Raises Changed.
        """
        await self._database.write(_change, campaign, seen, now)

    async def set_pacing(
        self, campaign_id: int, state: CampaignState, *, mode: DialMode, ratio: float, target: float
    ) -> None:
        """Store what an engine decided by order: nothing else of the campaign, which others may have changed."""
        await self._database.write(_set_pacing, campaign_id, state, mode, ratio, target)

    async def scheduled_at(self) -> Mapping[int, datetime | None]:
        """Of every campaign, the edge of its schedule that was carried out last."""
        rows = await self._database.read(
            lambda connection: connection.execute(sa.select(campaigns.c.id, campaigns.c.scheduled_at)).all()
        )
        return {row.id: row.scheduled_at for row in rows}

    async def set_scheduled_at(self, campaign_id: int, at: datetime) -> None:
        await self._change(campaigns.update().where(campaigns.c.id == campaign_id).values(scheduled_at=at))

    async def state(self, campaign_id: int) -> CampaignState:
        statement = sa.select(campaigns.c.state, campaigns.c.paused).where(campaigns.c.id == campaign_id)
        found = await self._database.read(lambda connection: connection.execute(statement).first())
        if found is None:
            raise UnknownCampaign
        return CampaignState.PAUSED if found.paused else CampaignState(found.state)

    async def set_state(self, campaign_id: int, state: CampaignState) -> None:
        await self._change(campaigns.update().where(campaigns.c.id == campaign_id).values(**_stored(state)))

    async def _change(self, statement: sa.Update) -> None:
        if await self._database.write(lambda connection: connection.execute(statement).rowcount) == 0:
            raise UnknownCampaign


def load_campaign(connection: sa.Connection, campaign_id: int) -> Campaign:
    """The campaign within a transaction. Raises UnknownCampaign."""
    row = connection.execute(_BY_ID, {"wanted": campaign_id}).first()
    if row is None:
        raise UnknownCampaign
    return _campaign(row)


def _change(connection: sa.Connection, campaign: Campaign, seen: Campaign, now: datetime) -> None:
    row = connection.execute(_BY_ID.with_for_update(), {"wanted": campaign.id}).first()
    if row is None or row.name != campaign.name:
        raise UnknownCampaign
    if _campaign(row) != seen:
        raise Changed
    values: dict[str, object] = {"settings": campaign_settings.to_json(campaign)}
    if campaign.schedule != seen.schedule:
        values["scheduled_at"] = now  # a new schedule begins with its next edge
    connection.execute(campaigns.update().where(campaigns.c.id == campaign.id).values(**values))
    told = {"v": 1, "campaign": campaign.name, "at": outbox.rfc3339(now)}
    outbox.add(connection, [outbox.NewEvent(topic=f"{campaign.name}/campaign.configured", payload=told, at=now)])


def _set_pacing(
    connection: sa.Connection, campaign_id: int, state: CampaignState, mode: DialMode, ratio: float, target: float
) -> None:
    row = connection.execute(_BY_ID.with_for_update(), {"wanted": campaign_id}).first()
    if row is None:
        raise UnknownCampaign
    changed = replace(_campaign(row), mode=mode, ratio=ratio, target_abandonment=target)
    values = {"settings": campaign_settings.to_json(changed), **_stored(state)}
    connection.execute(campaigns.update().where(campaigns.c.id == campaign_id).values(**values))


def _stored(state: CampaignState) -> dict[str, object]:
    """A paused campaign is one that runs: whatever asks for those asks for it as well."""
    paused = state is CampaignState.PAUSED
    return {"state": str(CampaignState.RUNNING if paused else state), "paused": paused}


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
