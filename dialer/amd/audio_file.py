"""Recorded calls as the detector hears them: any usual file to signed 16-bit mono at 8 kHz."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from dialer.amd.features import SAMPLE_RATE_HZ
from dialer.errors import MediaError

#: Ways of coding, as ``fmt`` names them.
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_MULAW_SUFFIXES: Final = frozenset({".ulaw", ".ul", ".mulaw", ".pcmu"})
_ALAW_SUFFIXES: Final = frozenset({".alaw", ".al", ".pcma"})
_LARGEST_BYTES: Final = 512_000_000
_LONGEST_S: Final = 60.0  # that ffmpeg may take

Samples = NDArray[np.float64]


def read_audio(path: Path) -> bytes:
    """The file as signed 16-bit mono at 8 kHz; channels are mixed.

    WAV with PCM of 8 to 32 bits, float, mu-law or A-law at any rate, and headerless 8 kHz mu-law (``.ulaw``) or A-law
    (``.alaw``) are read here, any other by ffmpeg. Raises MediaError, whose details say what is
    wrong under ``problem``: ``missing``, ``unreadable``, ``damaged``, ``empty`` or ``unsupported``.
    """
    raw = _content(path)
    suffix = path.suffix.lower()
    if suffix in _MULAW_SUFFIXES:
        pcm = from_mulaw(raw).tobytes()
    elif suffix in _ALAW_SUFFIXES:
        pcm = from_alaw(raw).tobytes()
    else:
        wave = _wave(raw, path) if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE" else None
        pcm = _through_ffmpeg(path) if wave is None else _at_8khz(*wave)
    if not pcm:
        raise MediaError(f"There is no audio in {path}.", problem="empty")
    return pcm


def from_mulaw(encoded: bytes) -> NDArray[np.int16]:
    """Decode G.711 mu-law."""
    return _MULAW_TABLE[np.frombuffer(encoded, dtype=np.uint8)]


def from_alaw(encoded: bytes) -> NDArray[np.int16]:
    """Decode G.711 A-law."""
    return _ALAW_TABLE[np.frombuffer(encoded, dtype=np.uint8)]


def _mulaw_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4).astype(np.int32)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_MULAW_TABLE: Final = _mulaw_table()
_ALAW_TABLE: Final = _alaw_table()


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise MediaError(f"{path} is too large for the recording of a call.", problem="unsupported")
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise MediaError(f"There is no file {path}.", problem="missing") from exc
    except OSError as exc:
        raise MediaError(f"The audio file {path} cannot be read: {exc.strerror}.", problem="unreadable") from exc


def _wave(raw: bytes, path: Path) -> tuple[Samples, int, int] | None:
    """Samples as of 16 bits, channels and rate; None where the audio is coded in a way that is not known here."""
    form: tuple[int, int, int, int] | None = None
    data: bytes | None = None
    at = 12
    while at + 8 <= len(raw) and data is None:
        name, size = raw[at : at + 4], struct.unpack_from("<I", raw, at + 4)[0]
        body = raw[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if kind == _EXTENSIBLE and len(body) >= 26:
                kind = struct.unpack_from("<H", body, 24)[0]
            form = (kind, channels, rate, bits)
        elif name == b"data":
            data = body
        at += 8 + size + size % 2
    if form is None or data is None or not (1 <= form[1] <= 8 and 4000 <= form[2] <= 192_000):
        raise MediaError(f"{path} is a damaged WAV file.", problem="damaged")
    kind, channels, rate, bits = form
    samples = _samples(kind, bits, data)
    return None if samples is None else (samples, channels, rate)


def _samples(kind: int, bits: int, data: bytes) -> Samples | None:
    width = bits // 8
    data = data[: len(data) - len(data) % max(1, width)]
    if kind == _PCM and bits == 8:
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) * 256
    if kind == _PCM and bits == 24:
        whole = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        whole[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        return whole.view("<i4").ravel().astype(np.float64) / 65536
    if kind == _PCM and bits in (16, 32):
        return np.frombuffer(data, dtype=f"<i{width}").astype(np.float64) / (1 if bits == 16 else 65536)
    if kind == _FLOAT and bits in (32, 64):
        floats = np.frombuffer(data, dtype=f"<f{width}").astype(np.float64)
        return np.nan_to_num(floats, nan=0.0, posinf=1.0, neginf=-1.0) * 32767
    if kind in (_ALAW, _MULAW) and bits == 8:
        return (from_alaw if kind == _ALAW else from_mulaw)(data).astype(np.float64)
    return None


def _through_ffmpeg(path: Path) -> bytes:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", f"file:{path}", "-vn", "-ac", "1"]
    command += ["-ar", str(SAMPLE_RATE_HZ), "-f", "s16le", "-"]
    try:
        found = subprocess.run(  # noqa: S603 - a list, and a file's name behind file:
            command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST_S
        )
    except FileNotFoundError as exc:
        raise MediaError(
            f"{path} is coded in a way that needs ffmpeg. Install it, or convert the file to WAV.",
            problem="unsupported",
        ) from exc
    except subprocess.SubprocessError as exc:
        raise MediaError(
            f"{path} is no audio file that can be read: WAV, headerless mu-law (.ulaw) or A-law (.alaw), or anything "
            "that ffmpeg reads.",
            problem="unsupported",
        ) from exc
    return found.stdout


def _at_8khz(samples: Samples, channels: int, rate: int) -> bytes:
    mono: Samples = samples[: samples.size - samples.size % channels].reshape(-1, channels).mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate, SAMPLE_RATE_HZ)
    return np.clip(np.rint(mono), -32768, 32767).astype("<i2").tobytes()
