"""Campaigns made, copied and changed: by field, by nobody who has not seen them, and told to the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from dialer.store.tables import outbox
from tests.support.console_app import make_console
from tests.support.console_client import another, signed_in
from tests.support.console_compliance import House

ALL = "/api/v1/campaigns"
ONE = f"{ALL}/cartera-bogota/settings"


@pytest.fixture
async def boss(home: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    console = make_console(
        tmp_path,
        compliance=home.rooms,
        **home.floor,
        people=home.people,
        changes=home.changes,
        clock=home.clock,
    )
    async with signed_in(console.app) as client:
        yield client


async def read(client: httpx.AsyncClient) -> tuple[dict[str, object], str]:
    answer = await client.get(ONE)
    assert answer.status_code == 200, answer.text
    return answer.json()["settings"], answer.headers["etag"]


async def test_every_setting_is_read_and_written_back_unchanged(boss: httpx.AsyncClient) -> None:
    settings, tag = await read(boss)
    assert settings["retry"]["busy"] == {"delay_s": 900.0, "max_tries": 4, "next_number": False, "bad_number": False}  # type: ignore[index]
    answer = await boss.put(ONE, json=settings, headers={"if-match": tag})
    assert (answer.status_code, answer.headers["etag"]) == (200, tag)


async def test_what_is_changed_is_stored_and_told_to_the_engine(boss: httpx.AsyncClient, home: House) -> None:
    settings, tag = await read(boss)
    settings |= {"target_abandonment": 0.02, "dispositions": ["PTP", "REFUSED"], "overflow": True}
    settings["transfer_numbers"] = {"Banco": "+576015550001"}
    settings["retry"] = {"busy": {"delay_s": 60, "max_tries": 2}}
    settings["schedule"] = {"zone": "America/Bogota", "hours": [{"weekday": 1, "start": "08:00", "stop": "18:30"}]}
    answer = await boss.put(ONE, json=settings, headers={"if-match": tag})
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["next_at"], changed["next_starts"]) == ("2026-11-24T23:30:00Z", False)
    again, other_tag = await read(boss)
    assert other_tag != tag
    assert again["target_abandonment"] == 0.02
    assert again["transfer_numbers"] == {"Banco": "+576015550001"}
    assert list(again["retry"]) == ["busy"]  # type: ignore[call-overload]
    topics = await home.database.read(lambda connection: connection.scalars(sa.select(outbox.c.topic)).all())
    assert topics.count("cartera-bogota/campaign.configured") == 1
    desk = (await boss.get(ALL)).json()["campaigns"][0]["campaign"]
    assert desk["name"] == "cartera-bogota"


async def test_two_supervisors_do_not_overwrite_each_other(boss: httpx.AsyncClient) -> None:
    app = boss._transport.app  # type: ignore[attr-defined]
    settings, tag = await read(boss)
    async with another(app, "rosa") as rosa:
        assert (await rosa.put(ONE, json=settings | {"wrap_up_s": 45}, headers={"if-match": tag})).status_code == 200
    late = await boss.put(ONE, json=settings | {"wrap_up_s": 10}, headers={"if-match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    assert (await read(boss))[0]["wrap_up_s"] == 45


async def test_nobody_changes_what_they_have_not_read(boss: httpx.AsyncClient) -> None:
    settings, _ = await read(boss)
    assert (await boss.put(ONE, json=settings)).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ratio": 0.5}, "ratio"),
        ({"ring_timeout_s": 500}, "ring_timeout_s"),
        ({"trunk": "nowhere"}, "trunk"),
        ({"country": "XX"}, "country"),
        ({"packs": ["none-such"]}, "packs"),
        ({"dispositions": ["NONE"]}, "dispositions"),
        ({"ivr_identity": ["shoe-size"]}, "ivr_identity"),
        ({"ivr_flow": "none-such", "overflow": True}, "ivr_flow"),
        ({"schedule": {"zone": "Mars/Olympus"}}, "schedule.zone"),
        ({"schedule": {"hours": [{"weekday": 0, "start": "18:00", "stop": "08:00"}]}}, "schedule"),
        ({"retry": {"busy": {"delay_s": -1, "max_tries": 2}}}, "retry.busy.delay_s"),
        ({"caller_id": "=1+1"}, "caller_id"),
        ({"transfer_numbers": {"Banco": "no es un número"}}, "transfer_numbers.Banco"),
        ({"transfer_numbers": {"   ": "+576015550001"}}, "transfer_numbers"),
    ],
)
async def test_a_wrong_setting_is_named_and_nothing_is_changed(
    boss: httpx.AsyncClient, change: dict[str, object], field: str
) -> None:
    settings, tag = await read(boss)
    answer = await boss.put(ONE, json=settings | change, headers={"if-match": tag})
    assert answer.status_code == 422
    assert field in [each["field"] for each in answer.json()["fields"]]
    assert (await read(boss))[1] == tag


async def test_a_bound_is_told_so_that_a_page_can_say_it(boss: httpx.AsyncClient) -> None:
    settings, tag = await read(boss)
    answer = await boss.put(ONE, json=settings | {"ratio": 99}, headers={"if-match": tag})
    (wrong,) = answer.json()["fields"]
    assert (wrong["kind"], wrong["limit"]) == ("less_than_equal", 10)


async def test_a_campaign_is_copied_under_another_name(boss: httpx.AsyncClient) -> None:
    made = await boss.post(ALL, json={"name": "copia", "copy_of": "cartera-bogota"})
    assert made.status_code == 201, made.text
    assert made.json()["settings"]["creditor"] == "Banco del Llano"
    assert made.json()["state"] == "stopped"
    names = [each["name"] for each in (await boss.get("/api/v1/campaign-settings")).json()["campaigns"]]
    assert names == ["cartera-bogota", "copia"]
    taken = await boss.post(ALL, json={"name": "copia"})
    assert (taken.status_code, taken.json()["code"]) == (422, "invalid-input")


async def test_choices_are_those_of_this_installation(boss: httpx.AsyncClient) -> None:
    choices = (await boss.get("/api/v1/campaign-choices")).json()
    assert [each["name"] for each in choices["trunks"]] == ["default", "second"]
    assert "co-ley-2300" in choices["packs"]
    assert "self-service" in choices["flows"]


async def test_a_change_is_on_the_trail_with_what_was_asked_for(boss: httpx.AsyncClient, home: House) -> None:
    settings, tag = await read(boss)
    await boss.put(ONE, json=settings | {"patience_s": 1.5}, headers={"if-match": tag})
    noted = await home.database.read(
        lambda connection: connection.execute(sa.text("SELECT payload FROM audit_records")).scalars().all()
    )
    assert any('"patience_s":1.5' in str(each).replace(" ", "").replace("'", '"') for each in noted)
