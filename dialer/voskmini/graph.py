"""The decoding graph: a tree of pronunciations with the words on its leaves, and silence between words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from dialer.voskmini.acoustic_file import ALONE, BEGIN, END, INSIDE, SILENCE, Transitions, phone_number
from dialer.voskmini.openfst import Fst

#: A pronunciation: phones 1, 2, ... without silence.
Pronunciation = tuple[int, ...]

#: What a grammar names to allow for words outside it. It is in no sentence, so only grammars that name it find it.
UNKNOWN: Final = "[unk]"

_PAUSE_COST: Final = -math.log(0.5)  # a pause between words is as likely as none
_UNKNOWN_COST: Final = 2.0  # for each of its phones; less drowns words that are expected, more lets others through


def lexicon_graph(words: Sequence[str], lexicon: Mapping[str, Sequence[Pronunciation]], phones: int) -> Fst:
    """From transition numbers to words; word ``words[i]`` has number ``i + 1``, and UNKNOWN the one after the last.

    Each of a phone's states is an arc with its forward number into a state that carries the self-loop: the order that
    Kaldi calls reordered and that its word alignment expects. Silence can be used once between two words and no more,
    or equivalent paths would multiply in a long pause.
    """
    fst = Fst()
    entry, silent, root = fst.add_state(), fst.add_state(), fst.add_state()
    transitions = Transitions(phones)
    fst.add_arc(entry, 0, 0, _PAUSE_COST, root)
    fst.add_arc(entry, transitions.go(SILENCE, 0), 0, _PAUSE_COST, silent)
    fst.add_arc(silent, transitions.stay(SILENCE, 0), 0, 0.0, silent)
    fst.add_arc(silent, 0, 0, 0.0, root)
    fst.finals[root] = 0.0
    branches: dict[tuple[int, int], int] = {}
    for number, word in enumerate(words, start=1):
        for pronunciation in lexicon[word]:
            at = root
            for place_in_word, phone in enumerate(pronunciation[:-1]):
                named = phone_number(phone, BEGIN if place_in_word == 0 else INSIDE)
                if (at, named) not in branches:
                    branches[at, named] = _phone(fst, transitions, at, named, word=0)
                at = branches[at, named]
            leaf = phone_number(pronunciation[-1], ALONE if len(pronunciation) == 1 else END)
            fst.add_arc(_phone(fst, transitions, at, leaf, word=number), 0, 0, 0.0, entry)
    _add_unknown(fst, transitions, root, entry, number=len(words) + 1)
    return fst


def _add_unknown(fst: Fst, transitions: Transitions, root: int, entry: int, *, number: int) -> None:
    """A word of two or more phones, whichever."""
    within = fst.add_state()
    for phone in range(1, transitions.phones + 1):
        for source, place, target in ((root, BEGIN, within), (within, INSIDE, within), (within, END, entry)):
            word = number if place == BEGIN else 0
            last = _phone(fst, transitions, source, phone_number(phone, place), word=word)
            fst.add_arc(last, 0, 0, _UNKNOWN_COST, target)


def _phone(fst: Fst, transitions: Transitions, source: int, named: int, *, word: int) -> int:
    for half in range(2):
        target = fst.add_state()
        fst.add_arc(source, transitions.go(named, half), word if half == 0 else 0, 0.0, target)
        fst.add_arc(target, transitions.stay(named, half), 0, 0.0, target)
        source = target
    return source


def in_order_of_sound(lexicon: Mapping[str, Sequence[Pronunciation]]) -> list[str]:
    """The words, those that begin alike next to each other."""
    return sorted(lexicon, key=lambda word: (lexicon[word][0], word))
