"""Changes: on the audit trail, once however often they are sent, and never over what nobody has seen."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
import sqlalchemy as sa

from agent_console.ports_people import ConsoleChange
from dialer.errors import StoreError
from dialer.store.compliance_tables import audit_records
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import signed_in
from tests.support.console_compliance import House
from tests.support.console_people import PASSWORD

API = "/api/v1"
KEY = {"idempotency-key": "one-key-0001"}
MODE = f"{API}/campaigns/cartera-bogota/mode"


async def trail(home: House) -> list[dict[str, Any]]:
    wanted = sa.select(audit_records.c.payload).where(audit_records.c.kind == "console").order_by(audit_records.c.id)
    rows = await home.database.read(lambda connection: connection.execute(wanted).scalars().all())
    return [orjson.loads(row) for row in rows]


# ------------------------------------------------------------------------------------------ the audit trail


async def test_a_change_says_who_and_what_on_the_trail(home: House, governed: ConsoleUnderTest) -> None:
    async with signed_in(governed.app, "rosa") as rosa:
        assert (await rosa.put(MODE, json={"mode": "power", "ratio": 2.0})).status_code == 200
        await rosa.post(f"{API}/campaigns/cartera-bogota/drain")
        fact = {"kind": "flag", "value": {"flag": "bankruptcy"}, "source": "a letter", "debtor": home.ana}
        await rosa.post(f"{API}/facts", json=fact)
    mode, drain, noted = (await trail(home))[-3:]
    assert mode == {
        "what": "PUT /api/v1/campaigns/{name}/mode",
        "by": "rosa",
        "role": "supervisor",
        "status": 200,
        "name": "cartera-bogota",
        "mode": "power",
        "ratio": 2.0,
    }
    assert (drain["what"], drain["verb"]) == ("POST /api/v1/campaigns/{name}/{verb}", "drain")
    assert (noted["debtor"], noted["kind"]) == (home.ana, "flag")
    assert "letter" not in orjson.dumps(noted).decode()
    await home.trail.chain()
    assert (await home.trail.check_whole({}, [])).records > 0


async def test_what_was_refused_changed_nothing_and_is_not_noted(console: ConsoleUnderTest) -> None:
    console.engine.refuse["campaign.start"] = ("link-down", "")
    async with signed_in(console.app, "rosa") as rosa:
        await rosa.post(f"{API}/campaigns/cartera-bogota/start")
        await rosa.get(f"{API}/campaigns")
    assert console.changes.noted == []


async def test_a_change_that_the_trail_does_not_have_is_not_answered_as_done(
    console: ConsoleUnderTest, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(change: ConsoleChange) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(console.changes, "note", full)
    answer = await client.post(f"{API}/campaigns/cartera-bogota/start")
    assert (answer.status_code, answer.json()["code"]) == (503, "store")


async def test_signing_in_and_out_is_on_the_trail_and_no_password_is(home: House, governed: ConsoleUnderTest) -> None:
    async with signed_in(governed.app, "luis") as luis:
        new = {"login": "pedro", "name": "Pedro Paz", "role": "agent", "agent_id": "pedro", "password": PASSWORD}
        made = (await luis.post(f"{API}/users", json=new)).json()
        await luis.patch(f"{API}/users/{made['id']}", json={"role": "supervisor"})
        await luis.put(f"{API}/users/{made['id']}/password", json={"password": "una frase bien larga"})
        await luis.delete(f"{API}/session")
    told = await trail(home)
    assert [each["what"] for each in told[-5:]] == [
        "signed-in", "account-created", "account-changed", "password-set", "signed-out",
    ]  # fmt: skip
    assert {each["by"] for each in told[-5:]} == {"luis"}
    assert "frase" not in orjson.dumps(told).decode()
    assert PASSWORD not in orjson.dumps(told).decode()


# ------------------------------------------------------------------------------------------ the same request again


def a_fact(home: House) -> dict[str, Any]:
    return {"kind": "flag", "value": {"flag": "bankruptcy"}, "source": "a letter", "debtor": home.ana}


async def facts(officer: httpx.AsyncClient, home: House) -> int:
    return len((await officer.get(f"{API}/facts", params={"debtor": home.ana})).json()["facts"])


async def test_the_same_request_again_gets_the_same_answer_and_creates_nothing(
    home: House, officer: httpx.AsyncClient
) -> None:
    first = await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY)
    again = await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await facts(officer, home) == 1
    assert len([each for each in await trail(home) if each["what"].startswith("POST")]) == 1


async def test_a_key_is_good_for_one_request_of_one_person(
    home: House, governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY)
    other = await officer.post(f"{API}/facts", json=a_fact(home) | {"source": "a call"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    async with signed_in(governed.app, "rosa") as rosa:
        hers = await rosa.post(f"{API}/facts", json=a_fact(home) | {"source": "a call"}, headers=KEY)
    assert hers.status_code == 201
    assert "idempotency-replayed" not in hers.headers


async def test_a_refused_request_may_be_put_right_under_the_same_key(home: House, officer: httpx.AsyncClient) -> None:
    wrong = await officer.post(f"{API}/facts", json=a_fact(home) | {"kind": "rumour"}, headers=KEY)
    assert wrong.status_code == 422
    assert (await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(home: House, officer: httpx.AsyncClient) -> None:
    token = {"authorization": "Bearer token-of-the-tests-0123456789abcdef"}  # the session does not last so long
    body = a_fact(home) | {"by": "the registry"}
    await officer.post(f"{API}/facts", json=body, headers=KEY | token)
    home.clock.advance(24 * 3600)
    again = await officer.post(f"{API}/facts", json=body, headers=KEY | token)
    assert again.status_code == 201
    assert "idempotency-replayed" not in again.headers


async def test_a_request_that_goes_on_is_not_begun_again(
    home: House, governed: ConsoleUnderTest, officer: httpx.AsyncClient
) -> None:
    hit: list[httpx.Response] = []
    inner = home.changes.keep

    async def meanwhile(key: str, answer: Any) -> None:
        hit.append(await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY))
        await inner(key, answer)

    home.changes.keep = meanwhile  # type: ignore[method-assign]
    await officer.post(f"{API}/facts", json=a_fact(home), headers=KEY)
    assert [(answer.status_code, answer.json()["code"]) for answer in hit] == [(409, "idempotency-key-in-use")]
    assert await facts(officer, home) == 1


@pytest.mark.parametrize("key", ["short", "x" * 65, "with a space"])
async def test_an_odd_key_is_refused(home: House, officer: httpx.AsyncClient, key: str) -> None:
    answer = await officer.post(f"{API}/facts", json=a_fact(home), headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


# ------------------------------------------------------------------------------------------ what nobody has seen


async def test_a_change_over_what_somebody_else_changed_is_refused(
    console: ConsoleUnderTest, client: httpx.AsyncClient
) -> None:
    from dataclasses import replace

    read = await client.get(f"{API}/campaigns/cartera-bogota")
    tag = {"if-match": read.headers["etag"]}
    assert read.json()["name"] == "cartera-bogota"
    unchanged = await client.get(f"{API}/campaigns/cartera-bogota", headers={"if-none-match": tag["if-match"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await client.put(MODE, json={"mode": "power"}, headers=tag)).status_code == 200

    console.queries.known[0] = replace(console.queries.known[0], ratio=3.0)
    sent = len(console.engine.commands)
    stale = await client.put(MODE, json={"mode": "power"}, headers=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")
    assert len(console.engine.commands) == sent
    assert (await client.put(MODE, json={"mode": "power"}, headers={"if-match": "*"})).status_code == 200
    assert (await client.put(MODE, json={"mode": "power"})).status_code == 200
