"""Recorded calls with their words as further training: a model that has learned from a speech program learns on from
people.

Nobody has said when which sound begins in a recording, so the network that is there says it itself: the words' phones
are laid along the audio where they fit best (Viterbi), the network learns from that, and lays them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dialer.errors import InputError
from dialer.voskmini.acoustic_file import output_of
from dialer.voskmini.corpus import Texts, words_of
from dialer.voskmini.line import Samples, varied
from dialer.voskmini.mfcc import RATE_HZ, mfcc
from dialer.voskmini.network import STRIDE, Network
from dialer.voskmini.phones import Inventory, Labels
from dialer.voskmini.training import Floats, Stream, train

_ROUNDS: Final = 2
_COPIES: Final = 4  # of each call, over lines of their own, besides the recording itself
_EPOCHS: Final = 3
_PEAK: Final = 1e-3  # of the learning rate: a third of what learning from nothing takes
_TIMES_SYNTHETIC: Final = 2.0  # synthetic speech beside it, or what it knew already is lost
_SILENCE: Final = 0
_NEVER: Final = np.float32(-1e30)
_LEAST_MARGIN: Final = -4.0  # mean log-likelihood a frame, below which the words cannot be those of the audio
#: A held-back share of the calls says how well the model understands people: one in so many.
HELD_BACK: Final = 5

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OwnCall:
    """``samples``: 16-bit mono at 8 kHz. ``text`` is what is said in it, in words: no digits."""

    name: str
    samples: Samples
    text: str


def checked(calls: Sequence[OwnCall]) -> list[OwnCall]:
    """Those that can be learned from. Raises InputError that names the first text with digits in it, and where there is
    no audio at all."""
    for call in calls:
        if re.search(r"\d", call.text):
            raise InputError(f"{call.name}: write numbers as the words that are said, not as digits.")
    usable = [call for call in calls if words_of(call.text) and len(call.samples) >= RATE_HZ // 4]
    if not usable:
        raise InputError("There is no transcribed call to learn from.")
    return usable


def apart(calls: Sequence[OwnCall], chance: np.random.Generator) -> tuple[list[OwnCall], list[OwnCall]]:
    """Calls to learn from, and those held back. Calls with one text are on one side."""
    texts = sorted({" ".join(words_of(call.text)) for call in calls})
    chance.shuffle(texts)
    kept = set(texts[: len(texts) // HELD_BACK])
    sides: tuple[list[OwnCall], list[OwnCall]] = ([], [])
    for call in calls:
        sides[" ".join(words_of(call.text)) in kept].append(call)
    return sides


def with_words_of(texts: Texts, calls: Sequence[OwnCall]) -> Texts:
    """``texts`` with the sentences of the calls, and all their words in the vocabulary."""
    said = [" ".join(words_of(call.text)) for call in calls]
    words = {word for text in said for word in text.split()}
    return replace(
        texts,
        sentences=(*texts.sentences, *dict.fromkeys(said)),
        vocabulary=tuple(sorted({*texts.vocabulary, *words})),
    )


def learn_on(
    network: Network,
    inventory: Inventory,
    calls: Sequence[OwnCall],
    synthetic: Sequence[tuple[Floats, Labels]],
    batch: int,
    chance: np.random.Generator,
    tell: Tell,
) -> None:
    """Let ``network`` learn from the calls, beside some of the ``synthetic`` utterances that it knows."""
    heard = [mfcc(call.samples) for call in calls]
    for number in range(1, _ROUNDS + 1):
        pairs: list[tuple[Floats, Labels]] = []
        frames = left_out = 0
        for call, own in zip(calls, heard, strict=True):
            labels = laid_along(network, inventory, words_of(call.text), own)
            if labels is None:
                left_out += 1
                continue
            pairs.append((own, labels))
            pairs += [(mfcc(varied(call.samples, chance)), labels) for _ in range(_COPIES)]
            frames += (1 + _COPIES) * len(own)
        if not pairs:
            raise InputError("None of the texts fits its audio: look whether the transcripts belong to these files.")
        most = int(_TIMES_SYNTHETIC * frames)
        for at in chance.permutation(len(synthetic)):
            if most <= 0:
                break
            pairs.append(synthetic[at])
            most -= len(synthetic[at][0])
        tell(f"own calls, round {number} of {_ROUNDS}: {len(calls) - left_out} aligned, {left_out} left out")
        train(network, Stream(pairs), _EPOCHS, batch, chance, lambda *_: None, peak=_PEAK)


def laid_along(network: Network, inventory: Inventory, words: Sequence[str], frames: Floats) -> Labels | None:
    """The output for each of ``frames`` when ``words`` are said in them, with or without a pause around each; None
    where they cannot be."""
    sounds = _states(inventory, words)
    scores = network.scores(frames)
    if len(scores) < np.count_nonzero(~sounds.optional):
        return None
    scores = scores - _log_sum(scores)
    path, likely = _best_path(scores[:, sounds.outputs], sounds.optional)
    if likely / len(scores) < _LEAST_MARGIN:
        return None
    labels = sounds.outputs[path].repeat(STRIDE)[: len(frames)].astype(np.int16)
    return np.concatenate([labels, np.full(len(frames) - len(labels), labels[-1], dtype=np.int16)])


@dataclass(frozen=True, slots=True)
class _States:
    """What follows what: ``outputs`` of the network, of which the ``optional`` ones may be left out."""

    outputs: NDArray[np.intp]
    optional: NDArray[np.bool_]


def _states(inventory: Inventory, words: Sequence[str]) -> _States:
    outputs, optional = [_SILENCE], [True]
    for word in words:
        for phone in inventory.lexicon[word][0]:
            outputs += [output_of(phone, 0), output_of(phone, 1)]
            optional += [False, False]
        outputs.append(_SILENCE)
        optional.append(True)
    return _States(np.array(outputs, dtype=np.intp), np.array(optional, dtype=np.bool_))


def _best_path(scores: Floats, optional: NDArray[np.bool_]) -> tuple[NDArray[np.intp], float]:
    """The state at each moment, in order, and what all of it scores. From a state on to itself, to the next, or to the
    one after an optional one; beginning and end may leave an optional one out, too."""
    moments, states = scores.shape
    skips = np.concatenate([[False, False], optional[1:-1]]) if states > 2 else np.zeros(states, dtype=np.bool_)
    best = np.full(states, _NEVER, dtype=np.float32)
    best[0] = scores[0, 0]
    if states > 1 and optional[0]:
        best[1] = scores[0, 1]
    came = np.zeros((moments, states), dtype=np.int8)
    for moment in range(1, moments):
        stay = best
        step = np.concatenate([[_NEVER], best[:-1]])
        skip = np.where(skips, np.concatenate([[_NEVER, _NEVER], best[:-2]])[:states], _NEVER)
        ways = np.stack([stay, step, skip])
        came[moment] = ways.argmax(axis=0)
        best = ways.max(axis=0) + scores[moment]
    last = states - 1
    if states > 1 and optional[last] and best[last - 1] > best[last]:
        last -= 1
    likely = float(best[last])
    path = np.empty(moments, dtype=np.intp)
    for moment in range(moments - 1, -1, -1):
        path[moment] = last
        last -= int(came[moment, last])
    return path, likely


def _log_sum(scores: Floats) -> Floats:
    highest = scores.max(axis=1, keepdims=True)
    summed: Floats = highest + np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
    return summed
