"""People and what they may do, over a real store."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import CHANGE, SESSION, anonymous, sign_in, signed_in
from tests.support.console_people import EVERYBODY, PASSWORD

API = "/api/v1"
USERS = f"{API}/users"
OTHER = "una frase bien distinta"
PEDRO = {"login": "pedro", "name": "Pedro Paz", "role": "agent", "agent_id": "pedro", "password": OTHER}


async def id_of(officer: httpx.AsyncClient, login: str) -> int:
    users = (await officer.get(USERS, params={"limit": 200})).json()["items"]
    return next(int(user["id"]) for user in users if user["login"] == login)


async def test_people_come_page_by_page(officer: httpx.AsyncClient) -> None:
    seen: list[str] = []
    params: dict[str, Any] | None = {"limit": 3}
    while params is not None:
        page = (await officer.get(USERS, params=params)).json()
        seen += [user["login"] for user in page["items"]]
        params = {"limit": 3, "cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert seen == [each.login for each in EVERYBODY]
    assert "hash" not in str(page)


async def test_a_new_person_chooses_a_password_of_their_own_before_anything_else(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    made = await officer.post(USERS, json=PEDRO | {"login": " Pedro "})
    assert (made.status_code, made.json()["login"], made.json()["password_given"]) == (201, "pedro", True)
    async with anonymous(governed.app) as client:
        client.headers.update(CHANGE)
        await sign_in(client, "pedro", OTHER)
        stopped = await client.get(f"{API}/desk")
        assert (stopped.status_code, stopped.json()["code"]) == (403, "password-change-needed")
        assert (await client.get("/desk")).headers["location"] == "/account"
        assert (await client.get("/account")).status_code == 200
        assert (await client.get(f"{API}/me")).status_code == 200
        wrong = await client.put(f"{API}/me/password", json={"old": PASSWORD, "new": PASSWORD})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "sign-in-refused")
        assert (await client.put(f"{API}/me/password", json={"old": OTHER, "new": PASSWORD})).status_code == 200
        assert (await client.get(f"{API}/desk")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"login": "rosa"}, 409, "account-exists"),
        ({"login": "ro.sa"}, 409, "account-exists"),  # looks like her
        ({"agent_id": "ana"}, 409, "account-exists"),
        ({"login": "péd ro"}, 422, "invalid-input"),
        ({"login": "x"}, 422, "invalid-input"),
        ({"name": "a\nb\x00"}, 422, "invalid-input"),
        ({"role": "owner"}, 422, "invalid-input"),
        ({"password": "short"}, 422, "invalid-input"),
        ({"password": "aaaaaaaaaaaa"}, 422, "invalid-input"),
        ({"password": "pedro-pedro-1"}, 422, "invalid-input"),
        ({"is_admin": True}, 422, "invalid-input"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_with_a_reason(
    officer: httpx.AsyncClient, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await officer.post(USERS, json=PEDRO | changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert str(changes.get("password", "no password of this test")) not in answer.text
    assert len((await officer.get(USERS)).json()["items"]) == len(EVERYBODY)


@pytest.mark.parametrize("change", [{"state": "disabled"}, {"role": "auditor"}, {"agent_id": "other"}])
async def test_whoever_becomes_somebody_else_is_signed_out_at_once(
    governed: ConsoleUnderTest, officer: httpx.AsyncClient, change: dict[str, str]
) -> None:
    async with signed_in(governed.app, "rosa") as rosa:
        assert (await rosa.get(f"{API}/me")).status_code == 200
        assert (await officer.patch(f"{USERS}/{await id_of(officer, 'rosa')}", json=change)).status_code == 200
        assert (await rosa.get(f"{API}/me")).status_code == 401
        again = await rosa.post(SESSION, json={"login": "rosa", "password": PASSWORD})
        assert again.status_code == (401 if "state" in change else 200)


async def test_a_new_name_signs_nobody_out(governed: ConsoleUnderTest, officer: httpx.AsyncClient) -> None:
    async with signed_in(governed.app, "rosa") as rosa:
        await officer.patch(f"{USERS}/{await id_of(officer, 'rosa')}", json={"name": "Rosa María", "language": "en"})
        mine = (await rosa.get(f"{API}/me")).json()["user"]
    assert (mine["name"], mine["language"]) == ("Rosa María", "en")


async def test_a_session_is_ended_from_elsewhere(governed: ConsoleUnderTest, officer: httpx.AsyncClient) -> None:
    async with signed_in(governed.app, "rosa") as rosa:
        assert (await officer.delete(f"{USERS}/{await id_of(officer, 'rosa')}/sessions")).status_code == 200
        assert (await rosa.get(f"{API}/me")).status_code == 401


async def test_a_changed_password_ends_the_other_sessions(governed: ConsoleUnderTest) -> None:
    async with signed_in(governed.app, "rosa") as here, signed_in(governed.app, "rosa") as there:
        assert (await here.put(f"{API}/me/password", json={"old": PASSWORD, "new": OTHER})).status_code == 200
        assert (await here.get(f"{API}/me")).status_code == 200
        assert (await there.get(f"{API}/me")).status_code == 401
        assert (await there.post(SESSION, json={"login": "rosa", "password": PASSWORD})).status_code == 401


async def test_a_forgotten_password_is_given_anew(governed: ConsoleUnderTest, officer: httpx.AsyncClient) -> None:
    path = f"{USERS}/{await id_of(officer, 'rosa')}/password"
    assert (await officer.put(path, json={"password": OTHER})).status_code == 200
    async with anonymous(governed.app) as client:
        client.headers.update(CHANGE)
        answer = await sign_in(client, "rosa", OTHER)
    assert answer.json()["user"]["password_given"] is True


@pytest.mark.parametrize("change", [{"state": "disabled"}, {"role": "supervisor"}])
async def test_somebody_is_always_left_who_can_manage_people(
    officer: httpx.AsyncClient, change: dict[str, str]
) -> None:
    own = f"{USERS}/{await id_of(officer, 'luis')}"
    last = await officer.patch(own, json=change)
    assert (last.status_code, last.json()["code"]) == (409, "last-admin")
    assert (await officer.patch(f"{USERS}/{await id_of(officer, 'rosa')}", json={"role": "admin"})).status_code == 200
    assert (await officer.patch(own, json=change)).status_code == 200


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("PATCH", ""), ("PUT", "/password"), ("DELETE", "/sessions")]
)
async def test_an_account_that_is_not_there_is_said_so(officer: httpx.AsyncClient, method: str, rest: str) -> None:
    body = {"password": OTHER} if method == "PUT" else {}
    answer = await officer.request(method, f"{USERS}/99{rest}", json=None if method == "GET" else body)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-account")


async def test_the_language_is_ones_own(officer: httpx.AsyncClient) -> None:
    assert (await officer.patch(f"{API}/me", json={"language": "en"})).json()["user"]["language"] == "en"
    assert (await officer.patch(f"{API}/me", json={"language": "en", "role": "admin"})).status_code == 422
