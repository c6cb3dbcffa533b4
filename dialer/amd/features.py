"""Signal features of telephone audio: level and spectral lines, in numpy, a tenth of a second at a time.

Everything here works on 8 kHz signed 16-bit mono in frames of 20 ms, which is what AudioSocket delivers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 8000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
FRAME_BYTES: Final = 2 * FRAME_SAMPLES
CHUNK_FRAMES: Final = 5
SILENT_DBFS: Final = -96.0

Samples = NDArray[np.float32]

_SPAN: Final = 2 * FRAME_SAMPLES  # each frame is looked at together with the one before it
_WINDOW: Final = np.hanning(_SPAN).astype(np.float32)
_SPANS: Final = np.arange(CHUNK_FRAMES)[:, None] * FRAME_SAMPLES + np.arange(_SPAN)
_BIN_HZ: Final = SAMPLE_RATE_HZ / _SPAN
_LINE: Final = np.arange(-2, 3)  # a line under a Hann window is four bins wide
_LOWEST_BIN: Final = round(200 / _BIN_HZ)
_HIGHEST_BIN: Final = round(3400 / _BIN_HZ)
_ROWS: Final = np.arange(CHUNK_FRAMES)[:, None]
# A lone tone has at least this part of its energy in its strongest bin, wherever it lies between two bins; the
# stronger of a pair at least the other.
_LONE_PEAK: Final = 0.36
_PAIR_PEAK: Final = 0.18
#: Pairs of tones are only looked for among ringing and busy tones.
PAIR_BAND_HZ: Final = (390.0, 640.0)
_PAIR_BINS: Final = tuple(round(edge / _BIN_HZ) - _LOWEST_BIN for edge in PAIR_BAND_HZ)


@dataclass(frozen=True, slots=True)
class Lines:
    """The two strongest spectral lines around one frame.

    ``share`` and ``second_share`` are parts, 0..1, of the energy between 200 and 3400 Hz; frequencies are in Hz.
    """

    frequency: float
    share: float
    second_frequency: float
    second_share: float


def samples_of(frame: bytes) -> Samples:
    """The samples of a frame of signed little-endian 16-bit audio, still in the range of 16 bits."""
    return np.frombuffer(frame, dtype="<i2").astype(np.float32)


def level_dbfs(samples: Samples) -> float:
    """Mean power relative to a full-scale square wave, in dB; -96 for digital silence."""
    mean_square = float(np.dot(samples, samples)) / samples.size
    return max(SILENT_DBFS, 10 * math.log10(mean_square + 1e-9) - 90.31)


def lines_of(stretch: Samples) -> list[Lines | None]:
    """The spectral lines of each of five frames, or None for each where the spectrum is too broad for a tone.

    ``stretch`` holds six frames: the one before the five and the five, so that each is seen with its predecessor.
    """
    spectrum = np.fft.rfft(stretch[_SPANS] * _WINDOW)[:, _LOWEST_BIN : _HIGHEST_BIN + 1]
    power: Samples = spectrum.real**2
    power += spectrum.imag**2
    total = power.sum(axis=1)
    total += 1e-3
    peaks = power.argmax(axis=1)
    paired = False
    tonal = False
    for peak, part in zip(peaks.tolist(), (power[_ROWS[:, 0], peaks] / total).tolist(), strict=True):
        tonal = tonal or part >= _LONE_PEAK
        paired = paired or (part >= _PAIR_PEAK and _PAIR_BINS[0] <= peak <= _PAIR_BINS[1])
    if not (tonal or paired):
        return [None] * CHUNK_FRAMES
    first, share = _take_line(power, total)
    if not paired:
        return [Lines(*row, 0.0, 0.0) for row in zip(first, share, strict=True)]
    second, second_share = _take_line(power, total)
    return [Lines(*row) for row in zip(first, share, second, second_share, strict=True)]


def _take_line(power: Samples, total: Samples) -> tuple[list[float], list[float]]:
    """Frequency and share of the strongest line of each row, which is then removed from ``power``."""
    around = power[:, 2:-2].argmax(axis=1)[:, None] + (_LINE + 2)
    line = power[_ROWS, around]
    energy = line.sum(axis=1)
    # The centre of gravity of the line is finer than the bins, and a Hann window makes it nearly unbiased.
    frequency = ((line * around).sum(axis=1) / (energy + 1e-9) + _LOWEST_BIN) * _BIN_HZ
    power[_ROWS, around] = 0.0
    return frequency.tolist(), np.minimum(energy / total, 1.0).tolist()
