"""How well a model understands speech that it did not learn from: word errors on held-back voices and sentences."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.amd.phrases import plain as letters
from dialer.voskmini.corpus import Texts, held_back_utterances
from dialer.voskmini.espeak import Espeak
from dialer.voskmini.line import noisy, plain, telephone, through_mulaw
from dialer.voskmini.mfcc import RATE_HZ

_PIECE: Final = RATE_HZ // 10  # 100 ms, as the detector gives them


class Condition(StrEnum):
    CLEAN = "clean"
    MU_LAW = "mu-law"
    NOISE = "mu-law, noise at 20 dB"
    LINE = "bad line"  #: as in training: another throat, handset, room, noise, mu-law


@dataclass(frozen=True, slots=True)
class Score:
    """``errors`` are words put in, left out and mistaken, of ``words`` said; CPU is that of this process."""

    condition: Condition
    utterances: int
    words: int
    errors: int
    audio_s: float
    cpu_s: float

    @property
    def error_rate(self) -> float:
        return self.errors / max(1, self.words)

    @property
    def cpu_ms_per_second(self) -> float:
        return 1000 * self.cpu_s / self.audio_s


def score(folder: Path, texts: Texts, condition: Condition, utterances: int, *, seed: int = 7) -> Score:
    """Speak ``utterances`` held-back sentences under ``condition`` and let the model in ``folder`` write them down."""
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(folder))
    chance = np.random.default_rng(seed)
    espeak = Espeak()
    listed = held_back_utterances(texts, chance)
    words = errors = 0
    audio_s = cpu_s = 0.0
    for _ in range(utterances):
        text, manner = next(listed)
        speech = espeak.say(text, manner)
        samples = plain(speech).samples
        if condition is Condition.NOISE:
            mixed = noisy(samples.astype(np.float64), 20.0, chance)
            samples = np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)
        if condition in (Condition.NOISE, Condition.MU_LAW):
            samples = through_mulaw(samples)
        if condition is Condition.LINE:
            samples = telephone(speech, chance).samples
        began = time.process_time()
        understood = transcribe(model, samples)
        cpu_s += time.process_time() - began
        audio_s += len(samples) / RATE_HZ
        said = letters(text).split()
        words += len(said)
        errors += distance(said, letters(understood).split())
    return Score(condition, utterances, words, errors, audio_s, cpu_s)


def transcribe(model: Any, samples: NDArray[np.int16], *, grammar: Sequence[str] = ()) -> str:
    """What ``model`` (a ``vosk.Model``) hears in 8 kHz samples; limited to the phrases of ``grammar``, where given."""
    import vosk

    limited = [json.dumps(list(grammar), ensure_ascii=False)] if grammar else []
    recogniser = vosk.KaldiRecognizer(model, RATE_HZ, *limited)
    said = []
    for at in range(0, len(samples), _PIECE):
        if recogniser.AcceptWaveform(samples[at : at + _PIECE].astype("<i2").tobytes()):
            said.append(json.loads(recogniser.Result()).get("text", ""))
        else:
            recogniser.PartialResult()
    said.append(json.loads(recogniser.FinalResult()).get("text", ""))
    return " ".join(said).strip()


def distance(said: Sequence[str], understood: Sequence[str]) -> int:
    """The least number of words to put in, leave out or change."""
    row = list(range(len(understood) + 1))
    for position, word in enumerate(said, start=1):
        before, row[0] = row[0], position
        for column, other in enumerate(understood, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]
