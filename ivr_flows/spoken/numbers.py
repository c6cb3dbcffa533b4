"""Numbers in Spanish and English, with gender and apocope: veintiuno, veintiún pesos, veintiuna cuotas.

Phrases, not words: "treinta y uno" is one, so that a recorded one sounds as it is said.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ivr_flows.spoken.word_lists import Phrases, word_lists

LARGEST: Final = 999_999_999_999


class Form(StrEnum):
    """What follows a Spanish number. English knows no difference."""

    ALONE = "alone"  #: nothing: veintiuno, doscientos
    MASCULINE = "m"  #: a masculine noun: veintiún, doscientos
    FEMININE = "f"  #: a feminine noun: veintiuna, doscientas


def cardinal(value: int, language: str, form: Form = Form.ALONE, *, country: str = "") -> Phrases:
    """``value`` (0..LARGEST) as phrases. ``country`` decides between "one hundred one" and "one hundred and one".

    Raises ValueError outside that range.
    """
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{value} is not a number that can be said: 0 to {LARGEST:,}")
    if language == "es":
        return _spanish(value, form)
    return _english(value, with_and=country in word_lists("en")["numbers"]["and_countries"])


def _spanish(value: int, form: Form) -> Phrases:
    if value >= 1_000_000:
        # Millions are masculine whatever is counted, and thousands of millions have no name of their own.
        count, rest = divmod(value, 1_000_000)
        head = ("un millón",) if count == 1 else (*_spanish(count, Form.MASCULINE), "millones")
    elif value >= 1000:
        # "Veintiún mil cuotas", but "doscientas mil cuotas": hundreds agree with the noun, a one before "mil" does not.
        count, rest = divmod(value, 1000)
        head = () if count == 1 else _spanish_hundreds(count, Form.MASCULINE, feminine=form is Form.FEMININE)
        head = (*head, "mil")
    else:
        return _spanish_hundreds(value, form, feminine=form is Form.FEMININE)
    return head if rest == 0 else (*head, *_spanish(rest, form))


def _spanish_hundreds(value: int, form: Form, *, feminine: bool) -> Phrases:
    hundreds, rest = divmod(value, 100)
    if hundreds == 0:
        return (spanish_small(rest, form),)
    if value == 100:
        return ("cien",)
    said = spanish_hundred(hundreds, feminine=feminine)
    return (said,) if rest == 0 else (said, spanish_small(rest, form))


def spanish_hundred(hundreds: int, *, feminine: bool) -> str:
    """``hundreds`` (1..9) times a hundred, as it is said before other numbers."""
    said: str = word_lists("es")["numbers"]["hundreds"][hundreds - 1]
    return said.removesuffix("os") + "as" if feminine and said.endswith("os") else said


def spanish_small(value: int, form: Form) -> str:
    """``value`` (0..99)."""
    lists = word_lists("es")["numbers"]
    if value < len(lists["small"]):
        said: str = lists["small"][value]
    else:
        tens, rest = divmod(value, 10)
        said = lists["tens"][tens - 3] + (f" y {lists['small'][rest]}" if rest else "")
    if not said.endswith("uno") or form is Form.ALONE:
        return said
    if form is Form.FEMININE:
        return said.removesuffix("o") + "a"
    return said.removesuffix("veintiuno") + "veintiún" if value == 21 else said.removesuffix("o")


def _english(value: int, *, with_and: bool) -> Phrases:
    head: Phrases = ()
    for unit, name in ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand")):
        if value >= unit:
            count, value = divmod(value, unit)
            head = (*head, *_english(count, with_and=with_and), name)
    join = (word_lists("en")["numbers"]["and"],) if with_and else ()
    if value >= 100:
        head = (*head, english_hundred(value // 100))
        value %= 100
    if head and value == 0:
        return head
    return (*head, *(join if head else ()), english_small(value))


def english_hundred(hundreds: int) -> str:
    """``hundreds`` (1..9) times a hundred."""
    return f"{english_small(hundreds)} {word_lists('en')['numbers']['hundred']}"


def english_small(value: int) -> str:
    """``value`` (0..99)."""
    lists = word_lists("en")["numbers"]
    if value < len(lists["small"]):
        return str(lists["small"][value])
    tens, rest = divmod(value, 10)
    return str(lists["tens"][tens - 2]) + (f"-{lists['small'][rest]}" if rest else "")


def english_ordinal(value: int) -> str:
    """``value`` (1..39) as an ordinal: twenty-first."""
    ordinals = word_lists("en")["ordinals"]
    if value < 20:
        return str(ordinals["small"][value - 1])
    tens, rest = divmod(value, 10)
    if rest == 0:
        return str(ordinals["tens"][tens - 2])
    return f"{word_lists('en')['numbers']['tens'][tens - 2]}-{ordinals['small'][rest - 1]}"
