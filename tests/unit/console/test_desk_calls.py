"""The call in hand over the API: whose it is, whom it can be given to, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from agent_console.api.desk_calls import CallVerb
from dialer.domain.agent import AgentState
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import signed_in
from tests.support.console_queries import call_id, debtor_card

DESK = "/api/v1/desk"
CALL = call_id(5000)
TALKING = {
    "state": "consulting",
    "since": "2026-11-24T15:00:00+00:00",
    "role": "owner",
    "other": "Rosa",
    "number": "",
    "muted": False,
}


@pytest.fixture
async def desk(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """Ana is signed in and talks; Rosa is ready, Luis is on a break."""
    console.queries.cards[CALL] = debtor_card(CALL)
    console.queries.known[0] = replace(
        console.queries.known[0], transfer_numbers={"Banco": "+576015550001", "Abogados": "+576015550002"}
    )
    await console.engine.publish()
    async with signed_in(console.app, "ana") as client:
        assert (
            await client.post(f"{DESK}/sign-in", json={"campaign": "cartera-bogota", "phone": "PJSIP/1001"})
        ).is_success
        for agent, name, state in (("rosa", "Rosa Díaz", AgentState.READY), ("luis", "Luis Gil", AgentState.PAUSED)):
            console.engine.agents[agent] = {
                "id": agent,
                "name": name,
                "state": state.value,
                "since": "",
                "call_id": None,
            }
            await console.engine.move(agent, state)
        await console.engine.move("ana", AgentState.TALKING, CALL)
        console.engine.commands.clear()
        yield client


@pytest.mark.parametrize("verb", list(CallVerb))
async def test_every_verb_reaches_the_engine_with_the_agent_and_the_call_that_is_meant(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, verb: CallVerb
) -> None:
    answer = await desk.post(f"{DESK}/call/{verb.value}", json={"call_id": CALL})
    assert (answer.status_code, answer.json()) == (200, {"done": True})
    (command,) = console.engine.commands
    assert (command["verb"], command["agent_id"], command["call_id"]) == (f"call.{verb.value}", "ana", CALL)


async def test_keys_announcements_and_targets_are_sent_on(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    for path, body, sent in (
        ("keypad", {"digits": "12#"}, {"digits": "12#"}),
        ("announce", {"notice": "disclosure"}, {"notice": "disclosure"}),
        ("transfer", {"agent": "rosa"}, {"to_agent": "rosa"}),
        ("consult", {"number": "Banco"}, {"to_number": "Banco"}),
    ):
        assert (await desk.post(f"{DESK}/call/{path}", json={"call_id": CALL, **body})).status_code == 200
        command = console.engine.commands[-1]
        assert command["verb"] == f"call.{path}"
        assert {name: command[name] for name in sent} == sent


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("keypad", {"digits": "12a"}),
        ("keypad", {"digits": "1" * 33}),
        ("announce", {"notice": "abandoned"}),
        ("transfer", {}),
        ("transfer", {"agent": "rosa", "number": "Banco"}),
        ("consult", {"agent": "rosa@elsewhere"}),
        ("hold", {"call_id": "not-a-call"}),
        ("fly", {}),
    ],
)
async def test_what_makes_no_sense_never_reaches_the_engine(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, path: str, body: dict[str, str]
) -> None:
    answer = await desk.post(f"{DESK}/call/{path}", json={"call_id": CALL, **body})
    assert answer.status_code == 422
    assert console.engine.commands == []


@pytest.mark.parametrize("code", ["not-the-agents-call", "target-not-ready", "number-not-listed", "not-in-this-state"])
async def test_a_refusal_of_the_engine_is_a_problem_with_its_code(
    console: ConsoleUnderTest, desk: httpx.AsyncClient, code: str
) -> None:
    console.engine.refuse["call.transfer"] = (code, "")
    refused = await desk.post(f"{DESK}/call/transfer", json={"call_id": CALL, "agent": "rosa"})
    assert (refused.status_code, refused.json()["code"]) == (409, code)


async def test_only_agents_who_are_ready_and_listed_numbers_are_offered(desk: httpx.AsyncClient) -> None:
    offered = (await desk.get(f"{DESK}/call/targets")).json()
    assert offered["agents"] == [{"id": "rosa", "name": "Rosa Díaz"}]
    assert [one["name"] for one in offered["numbers"]] == ["Abogados", "Banco"]


async def test_nobody_without_a_desk_has_a_call(console: ConsoleUnderTest) -> None:
    async with signed_in(console.app, "rosa") as client:
        assert (await client.get(f"{DESK}/call/targets")).json()["code"] == "not-signed-in"
        refused = await client.post(f"{DESK}/call/hold", json={"call_id": CALL})
        assert (refused.status_code, refused.json()["code"]) == (409, "not-signed-in")


async def test_the_desk_is_told_what_is_done_with_the_call(console: ConsoleUnderTest, desk: httpx.AsyncClient) -> None:
    console.engine.agents["ana"]["talk"] = TALKING
    await console.engine.publish()
    talk = (await desk.get(DESK)).json()["agent"]["talk"]
    assert (talk["state"], talk["role"], talk["other"], talk["muted"]) == ("consulting", "owner", "Rosa", False)
