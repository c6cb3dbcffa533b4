"""One call's ear: 20 ms frames in, evidence out. No clock, no loop, no socket: files and live calls share it."""

from __future__ import annotations

from typing import Final

import numpy as np

from dialer.amd.cadence import Cadence, CadenceTracker
from dialer.amd.classifier import Evidence, classify
from dialer.amd.features import CHUNK_FRAMES, FRAME_SAMPLES, SILENT_DBFS, Samples, level_dbfs, lines_of, samples_of
from dialer.amd.phrases import Spoken
from dialer.amd.tones import Tone, ToneTracker
from dialer.amd.vad import VoiceActivity
from dialer.domain.verdict import AmdMode, AmdVerdict

_LOUD_ABOVE_FLOOR_DB: Final = 9.0
_LONGEST_DOUBT_FRAMES: Final = 12  # 240 ms: by then the spectrum has said whether a sound is a tone
_QUICK_LOOK_SILENCE_MS: Final = 300  # below this much silence no verdict hangs on a single frame
_NOTHING: Final[Samples] = np.zeros(FRAME_SAMPLES, dtype=np.float32)


class Listener:
    """Hears a call from its first frame on. ``answered`` marks the frame at which the evidence begins to count."""

    def __init__(self, mode: AmdMode) -> None:
        self._mode = mode
        self._voice = VoiceActivity()
        self._cadence = CadenceTracker()
        self._tones = ToneTracker()
        self._chunk: list[Samples] = []
        self._levels: list[float] = []
        self._before: Samples = _NOTHING
        self._heard: list[Tone] = []
        self._loud_frames = 0
        self._answered = False
        self._early_tones: tuple[Tone, ...] = ()
        self._early_speech_ms = 0
        self._early_spoken: Spoken | None = None
        #: What the recogniser understood since the answer; whoever runs the recogniser sets it.
        self.spoken: Spoken | None = None
        self.frames = 0

    def answered(self, *, keep_frames: bool = False) -> None:
        """The call was answered now. What was heard so far becomes early media, unless ``keep_frames`` says that it
        was the answer's own first audio, which overtook the news of the answer."""
        self._answered = True
        if keep_frames:
            return
        self._early_tones = tuple(self._heard)
        self._early_speech_ms = self._cadence.cadence.speech_ms
        self._early_spoken, self.spoken = self.spoken, None
        self._heard = []
        self._cadence.clear()
        self._tones.heard_voice = False

    def accept(self, frame: bytes) -> list[Tone]:
        """Hear 20 ms. Returns the tones that were recognised with this frame."""
        samples = samples_of(frame)
        level = level_dbfs(samples)
        voiced = self._voice.accept(frame, level)
        loud = level > self._voice.floor_dbfs + _LOUD_ABOVE_FLOOR_DB
        self._loud_frames = self._loud_frames + 1 if loud and not voiced else 0
        self._cadence.accept(voiced)
        self._chunk.append(samples)
        self._levels.append(level)
        self.frames += 1
        return self._look_for_tones() if len(self._chunk) == CHUNK_FRAMES else []

    def miss(self) -> list[Tone]:
        """20 ms for which no frame came. They are silence, but they say nothing of the line's noise."""
        self._loud_frames = 0
        self._cadence.accept(False)
        self._chunk.append(_NOTHING)
        self._levels.append(SILENT_DBFS)
        self.frames += 1
        return self._look_for_tones() if len(self._chunk) == CHUNK_FRAMES else []

    def _look_for_tones(self) -> list[Tone]:
        floor = self._voice.floor_dbfs
        chunk, levels = self._chunk, self._levels
        self._chunk, self._levels = [], []
        found: list[Tone] = []
        if max(levels) > floor + _LOUD_ABOVE_FLOOR_DB or self._tones.sounding:
            lines = lines_of(np.concatenate([self._before, *chunk]))
            for line, level in zip(lines, levels, strict=True):
                found += self._tones.accept(line, level, floor)
        else:
            for level in levels:
                found += self._tones.accept(None, level, floor)
        self._before = chunk[-1]
        self._cadence.take_back(self._tones.tone_frames)
        if self._tones.idle:
            # The first frames of a tone pass for voice until the tone is known, so a tone never judges itself.
            self._tones.heard_voice = self._answered and self._cadence.has_voice
        self._voice.hold_floor = self._tones.sounding
        self._heard += found
        return found

    @property
    def unsettled(self) -> bool:
        """Whether the latest sound may yet turn out to be a tone."""
        return self._tones.sounding or 0 < self._loud_frames <= _LONGEST_DOUBT_FRAMES

    @property
    def silence_ms(self) -> int:
        """Since the last voice, or since the answer."""
        return self._cadence.silence_ms

    @property
    def cadence(self) -> Cadence:
        return self._cadence.cadence

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            cadence=self._cadence.cadence,
            tones=tuple(self._heard),
            unsettled=self.unsettled,
            spoken=self.spoken,
            early_tones=self._early_tones,
            early_spoken=self._early_spoken,
            early_speech_ms=self._early_speech_ms,
        )

    def verdict(self) -> AmdVerdict | None:
        """The verdict after the latest frame, or None where it is too early. Cheap where nothing can have changed."""
        settled = not self._chunk  # a tenth of a second is complete, tones included
        if not settled and self._cadence.silence_ms < _QUICK_LOOK_SILENCE_MS:
            return None
        return self.judge()

    def judge(self) -> AmdVerdict | None:
        """The verdict on what is known now, in full."""
        return classify(self.evidence, self._mode)
