"""Known facts and overrides through the API, and who speaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import signed_in
from tests.support.console_compliance import House
from tests.support.console_people import TOKEN
from tests.support.console_queries import START
from tests.support.store import number

API = "/api/v1"
FLAG = {"kind": "flag", "value": {"flag": "bankruptcy"}, "source": "auto 1234 of the court"}


async def reasons(officer: httpx.AsyncClient, debtor: int) -> list[str]:
    answer = (await officer.get(f"{API}/debtors/{debtor}/compliance")).json()
    return list(answer["reasons"])


def an_override(**changes: Any) -> dict[str, Any]:
    return {
        "rule": "house/gap-2h",
        "reason": "The debtor asked us to try again at once.",
        "from_at": START.isoformat(),
        "until_at": (START + timedelta(days=1)).isoformat(),
        "campaign": "cartera-bogota",
        **changes,
    }


# ------------------------------------------------------------------------------------------ facts


async def test_a_recorded_fact_binds_the_next_decision_until_it_is_ended(
    home: House, officer: httpx.AsyncClient
) -> None:
    register = {"kind": "channels", "value": {"channels": ["sms", "email"]}}
    body = {**register, "debtor": home.ana, "source": "form of 3 November", "by": " luis  MORA"}
    assert await reasons(officer, home.ana) == []

    made = await officer.post(f"{API}/facts", json=body)

    assert made.status_code == 201
    assert "co-ley-2300/channel-not-authorised" in await reasons(officer, home.ana)
    (fact,) = (await officer.get(f"{API}/facts", params={"debtor": home.ana})).json()["facts"]
    assert (fact["recorded_by"], fact["value"], fact["ended_at"]) == ("luis", register["value"], None)

    ended = await officer.post(f"{API}/facts/{made.json()['id']}/end", json={})
    assert ended.status_code == 200
    assert await reasons(officer, home.ana) == []
    (fact,) = (await officer.get(f"{API}/facts", params={"debtor": home.ana})).json()["facts"]
    assert fact["ended_by"] == "luis"


async def test_facts_speak_of_debts_and_numbers_too(home: House, officer: httpx.AsyncClient) -> None:
    debt = await home.debt_of(home.ana)
    consent = {"kind": "consent", "debt": debt, "source": "letter"}
    assert (await officer.post(f"{API}/facts", json=consent)).status_code == 201
    of_number = {**FLAG, "value": {"flag": "stop_calls_by_debtor"}, "number": f"{number(1)[:6]} {number(1)[6:]}"}
    assert (await officer.post(f"{API}/facts", json=of_number)).status_code == 201

    (of_debtor,) = (await officer.get(f"{API}/facts", params={"debtor": home.ana})).json()["facts"]
    assert (of_debtor["subject"], of_debtor["debt_id"]) == ("debt", debt)
    (found,) = (await officer.get(f"{API}/facts", params={"number": number(1)})).json()["facts"]
    assert (found["subject"], found["number"]) == ("number", number(1))


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, 422, "invalid-input"),  # about nobody
        ({"debtor": 1, "debt": 1}, 422, "invalid-input"),
        ({"debtor": 99_999}, 404, "unknown-debtor"),
        ({"debtor": 1, "kind": "rumour"}, 422, "invalid-input"),
        ({"debtor": 1, "value": {"flag": "Not A Flag"}}, 422, "invalid-input"),
        ({"debtor": 1, "kind": "quiet_time", "value": {"days": [9], "from_s": 0, "to_s": 5}}, 422, "invalid-input"),
        ({"debtor": 1, "source": "   "}, 422, "invalid-input"),
        ({"debtor": 1, "by": "Rosa Díaz"}, 409, "speaker-differs"),
        ({"debtor": 1, "at": "2026-11-24T10:00:00"}, 422, "invalid-input"),
        ({"number": "12"}, 422, "invalid-input"),
        ({"number": "+5799"}, 422, "invalid-phone-number"),
        ({"debtor": 1, "surprise": True}, 422, "invalid-input"),
    ],
)
async def test_a_fact_that_means_nothing_is_refused_and_nothing_is_written(
    home: House, officer: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await officer.post(f"{API}/facts", json={**FLAG, **changes})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await officer.get(f"{API}/facts", params={"debtor": home.spoken})).json()["facts"] == []


@pytest.mark.parametrize("params", [{}, {"debtor": 1, "number": "+573100000001"}])
async def test_facts_are_asked_for_by_one_thing(officer: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await officer.get(f"{API}/facts", params=params)).status_code == 422


async def test_facts_of_nobody_and_the_end_of_no_fact_are_said_so(officer: httpx.AsyncClient) -> None:
    assert (await officer.get(f"{API}/facts", params={"debtor": 99_999})).status_code == 404
    assert (await officer.post(f"{API}/facts/99/end", json={})).json()["code"] == "invalid-input"


# ------------------------------------------------------------------------------------------ who speaks


async def test_a_program_says_for_whom_it_speaks_and_its_word_is_marked(
    home: House, officer: httpx.AsyncClient
) -> None:
    officer.cookies.clear()
    officer.headers["authorization"] = f"Bearer {TOKEN}"
    silent = await officer.post(f"{API}/facts", json={**FLAG, "debtor": home.ana})
    assert (silent.status_code, silent.json()["code"]) == (422, "speaker-missing")
    assert (await officer.post(f"{API}/facts", json={**FLAG, "debtor": home.ana, "by": "luis"})).status_code == 201
    (fact,) = (await officer.get(f"{API}/facts", params={"debtor": home.ana})).json()["facts"]
    assert fact["recorded_by"] == "api:luis"
    assert (await officer.post(f"{API}/overrides", json=an_override(by="luis"))).status_code == 403


# ------------------------------------------------------------------------------------------ overrides


async def test_an_override_takes_two_accounts_and_can_be_revoked(
    home: House, governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    assert "house/gap-2h" in await reasons(officer, home.spoken)
    made = await officer.post(f"{API}/overrides", json=an_override())
    assert made.status_code == 201
    address = f"{API}/overrides/{made.json()['id']}"

    for same in (None, "luis", "Luis Mora"):
        own = await officer.post(f"{address}/approve", json={"by": same})
        assert (own.status_code, own.json()["code"]) == (409, "same-person")
    posing = await officer.post(f"{address}/approve", json={"by": "Rosa Díaz"})
    assert (posing.status_code, posing.json()["code"]) == (409, "speaker-differs")
    assert "house/gap-2h" in await reasons(officer, home.spoken)

    async with signed_in(governed.app, "rosa") as rosa:
        assert (await rosa.post(f"{address}/approve", json={})).status_code == 200
    assert "house/gap-2h" not in await reasons(officer, home.spoken)
    (listed,) = (await officer.get(f"{API}/overrides")).json()["overrides"]
    assert (listed["asked_by"], listed["approved_by"], listed["in_force"]) == ("luis", "rosa", True)

    assert (await officer.post(f"{address}/revoke", json={})).status_code == 200
    assert "house/gap-2h" in await reasons(officer, home.spoken)
    again = await officer.post(f"{address}/approve", json={})
    assert (again.status_code, again.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"rule": "co-ley-2300/window"}, 422, "invalid-input"),  # the law is nobody's here to set aside
        ({"rule": "house/nothing"}, 422, "invalid-input"),
        ({"rule": "nonsense"}, 422, "invalid-input"),
        ({"reason": ""}, 422, "invalid-input"),
        ({"until_at": (START + timedelta(days=90)).isoformat()}, 422, "invalid-input"),
        ({"campaign": "other"}, 404, "unknown-campaign"),
        ({"debtor": 99_999}, 422, "invalid-input"),
        ({"by": "Rosa Díaz"}, 409, "speaker-differs"),
    ],
)
async def test_what_cannot_be_set_aside_is_explained(
    officer: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await officer.post(f"{API}/overrides", json=an_override(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await officer.get(f"{API}/overrides")).json()["overrides"] == []


@pytest.mark.parametrize("verb", ["approve", "revoke"])
async def test_an_override_that_is_not_there_is_said_so(officer: httpx.AsyncClient, verb: str) -> None:
    answer = await officer.post(f"{API}/overrides/99/{verb}", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
