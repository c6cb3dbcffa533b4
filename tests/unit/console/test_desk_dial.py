"""Calls by hand, breaks by reason, one extension, and what supervisors write to a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from agent_console.ports import CallParty
from agent_console.ports_desk import PauseTotal
from dialer.domain.agent import AgentState
from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import AsgiSocket, another, cookie_header, signed_in
from tests.support.console_desk import DEBTOR, NUMBER, PHONE, found_debtor
from tests.support.console_queries import START, call_id, campaign

DESK = "/api/v1/desk"
ANA = {"campaign": "cartera-bogota", "phone": "PJSIP/1001"}
CALL = call_id(5000)


@pytest.fixture
async def desk(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    console.queries.known.append(campaign("cartera-medellin"))
    async with signed_in(console.app, "ana") as client:
        await console.engine.publish()
        assert (await client.post(f"{DESK}/sign-in", json=ANA | {"also": ["cartera-medellin"]})).status_code == 200
        await console.engine.move("ana", AgentState.PAUSED)
        yield client


# ------------------------------------------------------------------------------------------ searching and calling


async def test_an_agent_finds_debtors_of_their_own_campaigns_and_sees_no_debt(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    answer = await desk.post(f"{DESK}/search", json={"text": "fernanda"})
    (found,) = answer.json()["debtors"]
    assert (found["id"], found["document_masked"]) == (DEBTOR, "****4471")
    assert console.desk.searched == [(("cartera-bogota", "cartera-medellin"), "fernanda")]
    assert NUMBER not in answer.text
    assert "balance" not in answer.text
    (noted,) = [change for change in console.changes.noted if change.what.endswith("/desk/search")]
    assert (noted.by, dict(noted.about)) == ("ana", {})


async def test_a_call_by_hand_goes_to_the_debtors_campaign(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    console.engine.answers["agent.dial"] = {"call_id": CALL}
    answer = await desk.post(f"{DESK}/dial", json={"debtor": DEBTOR, "phone": PHONE})
    assert (answer.status_code, answer.json()) == (201, {"call_id": CALL})
    order = console.engine.commands[-1]
    assert (order["verb"], order["agent_id"], order["debtor_id"], order["number"]) == (
        "agent.dial",
        "ana",
        DEBTOR,
        NUMBER,
    )


async def test_a_refusal_explains_itself_and_offers_the_next_time(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    later = START + timedelta(hours=20)
    console.desk.closed_until = later
    console.engine.refuse["agent.dial"] = ("denied", "")
    console.engine.answers["agent.dial"] = {"reasons": ["co-ley-2300/window"], "next_allowed_at": later.isoformat()}
    answer = await desk.post(f"{DESK}/dial", json={"debtor": DEBTOR})
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (409, "denied")
    assert refused["sentences"] == ["Fuera del horario permitido."]
    assert (refused["reasons"], refused["next_allowed_at"]) == (["co-ley-2300/window"], later.isoformat())
    promised = await desk.post(f"{DESK}/call-back", json={"debtor": DEBTOR, "at": later.isoformat(), "mine": True})
    assert promised.status_code == 201
    assert console.engine.commands[-1]["verb"] == "campaign.call_back"
    assert console.engine.commands[-1]["agent_id"] == "ana"


async def test_nobody_of_another_campaign_is_called_or_asked_about(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    console.desk.debtors = [found_debtor("cartera-cali")]
    at = (START + timedelta(days=1)).isoformat()
    for path, body in (("dial", {}), ("may-call", {}), ("call-back", {"at": at})):
        answer = await desk.post(f"{DESK}/{path}", json={"debtor": DEBTOR, **body})
        assert (answer.status_code, answer.json()["code"]) == (403, "not-your-debtor"), path
    assert [command["verb"] for command in console.engine.commands] == ["agent.sign_in"]


async def test_the_debtor_on_the_call_may_be_asked_about_whatever_their_campaign(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    console.desk.debtors = []
    console.desk.closed_until = START + timedelta(days=2)
    console.queries.parties[CALL] = CallParty(call_id=CALL, debtor_id=DEBTOR, debts=frozenset(), numbers=frozenset())
    await console.engine.move("ana", AgentState.TALKING, CALL)
    at = (START + timedelta(days=1)).isoformat()
    answer = (await desk.post(f"{DESK}/may-call", json={"debtor": DEBTOR, "at": at, "lang": "en"})).json()
    assert (answer["allowed"], answer["sentences"]) == (False, ["Outside the hours that are allowed."])


# ------------------------------------------------------------------------------------------ breaks and wrap-up


async def test_a_break_has_a_reason_of_the_campaigns_list(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    assert "lunch" in (await desk.get(DESK)).json()["pause_reasons"]
    assert (await desk.post(f"{DESK}/pause", json={"reason": "lunch"})).status_code == 200
    assert console.engine.commands[-1]["reason"] == "lunch"
    for path, reason in (("pause", "siesta"), ("ready", "lunch")):
        answer = await desk.post(f"{DESK}/{path}", json={"reason": reason})
        assert (answer.status_code, answer.json()["code"]) == (409, "unknown-pause-reason")
    assert console.engine.commands[-1]["verb"] == "agent.pause"


async def test_a_wrap_up_is_extended_by_an_order_and_shows_when_it_ends(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    await console.engine.move("ana", AgentState.WRAP_UP, CALL)
    console.engine.agents["ana"] |= {"until": (START + timedelta(seconds=90)).isoformat(), "extended": True}
    console.clock.advance(3)
    await console.engine.publish()
    state = (await desk.get(DESK)).json()
    assert state["wrap_up_extension_s"] == 60
    assert (state["agent"]["until"], state["agent"]["extended"]) == ("2026-11-24T15:01:30Z", True)
    await desk.post(f"{DESK}/extend-wrap-up")
    assert console.engine.commands[-1]["verb"] == "agent.extend_wrap_up"
    console.engine.refuse["agent.extend_wrap_up"] = ("no-more-wrap-up", "")
    again = await desk.post(f"{DESK}/extend-wrap-up")
    assert (again.status_code, again.json()["code"]) == (409, "no-more-wrap-up")


async def test_supervisors_read_the_breaks_by_reason(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    console.desk.breaks = [PauseTotal(agent_id="ana", reason="lunch", count=2, seconds=3725.0)]
    path = "/api/v1/campaigns/cartera-bogota/pauses"
    assert (await desk.get(path)).status_code == 403
    async with another(console.app, "rosa") as supervisor:
        found = (await supervisor.get(path)).json()
    assert found["pauses"] == [{"agent_id": "ana", "reason": "lunch", "count": 2, "seconds": 3725.0}]
    assert found["since"].startswith("2026-11-24T03:00:00")


# ------------------------------------------------------------------------------------------ messages, and the socket


async def write(console: ConsoleUnderTest, text: str, agent_id: str = "ana", **more: object) -> None:
    payload = {"campaign": "cartera-bogota", "v": 1, "agent_id": agent_id, "text": text, "from": "Rosa Díaz"}
    payload |= {"at": START.isoformat(), **more}
    await console.bus.publish(BusMessage(topic="cartera-bogota/agent.message", payload=payload))


async def test_a_supervisors_message_is_on_the_desk_after_a_reload_and_nobody_elses(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    await write(console, "Ofrece el 20 %.")
    await write(console, "Para Beto.", agent_id="beto")
    await write(console, "x" * 1001)
    (message,) = (await desk.get(DESK)).json()["messages"]
    assert (message["text"], message["from"], message["agent_id"]) == ("Ofrece el 20 %.", "Rosa Díaz", "ana")


async def test_an_agents_socket_resumes_after_a_gap_with_what_it_missed_and_no_more(
    console: ConsoleUnderTest, desk: httpx.AsyncClient
) -> None:
    headers = {"cookie": cookie_header(desk), "origin": "http://console.test"}
    async with AsgiSocket(console.app, "/api/v1/live", headers) as socket:
        snapshot = await socket.message()
        assert snapshot["type"] == "snapshot"
    epoch, seq = snapshot["epoch"], snapshot["seq"]
    await write(console, "Vuelve a llamar al de antes.")
    await write(console, "Para Beto.", agent_id="beto")
    await console.engine.move("ana", AgentState.READY)
    async with AsgiSocket(console.app, f"/api/v1/live?epoch={epoch}&after={seq}", headers) as socket:
        missed = [await socket.message() for _ in range(4)]
    assert [message["seq"] for message in missed] == [seq + 1, seq + 2, seq + 3, seq + 4]
    assert [message["type"] for message in missed] == ["message", "nothing", "agent", "state"]
    assert missed[0]["message"]["text"] == "Vuelve a llamar al de antes."
    assert "Para Beto." not in str(missed)
    async with AsgiSocket(console.app, f"/api/v1/live?epoch=another&after={seq}", headers) as socket:
        assert (await socket.message())["type"] == "snapshot"
