"""A whole campaign over the real Asterisk and SIPp, and everything that was seen of it from all sides."""

from __future__ import annotations

import asyncio
import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dialer.app import Station
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign
from dialer.engine.messages import StartCampaign
from dialer.engine.tally import Tally
from dialer.ports import BusMessage, LiveChannel
from dialer.provision.process import AsteriskProcess
from dialer.store.importing.importer import import_leads
from dialer.store.tables import attempts
from tests.support.scripted_carrier import write_leads
from tests.support.sipp import SippCarrier
from tests.support.station import add_agents, new_campaign, settings_on, station_on

_SIGN_IN_S = 20.0

CDR_FIELDS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Seen:
    """``log`` are the rows of the attempts, ``events`` the bus's messages by call, ``carrier`` SIPp's milestones by
    number and ``surprises`` what it did not expect, ``cdrs`` Asterisk's records by call. ``seats`` and ``channels`` are
    as they stood when all was over."""

    log: Sequence[sa.Row[Any]]
    events: dict[str, list[BusMessage]]
    carrier: dict[str, list[str]]
    surprises: list[str]
    cdrs: dict[str, list[dict[str, str]]]
    tally: Tally
    seats: dict[str, AgentState]
    channels: Sequence[LiveChannel]
    recordings: Path
    took_s: float

    def calls(self, of: Callable[[str], bool]) -> list[sa.Row[Any]]:
        """The attempts whose number (digits only) passes ``of``."""
        return [row for row in self.log if of(digits_of(row))]

    def told(self, call_id: str) -> list[str]:
        """What the bus said of the call, in order."""
        return [message.topic.rpartition("call.")[2] for message in self.events.get(call_id, [])]


def digits_of(row: sa.Row[Any]) -> str:
    return str(row.number).lstrip("+")


class Watch:
    """Everything that a campaign says on the bus."""

    def __init__(self, station: Station, campaign: Campaign) -> None:
        self._station = station
        self._campaign = campaign
        self.by_call: dict[str, list[BusMessage]] = defaultdict(list)
        self._changed = asyncio.Condition()
        self.unsubscribe = station.bus.subscribe(f"{campaign.name}/#", self._on_message, name="watch")

    async def _on_message(self, message: BusMessage) -> None:
        name = message.topic.partition("/")[2]
        if name.startswith("call."):
            self.by_call[str(message.payload["call_id"])].append(message)
        async with self._changed:
            self._changed.notify_all()

    def count(self, name: str) -> int:
        topic = f"{self._campaign.name}/{name}"
        return sum(message.topic == topic for messages in self.by_call.values() for message in messages)

    async def until(self, true: Callable[[], bool], timeout_s: float) -> None:
        """Looks again after every message; the state topic brings one twice a second."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(true)

    async def until_agents(self, count: int, state: AgentState, timeout_s: float) -> None:
        roster = self._station.runners[self._campaign.name].core.floor.roster
        await self.until(lambda: len(roster.in_state(state)) == count, timeout_s)


async def dial(
    asterisk: AsteriskProcess,
    carrier: SippCarrier,
    folder: Path,
    dialed: list[str],
    *,
    agents: int,
    calls_per_second: float,
    timeout_s: float,
    act: Callable[[Station], None] | None = None,
    **campaign_settings: object,
) -> Seen:
    """Load ``dialed``, dial each of them once, and wait until every attempt is closed and every agent idle again."""
    settings = settings_on(asterisk, folder / "data", calls_per_second=calls_per_second)
    try:
        async with station_on(settings) as station:
            campaign = await new_campaign(station, **campaign_settings)
            now = station.clock.now()
            report = await import_leads(station.database, write_leads(folder / "leads.csv", dialed), campaign, now=now)
            assert (report.accepted, report.rejected) == (len(dialed), 0), report
            runner = await station.host(campaign)
            watch = Watch(station, campaign)
            if act is not None:
                act(station)
            add_agents(station, campaign, agents)
            await watch.until_agents(agents, AgentState.READY, _SIGN_IN_S)
            began = station.clock.monotonic()
            station.command(campaign.name, StartCampaign())
            with suppress(TimeoutError):  # what is missing then, the comparison tells best
                await watch.until(lambda: watch.count("call.closed") >= len(dialed), timeout_s)
                await watch.until_agents(agents, AgentState.READY, 5.0)
            took_s = station.clock.monotonic() - began
            seats = {str(seat.agent_id): seat.state for seat in runner.core.floor.roster}
            channels = await station.pbx.telephony.live_channels()
            await station.drain(at_most_s=5.0)
            await station.recordings.close()
            log = await station.database.read(
                lambda connection: connection.execute(sa.select(attempts).order_by(attempts.c.call_id)).all()
            )
    finally:
        await asyncio.to_thread(asterisk.cli, "channel request hangup all")
    milestones: dict[str, list[str]] = defaultdict(list)
    for number, milestone in carrier.logged:
        milestones[number].append(milestone)
    return Seen(
        log=log,
        events=dict(watch.by_call),
        carrier=dict(milestones),
        surprises=carrier.surprises,
        cdrs=cdrs_of(asterisk, campaign.name),
        tally=runner.core.floor.tally,
        seats=seats,
        channels=channels,
        recordings=settings.recordings_dir,
        took_s=took_s,
    )


def cdrs_of(asterisk: AsteriskProcess, account: str) -> dict[str, list[dict[str, str]]]:
    """Asterisk's records of one campaign's calls, by call id."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with asterisk.cdr_file.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            record = dict(zip(CDR_FIELDS, row, strict=True))
            if record["accountcode"] == account:
                found[record["uniqueid"]].append(record)
    return dict(found)
