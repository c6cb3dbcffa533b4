"""Words, where a Vosk model is configured. Everything works without one.

The published small models refuse 8 kHz, so audio is resampled to what the model's own configuration asks for. On live
calls Vosk runs in processes of its own: see ``dialer/amd/workers.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np
import soxr

from dialer.amd.features import FRAME_BYTES, SAMPLE_RATE_HZ
from dialer.amd.model_card import read_card
from dialer.amd.phrases import Word
from dialer.errors import ConfigurationError

PIECE_FRAMES: Final = 5  # 100 ms: smaller pieces cost more CPU and bring no word earlier
PIECE_BYTES: Final = PIECE_FRAMES * FRAME_BYTES


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood since the listening began: all of it as text, and the times of what is settled already."""

    text: str
    words: tuple[Word, ...] = ()


class Recogniser(Protocol):
    """One call's recogniser, used from one thread. ``accept`` returns what was understood since the start."""

    def accept(self, pcm: bytes) -> str: ...


class TranscriptStream(Protocol):
    """One call's audio on its way to a recogniser."""

    def accept(self, frame: bytes) -> None: ...

    def close(self) -> None: ...


class Transcriber(Protocol):
    """Recognisers of one language for live calls. ``may_decide`` is whether their words may decide a verdict."""

    @property
    def may_decide(self) -> bool: ...

    @property
    def name(self) -> str:
        """The model's, for the evidence."""
        ...

    def open(self, on_heard: Callable[[Heard], None]) -> TranscriptStream | None:
        """A stream for one call, or None where all recognisers are busy. ``on_heard`` is called in the event loop with
        everything understood so far, whenever that has changed."""
        ...


class VoskRecogniser:
    """A Vosk recogniser behind ``Recogniser``. ``rate_hz`` is the model's own, ``time_scale`` what its times are to be
    multiplied with. ``words`` are those of the utterances that are over, with their times. With a ``grammar`` it
    expects nothing but those phrases, as far as the model knows their words."""

    def __init__(self, model: Any, rate_hz: int, time_scale: float = 1.0, grammar: Sequence[str] = ()) -> None:
        # The library is heavy and wanted only where a model is configured.
        import vosk

        if grammar:
            phrases = [phrase for phrase in grammar if all(_known(model, word) for word in phrase.split())]
            self._decoder = vosk.KaldiRecognizer(model, rate_hz, json.dumps(phrases, ensure_ascii=False))
        else:
            self._decoder = vosk.KaldiRecognizer(model, rate_hz)
        self._decoder.SetWords(True)
        self._time_scale = time_scale
        self.words: list[Word] = []
        self._resampler = (
            soxr.ResampleStream(SAMPLE_RATE_HZ, rate_hz, 1, dtype="int16", quality="MQ")
            if rate_hz != SAMPLE_RATE_HZ
            else None
        )
        self._said: list[str] = []

    def accept(self, pcm: bytes) -> str:
        if self._resampler is not None:
            pcm = cast("bytes", self._resampler.resample_chunk(np.frombuffer(pcm, dtype="<i2")).tobytes())
        if self._decoder.AcceptWaveform(pcm):
            result = json.loads(self._decoder.Result())
            self._said.append(result.get("text", ""))
            self.words += [self._word(word) for word in result.get("result", ())]
            return " ".join(self._said).strip()
        partial = json.loads(self._decoder.PartialResult()).get("partial", "")
        return " ".join([*self._said, partial]).strip()

    def _word(self, word: dict[str, str | float]) -> Word:
        started_ms, ended_ms = (round(1000 * self._time_scale * float(word[edge])) for edge in ("start", "end"))
        return Word(str(word["word"]), started_ms, ended_ms, round(float(word.get("conf", 1.0)), 3))


def _known(model: Any, word: str) -> bool:
    return word.startswith("[") or bool(model.vosk_model_find_word(word) >= 0)


def require_model(folder: Path) -> None:
    """Raises ConfigurationError where the folder holds nothing that looks like a Vosk model."""
    if not (folder / "am").is_dir() and not (folder / "final.mdl").is_file():
        raise ConfigurationError(f"There is no Vosk model in {folder}: it must hold the folders am, conf and graph.")


class MakeVosk(Protocol):
    def __call__(self, grammar: Sequence[str] = ()) -> VoskRecogniser: ...


def load_vosk(folder: Path) -> MakeVosk:
    """Load the model in ``folder`` and return the maker of its recognisers. Takes up to a few seconds and about
    300 MB; do it at start. Raises ConfigurationError where the folder holds no usable model."""
    require_model(folder)
    import vosk

    vosk.SetLogLevel(-1)
    try:
        model = vosk.Model(str(folder))
    except Exception as exc:
        raise ConfigurationError(f"The Vosk model in {folder} cannot be loaded. Install it again.") from exc
    rate_hz = model_rate_hz(folder)
    time_scale = float(read_card(folder).facts.get("word_time_scale", 1.0))
    return lambda grammar=(): VoskRecogniser(model, rate_hz, time_scale, grammar)


def model_rate_hz(folder: Path) -> int:
    """The sample rate that the model's ``conf/mfcc.conf`` asks for; 16000 where it says nothing."""
    try:
        text = (folder / "conf" / "mfcc.conf").read_text("utf-8")
    except OSError:
        return 16_000
    found = re.search(r"^\s*--sample-frequency=(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else 16_000
