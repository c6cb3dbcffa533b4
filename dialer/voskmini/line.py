"""What a telephone line does to a voice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from dialer.voskmini.espeak import Speech
from dialer.voskmini.mfcc import RATE_HZ

Signal = NDArray[np.float64]
Samples = NDArray[np.int16]

_FULL: Final = 32768.0
_STRAIGHT: Final = 0.1
_LINGERING: Final = 0.15
_MULAW_BIAS: Final = 132
_MULAW_CLIP: Final = 32635


@dataclass(frozen=True, slots=True)
class Heard:
    """``samples`` at 8 kHz. A sound that began at ``t`` in the voice begins at ``lead_ms + t * stretch`` here."""

    samples: Samples
    lead_ms: float
    stretch: float


def plain(speech: Speech) -> Heard:
    """The voice at 8 kHz with a quarter of a second of silence around it."""
    signal = _at_8khz(speech, 1.0)
    signal *= 0.3 / max(1.0, float(np.abs(signal).max())) * _FULL
    silence = np.zeros(RATE_HZ // 4)
    return Heard(_clipped(np.concatenate([silence, signal, silence])), 250.0, 1.0)


def any_line(speech: Speech, chance: np.random.Generator) -> Heard:
    """As training hears it: mostly over a telephone, sometimes straight."""
    return plain(speech) if chance.random() < _STRAIGHT else telephone(speech, chance)


def telephone(speech: Speech, chance: np.random.Generator) -> Heard:
    """The voice over some line: another throat, another handset, a room, noise, mu-law, more or less of each."""
    warp = float(chance.uniform(0.84, 1.18))  # moves the formants, as a longer or shorter throat does
    signal = _at_8khz(speech, warp)
    if chance.random() < 0.7:
        signal = _coloured(signal, chance)
    if chance.random() < 0.35:
        signal = _in_a_room(signal, chance)
    if chance.random() < 0.8:
        signal = _band(signal, float(chance.uniform(180, 320)), float(chance.uniform(3200, 3700)))
    loudness = float(np.sqrt(np.mean(signal**2))) or 1.0
    signal *= 10 ** (chance.uniform(-34, -12) / 20) * _FULL / loudness
    lead = int(chance.uniform(0.05, 0.9) * RATE_HZ)
    # A noisy line goes on after the voice: that must not sound like words.
    longest = (1.0, 4.0) if chance.random() < _LINGERING else (0.05, 0.6)
    tail = int(chance.uniform(*longest) * RATE_HZ)
    signal = np.concatenate([np.zeros(lead), signal, np.zeros(tail)])
    if chance.random() < 0.6:
        signal = noisy(signal, float(chance.uniform(8, 30)), chance)
    elif chance.random() < 0.7:
        signal += chance.standard_normal(len(signal)) * chance.uniform(0.5, 12)
    samples = _clipped(signal)
    if chance.random() < 0.8:
        samples = through_mulaw(samples)
    return Heard(samples, lead * 1000 / RATE_HZ, 1 / warp)


def varied(samples: Samples, chance: np.random.Generator) -> Samples:
    """A recorded call over another line: louder or softer, another handset, noise, mu-law. As long as it was."""
    signal = _coloured(samples.astype(np.float64), chance)
    signal *= 10 ** (chance.uniform(-8, 4) / 20)
    if chance.random() < 0.5:
        signal = noisy(signal, float(chance.uniform(12, 30)), chance)
    return through_mulaw(_clipped(signal))


def noisy(signal: Signal, ratio_db: float, chance: np.random.Generator) -> Signal:
    """Noise of some colour added, ``ratio_db`` below the mean power of what is not silence."""
    spectrum = np.fft.rfft(chance.standard_normal(len(signal)))
    slope = chance.uniform(0.0, 1.0)
    spectrum /= np.maximum(np.arange(len(spectrum)), len(spectrum) / 80) ** slope
    noise = np.fft.irfft(spectrum, len(signal))
    voiced = signal[signal != 0.0]
    power = float(np.mean(voiced**2)) if len(voiced) else 1.0
    noise *= np.sqrt(power / float(np.mean(noise**2))) * 10 ** (-ratio_db / 20)
    noisier: Signal = signal + noise
    return noisier


def through_mulaw(samples: Samples) -> Samples:
    """Coded as G.711 mu-law and decoded again."""
    value = samples.astype(np.int32)
    magnitude = np.minimum(np.abs(value), _MULAW_CLIP) + _MULAW_BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    decoded = (((mantissa << 3) + _MULAW_BIAS) << exponent) - _MULAW_BIAS
    coded: Samples = np.where(value < 0, -decoded, decoded).astype(np.int16)
    return coded


def _at_8khz(speech: Speech, warp: float) -> Signal:
    resampled: Signal = soxr.resample(speech.samples.astype(np.float64), speech.rate_hz * warp, RATE_HZ, quality="MQ")
    return resampled


def _coloured(signal: Signal, chance: np.random.Generator) -> Signal:
    def gain_db(hz: Signal) -> Signal:
        gain = chance.uniform(-6, 6) * (hz / 4000 - 0.5)
        for _ in range(3):
            centre, width = chance.uniform(200, 3600), chance.uniform(150, 700)
            gain = gain + chance.uniform(-6, 6) * np.exp(-(((hz - centre) / width) ** 2))
        shaped: Signal = gain
        return shaped

    return _filtered(signal, gain_db)


def _band(signal: Signal, low_hz: float, high_hz: float) -> Signal:
    def gain_db(hz: Signal) -> Signal:
        below = np.minimum(0.0, (hz - low_hz) / 80 * 12)
        above = np.minimum(0.0, (high_hz - hz) / 150 * 12)
        gain: Signal = np.maximum(below + above, -40)
        return gain

    return _filtered(signal, gain_db)


def _filtered(signal: Signal, gain_db: Callable[[Signal], Signal]) -> Signal:
    spectrum = np.fft.rfft(signal)
    spectrum *= 10 ** (gain_db(np.linspace(0, RATE_HZ / 2, len(spectrum))) / 20)
    filtered: Signal = np.fft.irfft(spectrum, len(signal))
    return filtered


def _in_a_room(signal: Signal, chance: np.random.Generator) -> Signal:
    length = int(chance.uniform(0.03, 0.12) * RATE_HZ)
    echo = chance.standard_normal(length) * np.exp(-5 * np.arange(length) / length)
    echo *= chance.uniform(0.1, 0.5) / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    reverberant: Signal = np.fft.irfft(
        np.fft.rfft(signal, len(signal) + length) * np.fft.rfft(echo, len(signal) + length), len(signal) + length
    )[: len(signal)]
    return reverberant


def _clipped(signal: Signal) -> Samples:
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)
