"""One demonstration from start to summary."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import structlog

from dialer.app import Station
from dialer.audit.checkpoint import HEADS_FILE
from dialer.clock import Clock, seeded_random
from dialer.demo.agents import SimulatedAgents
from dialer.demo.capped_log import CappedLog
from dialer.demo.people import CREDITOR, write_lead_file
from dialer.demo.summary import Summary, percentile
from dialer.domain.campaign import Campaign, DialMode
from dialer.engine.messages import StartCampaign
from dialer.settings import Settings, TrunkSettings
from dialer.store.importing.importer import import_leads
from dialer.store.queries import Queries
from dialer.store.tables import attempts, do_not_call, phones
from dialer.telephone_side import PbxMaker

log = structlog.get_logger(__name__)

CAMPAIGN = "demo"
CALLER_ID = "+576015550100"
STOPPED_EVERY = 40  # one debtor in so many asked not to be called: the gate has something to deny
FINISH_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """``speed`` divides the carrier's waiting times. ``calls`` None: a list for a long look, no end of its own."""

    calls: int | None
    agents: int
    seed: int
    agent_dial_string: str
    carrier_dial_string: str
    record: bool = True
    mode: DialMode = DialMode.PREDICTIVE
    ratio: float = 2.0
    speed: float = 1.0
    calls_per_second: float = 20.0

    @property
    def people(self) -> int:
        """Debtors to import: every one may be dialed once before any retry is due."""
        wanted = self.calls if self.calls is not None else 5000
        return wanted + wanted // (STOPPED_EVERY // 2) + 10


def demo_settings(settings: Settings, plan: DemoPlan) -> Settings:
    """The user's settings with the demonstration's own trunk and a folder of its own in the data folder."""
    trunk = TrunkSettings(
        dial_string=plan.carrier_dial_string,
        max_lines=min(1000, 5 * plan.agents + 10),
        calls_per_second=plan.calls_per_second,
        caller_id=CALLER_ID,
    )
    return settings.model_copy(
        update={"trunks": {"default": trunk}, "data_dir": settings.data_dir / "demo", "database_url": ""}
    )


def clear_previous(settings: Settings) -> None:
    """A demonstration begins with an empty log. Only what demonstrations make is removed."""
    for path in settings.data_dir.glob("cadencia.sqlite*"):
        path.unlink()
    (settings.data_dir / HEADS_FILE).unlink(missing_ok=True)
    shutil.rmtree(settings.data_dir / "recordings", ignore_errors=True)


@asynccontextmanager
async def demo_station(
    settings: Settings, plan: DemoPlan, *, clock: Clock, make_pbx: PbxMaker
) -> AsyncIterator[DemoStation]:
    """A station with the demo campaign loaded, its agents signed in and the dialing begun."""
    randomness = seeded_random(f"ids-{plan.seed}").randbytes
    async with Station(settings, clock=clock, make_pbx=make_pbx, randomness=randomness) as station:
        campaign = await station.campaigns.create(
            Campaign(
                id=0,
                name=CAMPAIGN,
                country="CO",
                creditor=CREDITOR,
                mode=plan.mode,
                ratio=plan.ratio,
                wrap_up_s=20.0 / plan.speed,
                record=plan.record,
            ),
            clock.now(),
        )
        await _load_debtors(station, campaign, plan)
        capped = None
        if plan.calls is not None:
            capped = CappedLog(station.attempts, plan.calls)
            station.dial_with(capped)
        await station.host(campaign)
        await station.end_strays()
        agents = SimulatedAgents(
            station.bus,
            CAMPAIGN,
            count=plan.agents,
            dial_string=plan.agent_dial_string,
            wrap_up_s=8.0 / plan.speed,
            seed=plan.seed,
        )
        station.tasks.spawn(agents.run(), "simulated agents")
        station.command(CAMPAIGN, StartCampaign())
        yield DemoStation(station, capped)


class DemoStation:
    """A running demonstration."""

    def __init__(self, station: Station, capped: CappedLog | None) -> None:
        self.station = station
        self._capped = capped
        self._began = station.clock.monotonic()
        self._began_at = station.clock.now()
        self._ended: float | None = None

    async def until_done(self) -> None:
        """Until the calls are spent and the last one is over. Ends early where a task of the station fails."""
        runner = self.station.runners[CAMPAIGN]

        async def spent() -> None:
            if self._capped is None:
                await asyncio.Event().wait()
                return
            while not (self._capped.spent and runner.idle):
                await self._capped.wait_spent()
                await runner.wait_idle()

        done = asyncio.ensure_future(spent())
        failed = asyncio.ensure_future(self.station.tasks.failed())
        try:
            await asyncio.wait({done, failed}, return_when=asyncio.FIRST_COMPLETED)
            if failed.done():
                failed.result()
        finally:
            done.cancel()
            failed.cancel()
        self._ended = self.station.clock.monotonic()

    async def finish(self) -> None:
        """Drain, within three minutes."""
        await self.station.drain(at_most_s=FINISH_S)
        if self._ended is None:
            self._ended = self.station.clock.monotonic()

    async def summary(self) -> Summary:
        """What came of it, from the log; the core's own count of placed calls is only compared with it."""
        database, runner = self.station.database, self.station.runners[CAMPAIGN]
        queries = Queries(database)
        counters = await queries.counters(runner.campaign.id, self._began_at)
        delays = await queries.bridge_delays_ms(runner.campaign.id, self._began_at)
        elapsed_s = (self._ended or self.station.clock.monotonic()) - self._began
        return Summary(
            attempts=counters.attempts,
            outcomes={outcome.value: count for outcome, count in sorted(counters.outcomes.items())},
            people=counters.people,
            machines=counters.machines,
            bridged=counters.bridged,
            abandoned=counters.abandoned,
            abandonment_rate=round(counters.abandonment_rate, 4),
            verdict_to_bridge_ms={"p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99)},
            calls_per_s=round(counters.attempts / elapsed_s, 2) if elapsed_s else 0.0,
            denied=dict(sorted(counters.denied.items())),
            unaccounted=counters.open + abs(runner.core.floor.tally.placed - counters.attempts),
            duplicates=await database.read(_overlapping_calls),
        )


async def _load_debtors(station: Station, campaign: Campaign, plan: DemoPlan) -> None:
    now = station.clock.now()
    leads: Path = station.settings.data_dir / "demo-debtors.csv"
    await asyncio.to_thread(write_lead_file, leads, people=plan.people, seed=plan.seed, today=now.date())
    report = await import_leads(station.database, leads, campaign, now=now)
    await station.database.write(_stop_some, now)
    log.info("demo.debtors_loaded", debtors=report.debtors, phones=report.phones, debts=report.debts)


def _overlapping_calls(connection: sa.Connection) -> int:
    """Calls that were reserved while an earlier one to the same debtor was not over: debtors dialed twice."""
    earlier = attempts.alias("earlier")
    twice = sa.select(sa.func.count()).where(
        attempts.c.debtor_id == earlier.c.debtor_id,
        attempts.c.call_id != earlier.c.call_id,
        attempts.c.state != "released",
        earlier.c.state != "released",
        attempts.c.reserved_at >= earlier.c.reserved_at,
        attempts.c.reserved_at < earlier.c.ended_at,
    )
    return connection.scalar(twice) or 0


def _stop_some(connection: sa.Connection, now: datetime) -> None:
    """Some people have asked not to be called."""
    numbers = connection.execute(sa.select(phones.c.e164).where(phones.c.debtor_id % STOPPED_EVERY == 0)).scalars()
    rows = [{"number": number, "source": "demo", "at": now} for number in numbers]
    if rows:
        connection.execute(do_not_call.insert(), rows)
