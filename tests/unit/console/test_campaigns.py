"""The supervisor's controls: what they send to the engine, and what they make of its answer."""

from __future__ import annotations

import httpx
import pytest

from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest

FLOOR = "/api/v1/campaigns/cartera-bogota"


async def test_a_campaign_is_listed_with_what_the_engine_last_said(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    before = (await client.get("/api/v1/campaigns")).json()["campaigns"][0]
    await console.engine.publish()
    after = (await client.get("/api/v1/campaigns")).json()["campaigns"][0]
    assert before["campaign"]["target_abandonment"] == 0.03
    assert before["live"] is None
    assert after["live"]["lines"]["ringing"] == 5


@pytest.mark.parametrize("verb", ["start", "drain", "stop"])
async def test_a_control_reaches_the_engine_and_is_confirmed(
    console: ConsoleUnderTest, client: httpx.AsyncClient, verb: str
) -> None:
    answer = await client.post(f"{FLOOR}/{verb}")
    assert answer.json() == {"done": True}
    (command,) = console.engine.commands
    assert command["verb"] == f"campaign.{verb}"
    assert command["request_id"]


async def test_the_mode_and_its_ratio_reach_the_engine(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    await client.put(f"{FLOOR}/mode", json={"mode": "power", "ratio": 2.5})
    await client.put(f"{FLOOR}/mode", json={"mode": "preview"})
    first, second = console.engine.commands
    assert (first["verb"], first["mode"], first["ratio"]) == ("campaign.set_mode", "power", 2.5)
    assert "ratio" not in second


async def test_the_target_of_predictive_dialing_reaches_the_engine(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    await client.put(f"{FLOOR}/mode", json={"mode": "predictive", "target": 0.02})
    (command,) = console.engine.commands
    assert (command["mode"], command["target"]) == ("predictive", 0.02)
    assert "ratio" not in command


async def test_forecasts_stand_beside_what_came(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    answer = (await client.get(f"{FLOOR}/calibration", params={"since": "2026-11-23T00:00:00-05:00"})).json()
    assert answer["since"] == "2026-11-23T05:00:00Z"
    whole = answer["whole"]
    assert (whole["people"], whole["abandoned"], whole["expected"]) == (900, 27, 25.5)
    assert whole["between"][0] < whole["forecast"] < whole["between"][1]
    assert whole["true"] is True
    assert [one["low"] for one in answer["bins"]] == [0.01, 0.03]


async def test_forecasts_since_an_hour_of_no_zone_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{FLOOR}/calibration", params={"since": "2026-11-23T00:00:00"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "predictive", "target": 0},
        {"mode": "predictive", "target": 0.3},
        {"mode": "fast"},
        {"mode": "power", "ratio": 0.9},
        {"mode": "power", "ratio": 10.1},
        {"mode": "power", "x": 1},
    ],
)
async def test_a_mode_that_makes_no_sense_never_reaches_the_engine(
    console: ConsoleUnderTest, client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await client.put(f"{FLOOR}/mode", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.headers["content-type"] == "application/problem+json"
    assert console.engine.commands == []


async def test_a_refusal_keeps_the_engines_own_code_and_words(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    console.engine.refuse["campaign.start"] = ("no-trunk", "The trunk is not configured.")
    answer = await client.post(f"{FLOOR}/start")
    assert answer.status_code == 409
    assert answer.json() == {
        "type": "urn:cadencia:problem:no-trunk",
        "title": "Conflict",
        "status": 409,
        "code": "no-trunk",
        "detail": "The trunk is not configured.",
    }


async def test_a_silent_engine_is_told_apart_from_a_refusal(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    console.engine.silent = True
    answer = await client.post(f"{FLOOR}/start")
    assert (answer.status_code, answer.json()["code"]) == (504, "command-unanswered")


async def test_an_answer_to_somebody_else_is_not_ours(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    console.engine.silent = True

    async def answer_another(message: BusMessage) -> None:
        await console.bus.publish(
            BusMessage(topic="cartera-bogota/command.done", payload={"request_id": f"{message.payload['request_id']}0"})
        )

    console.bus.subscribe("cartera-bogota/command", answer_another, name="noise")
    assert (await client.post(f"{FLOOR}/start")).status_code == 504


@pytest.mark.parametrize("name", ["nobody", "%2B", "cartera-bogota%2Fcommand", "%23", ".."])
async def test_only_a_known_campaign_can_become_part_of_a_topic(
    console: ConsoleUnderTest, client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.post(f"/api/v1/campaigns/{name}/start")
    assert answer.status_code in (404, 405)
    assert [m for m in console.bus.published if m.topic.endswith("/command")] == []


async def test_an_unknown_verb_is_refused(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{FLOOR}/explode")).status_code == 422
    assert console.engine.commands == []


async def test_the_backlog_says_where_the_list_stands(client: httpx.AsyncClient) -> None:
    backlog = (await client.get(f"{FLOOR}/backlog")).json()["backlog"]
    parts = backlog["ready"] + backlog["later"] + backlog["in_flight"] + backlog["finished"]
    assert parts == backlog["debtors"]
    unknown = await client.get("/api/v1/campaigns/nobody/backlog")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown-campaign")
