"""Dates and times as they are said: "viernes once de diciembre", "las tres y media de la tarde"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from ivr_flows.spoken.numbers import Form, cardinal, english_ordinal, english_small, spanish_small
from ivr_flows.spoken.values import Kind, Locale
from ivr_flows.spoken.word_lists import PAUSE, Phrases, word_lists

#: Years that are one phrase, "de dos mil veintiséis"; others are said number by number.
NEAR_YEARS = range(2020, 2051)


def day(value: date, locale: Locale, kind: Kind = Kind.DATE) -> Phrases:
    """``value`` with its weekday (DATE), without (DAY), or without and with its year (FULL_DATE)."""
    lists = word_lists(locale.language)
    weekday = (lists["weekdays"][value.weekday()],) if kind is Kind.DATE else ()
    month = lists["months"][value.month - 1]
    if locale.language == "es":
        said: Phrases = (*weekday, spanish_day(value.day, locale.country), f"de {month}")
        return (*said, *spanish_year_after_month(value.year)) if kind is Kind.FULL_DATE else said
    if locale.country in lists["numbers"]["and_countries"]:
        said = (*weekday, f"the {english_ordinal(value.day)}", f"of {month}")
    else:
        said = (*weekday, *((PAUSE,) if weekday else ()), month, english_ordinal(value.day))
    return (*said, PAUSE, *year(value.year, locale)) if kind is Kind.FULL_DATE else said


def spanish_day(number: int, country: str) -> str:
    """The day of a month (1..31): primero or uno, dos."""
    first: Mapping[str, str] = word_lists("es")["first_of_month"]
    return first.get(country, first[""]) if number == 1 else spanish_small(number, Form.ALONE)


def spanish_year_after_month(number: int) -> Phrases:
    said = cardinal(number, "es")
    return (f"de {' '.join(said)}",) if number in NEAR_YEARS else ("de", *said)


def year(number: int, locale: Locale) -> Phrases:
    """A year: "dos mil veintiséis", "twenty twenty-six", "nineteen oh five"."""
    century, rest = divmod(number, 100)
    if locale.language == "es" or not 11 <= century <= 99 or (century % 10 == 0 and rest < 10):
        return cardinal(number, locale.language, country=locale.country)
    if rest == 0:
        return (english_small(century), word_lists("en")["numbers"]["hundred"])
    if rest < 10:
        return (english_small(century), word_lists("en")["times"]["oh"], english_small(rest))
    return (english_small(century), english_small(rest))


def clock(value: time, locale: Locale) -> Phrases:
    """A time of day on the clock of twelve hours, to the minute."""
    lists = word_lists(locale.language)["times"]
    part = lists["parts"][max(hour for hour in lists["parts"] if hour <= value.hour)]
    hour = value.hour % 12 or 12
    minute = value.minute
    if locale.language == "en":
        if minute == 0 and value.hour in (0, 12):
            return (lists["noon" if value.hour else "midnight"],)
        minutes = () if minute == 0 else ((lists["oh"],) if minute < 10 else ()) + (english_small(minute),)
        return (english_small(hour), *(minutes or (lists["oclock"],)), part)
    said: Phrases = (lists["one"],) if hour == 1 else (lists["several"], spanish_small(hour, Form.ALONE))
    match minute:
        case 0:
            pass
        case 15:
            said = (*said, lists["quarter"])
        case 30:
            said = (*said, lists["half"])
        case _ if minute < 30:
            said = (*said, lists["and"], spanish_small(minute, Form.ALONE))
        case _:
            said = (*said, spanish_small(minute, Form.ALONE))
    return (*said, part)
