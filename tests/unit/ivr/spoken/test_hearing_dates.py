from __future__ import annotations

from datetime import date

import pytest

from ivr_flows.spoken.hear_dates import hear_date
from ivr_flows.spoken.hearing import InDoubt, Misheard, NotUnderstood, Understood

MONDAY = date(2026, 11, 23)

CASES = [
    ("es", "hoy", "2026-11-23"),
    ("es", "mañana", "2026-11-24"),
    ("es", "mañana por la mañana", "2026-11-24"),
    ("es", "mañana martes", "2026-11-24"),
    ("es", "pasado mañana", "2026-11-25"),
    ("es", "el quince", "2026-12-15"),
    ("es", "el treinta", "2026-11-30"),
    ("es", "el treinta y uno", "2026-11-30 2026-12-31"),
    ("es", "el veintitrés", "2026-11-23 2026-12-23"),
    ("es", "el primero", "2026-12-01"),
    ("es", "el próximo quince", "2026-12-15"),
    ("es", "viernes", "2026-11-27"),
    ("es", "el viernes", "2026-11-27"),
    ("es", "este viernes", "2026-11-27"),
    ("es", "el próximo viernes", "2026-11-27 2026-12-04"),
    ("es", "el viernes que viene", "2026-11-27 2026-12-04"),
    ("es", "el viernes de la próxima semana", "2026-12-04"),
    ("es", "la próxima semana el viernes", "2026-12-04"),
    ("es", "el viernes en ocho", "2026-12-04"),
    ("es", "el viernes veintisiete", "2026-11-27"),
    ("es", "el lunes", "2026-11-23 2026-11-30"),
    ("es", "el próximo lunes", "2026-11-30"),
    ("es", "el domingo en la tarde", "2026-11-29"),
    ("es", "en ocho días", "2026-11-30"),
    ("es", "de hoy en ocho", "2026-11-30"),
    ("es", "en quince días", "2026-12-07 2026-12-08"),
    ("es", "dentro de tres días", "2026-11-26"),
    ("es", "en una semana", "2026-11-30"),
    ("es", "en dos semanas", "2026-12-07"),
    ("es", "en un mes", "2026-12-23"),
    ("es", "en la quincena", "2026-11-30"),
    ("es", "la próxima quincena", "2026-11-30"),
    ("es", "a fin de mes", "2026-11-30"),
    ("es", "el último día del mes", "2026-11-30"),
    ("es", "a fines del próximo mes", "2026-12-31"),
    ("es", "a fin de enero", "2027-01-31"),
    ("es", "a fin de año", "2026-12-31"),
    ("es", "quince de diciembre", "2026-12-15"),
    ("es", "15 de diciembre", "2026-12-15"),
    ("es", "15/12", "2026-12-15"),
    ("es", "2026-12-15", "2026-12-15"),
    ("es", "puedo pagar el quince de enero por favor", "2027-01-15"),
    ("es", "el viernes once de diciembre", "2026-12-11"),
    ("es", "el viernes doce de diciembre", "2026-12-12 2026-12-11"),
    ("es", "el cinco del próximo mes", "2026-12-05"),
    ("es", "uno de mayo", "2027-05-01"),
    ("es", "primero de mayo de dos mil veintiocho", "2028-05-01"),
    ("es", "veintinueve de febrero", "2028-02-29"),
    ("es", "cinco de setiembre", "2027-09-05"),
    ("es", "el quince de marzo de dos mil veinticinco", Misheard.PAST),
    ("es", "el cinco de este mes", Misheard.PAST),
    ("es", "treinta de febrero", Misheard.NO_SUCH_DAY),
    ("es", "el cuarenta", Misheard.NO_SUCH_DAY),
    ("es", "la próxima semana", Misheard.VAGUE),
    ("es", "en diciembre", Misheard.VAGUE),
    ("es", "el quince o el veinte", Misheard.NO_SENSE),
    ("es", "quince [unk] diciembre", Misheard.NO_SENSE),
    ("es", "[unk] cinco de mayo", Misheard.NO_SENSE),
    ("es", "cinco de mayo [unk]", Misheard.NO_SENSE),
    ("es", "[unk] el cinco de mayo", "2027-05-05"),
    ("es", "cuando me paguen", Misheard.NO_SENSE),
    ("es", "en un millón de días", Misheard.NO_SENSE),
    ("es", "", Misheard.SILENCE),
    ("en", "today", "2026-11-23"),
    ("en", "tomorrow morning", "2026-11-24"),
    ("en", "the day after tomorrow", "2026-11-25"),
    ("en", "the fifteenth", "2026-12-15"),
    ("en", "the twenty second", "2026-12-22"),
    ("en", "friday", "2026-11-27"),
    ("en", "this Friday", "2026-11-27"),
    ("en", "next friday", "2026-11-27 2026-12-04"),
    ("en", "friday of next week", "2026-12-04"),
    ("en", "a week from friday", "2026-12-04"),
    ("en", "in two weeks", "2026-12-07"),
    ("en", "two weeks from today", "2026-12-07"),
    ("en", "in a week", "2026-11-30"),
    ("en", "in ten days", "2026-12-03"),
    ("en", "december fifteenth", "2026-12-15"),
    ("en", "december fifteen", "2026-12-15"),
    ("en", "the fifteenth of December", "2026-12-15"),
    ("en", "December twenty-first, twenty twenty-seven", "2027-12-21"),
    ("en", "friday december eleventh", "2026-12-11"),
    ("en", "may second", "2027-05-02"),
    ("en", "the end of the month", "2026-11-30"),
    ("en", "the last day of next month", "2026-12-31"),
    ("en", "the first of next month", "2026-12-01"),
    ("en", "next week", Misheard.VAGUE),
    ("en", "february thirtieth", Misheard.NO_SUCH_DAY),
    ("en", "december first nineteen oh five", Misheard.PAST),
    ("en", "when I get paid", Misheard.NO_SENSE),
]


@pytest.mark.parametrize(("language", "said", "expected"), CASES)
def test_a_day_is_understood_from_today_on_and_never_one_that_is_over(
    language: str, said: str, expected: str | Misheard
) -> None:
    heard = hear_date(said, language, MONDAY)
    if isinstance(expected, Misheard):
        assert heard == NotUnderstood(expected)
    else:
        days = tuple(date.fromisoformat(day) for day in expected.split())
        assert heard == (Understood(days[0]) if len(days) == 1 else InDoubt(days))


@pytest.mark.parametrize(
    ("today", "said", "expected"),
    [
        ("2026-12-15", "la quincena", ["2026-12-15", "2026-12-31"]),
        ("2026-12-15", "la próxima quincena", ["2026-12-31"]),
        ("2026-12-16", "la quincena", ["2026-12-31"]),
        ("2026-12-31", "la quincena", ["2026-12-31", "2027-01-15"]),
        ("2027-02-20", "la quincena", ["2027-02-28"]),
        ("2027-01-31", "en un mes", ["2027-02-28"]),
        ("2027-02-10", "el treinta", ["2027-02-28", "2027-03-30"]),
        ("2026-12-27", "el próximo viernes", ["2027-01-01"]),
        ("2026-12-28", "el primero", ["2027-01-01"]),
        ("2028-02-29", "veintinueve de febrero", ["2028-02-29"]),
        ("2097-03-01", "veintinueve de febrero", ["2104-02-29"]),
    ],
)
def test_months_and_years_may_end_in_between(today: str, said: str, expected: list[str]) -> None:
    days = tuple(map(date.fromisoformat, expected))
    heard = hear_date(said, "es", date.fromisoformat(today))
    assert heard == (Understood(days[0]) if len(days) == 1 else InDoubt(days))


@pytest.mark.parametrize(
    ("language", "said", "born"),
    [
        ("es", "cinco de mayo de mil novecientos ochenta y cinco", "1985-05-05"),
        ("es", "cinco de mayo del ochenta y cinco", "1985-05-05"),
        ("es", "cinco de mayo de dos mil uno", "2001-05-05"),
        ("es", "primero de enero de dos mil", "2000-01-01"),
        ("es", "5/5/1985", "1985-05-05"),
        ("en", "may fifth nineteen eighty five", "1985-05-05"),
        ("en", "May 5th, nineteen oh five", "1905-05-05"),
        ("en", "the fifth of may two thousand and one", "2001-05-05"),
    ],
)
def test_a_birth_date_is_understood_with_its_year(language: str, said: str, born: str) -> None:
    assert hear_date(said, language, MONDAY, may_be_past=True) == Understood(date.fromisoformat(born))


def test_a_birth_date_without_its_year_is_not_guessed() -> None:
    assert hear_date("cinco de mayo", "es", MONDAY, may_be_past=True) == NotUnderstood(Misheard.VAGUE)
