"""An agent sends the debtor in hand to self-service on the real Asterisk: the promise is taken there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.ids import AgentId
from dialer.domain.talk import TalkVerb
from dialer.domain.verdict import AmdMode
from dialer.embedded import AGENT_DIAL_STRING
from dialer.engine.messages import InTalk, SignIn, StartCampaign
from dialer.ports import BusMessage
from dialer.provision.process import AsteriskProcess
from dialer.store.importing.importer import import_leads
from dialer.store.promise_tables import promise_instalments, promises
from dialer.store.tables import attempts
from tests.support.ivr_room import CREDITOR, asterisk_with_flows, settings_with_flows
from tests.support.key_pressers import Press, key_pressers
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import new_campaign, station_on

PATIENCE_S = 90.0  # only ever used up by a test that fails
DEBTOR = "573105550201"
LEADS = f"""documento,nombre,telefono,saldo,moneda,vencimiento,idioma,referencia
1020301111,Ana Gómez,+{DEBTOR},350000,COP,2026-10-01,es,R1
"""
#: A date of payment, all of it, the 27th of November; right; no way to pay.
KEYS = [Press("1"), Press("1"), Press("2711"), Press("1"), Press("2")]
ZOE = AgentId("zoe")


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskProcess]:
    with asterisk_with_flows("agent-to-ivr") as process:
        yield process


async def test_a_debtor_whom_an_agent_sends_to_self_service_promises_there(
    asterisk: AsteriskProcess, tmp_path: Path
) -> None:
    told: list[BusMessage] = []
    news = asyncio.Event()

    async def hear(message: BusMessage) -> None:
        told.append(message)
        news.set()

    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                news.clear()
                await news.wait()

    def named(what: str) -> list[dict[str, Any]]:
        return [dict(message.payload) for message in told if message.topic.endswith(f"/{what}")]

    carrier: SippCarrier | None = None

    def once_in_the_flow() -> dict[str, int]:
        """The debtor begins to press keys when the agent has let them go."""
        return carrier.media_ports if carrier is not None and named("call.self_service") else {}

    async with key_pressers({DEBTOR: KEYS}, once_in_the_flow) as pressers:
        conduct = Conduct(digits=DEBTOR[-4:], ear=pressers.port, rfc2833=True, talk_ms=90_000)
        with SippCarrier(asterisk.config.trunks[0].port, [conduct], tmp_path) as carrier:
            async with station_on(settings_with_flows(asterisk, tmp_path)) as station:
                campaign = await new_campaign(
                    station, mode=DialMode.PROGRESSIVE, amd=AmdMode.OFF, creditor=CREDITOR, record=False, wrap_up_s=60.0
                )
                file = tmp_path / "leads.csv"
                file.write_text(LEADS, encoding="utf-8")
                await import_leads(station.database, file, campaign, now=station.clock.now())
                station.bus.subscribe("#", hear, name="test")
                await station.host_all()
                runner = station.runners[campaign.name]
                dial = AGENT_DIAL_STRING.format(agent=ZOE)
                runner.post(SignIn(agent_id=ZOE, name="Zoe", dial_string=dial, ready=True))
                station.command(campaign.name, StartCampaign())
                await until(lambda: bool(named("call.bridged")))

                runner.post(InTalk(agent_id=ZOE, verb=TalkVerb.TO_IVR))
                await until(lambda: bool(named("promise.made")))
                seat = runner.core.floor.roster.get(ZOE)
                assert seat is not None
                assert seat.state is AgentState.WRAP_UP, "the agent has a result to write, and is free for it"
                await until(lambda: bool(named("call.closed")))

                row, promise, due = await station.database.read(
                    lambda connection: tuple(
                        connection.execute(sa.select(table)).one()
                        for table in (attempts, promises, promise_instalments)
                    )
                )
            assert carrier.surprises == []
    assert (promise.state, promise.channel, promise.call_id) == ("pending", "ivr", row.call_id)
    assert (promise.total_minor, due.due_on.isoformat()) == (35_000_000, "2026-11-27")
    assert (row.outcome, row.agent_id) == ("conversation", "zoe")
    assert [(each["what"], each["agent"]) for each in row.talk] == [("joined", "zoe"), ("to-ivr", "zoe")]
    assert [each["flow"] for each in named("call.self_service")] == ["promise-only"]
