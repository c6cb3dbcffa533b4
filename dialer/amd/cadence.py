"""How somebody speaks: the pattern of voice and pause, kept frame by frame. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dialer.amd.features import FRAME_MS

PHRASE_GAP_MS: Final = 160  #: shorter gaps are plosives and breath inside a phrase
_PHRASE_GAP_FRAMES: Final = PHRASE_GAP_MS // FRAME_MS
_CONFIRM_FRAMES: Final = 3  # a burst is speech once three of five frames are voiced; less is a click
_CONFIRM_WINDOW: Final = 5


@dataclass(frozen=True, slots=True)
class Cadence:
    """What has been heard so far. All times are whole frames in ms and start where the listening started.

    ``speech_ms`` is the time inside phrases, pauses of less than 160 ms included; ``silence_ms`` is the time since
    the last voice, or since the start; ``pauses_ms`` are the pauses between phrases, in order.
    """

    heard_ms: int
    onset_ms: int | None
    speech_ms: int
    silence_ms: int
    phrases_ms: tuple[int, ...]
    pauses_ms: tuple[int, ...]

    @property
    def talk_ms(self) -> int:
        """From the first voice to the last, pauses included."""
        return 0 if self.onset_ms is None else self.heard_ms - self.silence_ms - self.onset_ms


class CadenceTracker:
    """Builds the cadence from one flag a frame. What turned out to be a tone can be taken back."""

    __slots__ = ("_burst", "_closed", "_frames", "_last_voice", "_onset", "_pauses", "_start", "_voiced")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything: the listening starts now."""
        self._voiced: list[bool] = []
        self._restart()

    def _restart(self) -> None:
        self._frames = 0
        self._burst: list[int] = []
        self._onset: int | None = None
        self._start = 0
        self._last_voice = -1
        self._closed: list[int] = []
        self._pauses: list[int] = []

    def accept(self, voiced: bool) -> None:
        self._voiced.append(voiced)
        self._step(voiced)

    def take_back(self, frames: int) -> None:
        """The last ``frames`` frames were a tone, not a voice."""
        if frames <= 0:
            return
        count = len(self._voiced)
        kept = max(0, count - frames)
        tone = self._voiced[kept:]
        if not any(tone):
            return
        self._voiced[kept:] = [False] * len(tone)
        self._restart()
        for voiced in self._voiced:
            self._step(voiced)

    def _step(self, voiced: bool) -> None:
        index = self._frames
        self._frames += 1
        if not voiced:
            return
        if self._onset is not None and index - self._last_voice <= _CONFIRM_WINDOW:
            self._last_voice = index
            return
        burst = [at for at in self._burst if index - at < _CONFIRM_WINDOW]
        burst.append(index)
        self._burst = burst
        if len(burst) < _CONFIRM_FRAMES:
            return
        first = burst[0]
        self._burst = []
        if self._onset is None:
            self._onset = self._start = first
        else:
            pause = first - self._last_voice - 1
            if pause >= _PHRASE_GAP_FRAMES:
                self._closed.append(self._last_voice + 1 - self._start)
                self._pauses.append(pause)
                self._start = first
        self._last_voice = index

    @property
    def frames(self) -> int:
        return self._frames

    @property
    def has_voice(self) -> bool:
        return self._onset is not None

    @property
    def since_onset_ms(self) -> int | None:
        """Since the first voice; None while there was none."""
        return None if self._onset is None else (self._frames - self._onset) * FRAME_MS

    @property
    def silence_ms(self) -> int:
        """Since the last voice, or since the start."""
        return (self._frames - 1 - self._last_voice) * FRAME_MS

    @property
    def cadence(self) -> Cadence:
        if self._onset is None:
            return Cadence(self._frames * FRAME_MS, None, 0, self._frames * FRAME_MS, (), ())
        phrases = (*self._closed, self._last_voice + 1 - self._start)
        return Cadence(
            heard_ms=self._frames * FRAME_MS,
            onset_ms=self._onset * FRAME_MS,
            speech_ms=sum(phrases) * FRAME_MS,
            silence_ms=self.silence_ms,
            phrases_ms=tuple(length * FRAME_MS for length in phrases),
            pauses_ms=tuple(pause * FRAME_MS for pause in self._pauses),
        )
