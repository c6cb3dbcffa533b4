"""What we say we understand, and what we say of numbers is what an independent library says, where that is right."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from num2words import num2words

from ivr_flows.spoken.answers import hear_yes_no
from ivr_flows.spoken.compose import words
from ivr_flows.spoken.hear_amounts import AmountContext, hear_amount
from ivr_flows.spoken.hear_dates import hear_date
from ivr_flows.spoken.hear_digits import hear_digits
from ivr_flows.spoken.hearing import InDoubt, NotUnderstood, Understood, heard_lists, plain
from ivr_flows.spoken.number_reading import read_number
from ivr_flows.spoken.numbers import LARGEST, Form, cardinal
from ivr_flows.spoken.values import Digits, Kind, Locale, Money
from ivr_flows.spoken.word_lists import in_words, word_lists

LANGUAGE = st.sampled_from(["es", "en"])
COUNTRY = st.sampled_from(["", "MX", "CO", "PE", "CL", "AR", "US", "GB", "ES"])
#: As many small numbers as large ones.
NUMBER = st.integers(0, 12).flatmap(lambda length: st.integers(0, min(10**length, LARGEST)))
TODAY = st.dates(date(2024, 1, 1), date(2090, 12, 31))


def ones_before_a_unit(value: int) -> bool:
    """Where num2words is wrong in Spanish: a one before "mil" or "millones", as in "veintiuno mil"."""
    thousands, millions, thousand_millions = (value // 1000**place % 1000 for place in (1, 2, 3))
    ends = any(
        group % 10 == 1 and group % 100 != 11 and group != 1 for group in (thousands, millions, thousand_millions)
    )
    return ends or (millions == 1 and thousand_millions > 0)


@given(NUMBER)
def test_spanish_numbers_are_those_of_num2words_where_it_is_right(value: int) -> None:
    ours = in_words(cardinal(value, "es"))
    assert (ours == num2words(value, lang="es")) is not ones_before_a_unit(value)


@given(NUMBER)
def test_british_numbers_are_those_of_num2words(value: int) -> None:
    theirs = num2words(value, lang="en").replace(",", "")
    assert in_words(cardinal(value, "en", country="GB")) == theirs
    assert in_words(cardinal(value, "en")) == theirs.replace(" and ", " ")


@pytest.mark.parametrize("value", [21_000, 31_000_000, 101_001, 21_000_000_000, 1_001_000_000])
def test_where_num2words_is_wrong_in_spanish(value: int) -> None:
    assert " uno m" in f" {num2words(value, lang='es')}" or "veintiuno m" in num2words(value, lang="es")
    assert "uno m" not in in_words(cardinal(value, "es"))


@given(NUMBER, LANGUAGE, COUNTRY, st.sampled_from(Form))
def test_every_number_is_read_back_whole(value: int, language: str, country: str, form: Form) -> None:
    said = plain(in_words(cardinal(value, language, form, country=country))).split()
    reading = read_number(said, 0, language)
    assert reading is not None
    assert (reading.value, reading.end) == (value, len(said))


@example(LARGEST, 99, "ARS", "es", "")
@given(NUMBER, st.integers(0, 99), st.sampled_from(sorted(word_lists("es")["currencies"])), LANGUAGE, COUNTRY)
def test_every_amount_that_is_said_is_understood(
    whole: int, cents: int, currency: str, language: str, country: str
) -> None:
    in_use = "minor" in word_lists(language)["currencies"][currency]
    amount = Decimal(whole) + (Decimal(cents) / 100 if in_use else 0)
    said = words(Money(amount, currency), Locale(language, country))
    assert hear_amount(said, language, AmountContext(currency, country)) == Understood(amount), said


@given(TODAY, st.integers(0, 330), LANGUAGE, COUNTRY, st.sampled_from([Kind.DATE, Kind.DAY, Kind.FULL_DATE]))
def test_every_day_to_come_that_is_said_is_understood(
    today: date, days: int, language: str, country: str, kind: Kind
) -> None:
    day = today + timedelta(days=days)
    said = words(day, Locale(language, country), kind)
    assert hear_date(said, language, today) == Understood(day), said


@given(st.dates(date(1905, 1, 1), date(2040, 12, 31)), LANGUAGE, COUNTRY)
def test_every_birth_date_that_is_said_is_understood(born: date, language: str, country: str) -> None:
    said = words(born, Locale(language, country), Kind.FULL_DATE)
    assert hear_date(said, language, date(2041, 1, 1), may_be_past=True) == Understood(born), said


@given(st.text("0123456789", min_size=1, max_size=16), LANGUAGE)
def test_all_digits_that_are_said_are_understood(digits: str, language: str) -> None:
    said = words(Digits(digits), Locale(language))
    assert hear_digits(said, language) == Understood(digits)
    assert hear_digits(said, language, lengths={len(digits)}) == Understood(digits)


def vocabulary(language: str) -> list[str]:
    lists, heard = word_lists(language), heard_lists(language)
    spoken = [*lists["weekdays"], *lists["months"], *lists["numbers"]["small"], *lists["numbers"]["tens"]]
    spoken += [
        *heard["affirm"],
        *heard["deny"],
        *heard["fillers"],
        *heard["amounts"]["join"],
        *heard["amounts"]["half"],
    ]
    spoken += [
        "mil",
        "millón",
        "cien",
        "thousand",
        "million",
        "hundred",
        "pesos",
        "dólares",
        "dollars",
        "[unk]",
        "12",
        "0",
    ]
    spoken += ["próximo", "fin de mes", "quincena", "semana", "días", "next", "week", "month", "days", "second", "1/2"]
    return spoken


TALK = LANGUAGE.flatmap(
    lambda language: st.tuples(st.just(language), st.lists(st.sampled_from(vocabulary(language)), max_size=8))
)


@given(TALK, TODAY)
def test_no_talk_whatever_gives_a_day_that_is_over_or_an_amount_below_zero(
    talk: tuple[str, list[str]], today: date
) -> None:
    language, said = talk[0], " ".join(talk[1])
    heard = hear_date(said, language, today)
    days = heard.candidates if isinstance(heard, InDoubt) else (heard.value,) if isinstance(heard, Understood) else ()
    assert all(day >= today for day in days)
    amount = hear_amount(said, language, AmountContext("MXN", "MX", total=Decimal(10)))
    if not isinstance(amount, NotUnderstood):
        found = amount.candidates if isinstance(amount, InDoubt) else (amount.value,)
        assert all(one >= 0 and one == round(one, 2) for one in found)
    assert hear_yes_no(said, language) in (
        *(Understood(answer) for answer in (True, False)),
        InDoubt((True, False)),
        hear_yes_no("", language),
        hear_yes_no("[unk]", language),
    )
    digits = hear_digits(said, language, lengths={4})
    if isinstance(digits, Understood):
        assert len(digits.value) == 4


@given(st.text(max_size=60), LANGUAGE)
def test_no_text_whatever_is_too_strange_to_be_heard(said: str, language: str) -> None:
    hear_yes_no(said, language)
    hear_digits(said, language, lengths=range(1, 20))
    hear_amount(said, language)
    hear_date(said, language, date(2026, 11, 22))
