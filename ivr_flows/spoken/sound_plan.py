"""Which sounds are played, in which order, for what a flow says. Never waits and never makes a sound.

A prompt without values is one sound. A prompt with values is one too where the whole sentence was spoken beforehand;
otherwise it is put together from the prompt's literal texts and the phrases of its values, which are always there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ivr_flows.spoken.compose import phrases
from ivr_flows.spoken.fragments import value_phrases
from ivr_flows.spoken.templates import Templates, as_text, pieces, slot_phrases, template_of
from ivr_flows.spoken.values import Locale, Part, Prompt
from ivr_flows.spoken.word_lists import PAUSE, Phrases

#: The name of the short silence.
PAUSE_NAME: Final = "pause"
_READABLE: Final = 40


class SoundLibrary(Protocol):
    """The sounds that there are. Each answer is a name for Asterisk, without extension, or None."""

    def recorded(self, language: str, name: str) -> str | None:
        """By a person."""

    def built(self, language: str, name: str) -> str | None:
        """By a voice, when the flows were set up."""

    def sentence(self, language: str, name: str) -> str | None:
        """By a voice, for a call: whole sentences and names."""


@dataclass(frozen=True, slots=True)
class Planned:
    """``sounds`` in the order of playing. ``left_out``: texts for which there is no sound at all."""

    sounds: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def sound_name(text: str) -> str:
    """The name of the sound of ``text``: readable, and another one when the text changes."""
    if text == PAUSE:
        return PAUSE_NAME
    decomposed = unicodedata.normalize("NFD", text.lower())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    readable = "-".join(re.findall(r"[a-z0-9]+", plain))[:_READABLE].strip("-")
    digest = hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()
    return f"{readable}-{digest[:8]}"


def sentence_name(text: str) -> str:
    """The name of the sound of a sentence with somebody's values in it: it tells nothing of them."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()[:32]


class SoundPlan:
    """Plans over one library and the prompts of some flows."""

    def __init__(self, library: SoundLibrary, templates: Templates) -> None:
        self._library = library
        self._templates = templates

    def __call__(self, parts: Sequence[Part], locale: Locale) -> Planned:
        """Raises ConfigurationError for a prompt that is in no catalogue, InputError for a value that does not fit."""
        sounds: list[str] = []
        left_out: list[str] = []
        for part in parts:
            for text in self._texts(part, locale):
                found = self._sound(text, locale.language)
                if found is None:
                    left_out.append(text)
                else:
                    sounds.append(found)
        return Planned(tuple(sounds), tuple(left_out))

    def to_speak(self, parts: Sequence[Part], locale: Locale) -> tuple[str, ...]:
        """The texts that a voice should speak before ``parts`` are said, for they would sound better, or could not be
        said at all: sentences with values, and names."""
        return tuple(
            text
            for part in parts
            for text in self._wanted(part, locale)
            if self._library.sentence(locale.language, sentence_name(text)) is None
        )

    def _wanted(self, part: Part, locale: Locale) -> Iterator[str]:
        if not isinstance(part, Prompt):
            yield from (
                text for text in phrases(part, locale) if self._built_or_recorded(text, locale.language) is None
            )
        elif self._is_whole(part, locale):
            yield as_text([part], self._templates, locale)
        else:
            texts = self._taken_apart(part, locale)
            yield from (text for text in texts if self._built_or_recorded(text, locale.language) is None)

    def _texts(self, part: Part, locale: Locale) -> Phrases:
        """What is played for ``part``, as texts of sounds."""
        if not isinstance(part, Prompt):
            return phrases(part, locale)
        if self._is_whole(part, locale):
            whole = as_text([part], self._templates, locale)
            if self._library.sentence(locale.language, sentence_name(whole)) is not None:
                return (whole,)
        return tuple(self._taken_apart(part, locale))

    def _is_whole(self, prompt: Prompt, locale: Locale) -> bool:
        """Whether a voice may say all of it at once: not where a person has recorded a part of it."""
        found = pieces(template_of(prompt, self._templates, locale))
        literal = [piece for piece in found if isinstance(piece, str)]
        if len(literal) == len(found):
            return False
        return all(self._library.recorded(locale.language, sound_name(text)) is None for text in literal)

    def _taken_apart(self, prompt: Prompt, locale: Locale) -> Iterator[str]:
        for piece in pieces(template_of(prompt, self._templates, locale)):
            if isinstance(piece, str):
                yield piece
            else:
                yield from slot_phrases(piece, prompt, locale)

    def _sound(self, text: str, language: str) -> str | None:
        # A sentence's own name first: a text is looked up under it only where it was spoken for a call.
        return self._built_or_recorded(text, language) or self._library.sentence(language, sentence_name(text))

    def _built_or_recorded(self, text: str, language: str) -> str | None:
        name = sound_name(text)
        return self._library.recorded(language, name) or self._library.built(language, name)


def all_texts(language: str, templates: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Every text that needs a sound, by its name: the literal texts of the prompts, the phrases of values, a pause."""
    texts = [
        piece for one in templates for template in one.values() for piece in pieces(template) if isinstance(piece, str)
    ]
    texts += value_phrases(language)
    return {PAUSE_NAME: PAUSE} | {sound_name(text): text for text in texts}
