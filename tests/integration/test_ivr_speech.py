"""Answers spoken over a telephone line and heard by the quick models: most are understood, hardly any wrongly."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import vosk

from dialer.provision.ivr_sounds import Sentences, Voices
from dialer.provision.sound_shape import PAUSE_MS, loudness_db, silence_around
from dialer.voskmini.built import QUICK, kept
from dialer.voskmini.corpus import LANGUAGES
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import plain as clear
from ivr_flows.spoken.fragments import value_phrases
from ivr_flows.spoken.hearing import Understood
from ivr_flows.spoken.recogniser import least_confidence
from ivr_flows.spoken.sound_plan import sentence_name
from ivr_flows.voice import Samples
from tests.support.spoken_answers import ACCENTS, ASKED, answers, expected, mu_law, recognise, understood

COUNT = 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_spoken_answers_are_understood_and_the_others_asked_again(language: str) -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(kept(language, QUICK, print)))
    espeak = Espeak()
    chance = np.random.default_rng(3)
    right: list[str] = []
    wrong: list[tuple[str, str]] = []
    for question in ASKED:
        phrases = expected(model, question, language)
        asked = answers(question, language, chance)
        for _ in range(COUNT):
            text, meant = next(asked)
            samples = mu_law(clear(espeak.say(text, Manner(ACCENTS[language]))).samples, chance)
            heard = recognise(model, samples, phrases, language)
            found = understood(question, heard.text, language)
            if isinstance(found, Understood) and heard.confidence >= least_confidence(question, language):
                if found.value == meant:
                    right.append(text)
                else:
                    wrong.append((text, heard.text))
    assert len(wrong) <= 1, wrong
    assert len(right) >= len(ASKED) * COUNT * 0.6, right


@pytest.mark.parametrize("language", LANGUAGES)
def test_spoken_phrases_follow_one_another_without_a_gap_and_equally_loud(language: str, tmp_path: Path) -> None:
    phrases = value_phrases(language)[::40]
    sentences = Sentences(tmp_path, Voices(), most_bytes=10_000_000)
    assert sentences.speak(phrases, language) == len(phrases)
    for phrase in phrases:
        samples = read(tmp_path / language / "said" / f"{sentence_name(phrase)}.wav")
        assert sum(silence_around(samples)) + PAUSE_MS < 200, phrase
        assert loudness_db(samples) == pytest.approx(-20, abs=5), phrase


def read(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        samples: Samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples
