"""From nothing to words: speech is made, a network learns it, and the real Vosk writes down what it hears."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soxr
import vosk

from dialer.amd.model_card import checksum
from dialer.amd.model_trial import try_model
from dialer.amd.transcript import load_vosk
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import noisy, plain, through_mulaw
from dialer.voskmini.measure import Condition, distance, score, transcribe
from dialer.voskmini.network import WORD_TIME_SCALE
from tests.support.small_models import PHRASE, TEN_WORDS, make_ten_word_model, ten_word_model


@pytest.fixture(scope="module")
def folder() -> Path:
    return ten_word_model()


@pytest.fixture(scope="module")
def model(folder: Path) -> vosk.Model:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(folder))


def spoken(text: str, voice: str = "es-419") -> np.ndarray:
    return plain(Espeak().say(text, Manner(voice))).samples


def test_it_understands_what_it_was_taught_at_8_khz(model: vosk.Model) -> None:
    assert transcribe(model, spoken(PHRASE)) == PHRASE
    assert transcribe(model, spoken("hola")) == "hola"


def test_it_understands_a_voice_that_it_never_heard_over_a_noisy_line(model: vosk.Model) -> None:
    clear = spoken(PHRASE, "es-419+Andrea").astype(np.float64)
    noise = noisy(clear, 20.0, np.random.default_rng(3))
    samples = through_mulaw(np.clip(np.rint(noise), -32768, 32767).astype(np.int16))
    understood = transcribe(model, samples).split()
    assert distance(PHRASE.split(), understood) <= 2


def test_a_grammar_limits_what_it_may_write(model: vosk.Model) -> None:
    for text in ("sí", "no"):
        assert transcribe(model, spoken(text), grammar=["sí", "no"]) == text
    assert set(transcribe(model, spoken(PHRASE), grammar=["sí", "no"]).split()) <= {"sí", "no"}


def test_a_grammar_with_room_for_the_unknown_says_that_it_does_not_know(model: vosk.Model) -> None:
    assert "[unk]" in transcribe(model, spoken(PHRASE), grammar=["sí", "no", "[unk]"]).split()


def test_it_takes_audio_of_16_khz_too(model: vosk.Model) -> None:
    wide = soxr.resample(spoken(PHRASE).astype(np.float64), 8000, 16_000)
    recogniser = vosk.KaldiRecognizer(model, 16_000)
    recogniser.AcceptWaveform(np.clip(wide, -32768, 32767).astype("<i2").tobytes())
    assert json.loads(recogniser.FinalResult())["text"] == PHRASE


def test_words_have_times_once_they_are_brought_to_scale(model: vosk.Model) -> None:
    speech = Espeak().say(PHRASE, Manner("es-419"))
    samples = plain(speech).samples
    recogniser = vosk.KaldiRecognizer(model, 8000)
    recogniser.SetWords(True)
    recogniser.AcceptWaveform(samples.astype("<i2").tobytes())
    words = json.loads(recogniser.FinalResult())["result"]
    assert [word["word"] for word in words] == PHRASE.split()
    for number, word in enumerate(words):
        first = next(sound for sound in speech.sounds if sound.word == number and sound.phone)
        said_at = 0.25 + first.start_ms / 1000  # a quarter of a second of silence lies before the voice
        assert word["start"] * WORD_TIME_SCALE == pytest.approx(said_at, abs=0.15)


def test_the_detectors_own_recogniser_understands_it(folder: Path) -> None:
    trial = try_model(load_vosk(folder), "es")
    assert trial.passed
    assert trial.heard.endswith("despues del tono")


def test_held_back_voices_are_measured_word_by_word(folder: Path) -> None:
    result = score(folder, TEN_WORDS, Condition.MU_LAW, 6)
    assert result.words == 2 * (len(PHRASE.split()) + 3 + 3)
    assert result.error_rate < 0.5  # ten seconds of such a model's learning cannot give more


def test_the_same_recipe_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    make_ten_word_model(tmp_path / "again")
    assert checksum(tmp_path / "again") == checksum(folder)


def test_words_put_in_left_out_and_mistaken_all_count() -> None:
    assert distance("abc", "abc") == 0
    assert distance("abc", "axcd") == 2
    assert distance("abc", "") == 3
