"""Signal features of telephone audio: level and spectral lines, in numpy, a tenth of a second at a time.

Everything here works on 8 kHz signed 16-bit mono in frames of 20 ms, which is what AudioSocket delivers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 8000
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
FRAME_BYTES: Final = 2 * FRAME_SAMPLES
CHUNK_FRAMES: Final = 5
SILENT_DBFS: Final = -90.3
_FULL_SCALE_DB: Final = 90.3

Samples = NDArray[np.float32]

_SPAN: Final = 2 * FRAME_SAMPLES  # each frame is looked at together with the one before it
_WINDOW: Final = np.hanning(_SPAN).astype(np.float32)
_STRIDES: Final = (4 * FRAME_SAMPLES, 4)  # bytes: the spans overlap by a frame
_BIN_HZ: Final = SAMPLE_RATE_HZ / _SPAN
_LINE: Final = np.arange(-2, 3)  # a line under a Hann window is four bins wide
_LOWEST_BIN: Final = round(200 / _BIN_HZ)
_HIGHEST_BIN: Final = round(3400 / _BIN_HZ)
_ROWS: Final = np.arange(CHUNK_FRAMES)[:, None]
# A lone tone has at least this part of its energy in its strongest bin, wherever it lies between two bins.
_LONE_PEAK: Final = 0.36
_PAIR_SHARE: Final = 0.9
#: Pairs of tones are only looked for among ringing and busy tones.
PAIR_BAND_HZ: Final = (390.0, 640.0)
_PAIR_BINS: Final = slice(*(round(edge / _BIN_HZ) - _LOWEST_BIN for edge in (340.0, 715.0)))


@dataclass(frozen=True, slots=True)
class Lines:
    """The two strongest spectral lines around one frame.

    ``share`` and ``second_share`` are parts, 0..1, of the energy between 200 and 3400 Hz; frequencies are in Hz.
    """

    frequency: float
    share: float
    second_frequency: float
    second_share: float


def samples_of(frames: bytes) -> Samples:
    """The samples of signed little-endian 16-bit audio, still in the range of 16 bits: one row a frame."""
    return np.frombuffer(frames, dtype="<i2").astype(np.float32).reshape(-1, FRAME_SAMPLES)


def levels_dbfs(samples: Samples) -> list[float]:
    """Mean power of each row relative to a full-scale square wave, in dB; -90.3 for digital silence."""
    if len(samples) == 1:
        # The usual case near a decision; four times as fast as the general one.
        row = samples[0]
        return [10 * math.log10(float(row.dot(row)) / FRAME_SAMPLES + 1.0) - _FULL_SCALE_DB]
    power = np.einsum("ij,ij->i", samples, samples)
    return [10 * math.log10(part / FRAME_SAMPLES + 1.0) - _FULL_SCALE_DB for part in power.tolist()]


def lines_of(stretch: Samples) -> list[Lines | None]:
    """The spectral lines of each of five frames, or None for each where the spectrum is too broad for a tone.

    ``stretch`` holds six frames in a row in memory: the one before the five and the five, so that each is seen with its
    predecessor.
    """
    spans: Samples = np.ndarray((CHUNK_FRAMES, _SPAN), np.float32, stretch, 0, _STRIDES)
    spectrum = np.fft.rfft(spans * _WINDOW)[:, _LOWEST_BIN : _HIGHEST_BIN + 1]
    real, imaginary = spectrum.real, spectrum.imag
    power = cast("Samples", real * real + imaginary * imaginary)
    total = power.sum(axis=1)
    total += 1e-3
    paired = float((power[:, _PAIR_BINS].sum(axis=1) / total).max()) >= _PAIR_SHARE
    if not paired and float((power.max(axis=1) / total).max()) < _LONE_PEAK:
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
