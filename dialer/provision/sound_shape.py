"""Sounds that may follow one another: no silence around them, all as loud as one another."""

from __future__ import annotations

from typing import Final

import numpy as np

from ivr_flows.voice import RATE_HZ, Samples

#: Raise it when what ``shaped`` does changes: it is part of every cache name.
SHAPE: Final = "1"
#: The pause at a comma. With the silence left around sounds, a gap between two of them stays below 200 ms.
PAUSE_MS: Final = 110

_FRAME: Final = RATE_HZ // 100  # 10 ms
_QUIET_DB: Final = -38.0  # below the loudest frame: silence, or a room
_LEAD_MS, _TAIL_MS, _EDGE_MS = 10, 30, 4
_LOUDNESS: Final = 0.1  # RMS of the frames that are not quiet: -20 dB of full scale
_HIGHEST: Final = 0.7  # -3 dB: what a codec carries unclipped


def shaped(samples: Samples) -> Samples:
    """``samples`` (8 kHz) without silence at either end but a breath, at the common loudness, with soft edges."""
    first, end, level = _voiced(samples)
    if end == first:
        return samples
    start = max(0, first * _FRAME - _LEAD_MS * RATE_HZ // 1000)
    kept = samples[start : min(len(samples), end * _FRAME + _TAIL_MS * RATE_HZ // 1000)].astype(np.float64) / 32768
    gain = _LOUDNESS / (level / 32768)
    kept = kept * min(gain, _HIGHEST / max(1e-9, float(np.abs(kept).max())))
    edge = min(_EDGE_MS * RATE_HZ // 1000, len(kept) // 2)
    ramp = np.linspace(0.0, 1.0, edge, endpoint=False)
    kept[:edge] *= ramp
    kept[len(kept) - edge :] *= ramp[::-1]
    whole: Samples = np.round(kept * 32767).astype(np.int16)
    return whole


def silence_around(samples: Samples) -> tuple[float, float]:
    """Milliseconds before and after what can be heard."""
    first, end, _ = _voiced(samples)
    return first * 10.0, max(0.0, len(samples) * 1000 / RATE_HZ - end * 10.0)


def loudness_db(samples: Samples) -> float:
    """Decibels of full scale of what can be heard."""
    return float(20 * np.log10(max(_voiced(samples)[2], 1e-3) / 32768))


def pause() -> Samples:
    """The silence at a comma."""
    silence: Samples = np.zeros(PAUSE_MS * RATE_HZ // 1000, dtype=np.int16)
    return silence


def _voiced(samples: Samples) -> tuple[int, int, float]:
    """The first frame that can be heard, the one after the last, and the RMS of all of them between that can."""
    count = -(-len(samples) // _FRAME)
    padded = np.zeros(count * _FRAME)
    padded[: len(samples)] = samples
    levels = np.sqrt(np.mean(padded.reshape(count, _FRAME) ** 2, axis=1)) if count else np.zeros(1)
    loud = np.flatnonzero(levels > max(1.0, float(levels.max()) * 10 ** (_QUIET_DB / 20)))
    if len(loud) == 0:
        return 0, 0, 0.0
    return int(loud[0]), int(loud[-1]) + 1, float(np.sqrt(np.mean(levels[loud] ** 2)))
