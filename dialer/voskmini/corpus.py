"""What is spoken: the texts of a language, filled in, and who says them how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import yaml

from dialer.errors import ConfigurationError
from dialer.voskmini import numbers
from dialer.voskmini.espeak import Manner

LANGUAGES: Final = ("es", "en")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_WORD: Final = re.compile(r"[\w']+")
_MADE_UP: Final = ("number", "amount", "digits", "date")

#: Variants of espeak-ng's voices. Those held back speak in measurements only.
VARIANTS: Final = (
    *("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4", "m5", "m6", "m8", "klatt", "klatt2", "klatt4"),
    *("Alex", "Andy", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Mario", "Mike", "Nguyen"),
    *("adam", "anika", "announcer", "aunty", "belinda", "benjamin", "boris", "caleb", "david", "ed", "edward"),
    *("grandma", "grandpa", "iven", "john", "linda", "max", "michel", "miguel", "norbert", "pablo", "paul", "pedro"),
    *("quincy", "rob", "robert", "sandro", "shelby", "steph", "travis", "victor", "zac"),
)
HELD_BACK_VARIANTS: Final = ("Andrea", "antonio", "Marco", "m7", "f5", "klatt3", "Michael", "Alicia", "Annie")
#: Between the speeds of training, and two outside them.
HELD_BACK_RATES: Final = (120, 145, 168, 192, 220)


@dataclass(frozen=True, slots=True)
class Texts:
    """One language. ``vocabulary`` holds every word that can be said, lower case and sorted."""

    language: str
    accents: tuple[str, ...]
    sentences: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    held_back: tuple[str, ...]
    vocabulary: tuple[str, ...]

    def fill(self, template: str, chance: np.random.Generator) -> str:
        """The template with its slots filled at random."""
        while found := _SLOT.search(template):
            name = found.group(1)
            if name in _MADE_UP:
                filling = numbers.made_up(name, self.language, chance)
            else:
                filling = str(chance.choice(self.slots[name]))
            template = template[: found.start()] + filling + template[found.end() :]
        return template

    def filled(self, times: int, chance: np.random.Generator) -> Iterator[str]:
        """Every template ``times`` times, those with slots filled anew each time."""
        for _ in range(times):
            for template in self.sentences:
                yield self.fill(template, chance)


def words_of(text: str) -> list[str]:
    """The words as they are recognised: lower case, without punctuation."""
    return _WORD.findall(text.lower())


@cache
def load_texts(language: str) -> Texts:
    """Raises ConfigurationError for a language that there are no texts for."""
    if language not in LANGUAGES:
        raise ConfigurationError(f"There are no training texts for the language {language!r}: use es or en.")
    document = yaml.safe_load(resources.files("dialer.voskmini").joinpath(f"texts/{language}.yaml").read_text("utf-8"))
    slots = {name: tuple(entries) for name, entries in document["slots"].items()}
    words = {*document["words"], *numbers.all_words(language)}
    for text in [*document["sentences"], *(entry for entries in slots.values() for entry in entries)]:
        words.update(words_of(_SLOT.sub(" ", text)))
    return Texts(
        language,
        tuple(document["accents"]),
        tuple(document["sentences"]),
        slots,
        tuple(document["held_back"]),
        tuple(sorted(words)),
    )


def only(words: Sequence[str], accents: Sequence[str], language: str) -> Texts:
    """Texts of just these words, for a model that is learned in seconds."""
    return Texts(language, tuple(accents), tuple(words), {}, tuple(words), tuple(sorted(words)))


def utterances(texts: Texts, chance: np.random.Generator) -> Iterator[tuple[str, Manner]]:
    """Endless: what to say, and how. First every word alone in every accent, so that each is pronounced by itself."""
    for accent in texts.accents:
        for word in texts.vocabulary:
            yield word, _manner(accent, "", chance)
    while True:
        kind = chance.random()
        if kind < 0.36:
            count = int(chance.integers(2, 9))
            text = " ".join(chance.choice(texts.vocabulary, count))
        else:
            text = texts.fill(str(chance.choice(texts.sentences)), chance)
        accent = str(chance.choice(texts.accents, p=_mostly_first(len(texts.accents))))
        variant = "" if chance.random() < 0.15 else str(chance.choice(VARIANTS))
        yield text, _manner(accent, variant, chance)


def held_back_utterances(texts: Texts, chance: np.random.Generator) -> Iterator[tuple[str, Manner]]:
    """Endless: sentences that were not learned, in voices and speeds that were not learned."""
    while True:
        for text in texts.held_back:
            accent = str(chance.choice(texts.accents, p=_mostly_first(len(texts.accents))))
            voice = f"{accent}+{chance.choice(HELD_BACK_VARIANTS)}"
            yield text, Manner(voice, int(chance.choice(HELD_BACK_RATES)), int(chance.integers(20, 85)))


def _manner(accent: str, variant: str, chance: np.random.Generator) -> Manner:
    voice = f"{accent}+{variant}" if variant else accent
    return Manner(voice, int(chance.integers(125, 216)), int(chance.integers(25, 81)))


def _mostly_first(count: int) -> list[float]:
    return [1.0] if count == 1 else [0.7, *[0.3 / (count - 1)] * (count - 1)]
