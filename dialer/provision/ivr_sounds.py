"""The sounds of self-service flows: built at set-up, replaced one by one by recordings, spoken for a call.

``<folder>/<language>/ivr`` holds what a voice says of prompts and values, ``recorded`` what people say instead, and
``said`` whole sentences and names that were spoken for calls: personal data, bounded in size, and safe to delete.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from dialer.errors import CadenciaError
from dialer.provision.sound_cache import cached_sound, link_sound
from dialer.provision.sound_shape import SHAPE, pause, shaped
from dialer.settings import VoiceSettings
from ivr_flows.loader import load, shipped_flows
from ivr_flows.prompts import LANGUAGES
from ivr_flows.spoken.sound_plan import PAUSE_NAME, all_texts, sentence_name
from ivr_flows.voice import DEFAULT_VOICES, ESPEAK, Voice, read_wav, speak, write_wav

log = structlog.get_logger(__name__)

_BUILT, _RECORDED, _SAID = "ivr", "recorded", "said"
_SAFE_S: Final = 900.0  # a sentence younger than the newest by less than this may be about to be played


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """How texts are spoken: ``names`` by language, for ``command`` as in ``ivr_flows.voice``; and the folder with
    people's recordings, ``<recordings>/<language>/<name>.wav``."""

    names: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_VOICES))
    command: str = ESPEAK
    recordings: Path | None = None


def voices_of(settings: VoiceSettings) -> Voices:
    """The voice that the settings name."""
    names = {**DEFAULT_VOICES, "es": settings.es, "en": settings.en}
    return Voices(names=names, command=settings.command or ESPEAK, recordings=settings.recordings_dir)


@dataclass(frozen=True, slots=True)
class SoundState:
    """A sound of a flow: is it there, and whose voice is it?"""

    name: str
    text: str
    recorded: bool
    there: bool


def build_ivr_sounds(
    folder: Path,
    cache: Path,
    voices: Voices,
    prompts: Mapping[str, Iterable[Mapping[str, str]]],
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Put a sound for every text of every language of ``prompts`` (by key) into ``folder``; those that have not changed
    come from ``cache``. Returns how many there are. Raises as ``speak`` where the voice fails."""
    count = 0
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="voice") as pool:
        for language, catalogues in prompts.items():
            texts = all_texts(language, catalogues)
            tell(f"{language}: {len(texts)} sounds")
            made = [
                pool.submit(_put, folder / language, cache, name, text, language, voices)
                for name, text in texts.items()
            ]
            try:
                for one in made:
                    one.result()
            finally:
                for one in made:
                    one.cancel()
            count += len(made)
    return count


def _put(folder: Path, cache: Path, name: str, text: str, language: str, voices: Voices) -> None:
    recording = _recording(voices, language, name)
    recorded, built = (folder / kind / f"{name}.wav" for kind in (_RECORDED, _BUILT))
    if recording is None:
        link_sound(_spoken(cache, text, name, language, voices), built)
        recorded.unlink(missing_ok=True)
        return
    recipe = (SHAPE, "recording", hashlib.sha256(recording.read_bytes()).hexdigest())
    link_sound(cached_sound(cache, recipe, lambda: shaped(read_wav(recording))), recorded)


def spoken_texts(also: Iterable[str] = (), flows: Iterable[str | Path] = ()) -> dict[str, list[Mapping[str, str]]]:
    """What the flows that ship and ``flows`` say, and ``also``, such as a creditor's name, by language. Raises
    InvalidFlow, UnknownFlow."""
    sets = [load(name) for name in (*shipped_flows(), *flows)]
    extra = {f"also-{number}": text for number, text in enumerate(also)}
    return {one: [*(flow.catalogue.prompts[one] for flow in sets), extra] for one in LANGUAGES}


def states(folder: Path, voices: Voices, language: str, catalogues: Iterable[Mapping[str, str]]) -> list[SoundState]:
    """Every sound that the flows need in ``language``, and what there is of it in ``folder``."""
    library = FolderLibrary(folder)
    found = []
    for name, text in all_texts(language, catalogues).items():
        recorded = library.recorded(language, name) is not None or _recording(voices, language, name) is not None
        there = library.recorded(language, name) is not None or library.built(language, name) is not None
        found.append(SoundState(name, text, recorded, there))
    return found


def _recording(voices: Voices, language: str, name: str) -> Path | None:
    if voices.recordings is None:
        return None
    path = voices.recordings / language / f"{name}.wav"
    return path if path.is_file() else None


def _spoken(cache: Path, text: str, name: str, language: str, voices: Voices) -> Path:
    if name == PAUSE_NAME:
        return cached_sound(cache, (SHAPE, PAUSE_NAME), pause)
    voice = Voice(voices.names[language])
    recipe = (SHAPE, voices.command, voice.name, str(voice.pitch), str(voice.speed), text)
    return cached_sound(cache, recipe, lambda: shaped(speak(text, voice, command=voices.command)))


class FolderLibrary:
    """``SoundLibrary`` over a folder of Asterisk's. Names are relative to it: ``es/ivr/pesos-1a2b3c4d``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recorded(self, language: str, name: str) -> str | None:
        return self._there(language, _RECORDED, name)

    def built(self, language: str, name: str) -> str | None:
        return self._there(language, _BUILT, name)

    def sentence(self, language: str, name: str) -> str | None:
        return self._there(language, _SAID, name)

    def _there(self, language: str, kind: str, name: str) -> str | None:
        path = f"{language}/{kind}/{name}"
        return path if (self._folder / f"{path}.wav").is_file() else None


class Sentences:
    """Speaks sentences for calls into ``<folder>/<language>/said``, up to ``most_bytes`` in all. Blocks while the voice
    works, some 20 ms a sentence with espeak-ng: call it in a thread, before they are to be played. Any thread may."""

    def __init__(self, folder: Path, voices: Voices, *, most_bytes: int) -> None:
        self._folder = folder
        self._voices = voices
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None  # of all sentences; None: not counted yet
        self.failures = 0  #: sentences that the voice did not speak; they are put together from phrases instead

    def speak(self, texts: Iterable[str], language: str) -> int:
        """Speak ``texts``, such as ``SoundPlan.to_speak`` names. Returns how many are there now. A voice that fails is
        logged and counted: a call goes on without."""
        spoken = 0
        for text in texts:
            path = self._folder / language / _SAID / f"{sentence_name(text)}.wav"
            try:
                if not path.is_file():
                    voice = Voice(self._voices.names[language])
                    write_wav(path, shaped(speak(text, voice, command=self._voices.command)))
                    self._bytes = None if self._bytes is None else self._bytes + path.stat().st_size
                os.utime(path)
                spoken += 1
            except (CadenciaError, OSError) as exc:
                self.failures += 1
                log.warning("ivr.sentence_not_spoken", error=str(exc))
        if self._bytes is None or self._bytes > self._most_bytes:  # to look through all takes longer than to speak one
            self._forget_oldest()
        return spoken

    def _forget_oldest(self) -> None:
        """Keep within the bound, but never lose what may be about to be played."""
        with self._lock:
            found = []
            for path in self._folder.glob(f"*/{_SAID}/*.wav"):
                try:
                    facts = path.stat()
                except FileNotFoundError:
                    continue
                found.append((facts.st_mtime, facts.st_size, path))
            found.sort()
            total = sum(size for _, size, _ in found)
            for modified, size, path in found:
                if total <= self._most_bytes or modified > found[-1][0] - _SAFE_S:
                    break
                path.unlink(missing_ok=True)
                total -= size
            self._bytes = total
