"""One call's ear: 20 ms frames in, evidence out. No clock, no loop, no socket: files and live calls share it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dialer.amd.cadence import Cadence, CadenceTracker
from dialer.amd.classifier import Evidence, classify
from dialer.amd.features import CHUNK_FRAMES, FRAME_SAMPLES, SILENT_DBFS, Samples, levels_dbfs, lines_of, samples_of
from dialer.amd.phrases import Spoken, Word
from dialer.amd.timing_model import TimingModel
from dialer.amd.tones import Tone, ToneTracker, may_be_tone
from dialer.amd.vad import VoiceActivity
from dialer.domain.verdict import AmdMode, AmdVerdict

_LOUD_ABOVE_FLOOR_DB: Final = 9.0
_LONGEST_DOUBT_FRAMES: Final = 12  # 240 ms: by then the spectrum has said whether a sound is a tone
_CLOSE_LOOK_SILENCE_MS: Final = 300  # below this much silence no verdict hangs on a single frame
_LONGEST_EARLY_FRAMES: Final = 500  # 10 s: the pattern of what was said before the answer is of no further use


class Listener:
    """Hears a call from its first frame on. ``answered`` marks the frame at which the evidence begins to count."""

    def __init__(self, mode: AmdMode, timing: TimingModel | None = None) -> None:
        self._mode = mode
        self._timing = timing
        self._voice = VoiceActivity()
        self._cadence = CadenceTracker()
        self._tones = ToneTracker()
        self._waiting: list[bytes] = []  # frames not yet heard
        self._levels: list[float] = []  # of the frames heard since the last look for tones
        self._stretch: Samples = np.zeros((CHUNK_FRAMES + 1, FRAME_SAMPLES), dtype=np.float32)
        self._heard: list[Tone] = []
        self._loud_frames = 0
        self._answered = False
        self._early_tones: tuple[Tone, ...] = ()
        self._early_speech_ms = 0
        self._early_spoken: Spoken | None = None
        #: What the recogniser understood since the answer; whoever runs the recogniser sets it.
        self.spoken: Spoken | None = None
        self.word_times: Sequence[Word] = ()
        #: Whether those words may decide; otherwise they are only kept.
        self.words_decide = True
        self.frames = 0

    def answered(self, *, keep_frames: bool = False) -> None:
        """The call was answered now. What was heard so far becomes early media, unless ``keep_frames`` says that it
        was the answer's own first audio, which overtook the news of the answer."""
        self._answered = True
        self._hear()
        if keep_frames:
            return
        self._early_tones = tuple(self._heard)
        self._early_speech_ms += self._cadence.cadence.speech_ms
        self._early_spoken, self.spoken = self.spoken, None
        self._heard = []
        self._cadence.clear()
        self._tones.heard_voice = False

    def decided(self) -> None:
        """The verdict was given: tones from now on belong to the second look."""
        self._hear()
        self._heard = []

    def connected(self) -> None:
        """The call was connected now: whoever speaks from here on speaks with an agent."""
        self._hear()
        self._cadence.clear()

    def accept(self, frame: bytes) -> list[Tone]:
        """Hear 20 ms. Returns the tones that were recognised with this frame.

        Frames are worked on five at a time, which is a third cheaper, or one at a time where a verdict may hang on it.
        """
        self._waiting.append(frame)
        self.frames += 1
        if len(self._waiting) + len(self._levels) == CHUNK_FRAMES:
            self._hear()
            return self._look_for_tones()
        if self._cadence.has_voice and self._cadence.silence_ms >= _CLOSE_LOOK_SILENCE_MS:
            self._hear()
        return []

    def miss(self) -> list[Tone]:
        """20 ms for which no frame came. They are silence, but they say nothing of the line's noise."""
        self._hear()
        self._loud_frames = 0
        self._cadence.accept(False)
        self._stretch[len(self._levels) + 1] = 0.0
        self._levels.append(SILENT_DBFS)
        self.frames += 1
        return self._look_for_tones() if len(self._levels) == CHUNK_FRAMES else []

    def _hear(self) -> None:
        """Voice and cadence of the frames that wait."""
        waiting = self._waiting
        if not waiting:
            return
        samples = samples_of(b"".join(waiting))
        at = len(self._levels) + 1
        self._stretch[at : at + len(waiting)] = samples
        for frame, level in zip(waiting, levels_dbfs(samples), strict=True):
            voiced = self._voice.accept(frame, level)
            loud = level > self._voice.floor_dbfs + _LOUD_ABOVE_FLOOR_DB
            self._loud_frames = self._loud_frames + 1 if loud else 0
            self._cadence.accept(voiced)
            self._levels.append(level)
        waiting.clear()

    def _look_for_tones(self) -> list[Tone]:
        floor = self._voice.floor_dbfs
        levels, self._levels = self._levels, []
        found: list[Tone] = []
        self._tones.voice_dbfs = self._voice.peak_dbfs
        if may_be_tone(max(levels), floor) or not self._tones.idle:
            for line, level in zip(lines_of(self._stretch), levels, strict=True):
                found += self._tones.accept(line, level, floor)
            self._cadence.take_back(self._tones.tone_frames)
        else:
            self._tones.skip(len(levels))
        self._stretch[0] = self._stretch[CHUNK_FRAMES]
        if self._tones.idle:
            # The first frames of a tone pass for voice until the tone is known, so a tone never judges itself.
            self._tones.heard_voice = self._answered and self._cadence.has_voice
            if not self._answered and self._cadence.frames >= _LONGEST_EARLY_FRAMES:
                self._early_speech_ms += self._cadence.cadence.speech_ms
                self._cadence.clear()
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
    def since_greeting_began_ms(self) -> int | None:
        """Since the first voice after the answer; None while there was none."""
        return self._cadence.since_onset_ms

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
            clearance_db=self._voice.clearance_db,
            word_times=tuple(self.word_times),
            words_decide=self.words_decide,
        )

    @property
    def ready(self) -> bool:
        """Whether a verdict may hang on the latest frame."""
        whole = not self._levels and not self._waiting  # a tenth of a second is complete, tones included
        close = not self._waiting and self._cadence.has_voice
        return whole or close

    def verdict(self) -> AmdVerdict | None:
        """The verdict after the latest frame, or None where it is too early. Cheap where nothing can have changed."""
        return self.judge() if self.ready else None

    def judge(self) -> AmdVerdict | None:
        """The verdict on what is known now, in full."""
        return classify(self.evidence, self._mode, self._timing)
