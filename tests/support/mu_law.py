"""Mu-law, the code of telephone audio (ITU-T G.711), and finding one sound in another."""

from __future__ import annotations

from pathlib import Path

import numpy as np

Signal = np.ndarray[tuple[int], np.dtype[np.float64]]


def write_mu_law(path: Path, signal: Signal) -> Path:
    """``signal`` in -1..1 at 8 kHz."""
    path.write_bytes(encoded(signal))
    return path


def encoded(signal: Signal) -> bytes:
    magnitude = np.minimum(np.abs(signal) * 32635, 32635).astype(np.int32) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(signal < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def decoded(coded: bytes) -> Signal:
    """The inverse of ``encoded``, but for what the code loses."""
    bits = ~np.frombuffer(coded, dtype=np.uint8)
    magnitude = (((bits & 0x0F).astype(np.int32) << 3) + 132) << ((bits >> 4) & 7)
    return np.where(bits & 0x80, 132 - magnitude, magnitude - 132) / 32768.0


def likeness(heard: Signal, said: Signal) -> float:
    """How much the stretch of ``heard`` that is most like ``said`` is like it: 1 for the same sound at any level."""
    length = said.size
    if heard.size < length:
        return 0.0
    size = 1 << (heard.size + length).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[length:] - sums[:-length]
    norm = np.sqrt(np.maximum(energy, 1e-9) * np.sum(said**2))
    return float(np.max(product[: energy.size] / norm))


def traces(heard: Signal, said: Signal) -> float:
    """How like anything in ``said`` the two loudest half seconds of ``heard`` are, the better one of them. A whole
    sentence may have lost packets on a busy machine, and then is shifted within itself."""
    half = 4000
    pieces = [heard[at : at + half] for at in range(0, max(1, heard.size - half + 1), half // 2)]
    loudest = sorted(pieces, key=lambda piece: float(np.sum(piece**2)), reverse=True)[:2]
    return max(likeness(said, piece) for piece in loudest)
