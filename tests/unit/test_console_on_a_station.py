"""The console's compliance rooms over a running engine, on the PBX without Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from agent_console.app import create_app
from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock
from dialer.console.people import ConsoleChanges
from dialer.engine.messages import StartCampaign
from dialer.ports import BusMessage
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.settings import Settings, TrunkSettings
from dialer.wiring import fake_kit
from tests.support.console_client import another, signed_in
from tests.support.console_people import furnished_people
from tests.support.station import LEGAL_HOUR, new_campaign
from tests.support.store import add_debtor, number
from tests.support.whole_console import console_of_tests

API = "/api/v1"
SEAT = {"campaign": "prueba", "phone": "PJSIP/1001"}


@asynccontextmanager
async def served(data_dir: Path) -> AsyncIterator[tuple[Station, httpx.AsyncClient, httpx.AsyncClient]]:
    """A station, an agent's browser, and an administrator's."""
    kit = fake_kit(speed=20.0)
    trunk = TrunkSettings(
        dial_string=kit.carrier_dial_string, max_lines=5, calls_per_second=5, caller_id="+576015550100"
    )
    settings = Settings(data_dir=data_dir, trunks={"default": trunk})
    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    async with Station(settings, clock=clock, make_pbx=kit.make) as station, AsyncExitStack() as stack:
        people = await furnished_people(station.database, station.clock)
        changes = ConsoleChanges(station.database, station.clock)
        app = create_app(console_of_tests(station, stack, people=people, changes=changes))
        async with signed_in(app, "ana") as desk, another(app, "luis") as office:
            yield station, desk, office


async def test_a_call_by_hand_passes_the_gate_whatever_way_it_is_asked_for(tmp_path: Path) -> None:
    async with served(tmp_path) as (station, desk, office):
        campaign = await new_campaign(station)
        debtor = await add_debtor(station.database, campaign, number(1), next_try_at=LEGAL_HOUR.replace(year=2030))
        await station.host(campaign)
        station.command(campaign.name, StartCampaign())
        await sit_down(station, desk)
        order = {"debtor": debtor, "agent": "ana"}
        register = {"kind": "channels", "value": {"channels": ["sms"]}, "debtor": debtor, "source": "form"}
        fact = (await office.post(f"{API}/facts", json=register)).json()["id"]

        denied = await desk.post(f"{API}/campaigns/prueba/calls", json=order)
        told = denied.json()
        assert (denied.status_code, told["code"]) == (409, "denied")
        assert told["reasons"] == ["co-ley-2300/channel-not-authorised"]

        assert (await office.post(f"{API}/facts/{fact}/end", json={})).status_code == 200
        placed = await desk.post(f"{API}/campaigns/prueba/calls", json=order)
        assert placed.status_code == 201
        decision = await office.get(f"{API}/attempts/{placed.json()['call_id']}/decision")
        assert decision.json()["decision"]["allowed"] is True
        assert (await office.get(f"{API}/campaigns/prueba/funnel")).json()["leads"] == 1
        assert (await office.get(f"{API}/compliance/verify")).json()["findings"] == []


async def test_an_agent_finds_a_debtor_calls_them_writes_it_down_and_takes_a_break(tmp_path: Path) -> None:
    async with served(tmp_path) as (station, desk, office):
        campaign = await new_campaign(station, wrap_up_s=120.0)
        answers = next(each for each in map(number, range(1, 999)) if behaviour_of(each).kind is BehaviourKind.PERSON)
        due = LEGAL_HOUR.replace(year=2030)
        debtor = await add_debtor(station.database, campaign, answers, document="79504471", next_try_at=due)
        await station.host(campaign)
        station.command(campaign.name, StartCampaign())
        await sit_down(station, desk)

        (found,) = (await desk.post(f"{API}/desk/search", json={"text": "79504471"})).json()["debtors"]
        placed = await desk.post(f"{API}/desk/dial", json={"debtor": found["id"], "phone": found["phones"][0]["id"]})
        call = placed.json()["call_id"]

        async def wraps_up() -> bool:
            agent = (await desk.get(f"{API}/desk")).json()["agent"]
            return agent is not None and agent["state"] == "wrap_up"

        await heard(station, wraps_up)
        shown = (await desk.get(f"{API}/desk")).json()
        assert (shown["card"]["call_id"], shown["help"]["debtor_id"]) == (call, debtor)
        draft = {"call_id": call, "content": {"code": "PTP", "notes": "Paga"}}
        assert (await desk.put(f"{API}/desk/draft", json=draft)).status_code == 200
        assert (await desk.post(f"{API}/desk/extend-wrap-up")).status_code == 200
        assert (await desk.post(f"{API}/desk/extend-wrap-up")).json()["code"] == "no-more-wrap-up"

        terms = shown["help"]["debts"][0]["terms"]
        dues = [{"due_on": terms["latest_on"], "amount_minor": terms["balance_minor"]}]
        promise = {"debt": terms["debt_id"], "instalments": dues}
        word = {"call_id": call, "code": "PTP", "notes": "Paga todo.", "promise": promise}
        written = (await desk.post(f"{API}/desk/disposition", json=word)).json()
        assert written["promise"]["total_minor"] == terms["balance_minor"]

        async def is_logged() -> bool:
            row = (await office.get(f"{API}/attempts/{call}")).json()["row"]
            return bool(row["disposition"] == "PTP")

        await heard(station, is_logged)
        assert (await desk.post(f"{API}/desk/disposition", json=word)).json()["repeated"] is True
        money = (await office.get(f"{API}/debtors/{debtor}/money")).json()
        assert [each["reference"] for each in money["promises"]] == [written["promise"]["reference"]]

        assert (await desk.post(f"{API}/desk/pause", json={"reason": "lunch"})).status_code == 200

        async def is_counted() -> bool:
            pauses = (await office.get(f"{API}/campaigns/prueba/pauses")).json()["pauses"]
            return [(each["agent_id"], each["reason"]) for each in pauses] == [("ana", "lunch")]

        await heard(station, is_counted)


async def test_changed_settings_reach_the_engine_and_outlive_its_own_orders(tmp_path: Path) -> None:
    async with served(tmp_path) as (station, _, office):
        campaign = await new_campaign(station)
        runner = await station.host(campaign)
        path = f"{API}/campaigns/prueba/settings"
        read = await office.get(path)
        wanted = read.json()["settings"] | {"wrap_up_s": 7, "packs": ["house"]}
        answer = await office.put(path, json=wanted, headers={"if-match": read.headers["etag"]})
        await heard(station, lambda: runner.campaign.wrap_up_s == 7)
        assert answer.json()["restart"] == ["packs"]
        assert runner.campaign.packs == ()

        order = await office.put(f"{API}/campaigns/prueba/mode", json={"mode": "predictive", "target": 0.02})
        assert order.status_code == 200
        stored = await station.campaigns.get("prueba")

        async def look() -> bool:
            nonlocal stored
            stored = await station.campaigns.get("prueba")
            return stored.target_abandonment == 0.02

        await heard(station, look)
        assert (stored.wrap_up_s, stored.packs, stored.mode.value) == (7, ("house",), "predictive")


async def heard(station: Station, has_come: Callable[[], bool | Awaitable[bool]]) -> None:
    """Until something is so, looked at whenever the engine speaks."""
    there = asyncio.Event()

    async def look(_: BusMessage) -> None:
        found = has_come()
        if found if isinstance(found, bool) else await found:
            there.set()

    leave: Any = station.bus.subscribe("prueba/state", look, name="test heard")
    async with asyncio.timeout(30):
        await there.wait()
    leave()


async def sit_down(station: Station, client: httpx.AsyncClient) -> None:
    """Sign in, and wait until the phone was answered."""
    there = asyncio.Event()

    async def hear(message: BusMessage) -> None:
        there.set()

    leave: Any = station.bus.subscribe("prueba/agent.signed_in", hear, name="test")
    assert (await client.post(f"{API}/desk/sign-in", json=SEAT)).status_code == 200
    async with asyncio.timeout(30):
        await there.wait()
    leave()
