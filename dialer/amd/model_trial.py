"""A speech model tried on a spoken phrase, the way a call's audio reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from dialer.amd.features import FRAME_BYTES, SAMPLE_RATE_HZ
from dialer.amd.phrases import plain
from dialer.amd.transcript import PIECE_FRAMES, Recogniser
from ivr_flows.voice import DEFAULT_VOICES, Voice, speak

PHRASES: Final = {
    "es": "por favor deje su mensaje después del tono",
    "en": "please leave a message after the tone",
}
#: Of the phrase's words. Speech programs are not people, so a good model of people's speech may miss some.
ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """``said`` and ``heard`` without accents; ``share`` of the words said that were heard, 0..1."""

    said: str
    heard: str
    share: float

    @property
    def passed(self) -> bool:
        return self.share >= ENOUGH


def try_model(make: Callable[[], Recogniser], language: str) -> Trial:
    """Speak the language's phrase with the speech program and let a recogniser of ``make`` write it down. Raises as
    ``ivr_flows.voice.speak`` where no speech program is installed."""
    phrase = PHRASES[language]
    samples = speak(phrase, Voice(DEFAULT_VOICES[language]))
    silence = np.zeros(SAMPLE_RATE_HZ // 2, dtype=np.int16)
    audio = np.concatenate([silence, samples, silence, silence]).astype("<i2").tobytes()
    recogniser = make()
    piece = PIECE_FRAMES * FRAME_BYTES
    heard = ""
    for at in range(0, len(audio) - piece + 1, piece):
        heard = recogniser.accept(audio[at : at + piece])
    said, words = plain(phrase).split(), set(plain(heard).split())
    return Trial(" ".join(said), plain(heard), sum(word in words for word in said) / len(said))
