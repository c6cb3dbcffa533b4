"""Yes or no, a choice by its words, and what a caller may say at any time: agent, repeat, cancel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from ivr_flows.spoken.hearing import (
    UNKNOWN,
    Hearing,
    InDoubt,
    Misheard,
    NotUnderstood,
    PhraseFinder,
    Understood,
    filler_words,
    heard_lists,
    plain,
    settled,
)

#: More words than these beside an answer, and it was no answer but talk.
_MOST_OTHER_WORDS: Final = 4


def hear_yes_no(text: str, language: str) -> Hearing[bool]:
    """Whether ``text`` says yes. "No, claro que sí" is in doubt; "no sé" is not understood."""
    said = plain(text)
    if not said:
        return NotUnderstood(Misheard.SILENCE)
    if _torn(language).search(said):
        return NotUnderstood(Misheard.NO_SENSE)
    meanings, others = _yes_no(language).meanings(said)
    others = [word for word in others if word not in filler_words(language)]
    if "neither" in meanings or not meanings or len(others) > _MOST_OTHER_WORDS:
        return NotUnderstood(Misheard.NO_SENSE)
    return InDoubt((True, False)) if len(set(meanings)) > 1 else Understood(meanings[0] == "affirm")


@cache
def _yes_no(language: str) -> PhraseFinder:
    lists = heard_lists(language)
    return PhraseFinder([(phrase, kind) for kind in ("affirm", "deny", "neither") for phrase in lists[kind]])


@cache
def _torn(language: str) -> re.Pattern[str]:
    """A word that the recogniser did not know where it may have changed everything: a "no" before "acepto", and what
    makes "no sé" of a "no"."""
    lists = heard_lists(language)
    affirm, deny, neither = (tuple(map(plain, lists[key])) for key in ("affirm", "deny", "neither"))
    turned = [phrase for phrase in affirm if any(no.endswith(f" {phrase}") for no in deny)]
    begun = [phrase for phrase in deny if any(other.startswith(f"{phrase} ") for other in neither)]
    unknown = re.escape(UNKNOWN)
    return re.compile(rf"{unknown} (?:{'|'.join(turned)})\b|\b(?:{'|'.join(begun)}) {unknown}")


def hear_choice(text: str, options: Mapping[str, Sequence[str]]) -> Hearing[str]:
    """Which of ``options`` (key: phrases) is named in ``text``; in doubt where several are."""
    said = plain(text)
    if not said:
        return NotUnderstood(Misheard.SILENCE)
    finder = PhraseFinder([(phrase, key) for key, phrases in options.items() for phrase in phrases])
    return settled(finder.meanings(said)[0])


def hear_command(text: str, language: str) -> str | None:
    """``agent``, ``repeat`` or ``cancel``, where ``text`` says that and little else."""
    meanings, others = _commands(language).meanings(plain(text))
    rest = [word for word in others if word not in filler_words(language)]
    return meanings[0] if len(set(meanings)) == 1 and len(rest) <= 1 else None


@cache
def _commands(language: str) -> PhraseFinder:
    commands = heard_lists(language)["commands"]
    return PhraseFinder([(phrase, key) for key, phrases in commands.items() for phrase in phrases])
