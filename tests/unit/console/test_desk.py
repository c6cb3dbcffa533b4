"""The agent's desk: whose it is, and whom it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from dialer.domain.agent import AgentState
from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import signed_in
from tests.support.console_engine import ConsoleEngine
from tests.support.console_queries import call_id, campaign, debtor_card

DESK = "/api/v1/desk"
ANA = {"campaign": "cartera-bogota", "phone": "PJSIP/1001"}
CALL = call_id(5000)


@pytest.fixture
async def client(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(console.app, "ana") as client:
        yield client


@pytest.fixture
async def desk(console: ConsoleUnderTest, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Ana is signed in, her phone answered; the card of one debtor is in the store."""
    console.queries.cards[CALL] = debtor_card(CALL)
    await console.engine.publish()
    assert (await client.post(f"{DESK}/sign-in", json=ANA)).status_code == 200
    await console.engine.move("ana", AgentState.PAUSED)
    return client


async def test_nobody_sits_at_a_new_desk(client: httpx.AsyncClient) -> None:
    state = (await client.get(DESK)).json()
    assert state["desk"] is None
    assert state["card"] is None
    refused = await client.post(f"{DESK}/ready")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-signed-in")


async def test_signing_in_rings_the_phone_and_survives_a_reload(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    command = console.engine.commands[0]
    assert (command["verb"], command["agent_id"], command["name"]) == ("agent.sign_in", "ana", "Ana Lucía Vélez")
    assert command["dial_string"] == "PJSIP/1001"
    state = (await desk.get(DESK)).json()
    assert state["desk"] == {
        "campaign": "cartera-bogota",
        "agent_id": "ana",
        "name": "Ana Lucía Vélez",
        "phone": "PJSIP/1001",
        "also": [],
    }
    assert state["agent"]["state"] == "paused"
    assert state["wrap_up_s"] == 30


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "PJSIP/+573101234567@carrier"},
        {"phone": "Local/s@cadencia-call"},
        {"phone": "PJSIP/1001&PJSIP/1002"},
        {"phone": "PJSIP/1001\r\nAction: Command"},
        {"agent_id": "rosa"},
        {"name": "Somebody else"},
        {"campaign": "+"},
    ],
)
async def test_no_phone_that_dials_out_and_no_odd_name_reaches_the_engine(
    console: ConsoleUnderTest, client: httpx.AsyncClient, change: dict[str, str]
) -> None:
    answer = await client.post(f"{DESK}/sign-in", json=ANA | change)
    assert answer.status_code in (404, 422)
    assert console.engine.commands == []


async def test_a_refused_sign_in_leaves_the_desk_empty(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    console.engine.refuse["agent.sign_in"] = ("agent-already-signed-in", "")
    answer = await client.post(f"{DESK}/sign-in", json=ANA)
    assert (answer.status_code, answer.json()["code"]) == (409, "agent-already-signed-in")
    assert (await client.get(DESK)).json()["desk"] is None


async def test_another_browser_can_go_on_at_the_desk_without_ringing_the_phone_again(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    sent = len(console.engine.commands)
    async with signed_in(console.app, "ana") as other:
        await console.engine.publish()
        answer = await other.post(f"{DESK}/sign-in", json=ANA | {"take_over": True})
        assert answer.status_code == 200
        assert (await other.get(DESK)).json()["agent"]["state"] == "paused"
    assert len(console.engine.commands) == sent


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("ready", "agent.ready"),
        ("pause", "agent.pause"),
        ("hang-up", "agent.hang_up"),
        ("preview-accept", "agent.preview_accept"),
        ("preview-skip", "agent.preview_skip"),
    ],
)
async def test_each_button_is_the_agents_own_command(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, path: str, verb: str
) -> None:
    assert (await desk.post(f"{DESK}/{path}")).json() == {"done": True}
    command = console.engine.commands[-1]
    assert (command["verb"], command["agent_id"]) == (verb, "ana")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (AgentState.PAUSED, False),
        (AgentState.READY, False),
        (AgentState.RESERVED, False),
        (AgentState.TALKING, True),
        (AgentState.WRAP_UP, True),
        (AgentState.PREVIEW, True),
    ],
)
async def test_the_debtor_is_shown_only_while_the_call_is_the_agents(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, state: AgentState, shown: bool
) -> None:
    await console.engine.move("ana", state, CALL)
    card = (await desk.get(DESK)).json()["card"]
    assert (card is not None) is shown
    if shown:
        assert card["name"] == "María Fernanda Ospina"
        assert card["debts"][0] == {
            "reference": "TC-4481",
            "creditor": "Banco del Llano",
            "product": "",
            "balance": "1284500",
            "currency": "COP",
            "days_past_due": 94,
        }


async def test_a_previewed_debtor_stays_on_screen_while_the_call_is_placed(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    await console.engine.publish(mode="preview")
    await console.engine.move("ana", AgentState.RESERVED, CALL)
    assert (await desk.get(DESK)).json()["card"] is not None


async def test_the_card_is_gone_as_soon_as_the_call_is_no_longer_theirs(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    await console.engine.move("ana", AgentState.TALKING, CALL)
    await console.engine.move("ana", AgentState.READY, CALL)  # the engine names the last call: it is over all the same
    state = (await desk.get(DESK)).json()
    assert state["card"] is None
    assert state["agent"]["call_id"] is None


async def test_the_call_can_still_be_written_down_when_the_state_no_longer_names_it(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    await console.engine.move("ana", AgentState.WRAP_UP, CALL)
    console.engine.agents["ana"]["call_id"] = None
    console.clock.advance(1)
    await console.engine.publish()
    assert (await desk.get(DESK)).json()["card"]["call_id"] == CALL


async def test_a_disposition_carries_the_call_and_the_notes(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    await console.engine.move("ana", AgentState.WRAP_UP, CALL)
    answer = await desk.post(f"{DESK}/disposition", json={"call_id": CALL, "code": "PTP", "notes": "Paga el viernes."})
    assert answer.status_code == 200
    command = console.engine.commands[-1]
    assert command["verb"] == "agent.disposition"
    assert (command["call_id"], command["code"], command["notes"]) == (CALL, "PTP", "Paga el viernes.")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"call_id": call_id(1), "code": "PTP"}, "not-your-call"),
        ({"call_id": CALL, "code": "NONSENSE"}, "unknown-disposition"),
        ({"call_id": CALL, "code": "ptp; drop"}, "invalid-input"),
        ({"call_id": CALL, "code": "PTP", "notes": "x" * 4001}, "invalid-input"),
    ],
)
async def test_a_disposition_for_another_call_or_without_meaning_is_refused(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, body: dict[str, str], code: str
) -> None:
    await console.engine.move("ana", AgentState.TALKING, CALL)
    sent = len(console.engine.commands)
    answer = await desk.post(f"{DESK}/disposition", json=body)
    assert answer.json()["code"] == code
    assert len(console.engine.commands) == sent


async def test_signing_out_empties_the_desk(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    assert (await desk.post(f"{DESK}/sign-out")).status_code == 200
    assert console.engine.commands[-1]["verb"] == "agent.sign_out"
    assert (await desk.get(DESK)).json()["desk"] is None


async def test_a_desk_that_the_engine_forgot_can_still_be_left(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    console.engine.refuse["agent.sign_out"] = ("agent-not-signed-in", "")
    assert (await desk.post(f"{DESK}/sign-out")).status_code == 200
    assert (await desk.get(DESK)).json()["desk"] is None


async def test_a_script_in_a_name_stays_text(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    name = '<script>alert("1")</script><img src=x onerror=alert(1)>'
    console.queries.cards[CALL] = debtor_card(CALL, name=name)
    await console.engine.move("ana", AgentState.TALKING, CALL)
    answer = await desk.get(DESK)
    assert answer.json()["card"]["name"] == name
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


# ------------------------------------------------------------------------------------- shared with other campaigns


async def test_the_other_campaigns_are_named_with_the_sign_in(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    console.queries.known.append(campaign("cartera-medellin"))
    also = ["cartera-medellin", "cartera-bogota"]
    assert (await client.post(f"{DESK}/sign-in", json=ANA | {"also": also})).status_code == 200
    assert console.engine.commands[-1]["also"] == ["cartera-medellin"]
    unknown = await client.post(f"{DESK}/sign-in", json=ANA | {"also": ["+"]})
    assert unknown.status_code == 404


async def test_the_desk_follows_an_agent_who_is_lent(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    console.queries.known.append(campaign("cartera-medellin"))
    other = ConsoleEngine(console.bus, console.clock, "cartera-medellin")
    row = {**console.engine.agents.pop("ana"), "home": "cartera-bogota"}
    other.agents["ana"] = row
    await console.bus.publish(
        BusMessage(
            topic="cartera-bogota/agent.moved",
            payload={"campaign": "cartera-bogota", "at": "2026-11-24T15:00:01Z", "v": 1, "agent_id": "ana",
                     "to": "cartera-medellin"},
        )
    )  # fmt: skip
    assert (await desk.get(DESK)).json()["agent"] is None
    await other.publish()
    await other.move("ana", AgentState.TALKING, CALL)
    state = (await desk.get(DESK)).json()
    assert (state["desk"]["campaign"], state["campaign"]) == ("cartera-bogota", "cartera-medellin")
    assert (state["agent"]["state"], state["agent"]["home"]) == ("talking", "cartera-bogota")
    assert state["card"]["call_id"] == CALL
    done = await desk.post(f"{DESK}/disposition", json={"call_id": CALL, "code": "PTP"})
    assert done.status_code == 200
    assert (other.commands[-1]["verb"], other.commands[-1]["call_id"]) == ("agent.disposition", CALL)
