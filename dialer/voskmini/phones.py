"""From what espeak-ng said to labels and a lexicon: which phones there are, where each frame lies, how words sound."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dialer.errors import MediaError
from dialer.voskmini.acoustic_file import output_of
from dialer.voskmini.corpus import words_of
from dialer.voskmini.espeak import Sound
from dialer.voskmini.graph import Pronunciation
from dialer.voskmini.mfcc import FRAME_LENGTH, FRAME_SHIFT, RATE_HZ

UNLABELLED: Final = -1
_RARE: Final = 60  # a phone said less often than this cannot be learned
_SHARE: Final = 0.15  # of a word's occurrences, for a pronunciation to count
_MOST_PRONUNCIATIONS: Final = 3

Labels = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Inventory:
    """``phones`` are numbered from 1 in this order; silence is 0 and not among them."""

    phones: tuple[str, ...]
    lexicon: Mapping[str, tuple[Pronunciation, ...]]

    def labels(self, sounds: Sequence[Sound], frames: int, *, lead_ms: float, stretch: float) -> Labels:
        """The network's output for each frame: silence 0, a phone's halves, or UNLABELLED in a phone left out."""
        labels = np.zeros(frames, dtype=np.int16)
        centres = np.arange(frames) * (FRAME_SHIFT * 1000 / RATE_HZ) + FRAME_LENGTH * 500 / RATE_HZ
        numbers = {phone: number for number, phone in enumerate(self.phones, start=1)}
        for sound, following in pairwise(sounds):
            if not sound.phone:
                continue
            start, end = (lead_ms + at * stretch for at in (sound.start_ms, following.start_ms))
            first, middle, last = np.searchsorted(centres, [start, (start + end) / 2, end])
            number = numbers.get(sound.phone)
            labels[first:middle] = output_of(number, 0) if number else UNLABELLED
            labels[middle:last] = output_of(number, 1) if number else UNLABELLED
        return labels


def take_inventory(
    spoken: Sequence[tuple[str, Sequence[Sound]]], vocabulary: Sequence[str], *, rare: int = _RARE
) -> Inventory:
    """Phones and pronunciations from utterances, the text and its sounds. Raises MediaError for a word of
    ``vocabulary`` that nobody said by itself."""
    said: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    times: Counter[str] = Counter()
    for text, sounds in spoken:
        times.update(sound.phone for sound in sounds if sound.phone)
        for word, phones in _words(text, sounds):
            said[word][phones] += 1
    missing = [word for word in vocabulary if not said[word]]
    if missing:
        raise MediaError(f"espeak-ng did not say these words by themselves: {', '.join(missing)}.")
    chosen = {word: _pronunciations(said[word], times, rare) for word in vocabulary}
    phones = tuple(sorted({phone for listed in chosen.values() for one in listed for phone in one}))
    numbers = {phone: number for number, phone in enumerate(phones, start=1)}
    lexicon = {word: tuple(tuple(numbers[phone] for phone in one) for one in listed) for word, listed in chosen.items()}
    return Inventory(phones, lexicon)


def _words(text: str, sounds: Sequence[Sound]) -> list[tuple[str, tuple[str, ...]]]:
    """Words with their phones, without those that espeak-ng runs together with the next ("of the" is one to it)."""
    tokens = text.split(" ")
    by_token: dict[int, list[str]] = defaultdict(list)
    for sound in sounds:
        if sound.phone:
            by_token[sound.word].append(sound.phone)
    found = []
    for index, token in enumerate(tokens):
        words = words_of(token)
        alone = index + 1 == len(tokens) or index + 1 in by_token
        if len(words) == 1 and index in by_token and alone:
            found.append((words[0], tuple(by_token[index])))
    return found


def _pronunciations(said: Counter[tuple[str, ...]], times: Counter[str], rare: int) -> list[tuple[str, ...]]:
    """The usual ones; the most usual first."""
    ranked = sorted(said.items(), key=lambda item: (-item[1], item[0]))
    common = [(phones, count) for phones, count in ranked if all(times[phone] >= rare for phone in phones)]
    ranked = common or ranked[:1]
    total = sum(count for _, count in ranked)
    usual = [phones for phones, count in ranked if count >= _SHARE * total]
    return (usual or [ranked[0][0]])[:_MOST_PRONUNCIATIONS]
