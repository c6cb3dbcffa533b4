"""Promises and payments through the API."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from agent_console.spreadsheet import csv_line
from tests.support.console_compliance import House

API = "/api/v1"
KEY = {"Idempotency-Key": "desk-7-call-1"}


async def terms(officer: httpx.AsyncClient, debt: int) -> dict[str, Any]:
    answer = await officer.get(f"{API}/campaigns/cartera-bogota/debts/{debt}/terms")
    assert answer.status_code == 200
    return dict(answer.json())


async def body(officer: httpx.AsyncClient, debt: int, **changes: Any) -> dict[str, Any]:
    found = await terms(officer, debt)
    due = (date.fromisoformat(found["today"]) + timedelta(days=3)).isoformat()
    return {
        "debt": debt,
        "instalments": [{"due_on": due, "amount_minor": found["balance_minor"]}],
        "by": "Luis Mora",
        **changes,
    }


async def test_a_promise_is_made_once_and_shown_with_what_it_stands_at(home: House, officer: httpx.AsyncClient) -> None:
    debt = await home.debt_of(home.ana)
    asked = await body(officer, debt)
    made = await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=asked, headers=KEY)
    again = await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=asked, headers=KEY)

    assert (made.status_code, made.json()["repeated"], again.json()["repeated"]) == (201, False, True)
    assert again.json()["reference"] == made.json()["reference"]
    assert (made.json()["captured_by"], made.json()["channel"], made.json()["state"]) == ("luis", "api", "pending")
    page = (await officer.get(f"{API}/campaigns/cartera-bogota/promises", params={"state": "pending"})).json()
    assert [each["reference"] for each in page["items"]] == [made.json()["reference"]]
    assert page["next_cursor"] is None


async def test_what_the_terms_forbid_comes_back_with_the_limit(home: House, officer: httpx.AsyncClient) -> None:
    debt = await home.debt_of(home.ana)
    found = await terms(officer, debt)
    late = (date.fromisoformat(found["latest_on"]) + timedelta(days=1)).isoformat()
    asked = await body(officer, debt, instalments=[{"due_on": late, "amount_minor": 1}])
    answer = await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=asked, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "promise-refused")
    against = {each["flaw"]: each["limit"] for each in answer.json()["objections"]}
    assert against == {"too-little": str(found["minimum_minor"]), "too-late": found["latest_on"]}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"debt": 99_999}, 404, "unknown-debt"),
        ({"instalments": []}, 422, "invalid-input"),
        ({"by": "Rosa Díaz"}, 409, "speaker-differs"),
        ({"instalments": [{"due_on": "2026-02-30", "amount_minor": 5}]}, 422, "invalid-input"),
        ({"surprise": 1}, 422, "invalid-input"),
    ],
)
async def test_what_cannot_be_a_promise_is_refused(
    home: House, officer: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    asked = {**await body(officer, await home.debt_of(home.ana)), **changes}
    answer = await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=asked, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_promise_without_a_key_of_its_own_is_refused(home: House, officer: httpx.AsyncClient) -> None:
    asked = await body(officer, await home.debt_of(home.ana))
    assert (await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=asked)).status_code == 422


async def test_a_payment_settles_the_debt_and_keeps_the_promise(home: House, officer: httpx.AsyncClient) -> None:
    debt = await home.debt_of(home.ana)
    await officer.post(f"{API}/campaigns/cartera-bogota/promises", json=await body(officer, debt), headers=KEY)
    found = await terms(officer, debt)
    paid = {"reference": "A-1", "amount_minor": found["balance_minor"], "paid_on": found["today"], "debt": debt}
    for fate in ("posted", "repeated"):
        answer = await officer.post(f"{API}/payments", json={"origin": "bank", "payments": [paid]})
        assert answer.json()["fates"] == [fate]
    money = (await officer.get(f"{API}/debtors/{home.ana}/money")).json()
    assert [each["state"] for each in money["promises"]] == ["kept"]
    assert [each["reference"] for each in money["payments"]] == ["A-1"]
    assert (await terms(officer, debt))["balance_minor"] == 0


async def test_a_payment_names_its_debt(officer: httpx.AsyncClient) -> None:
    paid = {"reference": "A-1", "amount_minor": 5, "paid_on": "2026-11-24"}
    answer = await officer.post(f"{API}/payments", json={"origin": "bank", "payments": [paid]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_promises_of_a_time_are_listed_and_exported_without_formulas(
    home: House, officer: httpx.AsyncClient
) -> None:
    path = f"{API}/campaigns/cartera-bogota/promises"
    made = await officer.post(path, json=await body(officer, await home.debt_of(home.ana)), headers=KEY)
    at = home.clock.now()
    for since, until, count in ((-1, 1, 1), (1, 2, 0), (-2, -1, 0)):
        span = {
            "since": (at + timedelta(hours=since)).isoformat(),
            "until": (at + timedelta(hours=until)).isoformat(),
        }
        assert len((await officer.get(path, params=span)).json()["items"]) == count
        lines = (await officer.get(f"{path}.csv", params=span)).content.decode("utf-8-sig").splitlines()
        assert len(lines) == 1 + count
    whole = await officer.get(f"{path}.csv")
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    assert made.json()["reference"] in whole.text
    unknown = await officer.get(f"{API}/campaigns/none/promises.csv")
    assert unknown.status_code == 404


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_is_a_formula(sign: str) -> None:
    assert next(csv.reader([csv_line([f"{sign}1", "a", f'{sign}"x"']).decode()])) == [f"'{sign}1", "a", f'\'{sign}"x"']
