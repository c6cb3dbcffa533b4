"""Numbers read from words, as large as they go, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from ivr_flows.spoken.hearing import heard_lists, plain
from ivr_flows.spoken.numbers import Form, english_ordinal, spanish_hundred, spanish_small
from ivr_flows.spoken.word_lists import word_lists

_MILLION: Final = 1_000_000
_LONGEST_NUMERAL: Final = 15


class Sort(NamedTuple):
    """What a word is in a number, and how much."""

    kind: str  #: unit, teen (nothing may follow), ten, hundred, times, thousand, million, billion, and, a
    value: int


class Reading(NamedTuple):
    """``value`` of the words up to ``end``. ``loose``: a ten and a unit without what joins them in Spanish."""

    value: int
    end: int
    loose: bool = False


@cache
def number_words(language: str, *, ordinals: bool = False) -> Mapping[str, Sort]:
    """Every word of a number, plain, and what it is. With ``ordinals``, those of days too."""
    table: dict[str, Sort] = {}
    if language == "es":
        for value in range(100):
            for form in Form:
                said = plain(spanish_small(value, form))
                if value < 10:
                    table[said] = Sort("unit", value)
                elif value % 10 == 0 and value >= 20:
                    table[said] = Sort("ten", value)
                elif value < 30:
                    table[said] = Sort("teen", value)
        for count in range(1, 10):
            for feminine in (False, True):
                table[plain(spanish_hundred(count, feminine=feminine))] = Sort("hundred", 100 * count)
        table |= {"cien": Sort("hundred", 100), "mil": Sort("thousand", 1000), "y": Sort("and", 0)}
        table |= {"millon": Sort("million", _MILLION), "millones": Sort("million", _MILLION)}
        if ordinals:
            table |= {"primero": Sort("teen", 1), "primer": Sort("teen", 1)}
        return table
    numbers = word_lists("en")["numbers"]
    for value, said in enumerate(numbers["small"]):
        table[said] = Sort("unit" if value < 10 else "teen", value)
    for count, said in enumerate(numbers["tens"], start=2):
        table[said] = Sort("ten", 10 * count)
    for said in heard_lists("en")["digits"]["zero"]:
        table[said] = Sort("unit", 0)
    table |= {"hundred": Sort("times", 100), "thousand": Sort("thousand", 1000), "million": Sort("million", _MILLION)}
    table |= {"billion": Sort("billion", 1000 * _MILLION), "and": Sort("and", 0), "a": Sort("a", 1)}
    if ordinals:
        for value in range(1, 20):
            table[english_ordinal(value)] = Sort("unit" if value < 10 else "teen", value)
        table |= {"twentieth": Sort("teen", 20), "thirtieth": Sort("teen", 30)}
    return table


def read_number(words: Sequence[str], at: int, language: str, *, ordinals: bool = False) -> Reading | None:
    """The longest number that begins at word ``at``; None where none does. Numerals count as numbers."""
    if words[at].isdigit():
        if len(words[at]) > _LONGEST_NUMERAL:
            return None
        value, end = int(words[at]), at + 1
        # "120 mil" is written by some recognisers and by people.
        table = number_words(language)
        while end < len(words) and (sort := table.get(words[end])) and sort.kind in ("thousand", "million", "billion"):
            value, end = value * sort.value, end + 1
        return Reading(value, end)
    sorts = [number_words(language, ordinals=ordinals).get(word, Sort("", 0)) for word in words[at:]]
    reading = _spanish(sorts) if language == "es" else _english(sorts)
    return reading and Reading(reading.value, at + reading.end, reading.loose)


def _kind(sorts: Sequence[Sort], at: int) -> str:
    return sorts[at].kind if at < len(sorts) else ""


def _spanish(sorts: Sequence[Sort]) -> Reading | None:
    head = _spanish_thousands(sorts, 0)
    at = head.end if head else 0
    if _kind(sorts, at) != "million" or (head and head.value == 0):
        return head
    value = (head.value if head else 1) * _MILLION
    rest = _spanish_thousands(sorts, at + 1)
    loose = bool(head and head.loose)
    if rest is None or rest.value == 0 or _kind(sorts, rest.end) == "million":
        return Reading(value, at + 1, loose)
    return Reading(value + rest.value, rest.end, loose or rest.loose)


def _spanish_thousands(sorts: Sequence[Sort], at: int) -> Reading | None:
    head = _spanish_hundreds(sorts, at)
    middle = head.end if head else at
    if _kind(sorts, middle) != "thousand" or (head and head.value == 0):
        return head
    value = (head.value if head else 1) * 1000
    rest = _spanish_hundreds(sorts, middle + 1)
    loose = bool(head and head.loose)
    if rest is None or rest.value == 0 or _kind(sorts, rest.end) == "thousand":
        return Reading(value, middle + 1, loose)
    return Reading(value + rest.value, rest.end, loose or rest.loose)


def _spanish_hundreds(sorts: Sequence[Sort], at: int) -> Reading | None:
    start, value, loose = at, 0, False
    if _kind(sorts, at) == "hundred":
        value, at = sorts[at].value, at + 1
    match _kind(sorts, at):
        case "teen":
            value, at = value + sorts[at].value, at + 1
        case "unit" if sorts[at].value or at == start:
            value, at = value + sorts[at].value, at + 1
        case "ten":
            value, at = value + sorts[at].value, at + 1
            if _kind(sorts, at) == "and" and _kind(sorts, at + 1) == "unit" and sorts[at + 1].value:
                value, at = value + sorts[at + 1].value, at + 2
            elif _kind(sorts, at) == "unit" and sorts[at].value:
                value, at, loose = value + sorts[at].value, at + 1, True
    return Reading(value, at, loose) if at > start else None


def _english(sorts: Sequence[Sort]) -> Reading | None:
    value, at, scale = 0, 0, 1000 * _MILLION + 1
    end = 0
    while (group := _english_hundreds(sorts, at)) is not None:
        if _kind(sorts, group.end) in ("thousand", "million", "billion"):
            this = sorts[group.end].value
            if this >= scale or group.value == 0:
                break
            value, at, scale = value + group.value * this, group.end + 1, this
            end = at
            if _kind(sorts, at) == "and":
                at += 1
        elif end and (group.value == 0 or group.value >= 1000):
            break
        else:
            return Reading(value + group.value, group.end)
    return Reading(value, end) if end else None


def _english_hundreds(sorts: Sequence[Sort], at: int) -> Reading | None:
    if _kind(sorts, at) == "a" and _kind(sorts, at + 1) in ("times", "thousand", "million", "billion"):
        head: Reading | None = Reading(1, at + 1)
    else:
        head = _english_small(sorts, at)
    if head is None or _kind(sorts, head.end) != "times" or head.value == 0:
        return head
    value, end = head.value * 100, head.end + 1
    after = end + 1 if _kind(sorts, end) == "and" else end
    rest = _english_small(sorts, after)
    return Reading(value + rest.value, rest.end) if rest and rest.value else Reading(value, end)


def _english_small(sorts: Sequence[Sort], at: int) -> Reading | None:
    match _kind(sorts, at):
        case "unit" | "teen":
            return Reading(sorts[at].value, at + 1)
        case "ten":
            if _kind(sorts, at + 1) == "unit" and sorts[at + 1].value:
                return Reading(sorts[at].value + sorts[at + 1].value, at + 2)
            return Reading(sorts[at].value, at + 1)
    return None
