"""A station in this process with a campaign at work, and everything that it says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.app import Station
from dialer.clock import Clock, ShiftedClock, SystemClock
from dialer.domain.campaign import Campaign
from dialer.domain.events import LinkLost, LinkRestored, TelephonyEvent
from dialer.engine.messages import StartCampaign
from dialer.engine.switchboard import Switchboard
from dialer.pbx.ami import AmiEndpoint
from dialer.pbx.asterisk import AsteriskSettings
from dialer.ports import BusMessage
from dialer.settings import Settings
from dialer.store.importing.importer import import_leads
from dialer.telephone_side import Pbx
from dialer.wiring import PbxKit, _linked, _listening
from tests.support.engine_process import Row, all_attempts, write_leads
from tests.support.station import LEGAL_HOUR, add_agents

PATIENCE_S = 60.0  # only ever used up by a test that fails


def watchful_kit(settings: Settings, *, dead_after_s: float) -> PbxKit:
    """The Asterisk that the settings name, over a link that notices a silent peer after so many seconds."""

    @asynccontextmanager
    async def make(switchboard: Switchboard, clock: Clock) -> AsyncIterator[Pbx]:
        async with _listening(settings, switchboard, clock, port=settings.media.port) as (server, detector, _, _):
            ami = AmiEndpoint(
                username=settings.ami.username, secret=settings.ami.secret, port=settings.ami.port,
                ping_interval_s=dead_after_s / 4, dead_after_s=dead_after_s, backoff_cap_s=1.0,
            )  # fmt: skip
            asterisk = AsteriskSettings(
                media=f"127.0.0.1:{server.port}", recordings=settings.recordings.asterisk_spool_dir
            )
            async with _linked(ami, asterisk, clock) as telephony:
                yield Pbx(telephony, detector, settings.recordings.spool_dir)

    return PbxKit(make=make)


@dataclass
class LiveStation:
    station: Station
    campaign: Campaign
    said: list[BusMessage] = field(default_factory=list)
    link: list[LinkLost | LinkRestored] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, message: BusMessage) -> None:
        self.said.append(message)
        self._news.set()

    def on_telephony(self, event: TelephonyEvent) -> None:
        if isinstance(event, LinkLost | LinkRestored):
            self.link.append(event)

    def named(self, what: str) -> list[BusMessage]:
        return [message for message in self.said if message.topic == f"{self.campaign.name}/{what}"]

    async def says(self, what: str, more: int = 1) -> None:
        """Return when the campaign has said it so many times more."""
        wanted = len(self.named(what)) + more
        await self.until(lambda: len(self.named(what)) >= wanted)

    async def is_blind(self) -> datetime:
        """Return when the campaign says that its link is down, and since when it has known."""
        seen = len(self.said)

        def found() -> list[BusMessage]:
            states = [message for message in self.said[seen:] if message.topic.endswith("/state")]
            return [message for message in states if message.payload["link"] == "down"]

        await self.until(lambda: bool(found()))
        return datetime.fromisoformat(str(found()[0].payload["at"]))

    @property
    def restored_at(self) -> datetime:
        """When the link came back, the last time."""
        return next(event.at for event in reversed(self.link) if isinstance(event, LinkRestored))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def attempts(self) -> list[Row]:
        return await all_attempts(self.station.database)


@asynccontextmanager
async def live_station(
    settings: Settings, campaign: Campaign, numbers: list[str], *, agents: int, dead_after_s: float = 2.0
) -> AsyncIterator[LiveStation]:
    """Dialing, with ``agents`` signed in, until the context ends."""
    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    kit = watchful_kit(settings, dead_after_s=dead_after_s)
    async with Station(settings, clock=clock, make_pbx=kit.make) as station:
        made = await station.campaigns.create(replace(campaign, id=0), clock.now())
        await import_leads(station.database, write_leads(settings.data_dir, numbers), made, now=clock.now())
        live = LiveStation(station, made)
        station.bus.subscribe("#", live.hear, name="test")
        station.pbx.telephony.subscribe(live.on_telephony)
        await station.host_all()
        add_agents(station, made, agents)
        station.command(made.name, StartCampaign())
        yield live
