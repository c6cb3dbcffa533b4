"""Numbers, amounts and dates as people say them to an IVR, in Spanish and English: something to speak, not to parse."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import yaml

Words = dict[str, list[str]]


def cardinal(value: int, language: str) -> str:
    """``value`` (0 to 999,999,999) in words; Spanish in the form that stands alone ("veintiuno")."""
    words = number_words(language)
    for unit, one, name, several in ((1_000_000, "un millón", "million", "millones"), (1000, "mil", "thousand", "mil")):
        if value >= unit:
            count, rest = divmod(value, unit)
            if language == "en":
                head = f"{cardinal(count, language)} {name}"
            else:
                head = one if count == 1 else f"{before_noun(cardinal(count, language))} {several}"
            return head if rest == 0 else f"{head} {cardinal(rest, language)}"
    if value >= 100:
        count, rest = divmod(value, 100)
        if language == "es" and value == 100:
            return "cien"
        head = words["hundreds"][count - 1] if language == "es" else f"{words['small'][count]} hundred"
        return head if rest == 0 else f"{head} {cardinal(rest, language)}"
    if value < len(words["small"]):
        return words["small"][value]
    count, rest = divmod(value, 10)
    ten = "twenty" if count == 2 else words["tens"][count - 3]
    if rest == 0:
        return ten
    return f"{ten} y {words['small'][rest]}" if language == "es" else f"{ten} {words['small'][rest]}"


def before_noun(said: str) -> str:
    """A Spanish number before a masculine noun: "veintiún", "treinta y un"."""
    if said.endswith("veintiuno"):
        return said.removesuffix("veintiuno") + "veintiún"
    return said.removesuffix("uno") + "un" if said.endswith("uno") else said


def made_up(kind: str, language: str, chance: np.random.Generator) -> str:
    """A ``number`` up to 99, ``amount`` with or without a currency, ``digits`` (one to ten) or ``date``."""
    words = number_words(language)
    if kind == "number":
        return cardinal(int(chance.integers(0, 100)), language)
    if kind == "digits":
        return " ".join(words["small"][digit] for digit in chance.integers(0, 10, int(chance.integers(1, 11))))
    if kind == "date":
        day, month = int(chance.integers(1, 32)), str(chance.choice(words["months"]))
        with_month = chance.random() < 0.75
        if language == "es":
            said = "primero" if day == 1 and chance.random() < 0.7 else cardinal(day, language)
            return f"{said} de {month}" if with_month else said
        return f"{month} {_ordinal(day)}" if with_month else _ordinal(day)
    size = 10 ** int(chance.integers(2, 8))
    value = int(chance.integers(1, size))
    if chance.random() < 0.6:  # people promise round amounts
        step = max(1, size // 10)
        value = max(step, value // step * step)
    said = cardinal(value, language)
    if chance.random() < 0.3:
        return said
    return f"{before_noun(said) if language == 'es' else said} {chance.choice(words['currencies'])}"


def _ordinal(day: int) -> str:
    ordinals = number_words("en")["ordinals"]
    if day <= 20:
        return ordinals[day - 1]
    if day == 30:
        return ordinals[20]
    return f"{'twenty' if day < 30 else 'thirty'} {ordinals[day % 10 - 1]}"


@cache
def number_words(language: str) -> Words:
    """The lists of ``texts/numbers.yaml``."""
    document = yaml.safe_load(resources.files("dialer.voskmini").joinpath("texts/numbers.yaml").read_text("utf-8"))
    return {name: listed.split() for name, listed in document[language].items()}


def all_words(language: str) -> set[str]:
    """Every word that ``made_up`` can use."""
    return {word for listed in number_words(language).values() for word in listed}
