"""The sound files that Asterisk plays: the prompts of the catalogue and the voices of the demonstration.

Speech is kept in a cache under a name made of its words and voice, and linked from there into an instance's folder,
so a second set-up takes no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np
import yaml

from dialer.domain.wording import WORDINGS
from dialer.errors import ConfigurationError
from dialer.provision.behaviours import SPEAKERS
from dialer.provision.shipped import shipped_folder
from dialer.provision.sound_cache import cached_sound, link_sound
from ivr_flows.prompts import LANGUAGES, load_catalogue
from ivr_flows.voice import DEFAULT_VOICES, ESPEAK, RATE_HZ, Samples, Voice, speak, write_wav

_NOISE_RMS = 40.0  # of 32768, about -58 dB: the hiss of a quiet line
_BEEP_HZ = 1000.0
_LINE, _PAUSE, _BEEP = (int(seconds * RATE_HZ) for seconds in (0.4, 2.5, 0.7))
_RECIPE = "1"  # part of every cache name: raise it when the processing changes


#: What a person or a machine hears where no agent comes. All else that is spoken is the same for every campaign.
MESSAGES = (*WORDINGS, "abandoned", "voicemail")


class Speaker(TypedDict):
    voice: str
    pitch: int
    speed: int


class Script(TypedDict):
    speakers: list[Speaker]
    greetings: dict[str, str]
    replies: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Who is named in the prompts, and how they are spoken. ``voices`` is the speech program's voice by language."""

    creditor: str
    callback: str
    voices: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_VOICES))
    command: str = ESPEAK


def build_prompts(folder: Path, cache: Path, speech: Speech, *, campaign: str = "") -> list[Path]:
    """``<folder>/<language>/<key>.wav`` for every prompt of every language; with ``campaign``, the messages that are
    played instead of those to its debtors, ``<folder>/<language>/<campaign>/<key>.wav``."""
    if not speech.creditor.strip() or not any(c.isdigit() for c in speech.callback):
        raise ConfigurationError("The prompts need the creditor's name and a number to call back.")
    written = []
    for language in LANGUAGES:
        catalogue = load_catalogue(language)
        voice = Voice(speech.voices[language])
        for key in MESSAGES if campaign else catalogue.texts:
            text = catalogue.text(key, creditor=speech.creditor, callback=speech.callback)
            target = folder / language / campaign / f"{key}.wav"
            link_sound(_cached(cache, text, voice, speech.command, noise=False), target)
            written.append(target)
    return written


def build_demo(folder: Path, cache: Path) -> list[Path]:
    """The demo carrier's sounds under ``<folder>/demo``: speakers, line noise, a pause and a voicemail's beep."""
    demo = folder / "demo"
    written = []
    for name, samples in (("line", _noise(_LINE, 1)), ("pause", _noise(_PAUSE, 2)), ("beep", _beep(_BEEP))):
        write_wav(demo / f"{name}.wav", samples)
        written.append(demo / f"{name}.wav")
    for language, script in load_script().items():
        for index, speaker in enumerate(script["speakers"]):
            voice = Voice(speaker["voice"], pitch=speaker["pitch"], speed=speaker["speed"])
            for line, text in {**script["greetings"], **script["replies"]}.items():
                target = demo / language / str(index) / f"{line}.wav"
                link_sound(_cached(cache, text, voice, ESPEAK, noise=True), target)
                written.append(target)
    return written


def load_script() -> dict[str, Script]:
    script: dict[str, Script] = yaml.safe_load((shipped_folder() / "demo" / "speech.yaml").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        if len(script[language]["speakers"]) != SPEAKERS:
            raise ConfigurationError(f"asterisk/demo/speech.yaml needs {SPEAKERS} speakers in {language}")
    return script


def _cached(cache: Path, text: str, voice: Voice, command: str, *, noise: bool) -> Path:
    recipe = (_RECIPE, command, voice.name, str(voice.pitch), str(voice.speed), str(noise), text)

    def made() -> Samples:
        samples = speak(text, voice, command=command)
        return _on_a_line(samples) if noise else samples

    return cached_sound(cache, recipe, made)


def _noise(length: int, seed: int) -> Samples:
    samples: Samples = (np.random.default_rng(seed).standard_normal(length) * _NOISE_RMS).astype(np.int16)
    return samples


def _on_a_line(samples: Samples) -> Samples:
    mixed = samples.astype(np.int32) + _noise(len(samples), seed=len(samples))
    clipped: Samples = np.clip(mixed, -32768, 32767).astype(np.int16)
    return clipped


def _beep(length: int) -> Samples:
    times = np.arange(length) / RATE_HZ
    samples: Samples = (np.sin(2 * np.pi * _BEEP_HZ * times) * 0.3 * 32767).astype(np.int16)
    return samples
