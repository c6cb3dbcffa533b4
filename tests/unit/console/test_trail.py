"""The audit trail through the API: proofs, incidents, holds and what is deleted."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from dialer.audit import verifier
from dialer.store import incidents
from dialer.store.compliance_tables import audit_records
from dialer.store.incidents import Incident
from tests.support.console_compliance import House
from tests.support.console_queries import START
from tests.support.store import number

API = "/api/v1"
LUIS = {"by": "Luis Mora"}  # may be left out, and must not be anybody else


async def test_a_debtors_file_is_a_download_that_an_outsider_can_check(
    home: House, officer: httpx.AsyncClient, tmp_path: Path
) -> None:
    answer = await officer.get(f"{API}/debtors/{home.spoken}/file")

    assert answer.headers["content-disposition"] == f'attachment; filename="debtor-{home.spoken}.json"'
    file = tmp_path / "debtor.json"
    file.write_bytes(answer.content)
    assert verifier.main([str(file)]) == 0
    assert home.call in answer.text


async def test_the_file_of_nobody_is_said_so(officer: httpx.AsyncClient) -> None:
    answer = await officer.get(f"{API}/debtors/99999/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-debtor")


async def test_the_trail_of_the_installation_is_checked(home: House, officer: httpx.AsyncClient) -> None:
    await officer.get(f"{API}/debtors/{home.spoken}/file")  # which chains and signs
    good = (await officer.get(f"{API}/compliance/verify")).json()
    assert (good["findings"], good["waiting"]) == ([], 0)
    assert good["records"] >= 3

    await home.database.write(
        lambda connection: connection.execute(
            audit_records.update().where(audit_records.c.kind == "decision").values(payload=b"{}")
        )
    )
    assert (await officer.get(f"{API}/compliance/verify")).json()["findings"] != []


# ------------------------------------------------------------------------------------------ incidents


def report(connection: sa.Connection, count: int) -> None:
    found = [Incident(kind="call-without-decision", ref=f"c-{n}", at=START, detail={"n": n}) for n in range(count)]
    incidents.report(connection, found)


async def test_incidents_come_page_by_page_and_are_resolved_with_a_note(
    home: House, officer: httpx.AsyncClient
) -> None:
    await home.database.write(report, 5)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await officer.get(f"{API}/compliance/incidents", params=params)).json()
        seen += [row["ref"] for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["c-4", "c-3", "c-2", "c-1", "c-0"]

    first = (await officer.get(f"{API}/compliance/incidents")).json()["rows"][0]
    address = f"{API}/compliance/incidents/{first['id']}/resolve"
    assert (await officer.post(address, json={**LUIS, "note": "a test call of the carrier"})).status_code == 200
    assert len((await officer.get(f"{API}/compliance/incidents")).json()["rows"]) == 4
    (done,) = (await officer.get(f"{API}/compliance/incidents", params={"resolved": "true"})).json()["rows"]
    assert (done["resolved_by"], done["note"]) == ("luis", "a test call of the carrier")
    again = await officer.post(address, json={**LUIS, "note": "again"})
    assert (again.status_code, again.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("params", [{"cursor": "made up"}, {"limit": "0"}, {"cursor": "９"}])
async def test_a_page_that_makes_no_sense_is_refused(officer: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await officer.get(f"{API}/compliance/incidents", params=params)).status_code == 422


@pytest.mark.parametrize("body", [{"note": ""}, {**LUIS, "note": " "}, LUIS, {"by": "Rosa Díaz", "note": "x"}])
async def test_an_incident_is_not_resolved_under_another_name_nor_without_a_note(
    home: House, officer: httpx.AsyncClient, body: dict[str, str]
) -> None:
    await home.database.write(report, 1)
    row = (await officer.get(f"{API}/compliance/incidents")).json()["rows"][0]
    assert (await officer.post(f"{API}/compliance/incidents/{row['id']}/resolve", json=body)).status_code in (409, 422)
    assert len((await officer.get(f"{API}/compliance/incidents")).json()["rows"]) == 1


# ------------------------------------------------------------------------------------------ holds, erasure, purge


async def test_a_legal_hold_keeps_a_debtor_from_being_erased_until_it_is_lifted(
    home: House, officer: httpx.AsyncClient
) -> None:
    hold = {**LUIS, "debtor": home.ana, "reason": "a lawsuit"}
    erase = {**LUIS, "reason": "asked for it", "confirm": home.ana}
    assert (await officer.post(f"{API}/compliance/holds", json=hold)).status_code == 201
    (listed,) = (await officer.get(f"{API}/compliance/holds")).json()["holds"]
    assert (listed["debtor_id"], listed["placed_by"]) == (home.ana, "luis")
    assert (await officer.get(f"{API}/debtors/{home.ana}/compliance")).json()["debtor"]["held"] is True

    refused = await officer.post(f"{API}/debtors/{home.ana}/erase", json=erase)
    assert (refused.status_code, refused.json()["code"]) == (409, "erasure-refused")

    assert (await officer.post(f"{API}/compliance/holds/lift", json=hold)).status_code == 200
    assert (await officer.get(f"{API}/compliance/holds")).json()["holds"] == []
    done = await officer.post(f"{API}/debtors/{home.ana}/erase", json=erase)
    assert (done.status_code, done.json()["identity"]) == (200, True)
    gone = (await officer.get(f"{API}/debtors/{home.ana}")).json()
    assert (gone["name"], gone["external_ref"]) == ("", "")
    assert number(1)[1:] not in str(gone)


async def test_what_a_law_keeps_is_named_when_somebody_is_erased(home: House, officer: httpx.AsyncClient) -> None:
    erase = {**LUIS, "reason": "asked for it", "confirm": home.spoken}
    done = (await officer.post(f"{API}/debtors/{home.spoken}/erase", json=erase)).json()
    assert done["identity"] is (done["kept"] == [])
    assert (await officer.get(f"{API}/compliance/verify")).json()["findings"] == []


@pytest.mark.parametrize("confirm", [None, 99_999])
async def test_nobody_is_erased_without_the_confirmation(
    home: House, officer: httpx.AsyncClient, confirm: int | None
) -> None:
    body = {**LUIS, "reason": "asked for it", "confirm": confirm}
    answer = await officer.post(f"{API}/debtors/{home.ana}/erase", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "not-confirmed")
    assert (await officer.get(f"{API}/debtors/{home.ana}/compliance")).json()["debtor"]["name"] != ""


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("compliance/holds", {**LUIS, "debtor": 99_999, "reason": "x"}, 404),
        ("compliance/holds", {**LUIS, "reason": "for everybody must be said"}, 422),
        ("compliance/holds", {"debtor": None, "by": "Eva Gil", "reason": "somebody else says it"}, 409),
        ("compliance/holds/lift", {**LUIS, "debtor": None, "reason": "there is none"}, 422),
        ("debtors/99999/erase", {**LUIS, "reason": "x", "confirm": 99_999}, 404),
    ],
)
async def test_holds_and_erasures_of_nobody_are_refused(
    officer: httpx.AsyncClient, path: str, body: dict[str, object], status: int
) -> None:
    assert (await officer.post(f"{API}/{path}", json=body)).status_code == status


async def test_what_would_be_purged_is_counted_and_kept(home: House, officer: httpx.AsyncClient) -> None:
    assert (await officer.get(f"{API}/compliance/purge")).json() == {"recordings": 0, "calls": 0, "records": 0}
    assert (await officer.get(f"{API}/debtors/{home.spoken}/file")).status_code == 200


# ------------------------------------------------------------------------------------------ all of them


async def test_no_compliance_route_answers_nobody(officer: httpx.AsyncClient) -> None:
    specification = (await officer.get(f"{API}/openapi.json")).json()
    asked = 0
    officer.cookies.clear()
    for path, operations in specification["paths"].items():
        for method, operation in operations.items():
            if set(operation.get("tags", [])) & {"compliance", "contacts", "audit"}:
                address = path.replace("{call_id}", "019aaaaa-0000-7000-8000-000000000001")
                for hole in ("debtor", "debtor_id", "name", "fact_id", "override_id", "incident_id"):
                    address = address.replace(f"{{{hole}}}", "1")
                answer = await officer.request(method, address)
                assert (answer.status_code, answer.json()["code"]) == (401, "access-denied"), (method, path)
                asked += 1
    assert asked >= 27


async def test_the_specification_is_whole(officer: httpx.AsyncClient) -> None:
    specification = (await officer.get(f"{API}/openapi.json")).json()
    ids = [
        operation["operationId"] for operations in specification["paths"].values() for operation in operations.values()
    ]
    assert len(set(ids)) == len(ids)
    text = json.dumps(specification)
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= specification["components"]["schemas"].keys()
