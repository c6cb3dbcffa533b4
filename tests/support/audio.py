"""Synthetic audio in the form in which MixMonitor writes it."""

from __future__ import annotations

import numpy as np

RATE_HZ = 8000


def stereo(seconds: float, *, left: float, right: float) -> bytes:
    """Raw 16-bit stereo: a 440 Hz tone of amplitude ``left`` and one of 660 Hz of amplitude ``right``, 0.0 to 1.0."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    sides = [level * np.sin(2 * np.pi * pitch * time) for level, pitch in ((left, 440), (right, 660))]
    return (np.stack(sides, axis=1) * 32767).astype("<i2").tobytes()
