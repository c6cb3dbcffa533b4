"""Speech for the prompts, made by a program of the administrator's choice and brought to what telephones carry.

The default is espeak-ng: it is in every distribution, needs no model and always says the same. Any program that writes
a WAV file can take its place.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from dialer.errors import ConfigurationError, MediaError

RATE_HZ = 8000
ESPEAK = "espeak-ng -v {voice} -p {pitch} -s {speed} -w {path} -- {text}"
DEFAULT_VOICES = {"es": "es-419", "en": "en-us"}

_PACKAGES = {"espeak-ng": "espeak-ng"}
_PEAK = 0.5  # of full scale: -6 dB, loud and clear of clipping after a codec
_TIMEOUT_S = 60.0

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class Voice:
    """``name`` is the program's own; ``pitch`` 0..99, ``speed`` in words per minute, where it has such a thing."""

    name: str
    pitch: int = 50
    speed: int = 160


def speak(text: str, voice: Voice, *, command: str = ESPEAK) -> Samples:
    """``text`` as 16-bit mono samples at 8 kHz, with its peak at -6 dB.

    ``command`` is split as a shell would, but no shell runs it. ``{path}`` is the WAV file that it must write;
    ``{voice}``, ``{pitch}``, ``{speed}`` are filled in; without ``{text}`` the text goes to its standard input.
    Raises ConfigurationError when the program is missing, MediaError when it fails.
    """
    words = shlex.split(command)
    if not words or "{path}" not in command:
        raise ConfigurationError("The speech command must name a program and hold {path}.")
    if shutil.which(words[0]) is None:
        package = _PACKAGES.get(words[0])
        hint = f"Run: apt-get install {package}" if package else "Install it, or choose another speech command."
        raise ConfigurationError(f"{words[0]} is not installed. {hint}")
    with tempfile.TemporaryDirectory(prefix="cadencia-voice-") as folder:
        path = Path(folder) / "speech.wav"
        values = {"text": text, "path": str(path), "voice": voice.name, "pitch": voice.pitch, "speed": voice.speed}
        try:
            done = subprocess.run(  # noqa: S603 - no shell; the program is the administrator's choice
                [word.format_map(values) for word in words],
                input=None if "{text}" in command else text.encode(),
                stdin=subprocess.DEVNULL if "{text}" in command else None,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise MediaError(f"{words[0]} did not finish speaking within {_TIMEOUT_S:.0f} s.") from exc
        if done.returncode != 0 or not path.is_file():
            raise MediaError(f"{words[0]} failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
        return read_wav(path)


def synthesise(text: str, path: Path, *, voice: Voice, command: str = ESPEAK) -> float:
    """Speak ``text`` into ``path``, an 8 kHz mono WAV file. Returns its length in seconds; raises as ``speak``."""
    samples = speak(text, voice, command=command)
    write_wav(path, samples)
    return len(samples) / RATE_HZ


def write_wav(path: Path, samples: Samples) -> None:
    """Write 8 kHz mono samples; a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.astype("<i2").tobytes())
    partial.replace(path)


def read_wav(path: Path) -> Samples:
    """Any 16-bit WAV file as 8 kHz mono samples with their peak at -6 dB. Raises MediaError where it is none."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as exc:
        raise MediaError(f"{path.name} is not a WAV file: {exc}") from exc
    if width != 2 or not data:
        raise MediaError(f"{path.name} must hold 16-bit samples, and some of them.")
    signal = np.frombuffer(data, dtype="<i2").reshape(-1, channels).mean(axis=1) / 32768.0
    resampled = soxr.resample(signal, rate, RATE_HZ)
    peak = float(np.max(np.abs(resampled)))
    if peak > 0:
        resampled = resampled * (_PEAK / peak)
    samples: Samples = np.round(resampled * 32767).astype(np.int16)
    return samples
