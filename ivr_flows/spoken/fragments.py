"""Every phrase that a value can be composed of: what must be there as a sound, so that any value can be spoken with no
voice at hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ivr_flows.spoken.dates import NEAR_YEARS, spanish_day, spanish_year_after_month
from ivr_flows.spoken.money import currency_names
from ivr_flows.spoken.numbers import (
    Form,
    cardinal,
    english_hundred,
    english_ordinal,
    english_small,
    spanish_hundred,
    spanish_small,
)
from ivr_flows.spoken.values import Locale
from ivr_flows.spoken.word_lists import word_lists


@cache
def value_phrases(language: str) -> tuple[str, ...]:
    """All phrases of ``compose.phrases`` but names (TEXT) and the pause, each once, in a steady order."""
    parts = (_spanish if language == "es" else _english)()
    return tuple(dict.fromkeys((*parts, *_common(language))))


def _common(language: str) -> Iterator[str]:
    lists = word_lists(language)
    yield lists["numbers"]["minus"]
    yield from lists["letters"].values()
    yield from lists["weekdays"]
    yield lists["percent"]["sign"]
    yield lists["percent"]["mark"]
    yield lists["money"]["with"]
    yield lists["ordinals"]["beyond"]
    for noun in lists["nouns"].values():
        yield from noun[-2:]
    countries = {country for currency in lists["currencies"].values() for country in currency["home"]}
    for code, currency in lists["currencies"].items():
        for country in ("", *sorted(countries)):
            singular, plural = currency_names(code, Locale(language, country))
            yield from (singular, plural)
            if language == "es":
                yield f"{lists['money']['of']} {plural}"
        yield from currency.get("minor", ())[-2:]


def _spanish() -> Iterator[str]:
    lists = word_lists("es")
    for form in Form:
        yield from (spanish_small(value, form) for value in range(100))
    for feminine in (False, True):
        yield from (spanish_hundred(count, feminine=feminine) for count in range(1, 10))
    for value in (100, 1000, 1_000_000, 2_000_000):
        yield from cardinal(value, "es")
    yield from (spanish_day(1, country) for country in lists["first_of_month"])
    yield from (f"de {month}" for month in lists["months"])
    for year in (*NEAR_YEARS, 1999):
        yield from spanish_year_after_month(year)
    for masculine in lists["ordinals"]["m"]:
        yield lists["ordinals"]["short"].get(masculine, masculine)
        yield masculine.removesuffix("o") + "a"
    yield from (f"de {noun[-1]}" for noun in lists["nouns"].values())
    times = lists["times"]
    yield from (times[key] for key in ("one", "several", "quarter", "half", "and"))
    yield from times["parts"].values()
    yield lists["percent"]["point"]["word"]


def _english() -> Iterator[str]:
    lists = word_lists("en")
    yield from (english_small(value) for value in range(100))
    yield from (english_hundred(count) for count in range(1, 10))
    yield from (lists["numbers"]["hundred"], "thousand", "million", "billion", lists["numbers"]["and"])
    yield from (english_ordinal(value) for value in range(1, 40))
    yield from (f"the {english_ordinal(value)}" for value in range(1, 32))
    yield from lists["months"]
    yield from (f"of {month}" for month in lists["months"])
    times = lists["times"]
    yield from (times[key] for key in ("noon", "midnight", "oh", "oclock"))
    yield from times["parts"].values()
