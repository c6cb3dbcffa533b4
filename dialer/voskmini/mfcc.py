"""Mel-frequency cepstra exactly as Kaldi computes them from the options in ``CONFIGURATION``."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 8000
FRAME_SHIFT: Final = 80  # samples: 10 ms
FRAME_LENGTH: Final = 200  # samples: 25 ms
COEFFICIENTS: Final = 40
_FFT: Final = 256
_BANDS: Final = 40
_LOW_HZ: Final = 60.0
_HIGH_HZ: Final = RATE_HZ / 2 - 200.0
_LIFTER: Final = 22.0
_PRE_EMPHASIS: Final = 0.97

#: ``conf/mfcc.conf``: what this module computes, said to Vosk.
CONFIGURATION: Final = (
    f"--sample-frequency={RATE_HZ}\n"
    "--use-energy=false\n"
    f"--num-mel-bins={_BANDS}\n"
    f"--num-ceps={COEFFICIENTS}\n"
    f"--low-freq={_LOW_HZ:.0f}\n"
    "--high-freq=-200\n"
    "--dither=0\n"
    "--allow-downsample=true\n"
)

Floats = NDArray[np.float32]


def mfcc(samples: NDArray[np.int16]) -> Floats:
    """Cepstra [frames, 40] of 8 kHz samples; a frame begins every 10 ms and the last one fits whole."""
    count = 1 + (len(samples) - FRAME_LENGTH) // FRAME_SHIFT if len(samples) >= FRAME_LENGTH else 0
    if count == 0:
        return np.zeros((0, COEFFICIENTS), dtype=np.float32)
    signal = samples.astype(np.float32)  # 16-bit integers as they are, not -1..1
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME_LENGTH)[::FRAME_SHIFT][:count]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - np.float32(_PRE_EMPHASIS) * before) * _window()
    spectrum = np.fft.rfft(frames, _FFT, axis=1)[:, : _FFT // 2]
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    energies = np.log(np.maximum(power @ _bank(), np.finfo(np.float32).eps))
    cepstra: Floats = (energies @ _cosines()).astype(np.float32)
    return cepstra


@cache
def _window() -> Floats:
    angles = 2 * np.pi * np.arange(FRAME_LENGTH) / (FRAME_LENGTH - 1)
    povey: Floats = ((0.5 - 0.5 * np.cos(angles)) ** 0.85).astype(np.float32)
    return povey


@cache
def _bank() -> Floats:
    def mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1127.0 * np.log(1.0 + hz / 700.0)

    low, high = mel(np.array([_LOW_HZ, _HIGH_HZ]))
    corners = low + (high - low) / (_BANDS + 1) * np.arange(_BANDS + 2)
    lines = mel(np.arange(_FFT // 2) * RATE_HZ / _FFT)[:, None]
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    rising = (lines - left) / (centre - left)
    falling = (right - lines) / (right - centre)
    inside = (lines > left) & (lines < right)
    bank: Floats = np.where(inside, np.where(lines <= centre, rising, falling), 0.0).astype(np.float32)
    return bank


@cache
def _cosines() -> Floats:
    """The discrete cosine transform and the lifter, [bands, coefficients]."""
    bands = (np.arange(_BANDS) + 0.5)[:, None]
    orders = np.arange(COEFFICIENTS)[None, :]
    table = np.sqrt(2.0 / _BANDS) * np.cos(np.pi / _BANDS * bands * orders)
    table[:, 0] = np.sqrt(1.0 / _BANDS)
    lifter = 1.0 + 0.5 * _LIFTER * np.sin(np.pi * np.arange(COEFFICIENTS) / _LIFTER)
    lifted: Floats = (table * lifter).astype(np.float32)
    return lifted
