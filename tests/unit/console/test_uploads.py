"""Files handed in at the console: kept, looked at, tried without effect, taken in; and what must never happen."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from dialer.console import uploads
from dialer.store.importing.rejects import guarded
from dialer.store.tables import debtors, debts
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import signed_in
from tests.support.console_compliance import House

LISTS = "/api/v1/campaigns/cartera-bogota/lists"
UPLOADS = "/api/v1/uploads"
LEADS = (
    "nombre;celular;monto;obligacion;ciudad\n"
    "Ana Gómez;3101234567;120.000;A-1;Bogotá\n"
    "=cmd|' /C calc'!A0;no es un número;5.000;A-2;Cali\n"
    "Luz Peña;+573159876543;80.000;A-3;Cali\n"
    "@SUM(1);;1.000;-5;\tTunja\n"
).encode("latin-1")


async def hand_in(client: httpx.AsyncClient, content: bytes, address: str = LISTS, name: str = "lista.csv") -> Any:
    answer = await client.post(address, params={"file_name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def after(client: httpx.AsyncClient, home: House, upload: dict[str, Any], verb: str, **reading: Any) -> Any:
    answer = await client.post(f"{UPLOADS}/{upload['id']}/{verb}", json=reading)
    assert answer.status_code == 200, answer.text
    tasks = [each for name, each in home.floor["uploads"]._tasks.items() if name == upload["id"]]
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks)
    return (await client.get(f"{UPLOADS}/{upload['id']}")).json()


@pytest.fixture
async def boss(governed: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(governed.app) as client:
        yield client


async def count(home: House, table: sa.Table) -> int:
    return await home.database.read(lambda connection: connection.scalar(sa.select(sa.func.count(table.c.id)))) or 0


async def test_a_file_is_looked_at_before_anything_is_done(boss: httpx.AsyncClient, home: House) -> None:
    before = await count(home, debtors)
    upload = await hand_in(boss, LEADS)
    assert (upload["state"], upload["by"], upload["bytes"]) == ("received", "luis", len(LEADS))
    look = (await boss.get(f"{UPLOADS}/{upload['id']}/look")).json()
    assert (look["delimiter"], look["encoding"]) == (";", "windows-1252")
    assert [(each["header"], each["role"]) for each in look["columns"]] == [
        ("nombre", "given"), ("celular", "phone:mobile"), ("monto", "amount"), ("obligacion", "debt_ref"),
        ("ciudad", ""),
    ]  # fmt: skip
    assert look["columns"][0]["samples"][0] == "Ana Gómez"
    assert await count(home, debtors) == before


async def test_a_dry_run_names_the_lines_and_takes_nothing_in(boss: httpx.AsyncClient, home: House) -> None:
    before = await count(home, debtors)
    upload = await hand_in(boss, LEADS)
    spanish = await after(boss, home, upload, "check", language="es")
    assert spanish["state"] == "checked"
    report = spanish["report"]
    assert (report["readable"], report["rejected"]) == (2, 2)
    assert report["reasons"] == {"bad-phone": 1, "no-phone": 1}
    assert [(each["line"], each["reason"]) for each in report["errors"]] == [
        (3, "el teléfono no existe: no es un número"),
        (5, "no tiene teléfono"),
    ]
    english = await after(boss, home, upload, "check", language="en")
    assert english["report"]["errors"][1]["reason"] == "no phone number"
    assert await count(home, debtors) == before


async def test_an_import_tells_how_far_it_is_and_what_came_of_it(
    boss: httpx.AsyncClient, home: House, governed: ConsoleUnderTest
) -> None:
    before = await count(home, debtors)
    upload = await hand_in(boss, LEADS)
    done = await after(boss, home, upload, "import")
    assert done["state"] == "done"
    assert done["report"]["counts"] == {"accepted": 2, "duplicates": 0, "debtors": 2, "debts": 2, "phones": 2}
    assert await count(home, debtors) == before + 2
    told = [message.payload for message in governed.bus.published if message.topic == "upload.progress"]
    assert (told[-1]["state"], told[-1]["done"], told[-1]["total"]) == ("done", len(LEADS), len(LEADS))
    again = await boss.post(f"{UPLOADS}/{upload['id']}/import", json={})
    assert (again.status_code, again.json()["code"]) == (404, "unknown-upload")


async def test_refused_lines_come_back_without_formulas_and_can_be_handed_in_again(
    boss: httpx.AsyncClient, home: House
) -> None:
    upload = await hand_in(boss, LEADS)
    await after(boss, home, upload, "import")
    answer = await boss.get(f"{UPLOADS}/{upload['id']}/rejected")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][-2:] == ["cadencia_line", "cadencia_reason"]
    assert [row[0] for row in rows[1:]] == ["'=cmd|' /C calc'!A0", "'@SUM(1)"]
    assert [row[3] for row in rows[1:]] == ["A-2", "'-5"]
    assert rows[2][4] == "'\tTunja"
    assert [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell] == []
    mended = answer.content.replace("no es un número".encode(), b"3009998877")
    again = await after(boss, home, await hand_in(boss, mended), "import")
    assert again["report"]["counts"]["debtors"] == 1
    names = await home.database.read(lambda connection: connection.scalars(sa.select(debtors.c.name)).all())
    assert "=cmd|' /C calc'!A0" in names


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_a_spreadsheet_might_reckon_is_guarded(sign: str) -> None:
    assert guarded(f"{sign}1+1") == f"'{sign}1+1"
    assert guarded(f"{sign}57 300 123 45 67") == f"'{sign}57 300 123 45 67"
    assert guarded(f"a{sign}1") == f"a{sign}1"


async def test_columns_mean_what_somebody_says_they_mean(boss: httpx.AsyncClient, home: House) -> None:
    content = b"a,b,c,d\n3101112233,Eva Luna,9000,3154445566\n"
    upload = await hand_in(boss, content)
    refused = await after(boss, home, upload, "check")
    assert (refused["state"], refused["report"]["code"]) == ("failed", "invalid-lead-file")
    roles = ["phone:mobile", "given", "amount", "phone:work"]
    done = await after(boss, home, upload, "import", roles=roles)
    assert done["report"]["counts"] == {"accepted": 1, "duplicates": 0, "debtors": 1, "debts": 1, "phones": 2}
    wanted = sa.select(debts.c.amount_minor).order_by(debts.c.id.desc()).limit(1)
    assert await home.database.read(lambda connection: connection.scalar(wanted)) == 900000


@pytest.mark.parametrize("roles", [["phone"], ["phone", "nobody-knows", "", ""]])
async def test_a_mapping_that_fits_nothing_is_refused(boss: httpx.AsyncClient, home: House, roles: list[str]) -> None:
    upload = await hand_in(boss, b"a,b,c,d\n3101112233,Eva,9000,x\n")
    assert (await after(boss, home, upload, "check", roles=roles))["report"]["code"] == "invalid-lead-file"


async def test_payments_are_tried_and_then_posted(boss: httpx.AsyncClient, home: House) -> None:
    reference = await home.database.read(
        lambda connection: connection.scalar(sa.select(debts.c.ref).where(debts.c.debtor_id == home.ana))
    )
    content = (
        "cuenta,monto,fecha,recibo,acreedor\n"
        f"{reference},50000,2026-11-20,P-1,Banco\n"
        f"{reference},-5,2026-11-20,P-2,Banco\n"
    ).encode()
    upload = await hand_in(boss, content, "/api/v1/payments/files")
    tried = await after(boss, home, upload, "check", origin="banco")
    assert (tried["report"]["readable"], tried["report"]["rejected"]) == (1, 1)
    done = await after(boss, home, upload, "import", origin="banco")
    assert done["report"]["rejected"] >= 1
    assert sum(done["report"]["counts"].values()) >= 1
    assert (await boss.get(UPLOADS, params={"kind": "payments"})).json()["uploads"][0]["id"] == upload["id"]


# ------------------------------------------------------------------------------------------ what must not happen


async def test_a_file_larger_than_it_may_be_leaves_nothing_behind(
    boss: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)

    async def flood() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    announced = await boss.post(LISTS, params={"file_name": "a.csv"}, content=b"x" * 2000)
    streamed = await boss.post(LISTS, params={"file_name": "a.csv"}, content=flood())
    assert [announced.status_code, streamed.status_code] == [413, 413]
    assert list((tmp_path / "uploads").glob("*")) == []


async def test_a_full_disk_is_said_before_anything_is_sent(
    boss: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LEAST_FREE_BYTES", 10**18)
    answer = await boss.post(LISTS, params={"file_name": "a.csv"}, content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (507, "disk-full")


async def test_an_empty_file_is_refused(boss: httpx.AsyncClient) -> None:
    assert (await boss.post(LISTS, params={"file_name": "a.csv"}, content=b"")).status_code == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x.csv", "a\x00b.csv", "<b>.csv"])
async def test_the_name_of_a_file_is_never_a_place(boss: httpx.AsyncClient, tmp_path: Path, name: str) -> None:
    upload = await hand_in(boss, LEADS, name=name)
    assert not set(upload["name"]) & set("/\\\x00<>")
    stored = [path.name for path in (tmp_path / "uploads").iterdir()]
    assert stored == [f"{upload['id']}.csv"]


@pytest.mark.parametrize("wanted", ["..%2f..%2fhouse.sqlite", "house.sqlite", "%2e%2e"])
async def test_no_other_file_can_be_asked_for(boss: httpx.AsyncClient, wanted: str) -> None:
    for what in ("", "/look", "/rejected"):
        answer = await boss.get(f"{UPLOADS}/{wanted}{what}")
        assert answer.status_code in (404, 422)


async def test_a_file_can_be_discarded(boss: httpx.AsyncClient, tmp_path: Path) -> None:
    upload = await hand_in(boss, LEADS)
    assert (await boss.post(f"{UPLOADS}/{upload['id']}/discard")).json()["state"] == "discarded"
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_what_an_earlier_process_left_in_the_middle_can_be_begun_again(
    boss: httpx.AsyncClient, home: House
) -> None:
    upload = await hand_in(boss, LEADS)
    room = home.floor["uploads"]
    await room._uploads.begin(upload["id"], uploads.UploadState.RUNNING, {})
    busy = await boss.post(f"{UPLOADS}/{upload['id']}/import", json={})
    assert (busy.status_code, busy.json()["code"]) == (409, "upload-busy")
    room._tidied = False  # as in a new process
    await hand_in(boss, LEADS)
    assert (await boss.get(f"{UPLOADS}/{upload['id']}")).json()["report"]["code"] == "broken-off"
    assert (await after(boss, home, upload, "import"))["state"] == "done"
