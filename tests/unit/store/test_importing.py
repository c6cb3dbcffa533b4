"""Importing lead files into the database. The PostgreSQL half of the suite runs these very functions."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.clock import ManualClock
from dialer.domain.campaign import Campaign
from dialer.domain.recycle import Stop, StopReason
from dialer.errors import ConfigurationError, InvalidLeadFile
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.importing import source
from dialer.store.importing.importer import ImportReport, import_leads
from dialer.store.importing.source import ImportOptions
from tests.support.store import NOON, StubGate, add_campaign, closing, rows


async def load(
    database: Database, campaign: Campaign, folder: Path, content: str | bytes, **options: Any
) -> ImportReport:
    path = folder / "lista.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return await import_leads(database, path, campaign, now=NOON, options=ImportOptions(**options))


def rejected_rows(report: ImportReport) -> list[list[str]]:
    assert report.rejected_path is not None
    with report.rejected_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


async def test_a_spanish_file_becomes_people_numbers_and_debts(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database, creditor="Banco del Sur")
    report = await load(
        database,
        campaign,
        tmp_path,
        "Cédula;Nombre;Apellido;Teléfono;Celular 2;Teléfono Trabajo;Obligación;Saldo;Moneda;Fecha Vencimiento;Ciudad\n"
        "1.020.304;Ana;Ruiz;310 123 4567;(601) 234-5678;;OB-1;$ 1.234.567,89;COP;31/12/2025;Bogotá\n"
        "55;Luis;Gómez;3007654321;;601 3334455;OB-2;120.000;;2025-06-30;\n",
    )
    assert (report.accepted, report.debtors, report.debts, report.phones) == (2, 2, 2, 4)
    assert (report.duplicates, report.rejected, report.rejected_path) == (0, 0, None)
    ana, luis = await rows(database, "debtors")
    assert (ana.name, ana.document, ana.country, ana.custom) == ("Ana Ruiz", "1.020.304", "CO", {"Ciudad": "Bogotá"})
    assert luis.custom == {}
    assert [(phone.e164, phone.position, phone.kind) for phone in await rows(database, "phones")] == [
        ("+573101234567", 0, ""),
        ("+576012345678", 1, "mobile"),
        ("+573007654321", 0, ""),
        ("+576013334455", 1, "work"),
    ]
    first, second = await rows(database, "debts")
    assert (first.ref, first.amount_minor, first.currency, first.due_on) == (
        "OB-1", 123456789, "COP", date(2025, 12, 31),
    )  # fmt: skip
    assert (first.creditor, first.state) == ("Banco del Sur", "open")
    assert (second.amount_minor, second.due_on) == (12_000_000, date(2025, 6, 30))
    assert {lead.state for lead in await rows(database, "leads")} == {"ready"}
    reserved = await SqlAttemptLog(database, StubGate(), ManualClock(NOON)).reserve(campaign.id, 5, NOON)
    assert [attempt.display_name for attempt in reserved.attempts] == ["Ana Ruiz", "Luis Gómez"]
    assert [attempt.debt_ids for attempt in reserved.attempts] == [(first.id,), (second.id,)]


async def test_an_english_file_with_days_past_due_and_priority(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database, country="US", language="en")
    report = await load(
        database,
        campaign,
        tmp_path,
        "customer_id,first_name,last_name,phone1,phone2,account,balance,days_past_due,state,priority,language\n"
        'C-1,Mary,"Smith, Jr.",(415) 555-2671,+44 20 7946 0958,A-1,"$1,234.56",30,CA,90,Spanish\n',
    )
    assert (report.accepted, report.rejected) == (1, 0)
    (mary,) = await rows(database, "debtors")
    assert (mary.name, mary.external_ref, mary.subdivision, mary.language) == ("Mary Smith, Jr.", "C-1", "US-CA", "es")
    assert [phone.e164 for phone in await rows(database, "phones")] == ["+14155552671", "+442079460958"]
    (debt,) = await rows(database, "debts")
    assert (debt.amount_minor, debt.currency, debt.due_on) == (123456, "USD", NOON.date() - timedelta(days=30))
    assert (await rows(database, "leads"))[0].priority == 90


async def test_rows_and_columns_of_one_person_become_several_debts(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(
        database,
        campaign,
        tmp_path,
        "documento;telefono;referencia1;saldo1;referencia2;saldo2;acreedor\n"
        "77;3101234567;R1;100;R2;200;Banco\n"
        "77;3109999999;R3;300;;;Banco\n",
    )
    assert (report.accepted, report.debtors, report.debts, report.phones) == (2, 1, 3, 2)
    assert [(debt.ref, debt.amount_minor) for debt in await rows(database, "debts")] == [
        ("R1", 10_000), ("R2", 20_000), ("R3", 30_000),
    ]  # fmt: skip


async def test_the_same_customer_number_at_two_creditors_is_two_people(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(
        database,
        campaign,
        tmp_path,
        "id_cliente;telefono;acreedor;cuenta;saldo\n1001;3101234567;Banco A;1;5\n1001;3107654321;Banco B;1;5\n",
    )
    assert report.debtors == 2


async def test_the_same_document_in_two_countries_is_two_people(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(
        database, campaign, tmp_path, "dni;telefono;pais\n12345678;3101234567;CO\n12345678;987654321;Perú\n"
    )
    assert (report.debtors, report.rejected) == (2, 0)
    assert [phone.e164 for phone in await rows(database, "phones")] == ["+573101234567", "+51987654321"]


LIST = (
    "documento;nombre;telefono;referencia;saldo\n"
    "1;Ana;3101234567;A;100\n"
    "2;Luis;3101234568;B;200\n"
    "1;Ana;3101234567;A;100\n"
)


async def test_importing_a_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    first = await load(database, campaign, tmp_path, LIST)
    assert (first.accepted, first.duplicates_in_file, first.duplicates_in_campaign) == (2, 1, 0)
    before = [await rows(database, table) for table in ("debtors", "phones", "debts", "leads", "lead_debts")]
    second = await load(database, campaign, tmp_path, LIST)
    assert (second.accepted, second.duplicates_in_file, second.duplicates_in_campaign) == (0, 0, 3)
    assert (second.debtors, second.debts, second.phones, second.rows) == (0, 0, 0, 3)
    assert [await rows(database, table) for table in ("debtors", "phones", "debts", "leads", "lead_debts")] == before


async def test_duplicates_are_found_across_transactions(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(database, campaign, tmp_path, LIST, rows_per_chunk=1)
    assert (report.accepted, report.duplicates_in_file, report.debtors) == (2, 1, 2)


async def test_a_new_file_updates_what_it_says_and_keeps_the_rest(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    await load(
        database, campaign, tmp_path, "documento;nombre;telefono;referencia;saldo;zona\n1;Ana;3101234567;A;100;norte\n"
    )
    report = await load(
        database, campaign, tmp_path, "documento;nombre;telefono;referencia;saldo;nota\n1;;3107654321;A;80;llamar\n"
    )
    assert (report.accepted, report.debtors, report.debts, report.phones) == (1, 0, 0, 1)
    (ana,) = await rows(database, "debtors")
    assert (ana.name, ana.custom) == ("Ana", {"zona": "norte", "nota": "llamar"})
    assert [(phone.e164, phone.position) for phone in await rows(database, "phones")] == [
        ("+573101234567", 0), ("+573107654321", 1),
    ]  # fmt: skip
    assert [debt.amount_minor for debt in await rows(database, "debts")] == [8_000]


async def test_a_person_of_another_campaign_is_the_same_person(database: Database, tmp_path: Path) -> None:
    first, second = await add_campaign(database), await add_campaign(database, "sur")
    await load(database, first, tmp_path, LIST)
    report = await load(database, second, tmp_path, LIST)
    assert (report.accepted, report.debtors, report.debts, report.phones) == (2, 0, 2, 0)
    assert len(await rows(database, "leads")) == 4
    assert len(await rows(database, "lead_debts")) == 4


async def test_a_finished_debtor_is_dialed_again_only_for_a_new_debt(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    await load(database, campaign, tmp_path, "documento;telefono;referencia;saldo\n1;3101234567;A;100\n")
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    (attempt,) = (await log.reserve(campaign.id, 1, NOON)).attempts
    await log.close([closing(attempt.call_id, retry=Stop(reason=StopReason.FINISHED))])
    await load(database, campaign, tmp_path, "documento;telefono;referencia;saldo\n1;3101234567;A;90\n")
    assert [lead.state for lead in await rows(database, "leads")] == ["done"]
    await load(database, campaign, tmp_path, "documento;telefono;referencia;saldo\n1;3101234567;B;70\n")
    assert [lead.state for lead in await rows(database, "leads")] == ["ready"]


async def test_a_lead_in_mid_call_is_left_to_the_call(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    await load(database, campaign, tmp_path, "documento;telefono;referencia;saldo\n1;3101234567;A;100\n")
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    await log.reserve(campaign.id, 1, NOON)
    text = "documento;telefono;referencia;saldo;prioridad\n1;3101234567;B;70;99\n"
    assert (await load(database, campaign, tmp_path, text)).accepted == 1
    (lead,) = await rows(database, "leads")
    assert (lead.state, lead.priority) == ("in_flight", 99)


async def test_what_cannot_be_read_goes_to_rejected_csv_with_line_and_reason(
    database: Database, tmp_path: Path
) -> None:
    campaign = await add_campaign(database)
    report = await load(
        database,
        campaign,
        tmp_path,
        "documento;nombre;telefono;saldo;vencimiento\n"
        "1;Ana;3101234567;100;31/12/2025\n"
        "2;Sin teléfono;;100;\n"
        "3;Mal teléfono;12;100;\n"
        "4;Mal monto;3101234567;mucho;\n"
        "5;Mal día;3101234567;5;31/02/2025\n"
        "\n"
        '6;"Comillas;3101234567;5;\n'
        "7;Demás;3101234567;5;;;;x\n"
        "8;Nulo\x00;3101234567;5;\n"
        "9;=HYPERLINK(1);abc;5;\n"
        "10;Luis;3101234568;100;\n",
    )
    assert (report.accepted, report.rejected, report.rows) == (2, 8, 10)
    header, *rejects = rejected_rows(report)
    assert header == ["documento", "nombre", "telefono", "saldo", "vencimiento", "cadencia_line", "cadencia_reason"]
    assert [(row[5], row[6].partition(":")[0]) for row in rejects] == [
        ("3", "no-phone"),
        ("4", "bad-phone"),
        ("5", "bad-amount"),
        ("6", "bad-date"),
        ("8", "unclosed-quote"),
        ("9", "too-many-columns"),
        ("10", "nul-byte"),
        ("11", "bad-phone"),
    ]
    assert rejects[0][:3] == ["2", "Sin teléfono", ""]
    assert rejects[1][6] == "bad-phone: el teléfono no existe: 12"
    assert rejects[7][1] == "'=HYPERLINK(1)"
    assert [person.document for person in await rows(database, "debtors")] == ["1", "10"]


async def test_reasons_are_in_english_for_an_english_campaign(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database, language="en")
    report = await load(database, campaign, tmp_path, "name;phone\nAna;12\n")
    assert rejected_rows(report)[1][-1] == "bad-phone: no such phone number: 12"


async def test_a_corrected_rejected_file_can_be_imported_as_it_is(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(database, campaign, tmp_path, "nombre;telefono;nota\n=SUMA;12;ok\n-Ana;34;\n")
    assert report.rejected_path == tmp_path / "rejected.csv"
    corrected = report.rejected_path.read_text(encoding="utf-8-sig").replace(";12;", ";3101234567;")
    report.rejected_path.write_text(corrected, encoding="utf-8-sig")
    again = await import_leads(database, report.rejected_path, campaign, now=NOON)
    assert (again.accepted, again.rejected) == (1, 1)
    (person,) = await rows(database, "debtors")
    assert (person.name, person.custom) == ("=SUMA", {"nota": "ok"})
    assert rejected_rows(again)[0] == ["nombre", "telefono", "nota", "cadencia_line", "cadencia_reason"]
    assert [row[0] for row in rejected_rows(again)[1:]] == ["'-Ana"]


async def test_latin1_is_read_with_a_notice(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    report = await load(database, campaign, tmp_path, "nombre;teléfono\nPeña €;3101234567\n".encode("cp1252"))
    (person,) = await rows(database, "debtors")
    assert person.name == "Peña €"
    assert report.notices == ("2 líneas no estaban en UTF-8; se leyeron como Windows-1252 (Latin-1).",)


async def test_numbers_that_are_left_out_and_columns_that_are_kept_are_told(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database, language="en")
    report = await load(database, campaign, tmp_path, "phone1,phone2,city,branch\n3101234567,99,Cali,1\n")
    assert report.notices == (
        "1 numbers that do not exist were left out of rows that had another one.",
        "These columns were kept as custom fields: city, branch.",
    )


async def test_hostile_text_is_stored_as_the_text_it_is(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    name = "Robert'); DROP TABLE debtors;-- <script>alert(1)</script> ${jndi:x}"
    await load(database, campaign, tmp_path, f'nombre;telefono;"=cmd|\' /C calc"\n"{name}";3101234567;\u202eabc\n')
    (person,) = await rows(database, "debtors")
    assert person.name == name
    assert person.custom == {"=cmd|' /C calc": "abc"}  # the sign that turns text round is gone


async def test_progress_runs_from_nothing_to_the_whole_file(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    path = tmp_path / "lista.csv"
    path.write_text(LIST)
    seen: list[tuple[int, int]] = []
    await import_leads(
        database,
        path,
        campaign,
        now=NOON,
        options=ImportOptions(rows_per_chunk=1),
        progress=lambda done, total: seen.append((done, total)),
    )
    size = path.stat().st_size
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (size, size)


async def test_a_large_file_is_read_by_a_process_of_its_own_with_the_same_result(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await add_campaign(database)
    monkeypatch.setattr(source, "OWN_PROCESS_BYTES", 1)
    report = await load(database, campaign, tmp_path, LIST + "3;Eva;12;C;1\n")
    assert (report.accepted, report.duplicates_in_file, report.rejected) == (2, 1, 1)
    assert rejected_rows(report)[1][-2:] == ["5", "bad-phone: el teléfono no existe: 12"]
    with pytest.raises(InvalidLeadFile, match="telefono"):
        await load(database, campaign, tmp_path, "nombre;saldo\nAna;1\n")


async def test_a_file_that_breaks_in_the_middle_keeps_what_was_taken_in(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await add_campaign(database)
    real = source.Records.chunks

    def broken(self: source.Records) -> Any:
        chunks = real(self)
        yield next(chunks)
        raise InvalidLeadFile("the disk is gone")

    monkeypatch.setattr(source.Records, "chunks", broken)
    with pytest.raises(InvalidLeadFile, match="the disk is gone"):
        await load(database, campaign, tmp_path, LIST, rows_per_chunk=1)
    assert [person.document for person in await rows(database, "debtors")] == ["1"]
    monkeypatch.undo()
    report = await load(database, campaign, tmp_path, LIST)
    assert (report.accepted, report.duplicates_in_campaign) == (1, 2)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"PK\x03\x04rest of a workbook", "Save it as CSV"),
        (b"nombre;saldo\nAna;1\n", "nombre, saldo"),
    ],
)
async def test_a_file_that_is_no_lead_file_is_refused_with_what_to_do(
    database: Database, tmp_path: Path, content: bytes, says: str
) -> None:
    campaign = await add_campaign(database)
    with pytest.raises(InvalidLeadFile, match=says):
        await load(database, campaign, tmp_path, content)


async def test_a_missing_file_and_an_unwritable_place_for_rejects_are_told(database: Database, tmp_path: Path) -> None:
    campaign = await add_campaign(database)
    with pytest.raises(InvalidLeadFile, match="No such file"):
        await import_leads(database, tmp_path / "nada.csv", campaign, now=NOON)
    with pytest.raises(ConfigurationError, match="another place"):
        await load(database, campaign, tmp_path, LIST, rejected_path=tmp_path / "no" / "rejected.csv")
    assert await rows(database, "debtors") == []
