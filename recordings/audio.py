"""The audio itself: raw stereo from Asterisk's MixMonitor to a file that people can play, and how loud each side is.

MixMonitor's option D writes headerless 16-bit little-endian samples at 8 kHz, two channels interleaved: the debtor
left, the agent right. This is the only place that knows pydub.
"""

from __future__ import annotations

import math
import os
import warnings
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from dialer.errors import MediaError
from recordings.naming import Form

with warnings.catch_warnings():
    # pydub uses audioop, deprecated in 3.11 and 3.12 (from 3.13 a package stands in for it), and warns about ffmpeg.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.exceptions import CouldntDecodeError, CouldntEncodeError

RATE_HZ = 8000
CHANNELS = 2
SAMPLE_BYTES = 2
FRAME_BYTES = CHANNELS * SAMPLE_BYTES
SILENCE_DBFS = -96.0  #: what digital silence is said to measure: the floor of 16 bits

_CHUNK_FRAMES = 1 << 16
#: pydub's format, codec and bit rate. Speech at 8 kHz in two channels needs no more.
_ENCODED = {"mp3": ("mp3", "libmp3lame", "32k"), "opus": ("opus", "libopus", "24k")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """``duration_s`` in seconds; the mean power of each side in dB below full scale, -96 for silence."""

    duration_s: float
    debtor_dbfs: float
    agent_dbfs: float


def convert(raw: Path, target: Path, form: Form) -> Measures:
    """Write the raw recording as ``form`` to ``target`` and return its measures. Blocks: call it in a thread.

    Raises MediaError where there is no audio in it or the encoder fails. A link in the place of the raw file is not
    followed: whoever may write there must not choose which file is read.
    """
    with _open_raw(raw) as source:
        if form == "wav":
            with wave.open(str(target), "wb") as sink:
                sink.setnchannels(CHANNELS)
                sink.setsampwidth(SAMPLE_BYTES)
                sink.setframerate(RATE_HZ)
                return _measure(_copied(source, sink))
        measures = _measure(_chunks(source))
        source.seek(0)
        _encode(source.read(), target, form)
        return measures


def measure(path: Path) -> Measures:
    """The measures of a finished recording in any form. Blocks. Raises MediaError where it is not one of ours."""
    if path.suffix == ".wav":
        try:
            with wave.open(str(path), "rb") as source:
                if (source.getnchannels(), source.getsampwidth()) != (CHANNELS, SAMPLE_BYTES):
                    raise MediaError("The recording is not 16-bit stereo.")
                return _measure(iter(lambda: source.readframes(_CHUNK_FRAMES), b""), source.getframerate())
        except (wave.Error, EOFError) as exc:
            raise MediaError("The recording is not a WAV file.") from exc
    try:
        audio = AudioSegment.from_file(str(path)).set_channels(CHANNELS).set_sample_width(SAMPLE_BYTES)
    except (CouldntDecodeError, OSError, IndexError) as exc:
        raise MediaError("The recording cannot be decoded. Is ffmpeg installed? Run: cadencia doctor") from exc
    return _measure(iter([audio.raw_data]), audio.frame_rate)


def _measure(chunks: Iterator[bytes], rate_hz: int = RATE_HZ) -> Measures:
    frames = 0
    power = np.zeros(CHANNELS)
    for chunk in chunks:
        samples = _samples(chunk)
        frames += len(samples)
        power += np.square(samples, dtype=np.float64).sum(axis=0)
    if not frames:
        raise MediaError("The recording is empty: nothing was said, or Asterisk could not write it.")
    debtor, agent = (power / frames).tolist()
    return Measures(duration_s=frames / rate_hz, debtor_dbfs=_dbfs(debtor), agent_dbfs=_dbfs(agent))


def _samples(chunk: bytes) -> npt.NDArray[np.int16]:
    return np.frombuffer(chunk, dtype="<i2").reshape(-1, CHANNELS)


def _dbfs(mean_power: float) -> float:
    if mean_power <= 0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, 10 * math.log10(mean_power / 32768**2))


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK_FRAMES * FRAME_BYTES):
        # A file that was cut off may end in the middle of a frame.
        yield chunk[: len(chunk) - len(chunk) % FRAME_BYTES]


def _copied(source: BinaryIO, sink: wave.Wave_write) -> Iterator[bytes]:
    for chunk in _chunks(source):
        sink.writeframesraw(chunk)
        yield chunk


def _encode(data: bytes, target: Path, form: Form) -> None:
    kind, codec, bitrate = _ENCODED[form]
    whole = data[: len(data) - len(data) % FRAME_BYTES]
    audio = AudioSegment(data=whole, sample_width=SAMPLE_BYTES, frame_rate=RATE_HZ, channels=CHANNELS)
    try:
        audio.export(str(target), format=kind, codec=codec, bitrate=bitrate).close()
    except (CouldntEncodeError, OSError) as exc:
        raise MediaError(
            f"The recording could not be encoded as {form}. Is ffmpeg installed? Run: cadencia doctor"
        ) from exc


@contextmanager
def _open_raw(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as source:
        yield source
