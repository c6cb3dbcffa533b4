"""Telephone audio made of numbers: tones, noise and something a voice detector takes for speech. Always the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME_BYTES = 320

Sound = NDArray[np.float64]


def silence(ms: int) -> Sound:
    return np.zeros(ms * RATE_HZ // 1000)


def tone(ms: int, *frequencies: float, amplitude: float = 4000.0) -> Sound:
    """All ``frequencies`` at once, each of ``amplitude``."""
    time = np.arange(ms * RATE_HZ // 1000) / RATE_HZ
    return np.sum([amplitude * np.sin(2 * np.pi * pitch * time) for pitch in frequencies], axis=0)


def speech(ms: int, *, pitch_hz: float = 120.0, peak: float = 9000.0) -> Sound:
    """A gliding voice of many harmonics under two moving formants, in syllables of a fifth of a second."""
    time = np.arange(ms * RATE_HZ // 1000) / RATE_HZ
    pitch = pitch_hz * (1 + 0.12 * np.sin(2 * np.pi * 1.7 * time) + 0.03 * np.sin(2 * np.pi * 5.1 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    first = 550 + 200 * np.sin(2 * np.pi * 2.3 * time)
    second = 1500 + 500 * np.sin(2 * np.pi * 1.9 * time + 1)
    voice = np.zeros_like(time)
    for number in range(1, int(3400 / pitch_hz) + 1):
        at = number * pitch
        weight = np.exp(-(((at - first) / 250) ** 2)) + 0.6 * np.exp(-(((at - second) / 350) ** 2)) + 0.02
        voice += weight * np.sin(number * phase)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 5 * time - np.pi / 2)
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.01)
    return voice * syllables * edge * peak / np.abs(voice).max()


def noise(ms: int, *, amplitude: float, seed: int = 1) -> Sound:
    """White noise of that root mean square."""
    return np.random.default_rng(seed).normal(0.0, amplitude, ms * RATE_HZ // 1000)


def call(*parts: Sound, noise_amplitude: float = 8.0) -> bytes:
    """The parts one after another over a line with a little noise, as 16-bit audio."""
    sound = np.concatenate(parts)
    sound = sound + np.random.default_rng(5).normal(0.0, noise_amplitude, sound.size)
    return np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()


def frames(pcm: bytes) -> list[bytes]:
    """Whole frames of 20 ms; a rest is dropped."""
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]
