"""Prompts with placeholders: filled in as a text, and taken apart into what can be recorded once and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dialer.errors import ConfigurationError, InputError
from ivr_flows.spoken.compose import phrases, words
from ivr_flows.spoken.values import Kind, Locale, Part, Prompt, Value
from ivr_flows.spoken.word_lists import PAUSE, Phrases

#: The text of a prompt by language and key; None where there is none.
Templates = Callable[[str, str], str | None]

_PLACEHOLDER: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PUNCTUATION: Final = re.compile(r"^[\s.,;:!?…]+")


@dataclass(frozen=True, slots=True)
class Slot:
    """A value's place. ``kind`` None: read by its type."""

    name: str
    kind: Kind | None


Piece = str | Slot


@lru_cache(maxsize=4096)
def pieces(template: str) -> tuple[Piece, ...]:
    """A prompt's literal texts and slots, in their order; texts that are no more than punctuation are a pause, or
    nothing at the end. Raises ConfigurationError for a kind that does not exist."""
    found: list[Piece] = []
    at = 0
    for match in _PLACEHOLDER.finditer(template):
        found += _literal(template[at : match.start()], first=at == 0)
        found.append(Slot(match[1], _kind(match[2], template)))
        at = match.end()
    found += _literal(template[at:], first=at == 0)
    while found and found[-1] == PAUSE:
        found.pop()
    return tuple(found)


def _kind(written: str | None, template: str) -> Kind | None:
    if written is None:
        return None
    try:
        return Kind(written)
    except ValueError as exc:
        raise ConfigurationError(f"The prompt {template!r} has a placeholder of the unknown kind {written!r}.") from exc


def _literal(text: str, *, first: bool) -> list[Piece]:
    begins = _PUNCTUATION.match(text)
    rest = text[begins.end() :] if begins else text
    pause: list[Piece] = [PAUSE] if begins and begins[0].strip() and not first else []
    return [*pause, " ".join(rest.split())] if any(sign.isalnum() for sign in rest) else pause


def fill(template: str, values: Mapping[str, Value], locale: Locale) -> str:
    """The text of a prompt with its values in words. Raises InputError for a value that is missing or misfit."""

    def said(match: re.Match[str]) -> str:
        return words(_value(values, match[1], template), locale, _kind(match[2], template))

    return " ".join(_PLACEHOLDER.sub(said, template).split())


def slot_phrases(slot: Slot, prompt: Prompt, locale: Locale) -> Phrases:
    return phrases(_value(prompt.values, slot.name, prompt.key), locale, slot.kind)


def _value(values: Mapping[str, Value], name: str, where: str) -> Value:
    try:
        return values[name]
    except KeyError:
        raise InputError(f"The value {name!r} is missing in the prompt {where!r}.") from None


def template_of(prompt: Prompt, templates: Templates, locale: Locale) -> str:
    """Raises ConfigurationError where there is no such prompt."""
    template = templates(locale.language, prompt.key)
    if template is None:
        raise ConfigurationError(f"There is no prompt {prompt.key!r} in the {locale.language} catalogue.")
    return template


def as_text(parts: Sequence[Part], templates: Templates, locale: Locale) -> str:
    """What is said, to be read: in a terminal, a log of a test, or by a voice."""
    told = [
        fill(template_of(part, templates, locale), part.values, locale)
        if isinstance(part, Prompt)
        else words(part, locale)
        for part in parts
    ]
    return " ".join(text for text in told if text)
