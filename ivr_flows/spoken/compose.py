"""Any value as phrases and as a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from dialer.errors import InputError
from ivr_flows.spoken.dates import clock, day
from ivr_flows.spoken.money import money
from ivr_flows.spoken.numbers import LARGEST, Form, cardinal, english_ordinal
from ivr_flows.spoken.values import Count, Digits, Kind, Locale, Money, Ordinal, Percent, Text, Value
from ivr_flows.spoken.word_lists import PAUSE, Phrases, in_words, word_lists

#: Lengths of the groups in which so many digits are read, where they are not written in groups.
_GROUPS = {4: (4,), 5: (3, 2), 7: (3, 4), 8: (4, 4), 10: (3, 3, 4), 11: (3, 4, 4)}


def words(value: Value, locale: Locale, kind: Kind | None = None) -> str:
    """``value`` as a text in words; see ``phrases``."""
    return in_words(phrases(value, locale, kind))


def phrases(value: Value, locale: Locale, kind: Kind | None = None) -> Phrases:
    """``value`` as phrases, read as ``kind``; without one, by its type: a date with its weekday, a datetime as date and
    time in the locale's zone. Raises InputError where value and kind do not go together, or it cannot be said."""
    local = value.astimezone(locale.zone) if isinstance(value, datetime) else value
    match kind or _usual_kind(value), local:
        case Kind.TEXT, Text() | str():
            said = (local.words if isinstance(local, Text) else local).strip()
            return (said,) if said else ()
        case Kind.MONEY, Money():
            return money(local, locale)
        case (Kind.DATE | Kind.DAY | Kind.FULL_DATE) as which, date():
            shown = day(local, locale, which)
            return (
                (*shown, PAUSE, *clock(local.time(), locale)) if kind is None and isinstance(local, datetime) else shown
            )
        case Kind.TIME, time() | datetime():
            return clock(local.time() if isinstance(local, datetime) else local, locale)
        case Kind.DIGITS, Digits() | str():
            return digits(local.text if isinstance(local, Digits) else local, locale)
        case Kind.NUMBER, int():
            return _number(local, locale)
        case Kind.COUNT, Count():
            return _count(local, locale)
        case Kind.ORDINAL, Ordinal():
            return _ordinal(local, locale)
        case Kind.PERCENT, Percent():
            return _percent(local, locale)
    raise InputError(f"A {type(value).__name__} cannot be said as {kind}.")


def _usual_kind(value: Value) -> Kind:
    match value:
        case Money():
            return Kind.MONEY
        case Digits():
            return Kind.DIGITS
        case Count():
            return Kind.COUNT
        case Ordinal():
            return Kind.ORDINAL
        case Percent():
            return Kind.PERCENT
        case date():
            return Kind.DATE
        case time():
            return Kind.TIME
        case int():
            return Kind.NUMBER
        case Text() | str():
            return Kind.TEXT


def digits(text: str, locale: Locale) -> Phrases:
    """Digits and letters one by one, with a pause between groups; other signs part groups and are not said."""
    lists = word_lists(locale.language)
    written = re.findall(r"[0-9a-zñ]+", _plain(text, lists["letters"]))
    if len(written) == 1:
        written = _grouped(written[0])
    said: Phrases = ()
    for group in written:
        spelled = tuple(
            lists["numbers"]["small"][int(sign)] if sign.isdigit() else lists["letters"][sign] for sign in group
        )
        said = (*said, PAUSE, *spelled) if said else spelled
    return said


def _plain(text: str, letters: Mapping[str, str]) -> str:
    """Lower case without accents, but for letters that have a name of their own: a Spanish ñ stays."""
    return "".join(
        sign if sign in letters else unicodedata.normalize("NFD", sign)[0]
        for sign in unicodedata.normalize("NFC", text.lower())
    )


def _grouped(signs: str) -> list[str]:
    lengths = _GROUPS.get(len(signs)) or [3] * (len(signs) // 3) + [len(signs) % 3]
    groups, at = [], 0
    for length in lengths:
        groups.append(signs[at : at + length])
        at += length
    return [group for group in groups if group]


def _number(value: int, locale: Locale, form: Form = Form.ALONE) -> Phrases:
    if abs(value) > LARGEST:
        raise InputError(f"A number must lie between {-LARGEST:,} and {LARGEST:,} to be said.")
    minus = (word_lists(locale.language)["numbers"]["minus"],) if value < 0 else ()
    return (*minus, *cardinal(abs(value), locale.language, form, country=locale.country))


def _noun(of: str, locale: Locale) -> tuple[Form, str, str]:
    nouns = word_lists(locale.language)["nouns"]
    if of not in nouns:
        raise InputError(f"There is no noun {of!r} in the {locale.language} word lists: {', '.join(nouns)}.")
    form = Form(nouns[of][0]) if locale.language == "es" else Form.ALONE
    return form, nouns[of][-2], nouns[of][-1]


def _count(value: Count, locale: Locale) -> Phrases:
    form, singular, plural = _noun(value.of, locale)
    name = singular if value.value == 1 else plural
    if locale.language == "es" and value.value >= 1_000_000 and value.value % 1_000_000 == 0:
        name = f"de {name}"
    return (*_number(value.value, locale, form), name)


def _ordinal(value: Ordinal, locale: Locale) -> Phrases:
    form, singular, _ = _noun(value.of, locale)
    ordinals = word_lists(locale.language)["ordinals"]
    if locale.language == "en":
        if 1 <= value.value < 40:
            return (english_ordinal(value.value), singular)
    elif 1 <= value.value <= len(ordinals["m"]):
        said = ordinals["m"][value.value - 1]
        said = said.removesuffix("o") + "a" if form is Form.FEMININE else ordinals["short"].get(said, said)
        return (said, singular)
    return (singular, ordinals["beyond"], *_number(value.value, locale))


def _percent(value: Percent, locale: Locale) -> Phrases:
    lists = word_lists(locale.language)
    number = value.value.normalize()
    whole = int(number)
    fraction = format(abs(number - whole), "f").partition(".")[2]
    if len(fraction) > 2 or abs(number) > LARGEST:
        raise InputError("A percentage must have at most two decimals to be said.")
    minus = (lists["numbers"]["minus"],) if number < Decimal(0) else ()
    said = (*minus, *cardinal(abs(whole), locale.language, country=locale.country))
    if fraction:
        mark = lists["percent"]["mark"]
        if locale.language == "es" and locale.country in lists["percent"]["point"]["countries"]:
            mark = lists["percent"]["point"]["word"]
        said = (*said, mark, *_decimals(fraction, locale))
    return (*said, lists["percent"]["sign"])


def _decimals(fraction: str, locale: Locale) -> Phrases:
    if locale.language == "es" and not fraction.startswith("0"):
        return cardinal(int(fraction), "es")
    return tuple(word_lists(locale.language)["numbers"]["small"][int(sign)] for sign in fraction)
