"""The whole way from texts to a model, in one process and with one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dialer.voskmini.acoustic_file import output_count
from dialer.voskmini.corpus import Texts, utterances, words_of
from dialer.voskmini.espeak import Espeak, Sound
from dialer.voskmini.folder import write_model
from dialer.voskmini.line import Heard, any_line
from dialer.voskmini.mfcc import mfcc
from dialer.voskmini.network import Network
from dialer.voskmini.own_calls import OwnCall, learn_on, with_words_of
from dialer.voskmini.phones import take_inventory
from dialer.voskmini.training import Floats, Stream, train

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """``seconds`` of speech are learned from, ``epochs`` times, in batches of ``batch`` pieces of 1.5 s, by a network
    ``width`` wide. ``rare``: a phone said less often than this is left out. ``sentences``: how often each sentence is
    filled in for the language model."""

    seconds: float = 9000.0
    epochs: int = 7
    width: int = 160
    batch: int = 12
    seed: int = 1
    rare: int = 60
    sentences: int = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What came out: seconds of speech, the last epoch's loss and share of right frames, and the graphs' sizes."""

    seconds: float
    loss: float
    right: float
    sizes: dict[str, int]


def make_model(texts: Texts, recipe: Recipe, folder: Path, tell: Tell, calls: Sequence[OwnCall] = ()) -> Result:
    """Write a Vosk model of ``texts``, and of recorded ``calls`` where there are any, into ``folder``. The same recipe
    gives the same bytes on the same kind of processor with the same numpy and espeak-ng."""
    if calls:
        texts = with_words_of(texts, calls)
    voice_chance, line_chance, network_chance, order_chance, text_chance = (
        np.random.default_rng([recipe.seed, number]) for number in range(5)
    )
    spoken: list[tuple[str, tuple[Sound, ...]]] = []
    heard: list[tuple[Heard, Floats]] = []
    seconds = 0.0
    for text, sounds, line in _heard(texts, recipe.seconds, voice_chance, line_chance):
        spoken.append((text, sounds))
        heard.append((Heard(line.samples[:0], line.lead_ms, line.stretch), mfcc(line.samples)))
        seconds += len(line.samples) / 8000
    tell(f"{len(spoken)} utterances, {seconds / 60:.0f} minutes of speech")
    inventory = take_inventory(spoken, texts.vocabulary, rare=recipe.rare)
    labelled = [
        (frames, inventory.labels(sounds, len(frames), lead_ms=line.lead_ms, stretch=line.stretch))
        for (_, sounds), (line, frames) in zip(spoken, heard, strict=True)
        if len(frames)
    ]
    heard.clear()
    stream = Stream(labelled)
    if not calls:
        labelled.clear()
    outputs = output_count(len(inventory.phones))
    mean, deviation = stream.frames.mean(axis=0), stream.frames.std(axis=0)
    network = Network(mean, deviation, recipe.width, outputs, network_chance)
    last = (0.0, 0.0)

    def learned(epoch: int, loss: float, right: float) -> None:
        nonlocal last
        last = (loss, right)
        tell(f"epoch {epoch} of {recipe.epochs}: loss {loss:.3f}, {right:.1%} of frames right")

    train(network, stream, recipe.epochs, recipe.batch, order_chance, learned)
    if calls:
        learn_on(network, inventory, calls, labelled, recipe.batch, order_chance, tell)
    sentences = [words_of(text) for text in texts.filled(recipe.sentences, text_chance)]
    sizes = write_model(folder, inventory, network.layers(stream.priors(outputs)), sentences)
    return Result(seconds, *last, sizes)


def _heard(
    texts: Texts, seconds: float, voice_chance: np.random.Generator, line_chance: np.random.Generator
) -> Iterator[tuple[str, tuple[Sound, ...], Heard]]:
    espeak = Espeak()
    listed = utterances(texts, voice_chance)
    made = 0.0
    least = len(texts.vocabulary) * len(texts.accents)  # every word alone, however short the training
    while made < seconds or least > 0:
        text, manner = next(listed)
        speech = espeak.say(text, manner)
        line = any_line(speech, line_chance)
        made += len(line.samples) / 8000
        least -= 1
        yield text, speech.sounds, line
