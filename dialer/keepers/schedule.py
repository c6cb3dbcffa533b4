"""Starts and stops campaigns at the hours of their schedules."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from dialer.clock import Clock
from dialer.compliance.zones import zone
from dialer.domain.campaign import Campaign
from dialer.domain.schedule import Edge
from dialer.errors import StoreError
from dialer.store.campaigns import Campaigns
from dialer.store.local_day import zones_of

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0


class GiveOrder(Protocol):
    def __call__(self, name: str, *, starts: bool) -> bool:
        """Whether somebody took the order."""
        ...


class ScheduleKeeper:
    """An edge is carried out once, late rather than never: the store remembers which was the last. One that lies
    before the first look at a campaign is only remembered, so that setting up a schedule starts nothing at once."""

    def __init__(self, campaigns: Campaigns, clock: Clock, order: GiveOrder) -> None:
        self._campaigns = campaigns
        self._clock = clock
        self._order = order

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StoreError as exc:  # looked at again in a moment
                log.warning("schedule.not_looked_at", error=exc.message)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Carry out what has become due since the last look."""
        now = self._clock.now()
        done = await self._campaigns.scheduled_at()
        for campaign in await self._campaigns.all():
            edge = last_edge(campaign, self._clock)
            if edge is None:
                continue
            before = done.get(campaign.id)
            if before is None:
                await self._campaigns.set_scheduled_at(campaign.id, now)
            elif edge.at > before and self._order(campaign.name, starts=edge.starts):
                log.info("schedule.carried_out", campaign=campaign.name, starts=edge.starts, due=edge.at.isoformat())
                await self._campaigns.set_scheduled_at(campaign.id, edge.at)


def last_edge(campaign: Campaign, clock: Clock) -> Edge | None:
    where = zone(campaign.schedule.zone) or zones_of(campaign.country)[0]
    return campaign.schedule.last_edge(clock.now(), where)
