"""The detector on recorded files: the same listener as on live calls, a frame at a time, without a clock."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from dialer.amd.classifier import Reason, facts_of
from dialer.amd.features import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ
from dialer.amd.listener import Listener
from dialer.amd.phrases import phrasebook
from dialer.amd.transcript import PIECE_FRAMES, Recogniser
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict
from dialer.errors import MediaError

#: What labelled test sets call the outcomes that have a tone of their own.
_LABEL_BY_REASON: Final = {Reason.BEEP: "beep", Reason.SIT: "sit", Reason.FAX: "sit", Reason.EARLY_SIT: "sit"}
_LABEL_BY_CATEGORY: Final = {
    AmdCategory.ANNOUNCEMENT: "machine",
    AmdCategory.SCREENER: "machine",
    AmdCategory.FAX: "sit",
}
_WAVE_PCM: Final = 1
_WAVE_MULAW: Final = 7
_WAVE_EXTENSIBLE: Final = 0xFFFE
_MULAW_SUFFIXES: Final = frozenset({".ulaw", ".ul", ".mulaw", ".pcmu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """``label`` is one of human, machine, beep, sit (also fax), silence, unknown, as labelled sets have it, and
    ``category`` the full one. ``decision_ms`` is the audio heard before the verdict; ``cpu_ms`` is what that cost."""

    path: str
    label: str
    category: AmdCategory
    reason: str
    confidence: float
    decision_ms: int
    words: str
    cpu_ms: float
    evidence: dict[str, object]


def classify_file(
    path: Path,
    *,
    mode: AmdMode = AmdMode.CAREFUL,
    language: str = "es",
    recogniser: Recogniser | None = None,
) -> FileVerdict:
    """Hear the file as a call that was answered at its beginning, up to the verdict.

    Reads WAV (PCM of 8, 16, 24 or 32 bits, or mu-law; any rate; channels are mixed) and headerless 8 kHz mu-law
    (``.ulaw``). A file that ends before a verdict gives unknown. Raises MediaError for a file that cannot be read.
    """
    pcm = read_audio(path)
    listener = Listener(mode)
    listener.answered()
    book = phrasebook(language)
    began = time.process_time()
    verdict: AmdVerdict | None = listener.judge()
    piece = bytearray()
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        if verdict is not None:
            break
        frame = pcm[at : at + FRAME_BYTES]
        listener.accept(frame)
        if recogniser is not None:
            piece += frame
            if len(piece) == PIECE_FRAMES * FRAME_BYTES:
                listener.spoken = book.read(recogniser.accept(bytes(piece)))
                piece.clear()
        verdict = listener.verdict()
    cpu_ms = (time.process_time() - began) * 1000
    if verdict is None:
        verdict = AmdVerdict(
            category=AmdCategory.UNKNOWN,
            reason=Reason.AUDIO_ENDED.value,
            confidence=0.3,
            delay_ms=listener.frames * FRAME_MS,
            evidence=facts_of(listener.evidence),
        )
    return FileVerdict(
        path=str(path),
        label=label_of(verdict),
        category=verdict.category,
        reason=verdict.reason,
        confidence=verdict.confidence,
        decision_ms=verdict.delay_ms,
        words=listener.spoken.text if listener.spoken is not None else "",
        cpu_ms=round(cpu_ms, 3),
        evidence=dict(verdict.evidence),
    )


def label_of(verdict: AmdVerdict) -> str:
    """The verdict in the words of a labelled test set."""
    by_reason = _LABEL_BY_REASON.get(Reason(verdict.reason))
    return by_reason or _LABEL_BY_CATEGORY.get(verdict.category, verdict.category.value)


def read_audio(path: Path) -> bytes:
    """The file as signed 16-bit mono at 8 kHz. Raises MediaError."""
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise MediaError(f"The audio file {path} cannot be read: {exc.strerror}.") from exc
    if path.suffix.lower() in _MULAW_SUFFIXES:
        return from_mulaw(raw).tobytes()
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        return _from_wave(raw, path)
    raise MediaError(f"{path} is neither a WAV file nor headerless mu-law (.ulaw).")


def from_mulaw(encoded: bytes) -> NDArray[np.int16]:
    """Decode G.711 mu-law."""
    return _MULAW[np.frombuffer(encoded, dtype=np.uint8)]


def _mulaw_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = ((((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4).astype(np.int32)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_MULAW: Final = _mulaw_table()


def _from_wave(raw: bytes, path: Path) -> bytes:
    form: tuple[int, int, int, int] | None = None
    data: bytes | None = None
    at = 12
    while at + 8 <= len(raw) and data is None:
        name, size = raw[at : at + 4], struct.unpack_from("<I", raw, at + 4)[0]
        body = raw[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if kind == _WAVE_EXTENSIBLE and len(body) >= 26:
                kind = struct.unpack_from("<H", body, 24)[0]
            form = (kind, channels, rate, bits)
        elif name == b"data":
            data = body
        at += 8 + size + size % 2
    if form is None or data is None or not (1 <= form[1] <= 8 and 4000 <= form[2] <= 192_000):
        raise MediaError(f"{path} is a damaged WAV file.")
    kind, channels, rate, bits = form
    samples = _samples(kind, bits, data, path)
    mono: NDArray[np.float64] = samples[: samples.size - samples.size % channels].reshape(-1, channels).mean(axis=1)
    if rate != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate, SAMPLE_RATE_HZ)
    return np.clip(np.rint(mono), -32768, 32767).astype("<i2").tobytes()


def _samples(kind: int, bits: int, data: bytes, path: Path) -> NDArray[np.float64]:
    if kind == _WAVE_MULAW and bits == 8:
        return from_mulaw(data).astype(np.float64)
    if kind != _WAVE_PCM or bits not in (8, 16, 24, 32):
        raise MediaError(
            f"{path} holds compressed audio that is not supported. Convert it: sox {path} -e signed out.wav"
        )
    width = bits // 8
    data = data[: len(data) - len(data) % width]
    if bits == 8:
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) * 256
    if bits == 24:
        parts = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        whole = np.zeros((len(parts), 4), dtype=np.uint8)
        whole[:, 1:] = parts
        return whole.view("<i4").ravel().astype(np.float64) / 65536
    return np.frombuffer(data, dtype=f"<i{width}").astype(np.float64) / (1 if bits == 16 else 65536)
