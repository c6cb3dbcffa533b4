"""Tones that networks and machines send, recognised from the spectral lines of each frame. Pure.

Frequencies and durations: special information tones ITU-T E.180 supplement 2 and Telcordia (913.8 or 985.2, 1370.6 or
1428.5, 1776.7 Hz, 276 or 380 ms each); called-station tone CED 2100 Hz for 2.6 to 4 s and calling tone CNG 1100 Hz,
0.5 s on and 3 s off, ITU-T T.30; ringing and busy tones 400 to 490 Hz, alone or in pairs, ITU-T E.180.

What tells a tone from a held vowel is steadiness: an oscillator stays within 2 Hz and a fraction of a decibel, a voice
drifts by more than that in a tenth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from dialer.amd.features import FRAME_MS, PAIR_BAND_HZ, Lines


class ToneKind(StrEnum):
    BEEP = "beep"  #: one short steady tone, or a few in a row: record after it
    SIT = "sit"  #: special information tone: the carrier is going to explain
    FAX = "fax"  #: a fax machine answered (CED)
    FAX_CALLING = "fax-calling"  #: a fax machine calls (CNG)
    RINGBACK = "ringback"
    BUSY = "busy"  #: busy or congestion: the same tone in short bursts


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone that was recognised. Times are ms since the listening started; ``ended_ms`` is where it ended, or where
    it was recognised if it still sounds. ``frequency`` in Hz, of the last note where there were several."""

    kind: ToneKind
    started_ms: int
    ended_ms: int
    frequency: float


_PURE: Final = 0.90  # part of the energy in one line; a voice spreads it over its harmonics
_PURE_PAIR: Final = 0.95
_STEADY_HZ: Final = 8.0
_STEADY_DB: Final = 4.0
_ABOVE_FLOOR_DB: Final = 9.0
_LOWEST_DBFS: Final = -50.0
_LOUD_DBFS: Final = -30.0  # a call that begins with a tone has shown no floor yet
_TONE_FRAMES: Final = 5  # 100 ms: from here on it is no voice
_DROP_OUT_FRAMES: Final = 2  # phase reversals of CED, frames lost on the way
_NOTE_GAP_FRAMES: Final = 4  # notes closer than this are one beep
_BEEP_BAND: Final = (390.0, 2300.0)
_RING_BAND: Final = (385.0, 500.0)
_RING_FRAMES: Final = 45  # 900 ms
_BUSY_BURST: Final = (5, 32)  # 100 to 640 ms
_BUSY_HOLD_OFF_FRAMES: Final = 28  # a busy tone comes back within 560 ms
_BUSY_REPEATS: Final = 2
_BEEP_BELOW_VOICE_DB: Final = 14.0  # a machine's beep is about as loud as its greeting
_LOW_HZ: Final = 650.0  # below it a single harmonic of a voice can carry nearly all the energy
_PURE_LOW: Final = 0.97
_LONG_ENOUGH_LOW: Final = 12
_SIT_BANDS: Final = ((880.0, 1020.0), (1320.0, 1475.0), (1720.0, 1840.0))
_CED_BAND: Final = (2070.0, 2130.0)
_CED_FRAMES: Final = 25
_CNG_BAND: Final = (1062.0, 1138.0)
_CNG_BURST: Final = (21, 29)
_CNG_GAP: Final = (130, 170)
_PAST_NOTES: Final = 4


@dataclass(slots=True)
class _Note:
    """A stretch of steady tone. ``first`` and ``last`` are frame numbers, ``share`` the mean purity."""

    first: int
    last: int
    frequency: float
    level: float
    pair: bool
    share: float
    frames: int = 1
    told: bool = False

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def fits(self, frequency: float, level: float) -> bool:
        # The first frame of a note holds only a part of it, so its measures bind nobody.
        if self.frames < 2:
            return abs(frequency - self.frequency) <= 3 * _STEADY_HZ
        beating = self.pair or _within(self.frequency, PAIR_BAND_HZ)
        return abs(frequency - self.frequency) <= _STEADY_HZ * (2 if beating else 1) and (
            beating or abs(level - self.level) <= _STEADY_DB
        )

    def extend(self, index: int, frequency: float, level: float, share: float) -> None:
        self.frames += 1
        self.last = index
        weight = 1.0 if self.frames == 2 else 1 / (self.frames - 1)
        self.frequency += (frequency - self.frequency) * weight
        self.share += (share - self.share) * weight
        self.level = level if self.frames == 2 else (self.level + level) / 2


class ToneTracker:
    """Feed one frame at a time; it returns what it recognised in the moment in which it is sure."""

    __slots__ = ("_index", "_missing", "_note", "_notes", "_waiting", "heard_voice", "voice_dbfs")

    def __init__(self) -> None:
        self._index = -1
        self._note: _Note | None = None
        self._missing = 0
        self._notes: list[_Note] = []  # ended ones, the latest last
        self._waiting: _Note | None = None  # a beep, unless something follows that says otherwise
        #: Set when somebody has spoken: a short tone in the ringing band is then a beep, without waiting for a second.
        self.heard_voice = False
        #: How loud whoever speaks into the telephone is; what is much weaker sounds in the room.
        self.voice_dbfs = -90.0

    @property
    def tone_frames(self) -> int:
        """How many of the latest frames belong to a steady tone that still sounds; 0 where none does."""
        if self._note is None or self._note.frames < _TONE_FRAMES:
            return 0
        # The line of a frame is measured together with the frame before it.
        return self._index - self._note.first + 2

    @property
    def sounding(self) -> bool:
        """Whether a tone sounds, or has just ended and may go on in another note."""
        return self.tone_frames > 0 or self._waiting is not None

    @property
    def idle(self) -> bool:
        """Whether nothing sounds that is, or may become, a tone."""
        return self._note is None and self._waiting is None

    def accept(self, lines: Lines | None, level_dbfs: float, floor_dbfs: float) -> list[Tone]:
        """One frame of 20 ms. ``lines`` is None where the frame is too weak to look at."""
        self._index += 1
        frequency, pair, share = 0.0, False, 0.0
        if lines is not None and may_be_tone(level_dbfs, floor_dbfs):
            frequency, pair, share = _steady_line(lines)
        note = self._note
        found: list[Tone] = []
        if note is not None and frequency and note.fits(frequency, level_dbfs):
            note.extend(self._index, frequency, level_dbfs, share)
            self._missing = 0
            found += self._while_sounding(note)
        elif note is not None and note.frames >= _TONE_FRAMES and not frequency and self._missing < _DROP_OUT_FRAMES:
            self._missing += 1
        else:
            if note is not None:
                found += self._after(note)
            self._missing = 0
            self._note = _Note(self._index, self._index, frequency, level_dbfs, pair, share) if frequency else None
        if self._waiting is not None:
            found += self._settle(self._waiting)
        return found

    def skip(self, frames: int) -> None:
        """So many frames without any sound; only while ``idle``."""
        self._index += frames

    def _while_sounding(self, note: _Note) -> list[Tone]:
        if note.told:
            return []
        if not note.pair and _within(note.frequency, _CED_BAND) and note.frames >= _CED_FRAMES:
            return [self._tell(ToneKind.FAX, note)]
        if _rings(note) and note.frames >= _RING_FRAMES:
            return [self._tell(ToneKind.RINGBACK, note)]
        if note.frames >= _TONE_FRAMES and (self._follows_in_sit(note, 1) or self._follows_in_sit(note, 2)):
            self._waiting = None
            return [self._tell(ToneKind.SIT, note)]
        return []

    def _after(self, note: _Note) -> list[Tone]:
        if note.frames < _TONE_FRAMES:
            return []
        self._notes = [*self._notes[1 - _PAST_NOTES :], note]
        if note.told:
            return []
        if _rings(note):
            repeats = self._repeats(_BUSY_BURST, _BUSY_BURST)
            if repeats:
                self._waiting = None
            # Two bursts may be a British ringing tone; the third is its own.
            if repeats >= _BUSY_REPEATS:
                return [self._tell(ToneKind.BUSY, note)]
            if repeats:
                return []
        if _within(note.frequency, _CNG_BAND) and self._repeats(_CNG_BURST, _CNG_GAP):
            return [self._tell(ToneKind.FAX_CALLING, note)]
        if _could_be_beep(note) and note.level >= self.voice_dbfs - _BEEP_BELOW_VOICE_DB:
            if self._waiting is not None:
                note.first = self._waiting.first
            self._waiting = note
        return []

    def _settle(self, beep: _Note) -> list[Tone]:
        """A tone that might be a beep is one when nothing that it could have begun has followed."""
        busy_may_follow = _rings(beep) and not self.heard_voice
        wait = _BUSY_HOLD_OFF_FRAMES if busy_may_follow else _NOTE_GAP_FRAMES
        another = self._note is not None and self._note.frames >= 2 and self._note.first - beep.last <= wait
        if another or self._index - beep.last < wait:
            return []
        self._waiting = None
        return [self._tell(ToneKind.BEEP, beep)]

    def _follows_in_sit(self, note: _Note, place: int) -> bool:
        if not self._notes or not _within(note.frequency, _SIT_BANDS[place]):
            return False
        before = self._notes[-1]
        return _within(before.frequency, _SIT_BANDS[place - 1]) and note.first - before.last <= _NOTE_GAP_FRAMES + 2

    def _repeats(self, burst: tuple[int, int], gap: tuple[int, int]) -> int:
        """How many times, up to now, the same burst has come again after such a gap. All in frames."""
        count = 0
        for before, after in pairwise(self._notes):
            same = abs(before.length - after.length) <= 3 and abs(before.frequency - after.frequency) <= 2 * _STEADY_HZ
            spaced = gap[0] <= after.first - before.last <= gap[1]
            count = count + 1 if same and spaced and burst[0] <= after.length <= burst[1] else 0
        return count

    def _tell(self, kind: ToneKind, note: _Note) -> Tone:
        note.told = True
        return Tone(kind, note.first * FRAME_MS, (note.last + 1) * FRAME_MS, round(note.frequency, 1))


def may_be_tone(level_dbfs: float, floor_dbfs: float) -> bool:
    """Whether a frame is loud enough to be worth the look at its spectrum."""
    return level_dbfs > max(_LOWEST_DBFS, min(_LOUD_DBFS, floor_dbfs + _ABOVE_FLOOR_DB))


def _within(value: float, band: tuple[float, float]) -> bool:
    return band[0] <= value <= band[1]


def _steady_line(lines: Lines) -> tuple[float, bool, float]:
    """Frequency of the tone, whether it is a pair, and its share; frequency 0 where the frame holds no tone."""
    if lines.share >= _PURE:
        return lines.frequency, False, lines.share
    both = lines.share + lines.second_share
    if both >= _PURE_PAIR and lines.second_share >= 0.1:
        low, high = sorted((lines.frequency, lines.second_frequency))
        if _within(low, PAIR_BAND_HZ) and _within(high, PAIR_BAND_HZ):
            return low, True, both
    return 0.0, False, 0.0


def _rings(note: _Note) -> bool:
    return note.pair or _within(note.frequency, _RING_BAND)


def _could_be_beep(note: _Note) -> bool:
    if note.pair or not _within(note.frequency, _BEEP_BAND):
        return False
    return note.frequency >= _LOW_HZ or note.share >= _PURE_LOW or note.frames >= _LONG_ENOUGH_LOW
