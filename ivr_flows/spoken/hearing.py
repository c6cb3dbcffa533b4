"""What comes of what a person said: understood, in doubt between some readings, or not understood.

Pure: text in, values out. Where the text comes from, a recogniser or a keyboard, is nobody's business here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final, Generic, TypeVar

import yaml

from dialer.errors import ConfigurationError
from ivr_flows.spoken.word_lists import LANGUAGES

T = TypeVar("T")

#: What a grammar-limited recogniser writes for words outside its grammar.
UNKNOWN: Final = "[unk]"


class Question(StrEnum):
    """What was asked for."""

    YES_NO = "yes_no"
    DIGITS = "digits"
    AMOUNT = "amount"
    DATE = "date"
    CHOICE = "choice"
    COMMAND = "command"


class Misheard(StrEnum):
    """Why nothing was understood."""

    SILENCE = "silence"  #: no words at all
    NO_SENSE = "no-sense"  #: words that do not answer the question
    LOW_CONFIDENCE = "low-confidence"  #: the recogniser doubts what it heard
    PAST = "past"  #: a day that is over
    NO_SUCH_DAY = "no-such-day"  #: such as the 30th of February
    VAGUE = "vague"  #: no single day: next week
    OTHER_CURRENCY = "other-currency"  #: not the currency of the debt
    WRONG_LENGTH = "wrong-length"  #: digits, but too many or too few


@dataclass(frozen=True, slots=True)
class Understood(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class InDoubt(Generic[T]):
    """Ask which: at least one reading, the likeliest first; with one, ask whether it is meant."""

    candidates: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    reason: Misheard


Hearing = Understood[T] | InDoubt[T] | NotUnderstood


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a recogniser wrote down. ``confidence`` 0..1 is the least of its words; 1 where it states none."""

    text: str
    confidence: float = 1.0


def settled(candidates: Sequence[T]) -> Hearing[T]:
    """What follows from the readings that are possible."""
    distinct = tuple(dict.fromkeys(candidates))
    if not distinct:
        return NotUnderstood(Misheard.NO_SENSE)
    return Understood(distinct[0]) if len(distinct) == 1 else InDoubt(distinct)


@cache
def heard_lists(language: str) -> dict[str, Any]:
    """The lists of ``words/heard-<language>.yaml``."""
    if language not in LANGUAGES:
        raise ConfigurationError(f"There are no word lists for {language!r}, only for {', '.join(LANGUAGES)}.")
    file = resources.files("ivr_flows.spoken").joinpath(f"words/heard-{language}.yaml")
    lists: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return lists


@cache
def filler_words(language: str) -> frozenset[str]:
    """Words, plain, that say nothing by themselves."""
    return frozenset(plain(" ".join(heard_lists(language)["fillers"])).split())


def plain(text: str) -> str:
    """Lower case, without accents, apostrophes and punctuation, hyphens as blanks: as words are compared. Marks inside
    numerals (12.50, 1/12) and the recogniser's [unk] stay."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    letters = letters.replace("'", "").replace("’", "")
    letters = re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", "", letters)
    return " ".join(re.findall(r"\[unk\]|[0-9]+(?:[.,/-][0-9]+)*|[a-z]+", letters))


class PhraseFinder:
    """Finds the longest of some phrases at each place of a text."""

    def __init__(self, phrases: Sequence[tuple[str, str]]) -> None:
        """``phrases``: pairs of phrase and what it means."""
        self._meanings = {plain(phrase): meaning for phrase, meaning in phrases}
        longest_first = sorted(self._meanings, key=len, reverse=True)
        self._pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b")

    def meanings(self, text: str) -> tuple[list[str], list[str]]:
        """What the phrases in ``text``, which is plain, mean, in their order; and the words that belong to none."""
        found = [self._meanings[match] for match in self._pattern.findall(text)]
        return found, self._pattern.sub(" ", text).split()
