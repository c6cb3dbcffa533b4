"""Vosk models that a test can make: one with a network written by hand, and one that learns ten words in seconds."""

from __future__ import annotations

import atexit
import functools
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import vosk

from dialer.voskmini.acoustic_file import Layer
from dialer.voskmini.built import run_steadily
from dialer.voskmini.corpus import Texts
from dialer.voskmini.folder import write_model
from dialer.voskmini.phones import Inventory
from dialer.voskmini.recipe import Recipe, make_model

ROOT = Path(__file__).parents[2]

#: Two words of one phone each. Outputs: silence, two halves of "above", two of "below".
ABOVE_OR_BELOW = Inventory(("A", "B"), {"above": ((1,),), "below": ((2,),)})

PHRASE = "por favor deje su mensaje después del tono"
TEN_WORDS = Texts(
    language="es",
    accents=("es-419",),
    sentences=(PHRASE, "sí", "no", "sí sí", "no no", "hola"),
    slots={},
    held_back=(PHRASE, "hola no sí", "deje su tono"),
    vocabulary=tuple(sorted({*PHRASE.split(), "sí", "no", "hola"})),
)
TEN_WORDS_RECIPE = Recipe(seconds=200, epochs=10, width=64, batch=8, rare=5, sentences=3)


def two_word_model(folder: Path, layers: Sequence[Layer]) -> vosk.Model:
    """A model of ABOVE_OR_BELOW with these layers, loaded."""
    vosk.SetLogLevel(-1)
    write_model(folder, ABOVE_OR_BELOW, layers, [["above"], ["below"]])
    return vosk.Model(str(folder))


def threshold_layer(coefficient: int, threshold: float) -> Layer:
    """Says "above" where a feature lies above the threshold, else "below"; never silence."""
    weights = np.zeros((5, 40), dtype=np.float32)
    weights[1:3, coefficient], weights[3:5, coefficient] = 100, -100
    sides = [-1e4, -100 * threshold, -100 * threshold, 100 * threshold, 100 * threshold]
    return Layer((0,), weights, np.array(sides, dtype=np.float32))


@functools.cache
def ten_word_model() -> Path:
    """The folder of a model of TEN_WORDS, learned once for all tests of a process; two or three seconds."""
    home = tempfile.mkdtemp(prefix="cadencia-ten-words-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    folder = Path(home) / "ten-words"
    make_ten_word_model(folder)
    return folder


def make_ten_word_model(folder: Path) -> None:
    run_steadily(["-m", "tests.support.small_models", str(folder)], lambda line: None, folder=ROOT)


def steady_tone(seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Three tones that repeat every 10 ms, so that all frames of features are the same."""
    times = np.arange(int(8000 * seconds)) / 8000
    tones = ((3000, 1000, 0.0), (1000, 2500, 1.0), (500, 300, 0.5))
    mixed = sum(loud * np.sin(2 * np.pi * hz * times + phase) for loud, hz, phase in tones)
    return np.round(np.asarray(mixed)).astype(np.int16)


if __name__ == "__main__":
    make_model(TEN_WORDS, TEN_WORDS_RECIPE, Path(sys.argv[1]), print)
