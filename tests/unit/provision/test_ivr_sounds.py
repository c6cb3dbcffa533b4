from __future__ import annotations

import hashlib
import os
import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from dialer.errors import MediaError
from dialer.provision import ivr_sounds
from dialer.provision.ivr_sounds import FolderLibrary, Sentences, Voices, build_ivr_sounds, states
from dialer.provision.sound_shape import PAUSE_MS, loudness_db, pause, shaped, silence_around
from ivr_flows.spoken.sound_plan import all_texts, sentence_name, sound_name
from ivr_flows.voice import RATE_HZ, Samples, Voice, read_wav, write_wav

PROMPTS: Mapping[str, list[Mapping[str, str]]] = {"es": [{"welcome": "Bienvenido.", "owed": "Debe {amount:money}."}]}


def tone(seconds: float, *, level: float = 0.2, around: float = 0.0, hz: float = 400.0) -> Samples:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    silence = np.zeros(int(around * RATE_HZ))
    whole = np.concatenate([silence, level * np.sin(2 * np.pi * hz * times), silence])
    samples: Samples = np.round(whole * 32767).astype(np.int16)
    return samples


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a voice that needs no program was asked to speak: each text is a tone of its own."""
    texts: list[str] = []

    def speak(text: str, voice: Voice, *, command: str) -> Samples:
        if "unspeakable" in text:
            raise MediaError("no")
        texts.append(text)
        return tone(0.1, around=0.3, hz=300 + hashlib.sha256(f"{text}{voice.name}".encode()).digest()[0])

    monkeypatch.setattr(ivr_sounds, "speak", speak)
    return texts


def samples_of(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        read: Samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return read


@pytest.mark.parametrize(("level", "around"), [(0.02, 0.0), (0.3, 0.5), (0.95, 0.05)])
def test_shaping_leaves_no_silence_and_one_loudness(level: float, around: float) -> None:
    found = shaped(tone(0.5, level=level, around=around))
    before, after = silence_around(found)
    assert before <= 20
    assert after <= 40
    assert loudness_db(found) == pytest.approx(-20, abs=0.5)


def test_between_two_sounds_with_a_pause_between_them_no_gap_reaches_200_ms() -> None:
    sounds = [shaped(tone(0.3, around=0.4)), pause(), shaped(tone(0.2, around=0.4))]
    whole = np.concatenate(sounds).astype(np.float64)
    quiet = np.abs(whole) < 30
    longest = max(len(run) for run in "".join("q" if one else "." for one in quiet).split("."))
    assert PAUSE_MS <= longest * 1000 / RATE_HZ < 200


def test_silence_stays_what_it_is() -> None:
    assert np.array_equal(shaped(np.zeros(800, dtype=np.int16)), np.zeros(800, dtype=np.int16))
    assert len(shaped(np.zeros(0, dtype=np.int16))) == 0


def test_every_text_gets_a_sound_and_only_what_changed_is_spoken_again(tmp_path: Path, said: list[str]) -> None:
    folder, cache = tmp_path / "sounds", tmp_path / "cache"
    names = all_texts("es", PROMPTS["es"])

    assert build_ivr_sounds(folder, cache, Voices(), PROMPTS) == len(names)
    assert {path.stem for path in (folder / "es" / "ivr").iterdir()} == names.keys()
    assert sorted(said) == sorted(text for name, text in names.items() if name != "pause")
    assert len(samples_of(folder / "es" / "ivr" / "pause.wav")) == PAUSE_MS * RATE_HZ // 1000

    said.clear()
    changed = {"es": [{"welcome": "Buenas tardes.", "owed": "Debe {amount:money}."}]}
    build_ivr_sounds(folder, cache, Voices(), changed)
    assert said == ["Buenas tardes."]

    said.clear()
    build_ivr_sounds(folder, cache, Voices(names={"es": "es", "en": "en"}), changed)
    assert len(said) == len(names) - 1


def test_a_recording_takes_a_spoken_sounds_place_and_gives_it_back(tmp_path: Path, said: list[str]) -> None:
    folder, cache, recordings = tmp_path / "sounds", tmp_path / "cache", tmp_path / "recordings"
    name = sound_name("Bienvenido.")
    recording = recordings / "es" / f"{name}.wav"
    write_wav(recording, tone(1.0, level=0.9, around=0.5))
    voices = Voices(recordings=recordings)
    library = FolderLibrary(folder)

    build_ivr_sounds(folder, cache, voices, PROMPTS)
    assert "Bienvenido." not in said
    assert library.recorded("es", name) == f"es/recorded/{name}"
    first = samples_of(folder / f"es/recorded/{name}.wav")
    assert len(first) / RATE_HZ == pytest.approx(1.0, abs=0.05)
    assert loudness_db(first) == pytest.approx(-20, abs=0.5)

    write_wav(recording, tone(2.0))
    build_ivr_sounds(folder, cache, voices, PROMPTS)
    assert len(samples_of(folder / f"es/recorded/{name}.wav")) / RATE_HZ == pytest.approx(2.0, abs=0.05)

    recording.unlink()
    build_ivr_sounds(folder, cache, voices, PROMPTS)
    assert library.recorded("es", name) is None
    assert library.built("es", name) == f"es/ivr/{name}"


def test_the_state_of_every_sound_is_known(tmp_path: Path, said: list[str]) -> None:
    folder, recordings = tmp_path / "sounds", tmp_path / "recordings"
    name = sound_name("Bienvenido.")
    voices = Voices(recordings=recordings)
    assert {state.there for state in states(folder, voices, "es", PROMPTS["es"])} == {False}

    build_ivr_sounds(folder, tmp_path / "cache", voices, PROMPTS)
    assert {(state.there, state.recorded) for state in states(folder, voices, "es", PROMPTS["es"])} == {(True, False)}

    write_wav(recordings / "es" / f"{name}.wav", tone(0.2))
    build_ivr_sounds(folder, tmp_path / "cache", voices, PROMPTS)
    assert [state.text for state in states(folder, voices, "es", PROMPTS["es"]) if state.recorded] == ["Bienvenido."]


def test_a_recording_that_is_no_sound_is_named(tmp_path: Path, said: list[str]) -> None:
    name = sound_name("Bienvenido.")
    recording = tmp_path / "recordings" / "es" / f"{name}.wav"
    recording.parent.mkdir(parents=True)
    recording.write_text("not a sound")
    with pytest.raises(MediaError, match=name):
        build_ivr_sounds(tmp_path / "sounds", tmp_path / "cache", Voices(recordings=tmp_path / "recordings"), PROMPTS)


def test_sentences_are_spoken_once_and_a_voice_that_fails_stops_no_call(tmp_path: Path, said: list[str]) -> None:
    sentences = Sentences(tmp_path, Voices(), most_bytes=1_000_000)
    assert sentences.speak(["Debe un peso.", "unspeakable", "Ana"], "es") == 2
    assert sentences.speak(["Debe un peso."], "es") == 1
    assert said == ["Debe un peso.", "Ana"]
    assert sentences.failures == 1
    name = sentence_name("Ana")
    assert FolderLibrary(tmp_path).sentence("es", name) == f"es/said/{name}"


def test_old_sentences_are_forgotten_beyond_the_bound_but_not_what_may_be_played_now(
    tmp_path: Path, said: list[str]
) -> None:
    sentences = Sentences(tmp_path, Voices(), most_bytes=5_000)
    paths = {text: tmp_path / "es" / "said" / f"{sentence_name(text)}.wav" for text in "abcdef"}
    for age, text in enumerate("abc"):
        sentences.speak([text], "es")
        facts = paths[text].stat()
        os.utime(paths[text], (facts.st_atime, facts.st_mtime - 3600 + age))
    sentences.speak(["b"], "es")  # wanted again
    sentences.speak(["d", "e", "f"], "es")

    assert {text for text, path in paths.items() if path.is_file()} == set("bdef")
    assert sum(path.stat().st_size for path in paths.values() if path.is_file()) > 5_000


def test_a_recording_of_any_rate_is_brought_to_the_telephones(tmp_path: Path) -> None:
    path = tmp_path / "studio.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes(np.repeat(np.round(8000 * np.sin(np.arange(44_100) / 20)).astype("<i2"), 2).tobytes())
    assert len(read_wav(path)) == pytest.approx(RATE_HZ, abs=2)
