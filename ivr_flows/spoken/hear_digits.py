"""Digits as people say them: one by one, in pairs, doubled, or as a whole number."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Final, NamedTuple

from ivr_flows.spoken.hearing import (
    Hearing,
    Misheard,
    NotUnderstood,
    Understood,
    filler_words,
    heard_lists,
    plain,
    settled,
)
from ivr_flows.spoken.number_reading import number_words, read_number

_MOST_READINGS: Final = 256
_LONGEST: Final = 40


class _Reading(NamedTuple):
    digits: str
    pieces: int  # numbers that it is made of: fewer are more natural
    loose: bool  # 23 of "veinte tres"


def hear_digits(text: str, language: str, *, lengths: Container[int] | None = None) -> Hearing[str]:
    """The digits in ``text``. ``lengths``: how many there may be. They settle "veinte tres", which is 23 or 203.

    A strange word between digits makes the whole not understood, and without ``lengths`` one before them too: a digit
    could be missing.
    """
    words = plain(text).split()
    if not words:
        return NotUnderstood(Misheard.SILENCE)
    fillers = filler_words(language)
    start = next((at for at in range(len(words)) if any(True for _ in _pieces(words, at, language))), len(words))
    end = len(words)
    while end > start and words[end - 1] in fillers and words[end - 1] not in number_words(language):
        end -= 1
    strange = [word for word in words[:start] if word not in fillers]
    readings = _readings(words[start:end], language)
    if not readings or (strange and lengths is None):
        return NotUnderstood(Misheard.NO_SENSE)
    natural = readings[0]
    if lengths is not None:
        fitting = [reading for reading in readings if len(reading.digits) in lengths]
        if not fitting:
            return NotUnderstood(Misheard.WRONG_LENGTH)
        if natural in fitting and not natural.loose:
            return Understood(natural.digits)
        return settled([reading.digits for reading in fitting])
    return settled([reading.digits for reading in readings]) if natural.loose else Understood(natural.digits)


def _readings(words: Sequence[str], language: str) -> list[_Reading]:
    """All ways to read all of ``words``, the one of the fewest numbers first."""
    reached: list[list[_Reading]] = [[] for _ in range(len(words) + 1)]
    reached[0] = [_Reading("", 0, loose=False)]
    for at in range(len(words)):
        before = sorted(reached[at], key=lambda reading: reading.pieces)[:_MOST_READINGS]
        if at and number_words(language).get(words[at], ("",))[0] == "and":
            reached[at + 1] += before
        for digits, end, loose in _pieces(words, at, language):
            reached[end] += [
                _Reading(one.digits + digits, one.pieces + 1, one.loose or loose)
                for one in before
                if len(one.digits) + len(digits) <= _LONGEST
            ]
    return sorted(dict.fromkeys(reached[-1]), key=lambda reading: reading.pieces) if words else []


def _pieces(words: Sequence[str], at: int, language: str) -> Iterator[tuple[str, int, bool]]:
    """The numbers that begin at word ``at``: their digits, where they end, and whether they are read loosely."""
    if words[at][0].isdigit():
        yield re.sub(r"\D", "", words[at]), at + 1, False
        return
    lists = heard_lists(language)["digits"]
    times = {lists["double"]: 2, lists["triple"]: 3}.get(words[at])
    if times and at + 1 < len(words):
        sort = number_words(language).get(words[at + 1])
        if sort and sort.kind == "unit":
            yield str(sort.value) * times, at + 2, False
        return
    longest = read_number(words, at, language)
    if longest is None:
        return
    for end in range(at + 1, longest.end + 1):
        reading = read_number(words[:end], at, language)
        if reading and reading.end == end:
            yield str(reading.value), end, reading.loose
