"""Lets through what may be a voice, with what came just before and behind it: most of a call is silence on the line.

Measured with a grammar of twenty words: a recogniser that is given silence takes up to a whole processor for it, for it
weighs all that the silence could have been, ever anew; given voices alone it takes a hundredth.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

_BEFORE_FRAMES: Final = 15
_BEHIND_FRAMES: Final = 60  # longer than a recogniser waits until it takes an utterance for complete
_VOICED_FRAMES: Final = 3  # of the last five; less is a click
_QUIETEST: Final = 80.0  # of 32768: no voice on a telephone line is softer
_LOUDEST: Final = 1500.0  # whatever the noise, this is let through
_ABOVE_NOISE: Final = 3.2
_FALLS, _RISES = 0.2, 0.001  # how fast the noise is followed, a frame
_USUAL_NOISE: Final = 25.0


class VoiceGate:
    """One call's. Frames are 20 ms of 8 kHz, 16 bits."""

    def __init__(self) -> None:
        self._noise = _USUAL_NOISE
        self._before: deque[bytes] = deque(maxlen=_BEFORE_FRAMES)
        self._voiced: deque[bool] = deque(maxlen=5)
        self._left = 0

    @property
    def open(self) -> bool:
        return self._left > 0

    def pass_on(self, frame: bytes) -> bytes:
        """What is to be heard now: nothing, this frame, or with it those before it."""
        level = _level(frame)
        self._noise += (level - self._noise) * (_FALLS if level < self._noise else _RISES)
        self._voiced.append(level > min(_LOUDEST, max(_QUIETEST, _ABOVE_NOISE * self._noise)))
        was_open = self.open
        if sum(self._voiced) >= _VOICED_FRAMES:
            self._left = _BEHIND_FRAMES
        elif was_open:
            self._left -= 1
        if was_open:
            return frame
        self._before.append(frame)
        if not self.open:
            return b""
        whole = b"".join(self._before)
        self._before.clear()
        return whole

    def forget(self) -> None:
        """What is heard next belongs to something else; the noise is still the same."""
        self._before.clear()
        self._voiced.clear()
        self._left = 0


def _level(frame: bytes) -> float:
    samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
    return float(np.sqrt(np.mean(samples * samples))) if samples.size else 0.0
