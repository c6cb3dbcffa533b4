"""A whole station on the tests' real Asterisk: the composition of production, with settings of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock
from dialer.demo.agents import SimulatedAgents
from dialer.domain.campaign import Campaign
from dialer.embedded import AGENT_DIAL_STRING
from dialer.provision.process import AsteriskProcess
from dialer.settings import AmiSettings, IvrSettings, MediaSettings, RecordingSettings, Settings, TrunkSettings
from dialer.wiring import own_asterisk_kit

#: A Tuesday, nine in the morning in Bogotá: Colombian debtors may be called.
LEGAL_HOUR = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def settings_on(
    asterisk: AsteriskProcess,
    data_dir: Path,
    *,
    dial_string: str = "PJSIP/{digits}@carrier",
    max_lines: int = 200,
    calls_per_second: float = 20.0,
) -> Settings:
    """Settings that name the test's Asterisk and keep everything in ``data_dir``."""
    media_port = int(asterisk.config.media.rpartition(":")[2])
    trunk = TrunkSettings(
        dial_string=dial_string, max_lines=max_lines, calls_per_second=calls_per_second, caller_id="+576015550100"
    )
    return Settings(
        data_dir=data_dir,
        ami=AmiSettings(port=asterisk.config.ami_port, secret=asterisk.config.ami_secret),
        media=MediaSettings(port=media_port),
        ivr=IvrSettings(port=0),  # others listen at the same time; who needs it here names the Asterisk's own
        trunks={"default": trunk},
        recordings=RecordingSettings(spool_dir=asterisk.recordings, asterisk_spool_dir=str(asterisk.config.recordings)),
    )


@asynccontextmanager
async def station_on(settings: Settings) -> AsyncIterator[Station]:
    """A started station at a legal hour, no campaign hosted yet."""
    kit = own_asterisk_kit(settings, ami_secret=settings.ami.secret)
    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    async with Station(settings, clock=clock, make_pbx=kit.make) as station:
        yield station


async def new_campaign(station: Station, **settings: object) -> Campaign:
    wanted = Campaign(id=0, **{"name": "prueba", "country": "CO", "wrap_up_s": 2.0, **settings})  # type: ignore[arg-type]
    return await station.campaigns.create(wanted, station.clock.now())


def add_agents(station: Station, campaign: Campaign, count: int, *, wrap_up_s: float = 0.5) -> None:
    """Sign in simulated agents on the demo agents' phones."""
    agents = SimulatedAgents(
        station.bus, campaign.name, count=count, dial_string=AGENT_DIAL_STRING, wrap_up_s=wrap_up_s, seed=1
    )
    station.tasks.spawn(agents.run(), "simulated agents")
