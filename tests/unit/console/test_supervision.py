"""A supervisor among the agents, over the API."""

from __future__ import annotations

import httpx
import pytest

from dialer.domain.agent import AgentState
from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest

BASE = "/api/v1/campaigns/cartera-bogota/agents/ana"


@pytest.fixture
async def seated(console: ConsoleUnderTest, client: httpx.AsyncClient) -> httpx.AsyncClient:
    await console.engine.publish()
    console.engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "ready", "since": "", "call_id": None}
    await console.engine.move("ana", AgentState.READY)
    return client


async def test_a_supervisor_listens_by_their_own_phone(console: ConsoleUnderTest, seated: httpx.AsyncClient) -> None:
    answer = await seated.put(f"{BASE}/listen", json={"mode": "whisper", "phone": "PJSIP/2001"})
    assert answer.status_code == 200
    order = console.engine.commands[-1]
    assert (order["verb"], order["mode"], order["dial_string"]) == ("supervision.listen", "whisper", "PJSIP/2001")
    assert order["by"] == "luis"
    assert (await seated.delete(f"{BASE}/listen")).status_code == 200
    assert console.engine.commands[-1]["verb"] == "supervision.stop"


async def test_a_browser_is_no_phone_where_there_are_none(seated: httpx.AsyncClient) -> None:
    answer = await seated.put(f"{BASE}/listen", json={"mode": "listen"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no-browser-phones")


@pytest.mark.parametrize(
    ("state", "verb"), [("ready", "agent.ready"), ("paused", "agent.pause"), ("offline", "agent.sign_out")]
)
async def test_a_supervisor_sets_an_agents_state(
    console: ConsoleUnderTest, seated: httpx.AsyncClient, state: str, verb: str
) -> None:
    answer = await seated.put(f"{BASE}/state", json={"state": state, "reason": "lunch" if state == "paused" else ""})
    assert answer.status_code == 200
    assert console.engine.commands[-1]["verb"] == verb
    assert console.engine.commands[-1].get("reason") == ("lunch" if state == "paused" else None)


async def test_what_a_supervisor_writes_reaches_the_desk(console: ConsoleUnderTest, seated: httpx.AsyncClient) -> None:
    heard: list[BusMessage] = []

    async def hear(message: BusMessage) -> None:
        heard.append(message)

    console.bus.subscribe("+/agent.message", hear, name="test")
    assert (
        await seated.post(f"{BASE}/messages", json={"text": "  Ofrezca el plan de tres cuotas. "})
    ).status_code == 200
    assert [(one.payload["agent_id"], one.payload["text"]) for one in heard] == [
        ("ana", "Ofrezca el plan de tres cuotas.")
    ]
    assert (await seated.post(f"{BASE}/messages", json={"text": "   "})).status_code == 422


async def test_nobody_listens_to_an_agent_who_is_not_there(seated: httpx.AsyncClient) -> None:
    elsewhere = BASE.replace("ana", "beto")
    answer = await seated.put(f"{elsewhere}/listen", json={"phone": "PJSIP/2001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "agent-not-signed-in")


async def test_every_ear_is_on_the_trail(console: ConsoleUnderTest, seated: httpx.AsyncClient) -> None:
    await seated.put(f"{BASE}/listen", json={"mode": "barge", "phone": "PJSIP/2001"})
    noted = console.changes.noted[-1]
    assert noted.what == "PUT /api/v1/campaigns/{name}/agents/{agent_id}/listen"
    assert noted.about["mode"] == "barge"
    assert noted.about["agent_id"] == "ana"
