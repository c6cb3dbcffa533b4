"""Contacts that somebody asks for by name: on other channels, by hand, promised; and those nobody asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from dialer.ports import BusMessage
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_compliance import House
from tests.support.console_queries import START
from tests.support.store import number, rows

API = "/api/v1"
CAMPAIGN = f"{API}/campaigns/cartera-bogota"


def a_message(debtor: int, **changes: Any) -> dict[str, Any]:
    return {"campaign": "cartera-bogota", "debtor": debtor, "channel": "sms", "address": number(1), **changes}


# ------------------------------------------------------------------------------------------ other channels


async def test_a_message_that_is_allowed_counts_until_it_is_released(home: House, officer: httpx.AsyncClient) -> None:
    made = await officer.post(f"{API}/contacts", json=a_message(home.ana))
    assert made.status_code == 201
    contact = made.json()["contact_id"]
    assert (await rows(home.database, "contacts"))[0].state == "open"

    denied = await officer.post(f"{API}/contacts", json=a_message(home.ana, channel="whatsapp"))
    assert (denied.status_code, denied.json()["code"]) == (409, "denied")
    assert any(rule.startswith("co-ley-2300/") for rule in denied.json()["reasons"])
    assert "next_allowed_at" in denied.json()

    assert (await officer.post(f"{API}/contacts/{contact}/release")).status_code == 200
    again = await officer.post(f"{API}/contacts", json=a_message(home.ana, channel="whatsapp"))
    assert again.status_code == 201


async def test_what_a_message_came_to_is_written_once(home: House, officer: httpx.AsyncClient) -> None:
    contact = (await officer.post(f"{API}/contacts", json=a_message(home.ana))).json()["contact_id"]

    done = await officer.post(f"{API}/contacts/{contact}/finish", json={"outcome": "delivered"})
    twice = await officer.post(f"{API}/contacts/{contact}/finish", json={"outcome": "failed"})

    assert done.status_code == 200
    assert (twice.status_code, twice.json()["code"]) == (404, "unknown-attempt")
    (row,) = await rows(home.database, "contacts")
    assert (row.state, row.outcome) == ("closed", "delivered")


async def test_a_call_is_never_reserved_as_a_message(home: House, officer: httpx.AsyncClient) -> None:
    answer = await officer.post(f"{API}/contacts", json=a_message(home.ana, channel="call"))
    assert answer.status_code == 422
    assert len(await rows(home.database, "attempts")) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"debtor": 99_999}, 404, "unknown-debtor"),
        ({"campaign": "other"}, 404, "unknown-campaign"),
        ({"debts": [99_999]}, 422, "invalid-input"),
        ({"channel": "pigeon"}, 422, "invalid-input"),
    ],
)
async def test_a_message_about_nobody_or_nothing_is_refused(
    home: House, officer: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await officer.post(f"{API}/contacts", json={**a_message(home.ana), **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("direction", "allowed"), [("out", False), ("in", True)])
async def test_a_contact_of_another_system_counts_as_the_law_says(
    home: House, officer: httpx.AsyncClient, direction: str, allowed: bool
) -> None:
    """The Colombian law counts the contacts that the collector makes, not those of the debtor."""
    past = {
        "direction": direction,
        "debtor": home.ana,
        "at": (START - timedelta(minutes=30)).isoformat(),
        "ended_at": (START - timedelta(minutes=20)).isoformat(),
        "outcome": "conversation",
        "address": number(1),
        "source": "the switchboard's log",
    }
    made = await officer.post(f"{API}/contacts/recorded", json=past)

    assert made.status_code == 201
    answer = (await officer.get(f"{API}/debtors/{home.ana}/compliance")).json()
    assert answer["allowed"] is allowed
    events = {event for rule in answer["rules"] for event in rule["events"]}
    assert (made.json()["contact_id"] in events) is not allowed


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"debtor": 99_999}, 404),
        ({"outcome": None}, 422),
        ({"outcome": "released"}, 422),
        ({"debts": [99_999]}, 422),
        ({"source": ""}, 422),
    ],
)
async def test_a_past_contact_that_cannot_be_is_refused(
    home: House, officer: httpx.AsyncClient, changes: dict[str, Any], status: int
) -> None:
    past = {
        "debtor": home.ana,
        "at": (START - timedelta(minutes=30)).isoformat(),
        "ended_at": START.isoformat(),
        "outcome": "conversation",
        "source": "an earlier system",
    }
    answer = await officer.post(f"{API}/contacts/recorded", json={**past, **changes})
    assert answer.status_code == status
    assert await rows(home.database, "contacts") == []


# ------------------------------------------------------------------------------------------ calls


async def test_a_call_by_hand_goes_to_the_engine_and_comes_back_with_its_id(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    governed.engine.answers["agent.dial"] = {"call_id": "019aaaaa-0000-7000-8000-000000000001"}
    body = {"debtor": 7, "agent": "ana", "number": "+57 310 000 0001"}

    answer = await officer.post(f"{CAMPAIGN}/calls", json=body)

    assert (answer.status_code, answer.json()) == (201, {"call_id": "019aaaaa-0000-7000-8000-000000000001"})
    (command,) = governed.engine.commands
    assert {"verb": "agent.dial", "agent_id": "ana", "debtor_id": 7, "number": number(1)}.items() <= command.items()


async def test_a_call_that_the_rules_deny_says_which_and_until_when(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    governed.engine.refuse["agent.dial"] = ("denied", "")
    governed.engine.answers["agent.dial"] = {
        "debtor_id": 7,
        "reasons": ["co-ley-2300/window"],
        "next_allowed_at": "2026-11-25T12:00:00+00:00",
    }

    answer = await officer.post(f"{CAMPAIGN}/calls", json={"debtor": 7, "agent": "ana"})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["code"], told["reasons"]) == ("denied", ["co-ley-2300/window"])
    assert told["next_allowed_at"] == "2026-11-25T12:00:00+00:00"


@pytest.mark.parametrize(
    ("code", "status"),
    [("agent-not-signed-in", 409), ("no-line-free", 409), ("unknown-debtor", 404), ("invalid-input", 422)],
)
async def test_what_the_engine_refuses_keeps_its_code(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient, code: str, status: int
) -> None:
    governed.engine.refuse["agent.dial"] = (code, "It cannot be.")
    answer = await officer.post(f"{CAMPAIGN}/calls", json={"debtor": 7, "agent": "ana"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_call_back_is_promised_through_the_engine(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    body = {"debtor": 7, "at": "2026-11-24T15:30:00-05:00", "agent": "ana"}
    assert (await officer.post(f"{CAMPAIGN}/call-backs", json=body)).status_code == 201
    (command,) = governed.engine.commands
    assert (command["verb"], command["debtor_id"], command["agent_id"]) == ("campaign.call_back", 7, "ana")
    assert command["at"] == "2026-11-24T15:30:00-05:00"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("calls", {"debtor": 0, "agent": "ana"}),
        ("calls", {"debtor": 7, "agent": "ana; rm"}),
        ("calls", {"debtor": 7, "agent": "ana", "number": "not a number"}),
        ("call-backs", {"debtor": 7, "at": "2026-11-24T15:30:00"}),
        ("call-backs", {"debtor": 7}),
    ],
)
async def test_an_order_that_makes_no_sense_never_reaches_the_engine(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    assert (await officer.post(f"{CAMPAIGN}/{path}", json=body)).status_code == 422
    assert governed.engine.commands == []


@pytest.mark.parametrize("path", ["calls", "call-backs"])
async def test_a_campaign_that_is_not_there_gets_no_order(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient, path: str
) -> None:
    body = {"debtor": 7, "agent": "ana", **({"at": START.isoformat()} if path == "call-backs" else {})}
    answer = await officer.post(f"{API}/campaigns/other/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-campaign")
    assert not any(isinstance(each, BusMessage) and each.topic.endswith("command") for each in governed.bus.published)
