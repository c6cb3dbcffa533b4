"""The law on a real Asterisk: which message plays and when, and calls by hand before the gate."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId
from dialer.engine.messages import SignIn, StartCampaign
from dialer.ports import BusMessage
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from dialer.store.importing.importer import import_leads
from dialer.store.tables import attempts, debtors
from dialer.wiring import own_asterisk_kit
from tests.support.asterisk import start_asterisk
from tests.support.station import LEGAL_HOUR, new_campaign, settings_on
from tests.support.telephone_room import TelephoneRoom, telephone_room

ANA = AgentId("ana")
CARRIER = "Local/{number}@cadencia-demo-carrier/n"
NIGHT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # three in the morning in Bogotá
PATIENCE_S = 60.0  # only ever used up by a test that fails


@pytest.fixture(scope="module")
def lifelike() -> Iterator[AsteriskProcess]:
    """People who take as long as in life."""
    process = start_asterisk("law", demo_speed=1.0)
    try:
        yield process
    finally:
        process.remove()


def person_in(prefix: str) -> str:
    """The number beginning so whose person answers soonest, of those who stay for a whole message."""
    numbers = (f"{prefix}{last:04d}" for last in range(10_000))
    told = [(behaviour_of(one), one) for one in numbers]
    return min((it.ring_s, one) for it, one in told if it.kind is BehaviourKind.PERSON and it.talk_s >= 35.0)[1]


class Floor:
    """A running campaign with one debtor and one agent, and what the bus said."""

    def __init__(self, station: Station, campaign: Campaign) -> None:
        self.station = station
        self.campaign = campaign
        self.told: list[BusMessage] = []
        self._news = asyncio.Condition()
        station.bus.subscribe(f"{campaign.name}/#", self._hear, name="test")

    async def _hear(self, message: BusMessage) -> None:
        self.told.append(message)
        async with self._news:
            self._news.notify_all()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(true)

    def of(self, name: str) -> list[dict[str, object]]:
        return [message.payload for message in self.told if message.topic == f"{self.campaign.name}/{name}"]

    async def hear(self, name: str) -> dict[str, object]:
        await self.until(lambda: self.of(name))
        return self.of(name)[0]

    async def order(self, verb: str, **fields: object) -> None:
        payload = {"verb": verb, "request_id": verb, **fields}
        await self.station.bus.publish(BusMessage(topic=f"{self.campaign.name}/command", payload=payload))

    async def answer(self, verb: str) -> dict[str, object]:
        """What came of the order: the refusal, or that it was carried out."""

        def found() -> list[dict[str, object]]:
            both = self.of("command.done") + self.of("command.refused")
            return [payload for payload in both if payload["request_id"] == verb]

        await self.until(found)
        return found()[0]

    async def debtor(self) -> int:
        read = self.station.database.read
        return int(await read(lambda connection: connection.scalar(sa.select(debtors.c.id))) or 0)

    async def attempts(self) -> list[sa.Row[Any]]:
        read = self.station.database.read
        return list(await read(lambda connection: connection.execute(sa.select(attempts)).all()))


@asynccontextmanager
async def floor_on(
    process: AsteriskProcess, folder: Path, number: str, *, at: datetime = LEGAL_HOUR, **campaign_settings: object
) -> AsyncIterator[Floor]:
    settings = settings_on(process, folder / "data", dial_string=CARRIER)
    kit = own_asterisk_kit(settings, ami_secret=settings.ami.secret)
    async with Station(settings, clock=ShiftedClock(SystemClock(), at), make_pbx=kit.make) as station:
        campaign = await new_campaign(station, announce_recording=False, **campaign_settings)
        with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["name", "phone", "amount", "currency", "reference"], ["Persona", number, "100.00", "USD", "R1"]]
            )
        report = await import_leads(station.database, folder / "leads.csv", campaign, now=station.clock.now())
        assert report.accepted == 1, report
        floor = Floor(station, campaign)
        runner = await station.host(campaign)
        runner.post(SignIn(agent_id=ANA, name="Ana", dial_string="Local/ana@cadencia-demo-agent/n", ready=True))
        await floor.until(lambda: runner.core.floor.roster.in_state(AgentState.READY))
        yield floor
        await station.drain(at_most_s=20.0)


async def hear_the_message(process: AsteriskProcess, floor: Floor, room: TelephoneRoom) -> tuple[dict[str, str], Any]:
    """The agent takes a break while the phone rings. Returns what Asterisk said of the message, and the attempt."""
    floor.station.command(floor.campaign.name, StartCampaign())
    await floor.hear("call.dialed")
    await floor.order("agent.pause", agent_id=ANA)
    started = await room.until(lambda event: event.get("userevent") == "CadenciaMessageStarted")
    await room.until(lambda event: event.get("userevent") == "CadenciaMessagePlayed")
    await floor.hear("call.closed")
    (attempt,) = await floor.attempts()
    assert "does not exist in any format" not in process.log_tail(2000)
    return started, attempt


@pytest.mark.parametrize(
    ("number", "country", "language", "packs", "wording"),
    [
        ("+1212736", "US", "en", ("us-tsr",), "us-limited-content"),
        ("+52555512", "MX", "es", (), "limited-content"),
    ],
    ids=["United States", "Mexico"],
)
async def test_whom_no_agent_takes_hears_the_wording_of_their_country_in_time(
    lifelike: AsteriskProcess,
    tmp_path: Path,
    number: str,
    country: str,
    language: str,
    packs: tuple[str, ...],
    wording: str,
) -> None:
    at = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # noon in New York, eleven in Mexico City
    async with (
        telephone_room(lifelike) as room,
        floor_on(
            lifelike, tmp_path, person_in(number), at=at, mode=DialMode.PROGRESSIVE, country=country,
            language=language, packs=packs,
        ) as floor,
    ):  # fmt: skip
        started, attempt = await hear_the_message(lifelike, floor, room)
    assert (started["kind"], started["spoken"], started["wording"]) == ("abandoned", language, wording)
    assert (attempt.outcome, attempt.abandoned_message_played) == ("abandoned", True)
    assert attempt.greeting_ended_at is not None
    # It was abandoned, which the law counts; the message came in time, or the second breach would be here too.
    assert attempt.breaches == (["connect-deadline"] if packs else [])


async def test_a_call_by_hand_is_dialed_for_its_agent_and_logged_as_such(
    lifelike: AsteriskProcess, tmp_path: Path
) -> None:
    number = person_in("+57310555")
    async with floor_on(lifelike, tmp_path, number, mode=DialMode.PREVIEW, name="a-mano") as floor:
        await floor.order("agent.pause", agent_id=ANA)  # no preview: the agent chooses
        floor.station.command(floor.campaign.name, StartCampaign())
        await floor.order("agent.dial", agent_id=ANA, debtor_id=await floor.debtor(), number=number)
        done = await floor.answer("agent.dial")
        bridged = await floor.hear("call.bridged")
        await floor.order("agent.hang_up", agent_id=ANA)
        await floor.hear("call.closed")
        (attempt,) = await floor.attempts()
    assert done["call_id"] == bridged["call_id"] == attempt.call_id
    assert bridged["agent_id"] == ANA
    assert (attempt.mode, attempt.outcome, attempt.number) == ("manual", "conversation", number)


async def test_a_call_by_hand_at_night_is_refused_with_its_reasons_and_nothing_is_dialed(
    lifelike: AsteriskProcess, tmp_path: Path
) -> None:
    number = person_in("+57310555")
    async with floor_on(lifelike, tmp_path, number, at=NIGHT, mode=DialMode.PREVIEW, name="de-noche") as floor:
        await floor.order("agent.pause", agent_id=ANA)
        floor.station.command(floor.campaign.name, StartCampaign())
        await floor.order("agent.dial", agent_id=ANA, debtor_id=await floor.debtor())
        refused = await floor.answer("agent.dial")
        assert await floor.attempts() == []
    assert refused["code"] == "denied"
    assert "co-ley-2300/window" in (refused["reasons"] or [])  # type: ignore[operator]
