"""Amounts, dates, currencies and headers as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.domain.campaign import Campaign
from dialer.errors import InvalidLeadFile
from dialer.store.importing.columns import normal, read_header, role_of
from dialer.store.importing.reasons import Notice, Reason, Rejected, text
from dialer.store.importing.rejects import guarded
from dialer.store.importing.rows import RowReader
from dialer.store.importing.values import read_amount, read_currency, read_date


@pytest.mark.parametrize(
    ("written", "country", "minor", "currency"),
    [
        ("120000", "CO", 12_000_000, "COP"),
        ("1.234.567,89", "CO", 123_456_789, "COP"),
        ("1,234,567.89", "CO", 123_456_789, "COP"),  # rule 2 needs no country
        ("1.234.567,89", "MX", 123_456_789, "MXN"),
        ("$ 120.000", "CO", 12_000_000, "COP"),
        ("$120,000", "MX", 12_000_000, "MXN"),
        ("120.000", "AR", 12_000_000, "ARS"),
        ("1.234.567", "CO", 123_456_700, "COP"),
        ("1,234,567", "CO", 123_456_700, "COP"),
        ("120,5", "CO", 12_050, "COP"),
        ("120.5", "CO", 12_050, "COP"),
        ("120.50", "US", 12_050, "USD"),
        ("1 234 567,89", "CO", 123_456_789, "COP"),
        ("1\u00a0234,5", "CO", 123_450, "COP"),
        ("1'234'567.89", "CO", 123_456_789, "COP"),
        ("US$ 99.90", "CO", 9_990, "USD"),
        ("1.500 USD", "CO", 150_000, "USD"),
        ("S/. 1,500.00", "PE", 150_000, "PEN"),
        ("150.000", "CL", 150_000, "CLP"),
        ("150.000,00", "CL", 150_000, "CLP"),
        ("$ 0", "CO", 0, "COP"),
    ],
)
def test_amounts_are_read_by_rule(written: str, country: str, minor: int, currency: str) -> None:
    assert read_amount(written, country, "") == (minor, currency)


@pytest.mark.parametrize(
    ("written", "country", "reason"),
    [
        ("120,000", "CO", Reason.AMBIGUOUS_AMOUNT),
        ("1.500", "US", Reason.AMBIGUOUS_AMOUNT),
        ("-5", "CO", Reason.NEGATIVE_AMOUNT),
        ("(5)", "CO", Reason.NEGATIVE_AMOUNT),
        ("$ -5", "CO", Reason.NEGATIVE_AMOUNT),
        ("5-", "CO", Reason.NEGATIVE_AMOUNT),
        ("1.23.456", "CO", Reason.BAD_AMOUNT),
        ("1,2345", "CO", Reason.BAD_AMOUNT),
        ("1.234,567,89", "CO", Reason.BAD_AMOUNT),
        ("12.34.56,78", "CO", Reason.BAD_AMOUNT),
        ("150,50", "CL", Reason.BAD_AMOUNT),
        ("mil", "CO", Reason.BAD_AMOUNT),
        ("1e6", "CO", Reason.BAD_AMOUNT),
        ("=1+1", "CO", Reason.BAD_AMOUNT),
        ("9" * 40, "CO", Reason.BAD_AMOUNT),
        ("٣٤", "CO", Reason.BAD_AMOUNT),
        ("12 UF", "CL", Reason.BAD_AMOUNT),
    ],
)
def test_amounts_that_could_mean_something_else_are_refused(written: str, country: str, reason: Reason) -> None:
    with pytest.raises(Rejected) as refused:
        read_amount(written, country, "")
    assert refused.value.reason is reason


def test_a_decimal_separator_that_was_told_settles_what_is_ambiguous() -> None:
    assert read_amount("120,000", "CO", "", decimal=".") == (12_000_000, "COP")
    assert read_amount("120.000", "CO", "", decimal=".") == (12_000, "COP")
    assert read_amount("1,234.50", "CO", "", decimal=".") == (123_450, "COP")
    with pytest.raises(Rejected):
        read_amount("1.234,50", "CO", "", decimal=".")


def test_a_currency_column_and_a_contradicting_sign_are_refused() -> None:
    assert read_amount("$ 100", "CO", "USD") == (10_000, "USD")
    with pytest.raises(Rejected) as refused:
        read_amount("EUR 100", "CO", "USD")
    assert refused.value.reason is Reason.BAD_CURRENCY


@pytest.mark.parametrize(
    ("written", "country", "currency"),
    [("cop", "CO", "COP"), ("Pesos", "MX", "MXN"), ("", "PE", "PEN"), ("US$", "CO", "USD"), ("dólares", "EC", "USD")],
)
def test_currencies_are_known_by_code_and_by_name(written: str, country: str, currency: str) -> None:
    assert read_currency(written, country) == currency


@pytest.mark.parametrize(
    ("written", "country", "day"),
    [
        ("2026-03-04", "US", date(2026, 3, 4)),
        ("2026-03-04 00:00:00", "CO", date(2026, 3, 4)),
        ("2026-03-04T10:00:00Z", "CO", date(2026, 3, 4)),
        ("04/03/2026", "CO", date(2026, 3, 4)),
        ("4-3-2026", "CO", date(2026, 3, 4)),
        ("04.03.2026", "ES", date(2026, 3, 4)),
        ("03/04/2026", "US", date(2026, 3, 4)),
        ("29/02/2028", "CO", date(2028, 2, 29)),
    ],
)
def test_dates_are_iso_or_in_the_order_of_the_country(written: str, country: str, day: date) -> None:
    assert read_date(written, country) == day


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("03/31/2026", "CO"),
        ("31/03/2026", "US"),
        ("29/02/2026", "CO"),
        ("1/2/26", "CO"),
        ("ayer", "CO"),
        ("0/0/2026", "CO"),
    ],
)
def test_a_date_that_does_not_exist_is_refused_and_never_turned_round(written: str, country: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_date(written, country)
    assert refused.value.reason is Reason.BAD_DATE


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Teléfono", ("phone", 1)),
        ("TELEFONO_2", ("phone", 2)),
        ("telefono3", ("phone", 3)),
        (" Celular ", ("phone:mobile", 1)),
        ("Phone Number", ("phone", 1)),
        ("N.I.T.", None),
        ("Cédula", ("document", 1)),
        ("Días de mora", ("days", 1)),
        ("Saldo 2", ("amount", 2)),
        ("Ciudad", None),
        ("", None),
    ],
)
def test_headers_are_known_whatever_their_accents_and_marks(header: str, role: tuple[str, int] | None) -> None:
    assert role_of(header) == role


def test_a_bare_reference_is_the_debtors_where_another_column_names_the_debt() -> None:
    alone = read_header(["referencia", "telefono"])
    assert (alone.debtor_ref, alone.debts[0].debt_ref) == (None, 0)
    beside = read_header(["referencia", "telefono", "credito"])
    assert (beside.debtor_ref, beside.debts[0].debt_ref) == (0, 2)


def test_columns_that_nobody_knows_are_kept_under_their_header() -> None:
    columns = read_header(["Ciudad", "telefono", "cadencia_line", "cadencia_reason", "nombre", "Nombre"])
    assert columns.custom == ((0, "Ciudad"),)
    assert columns.names == (4, 5)
    assert normal("  Día--Ñandú (2) ") == "dia_nandu_2"


def test_a_file_with_too_many_columns_is_refused() -> None:
    with pytest.raises(InvalidLeadFile, match="delimiter"):
        read_header(["telefono"] * 301)


def reader(*headers: str, **campaign: object) -> RowReader:
    return RowReader(read_header(headers), Campaign(id=7, name="norte", **campaign), date(2026, 11, 24))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "cells", "identity"),
    [
        (("telefono", "documento"), ("3101234567", "1.020.304-5"), "doc:CO:10203045"),
        (("telefono", "id_cliente", "acreedor", "saldo"), ("3101234567", "9", "Banco Ñ", "1"), "ref:banco_n:9"),
        (("telefono", "id_cliente"), ("3101234567", "9"), "ref:campaign-7:9"),
        (("telefono", "cuenta"), ("3101234567", "A1"), "debt:campaign-7:A1"),
        (("telefono", "nombre"), ("3101234567", "José  Peña"), "tel:+573101234567:jose_pena"),
    ],
)
def test_who_a_person_is_follows_from_the_strongest_mark_there_is(
    headers: tuple[str, ...], cells: tuple[str, ...], identity: str
) -> None:
    assert reader(*headers).read(cells).person.identity == identity


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("pais", "Atlántida", Reason.BAD_COUNTRY),
        ("idioma", "quechua", Reason.BAD_LANGUAGE),
        ("zona_horaria", "Bogotá", Reason.BAD_TIME_ZONE),
        ("prioridad", "101", Reason.BAD_PRIORITY),
        ("prioridad", "alta", Reason.BAD_PRIORITY),
        ("nota", "x" * 501, Reason.FIELD_TOO_LONG),
    ],
)
def test_a_cell_that_means_nothing_refuses_the_row(header: str, cell: str, reason: Reason) -> None:
    with pytest.raises(Rejected) as refused:
        reader("telefono", header).read(["3101234567", cell])
    assert refused.value.reason is reason


def test_days_past_due_must_be_a_number_of_days() -> None:
    rows = reader("telefono", "saldo", "dias_mora")
    assert rows.read(["3101234567", "5", "30.0"]).debts[0].due_on == date(2026, 10, 25)
    for wrong in ("-1", "muchos", "99999"):
        with pytest.raises(Rejected) as refused:
            rows.read(["3101234567", "5", wrong])
        assert refused.value.reason is Reason.BAD_DAYS


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("-a", "'-a"),
        ("+57 310 123", "'+57 310 123"), ("-5,00", "'-5,00"), ("Ana", "Ana"), ("", ""),
    ],
)  # fmt: skip
def test_a_spreadsheet_finds_no_formula_in_rejected_csv(cell: str, shown: str) -> None:
    assert guarded(cell) == shown


@pytest.mark.parametrize("what", [*Reason, *Notice])
def test_every_reason_and_notice_has_words_in_both_languages(what: Reason | Notice) -> None:
    spanish, english = text(what, "es", "X"), text(what, "en", "X")
    assert spanish
    assert english
    assert spanish != english
