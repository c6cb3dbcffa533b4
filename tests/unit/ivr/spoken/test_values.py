from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dialer.errors import InputError
from ivr_flows.spoken.compose import words
from ivr_flows.spoken.values import Count, Digits, Kind, Locale, Money, Ordinal, Percent, Text, Value
from ivr_flows.spoken.word_lists import word_lists

MAY_FIRST, DECEMBER = date(2026, 5, 1), date(2026, 12, 11)


@pytest.mark.parametrize(
    ("value", "kind", "country", "spanish", "english"),
    [
        (DECEMBER, None, "MX", "viernes once de diciembre", "Friday, December eleventh"),
        (DECEMBER, Kind.DAY, "MX", "once de diciembre", "December eleventh"),
        (DECEMBER, Kind.FULL_DATE, "CO", "once de diciembre de dos mil veintiséis",
         "December eleventh, twenty twenty-six"),
        (DECEMBER, None, "GB", "viernes once de diciembre", "Friday the eleventh of December"),
        (MAY_FIRST, Kind.DAY, "MX", "primero de mayo", "May first"),
        (MAY_FIRST, Kind.DAY, "CO", "primero de mayo", "May first"),
        (MAY_FIRST, Kind.DAY, "ES", "uno de mayo", "May first"),
        (date(2026, 1, 21), Kind.DAY, "", "veintiuno de enero", "January twenty-first"),
        (date(1985, 2, 28), Kind.FULL_DATE, "", "veintiocho de febrero de mil novecientos ochenta y cinco",
         "February twenty-eighth, nineteen eighty-five"),
        (date(1905, 3, 2), Kind.FULL_DATE, "", "dos de marzo de mil novecientos cinco",
         "March second, nineteen oh five"),
        (date(1900, 3, 30), Kind.FULL_DATE, "", "treinta de marzo de mil novecientos",
         "March thirtieth, nineteen hundred"),
        (date(2000, 3, 20), Kind.FULL_DATE, "", "veinte de marzo de dos mil", "March twentieth, two thousand"),
        (date(2009, 3, 20), Kind.FULL_DATE, "", "veinte de marzo de dos mil nueve",
         "March twentieth, two thousand nine"),
        (time(0, 0), None, "", "las doce de la noche", "twelve midnight"),
        (time(0, 5), None, "", "las doce y cinco de la noche", "twelve oh five in the morning"),
        (time(1, 0), None, "", "la una de la madrugada", "one o'clock in the morning"),
        (time(9, 15), None, "", "las nueve y cuarto de la mañana", "nine fifteen in the morning"),
        (time(12, 0), None, "", "las doce del día", "twelve noon"),
        (time(13, 30), None, "", "la una y media de la tarde", "one thirty in the afternoon"),
        (time(15, 21), None, "", "las tres y veintiuno de la tarde", "three twenty-one in the afternoon"),
        (time(15, 45), None, "", "las tres cuarenta y cinco de la tarde", "three forty-five in the afternoon"),
        (time(21, 0), None, "", "las nueve de la noche", "nine o'clock at night"),
        (Digits("3101234567"), None, "", "tres uno cero, uno dos tres, cuatro cinco seis siete",
         "three one zero, one two three, four five six seven"),
        (Digits("55 1234 5678"), None, "", "cinco cinco, uno dos tres cuatro, cinco seis siete ocho",
         "five five, one two three four, five six seven eight"),
        (Digits("+57"), None, "", "cinco siete", "five seven"),
        (Digits("1234567"), None, "", "uno dos tres, cuatro cinco seis siete", "one two three, four five six seven"),
        (Digits("AB-12"), None, "", "a be, uno dos", "a b, one two"),
        (Digits("Ñ1"), None, "", "eñe uno", "n one"),
        (Count(1, "installment"), None, "", "una cuota", "one installment"),
        (Count(3, "installment"), None, "", "tres cuotas", "three installments"),
        (Count(21, "installment"), None, "", "veintiuna cuotas", "twenty-one installments"),
        (Count(200, "invoice"), None, "", "doscientas facturas", "two hundred invoices"),
        (Count(1, "day"), None, "", "un día", "one day"),
        (Count(31, "day"), None, "", "treinta y un días", "thirty-one days"),
        (Count(0, "payment"), None, "", "cero pagos", "zero payments"),
        (Count(1_000_000, "debt"), None, "", "un millón de deudas", "one million debts"),
        (Ordinal(1, "payment"), None, "", "primer pago", "first payment"),
        (Ordinal(1, "installment"), None, "", "primera cuota", "first installment"),
        (Ordinal(3, "payment"), None, "", "tercer pago", "third payment"),
        (Ordinal(7, "installment"), None, "", "séptima cuota", "seventh installment"),
        (Ordinal(21, "installment"), None, "", "cuota número veintiuno", "twenty-first installment"),
        (Ordinal(40, "installment"), None, "", "cuota número cuarenta", "installment number forty"),
        (Percent(Decimal(12)), None, "CO", "doce por ciento", "twelve percent"),
        (Percent(Decimal("12.50")), None, "CO", "doce coma cinco por ciento", "twelve point five percent"),
        (Percent(Decimal("12.25")), None, "MX", "doce punto veinticinco por ciento", "twelve point two five percent"),
        (Percent(Decimal("0.05")), None, "CL", "cero coma cero cinco por ciento", "zero point zero five percent"),
        (-3, None, "", "menos tres", "minus three"),
        (21, None, "", "veintiuno", "twenty-one"),
        (Text("Ana Ruiz"), None, "", "Ana Ruiz", "Ana Ruiz"),
        ("Ana", None, "", "Ana", "Ana"),
        ("12", Kind.DIGITS, "", "uno dos", "one two"),
    ],
)  # fmt: skip
def test_a_value_is_said_as_people_say_it(
    value: Value, kind: Kind | None, country: str, spanish: str, english: str
) -> None:
    assert words(value, Locale("es", country), kind) == spanish
    assert words(value, Locale("en", country), kind) == english


def test_a_moment_is_told_in_the_debtors_zone() -> None:
    bogota = Locale("es", "CO", ZoneInfo("America/Bogota"))
    at = datetime(2026, 12, 12, 2, 30, tzinfo=UTC)
    assert words(at, bogota) == "viernes once de diciembre, las nueve y media de la noche"
    assert words(at, bogota, Kind.TIME) == "las nueve y media de la noche"
    assert words(at, bogota, Kind.DATE) == "viernes once de diciembre"
    assert words(at, Locale("en")) == "Saturday, December twelfth, two thirty in the morning"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Text("x"), Kind.MONEY),
        (Money(Decimal(1), "MXN"), Kind.DATE),
        (Count(1, "unicorn"), None),
        (Percent(Decimal("1.234")), None),
        (10**12, None),
    ],
)
def test_a_value_that_is_not_of_its_kind_or_has_no_words_is_refused(value: Value, kind: Kind | None) -> None:
    with pytest.raises(InputError):
        words(value, Locale("es"), kind)


def test_both_languages_have_the_same_nouns_and_whole_lists() -> None:
    spanish, english = word_lists("es"), word_lists("en")
    assert spanish["nouns"].keys() == english["nouns"].keys()
    for lists in (spanish, english):
        assert len(lists["weekdays"]) == 7
        assert len(lists["months"]) == 12
        assert set("abcdefghijklmnopqrstuvwxyz") <= lists["letters"].keys()


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_word_was_read_as_a_truth_value(language: str) -> None:
    # YAML takes a bare no, yes, on and true for one.
    found = leaves({key: value for key, value in word_lists(language).items() if key != "currencies"})
    assert {type(leaf) for leaf in found} == {str}
