"""Voice activity that follows the noise of the line.

WebRTC's detector knows what speech looks like but takes steady noise for it; an energy threshold over an adaptive
floor knows what is louder than the line but takes every sound for speech. A frame is voice where both agree, and
where it is not so much weaker than the speech around it that it can only be the room or somebody else's voice.
"""

from __future__ import annotations

from typing import Final, Protocol, cast

import webrtcvad

from dialer.amd.features import SAMPLE_RATE_HZ

_LOWEST_FLOOR_DBFS: Final = -66.0  # below it lies only the quantisation noise of G.711
_HIGHEST_START_DBFS: Final = -28.0  # a call that begins in mid-word must not take the word for noise
_ABOVE_FLOOR_DB: Final = 8.0
_BELOW_PEAK_DB: Final = 18.0
# A syllable of whoever speaks into the telephone comes this near to the peak within this time; the room's do not.
_NEAR_PEAK_DB: Final = 10.0
_NEAR_FRAMES: Final = 20
_FALL: Final = 0.3
_FOLLOW: Final = 0.04
_MOST_RISE_DB_PER_FRAME: Final = 0.25  # 12 dB/s
_RISE_IN_VOICE_DB_PER_FRAME: Final = 0.04  # 2 dB/s: a voice pauses sooner than this matters, a noisy street does not
_PEAK_FALL_DB_PER_FRAME: Final = 0.02  # 1 dB/s: falling faster, the room would soon be as near as the speaker
_START_FRAMES: Final = 3


class _SpeechDetector(Protocol):
    def is_speech(self, frame: bytes, sample_rate: int) -> bool: ...


class VoiceActivity:
    """Says of each 20 ms frame whether somebody speaks in it. Costs about 3 microseconds a frame."""

    __slots__ = ("_detector", "_far_frames", "_floor", "_peak", "_seen", "hold_floor")

    def __init__(self) -> None:
        self._detector = cast("_SpeechDetector", webrtcvad.Vad(2))
        self._floor = _HIGHEST_START_DBFS
        self._peak = -60.0
        self._seen = 0
        self._far_frames = 0
        #: Set while a tone sounds: it is neither voice nor the noise of the line.
        self.hold_floor = False

    @property
    def floor_dbfs(self) -> float:
        """The level of the line's own noise as far as it is known, in dBFS."""
        return self._floor

    @property
    def peak_dbfs(self) -> float:
        """How loud the nearest voice has been lately, in dBFS."""
        return self._peak

    @property
    def clearance_db(self) -> float:
        """By how much the voice has stood out of the noise lately."""
        return max(0.0, self._peak - self._floor)

    def accept(self, frame: bytes, level_dbfs: float) -> bool:
        """``frame`` is 20 ms at 8 kHz; ``level_dbfs`` its level, which the caller has computed already."""
        speech_like = self._detector.is_speech(frame, SAMPLE_RATE_HZ)
        if self._seen < _START_FRAMES:
            self._seen += 1
            self._floor = max(_LOWEST_FLOOR_DBFS, min(self._floor, level_dbfs))
        self._far_frames = 0 if level_dbfs > self._peak - _NEAR_PEAK_DB else self._far_frames + 1
        near = self._far_frames <= _NEAR_FRAMES
        voiced = speech_like and near and level_dbfs > max(self._floor + _ABOVE_FLOOR_DB, self._peak - _BELOW_PEAK_DB)
        self._follow(level_dbfs, voiced)
        return voiced

    def _follow(self, level: float, voiced: bool) -> None:
        above = level - self._floor
        if voiced:
            self._peak = max(level, self._peak - _PEAK_FALL_DB_PER_FRAME)
            self._floor += _RISE_IN_VOICE_DB_PER_FRAME
        elif above < 0:
            self._floor = max(_LOWEST_FLOOR_DBFS, self._floor + _FALL * above)
        elif not self.hold_floor:
            self._floor += min(_FOLLOW * above, _MOST_RISE_DB_PER_FRAME)
