"""What the words of a greeting say about who speaks. Pure; the phrases are data files, one a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final, cast

import yaml

from dialer.errors import ConfigurationError

LANGUAGES: Final = ("es", "en")


class SpokenKind(StrEnum):
    MACHINE = "machine"
    ANNOUNCEMENT = "announcement"
    SCREENER = "screener"
    ANSWER = "answer"  #: nothing but words with which people answer a telephone
    OTHER = "other"  #: words that decide nothing


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it was said, in ms since the listening for words began. ``confidence`` 0..1 is the
    recogniser's."""

    text: str
    started_ms: int
    ended_ms: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """``text`` is what was understood so far, ``phrase`` the phrase of the data file that decided, or empty."""

    kind: SpokenKind
    phrase: str
    text: str


class Phrasebook:
    """The phrases of one language. Patterns are compared on letters without accents, in lower case; ``_`` in a
    pattern stands for up to two words."""

    def __init__(self, phrases: Mapping[SpokenKind, Sequence[str]], answers: Sequence[str]) -> None:
        self._phrases = [(kind, phrase, _pattern(phrase)) for kind, listed in phrases.items() for phrase in listed]
        self._answers = frozenset(plain(word) for word in answers)

    def read(self, text: str) -> Spoken | None:
        """What ``text`` says, or None where there are no words in it. The recogniser's ``[unk]`` is no word."""
        words = plain(text.replace("[unk]", " "))
        if not words:
            return None
        for kind, phrase, pattern in self._phrases:
            if pattern.search(words):
                return Spoken(kind, phrase, words)
        kind = SpokenKind.ANSWER if all(word in self._answers for word in words.split()) else SpokenKind.OTHER
        return Spoken(kind, "", words)


def plain(text: str) -> str:
    """Lower case, no accents, single blanks: as words are compared."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", letters.replace("'", "")))


def _pattern(phrase: str) -> re.Pattern[str]:
    parts = [r"(?:\w+ ){0,2}?" if part == "_" else re.escape(plain(part)) + r"\b ?" for part in phrase.split()]
    return re.compile(r"\b" + "".join(parts))


@cache
def phrasebook(language: str) -> Phrasebook:
    """The shipped phrasebook of ``language`` (``es`` or ``en``), with what carriers of all countries say in it. Raises
    ConfigurationError for any other."""
    if language not in LANGUAGES:
        raise ConfigurationError(f"There are no answering phrases for the language {language!r}: use es or en.")
    listed = _shipped(language)
    kinds = (SpokenKind.SCREENER, SpokenKind.ANNOUNCEMENT, SpokenKind.MACHINE)
    phrases = {kind: list(listed[kind.value]) for kind in kinds}
    for by_language in _shipped("carriers").values():
        for kind in kinds:
            phrases[kind] += by_language.get(language, {}).get(kind.value, ())
    return Phrasebook(phrases, listed["answers"])


def _shipped(name: str) -> dict[str, Any]:
    file = resources.files("dialer.amd").joinpath(f"phrase_lists/{name}.yaml")
    return cast("dict[str, Any]", yaml.safe_load(file.read_text("utf-8")))
