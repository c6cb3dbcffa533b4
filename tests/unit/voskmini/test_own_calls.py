"""A model learns on from recorded calls: their words are found in the audio, and what it says of itself is true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from dialer.amd.model_card import Origin, read_card
from dialer.errors import InputError
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import plain, telephone
from dialer.voskmini.mfcc import mfcc
from dialer.voskmini.network import CONTEXT
from dialer.voskmini.own_calls import OwnCall, apart, checked, laid_along, with_words_of
from dialer.voskmini.own_model import LEAST_WORDS, errors_on, load_calls, make, may_decide
from tests.support.small_models import ABOVE_OR_BELOW, TEN_WORDS, TEN_WORDS_RECIPE
from tests.unit.amd.test_offline import write_wave

NEW_TEXTS = ("hola con quién hablo", "deje su recado", "por favor hola", "hola deje su tono", "no deje su recado")
RECIPE = replace(TEN_WORDS_RECIPE, seconds=100, epochs=9, width=48)


def calls(*voices: str) -> list[OwnCall]:
    chance = np.random.default_rng(4)
    espeak = Espeak()
    return [
        OwnCall(f"{voice}: {text}", telephone(espeak.say(text, Manner(f"es-419+{voice}")), chance).samples, text)
        for voice in voices
        for text in NEW_TEXTS
    ]


def call(text: str, samples: int = 8000) -> OwnCall:
    return OwnCall(text, np.zeros(samples, dtype=np.int16), text)


# ------------------------------------------------------------------------------------------------ which calls


def test_numbers_must_be_written_as_they_are_said() -> None:
    with pytest.raises(InputError, match="marque 1: write numbers as the words"):
        checked([call("hola"), call("marque 1")])


def test_a_call_without_words_or_audio_is_left_out_and_without_any_there_is_nothing_to_learn() -> None:
    assert [each.text for each in checked([call("hola"), call("..."), call("sí", samples=100)])] == ["hola"]
    with pytest.raises(InputError, match="no transcribed call"):
        checked([call("!")])


def test_calls_with_one_text_are_never_on_both_sides() -> None:
    many = [call(text) for text in ("hola", "Hola", "sí", "no", "bueno", "diga", "aló", "sí sí", "no no", "a", "e")]
    learned, held_back = apart(many, np.random.default_rng(1))
    assert len(held_back) in (2, 3)
    assert {each.text.lower() for each in learned}.isdisjoint(each.text.lower() for each in held_back)
    assert len(learned) + len(held_back) == len(many)


def test_the_words_of_the_calls_join_the_vocabulary_and_the_sentences() -> None:
    texts = with_words_of(TEN_WORDS, [call("¿Con quién hablo?"), call("hola")])
    assert set(texts.vocabulary) == {*TEN_WORDS.vocabulary, "con", "quién", "hablo"}
    assert texts.sentences == (*TEN_WORDS.sentences, "con quién hablo", "hola")


# ------------------------------------------------------------------------------------------------ where a word lies


class Certain:
    """Stands for a network: the first coefficient of a frame names its output, for certain."""

    def scores(self, frames: np.ndarray) -> np.ndarray:
        named = frames[::2, 0].astype(int)
        return np.where(np.arange(5) == named[:, None], 0.0, -30.0).astype(np.float32)


def named(*outputs: int) -> np.ndarray:
    return np.repeat(np.array(outputs, dtype=np.float32), 2)[:, None]


def test_words_are_laid_where_the_network_hears_them_with_pauses_or_without() -> None:
    paused = named(0, 0, 1, 1, 2, 0, 0, 3, 4, 4, 0)
    found = laid_along(Certain(), ABOVE_OR_BELOW, ["above", "below"], paused)  # type: ignore[arg-type]
    assert found is not None
    assert found.tolist() == paused[:, 0].tolist()
    joined = named(1, 2, 2, 3, 4)
    found = laid_along(Certain(), ABOVE_OR_BELOW, ["above", "below"], joined)  # type: ignore[arg-type]
    assert found is not None
    assert found.tolist() == joined[:, 0].tolist()


def test_words_that_are_not_in_the_audio_or_do_not_fit_into_it_are_not_laid_there() -> None:
    below = named(0, 3, 3, 4, 4, 0)
    assert laid_along(Certain(), ABOVE_OR_BELOW, ["above", "above"], below) is None  # type: ignore[arg-type]
    assert laid_along(Certain(), ABOVE_OR_BELOW, ["below"] * 9, below) is None  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ the whole way


def test_it_may_decide_only_where_people_are_confirmed_and_enough_of_their_words_are_right() -> None:
    assert may_decide(LEAST_WORDS, LEAST_WORDS // 4, confirmed=True)
    assert not may_decide(LEAST_WORDS, LEAST_WORDS // 4, confirmed=False)
    assert not may_decide(LEAST_WORDS - 1, 0, confirmed=True)
    assert not may_decide(LEAST_WORDS, LEAST_WORDS // 4 + 1, confirmed=True)


def test_a_model_learns_words_of_calls_that_its_texts_do_not_have_and_its_card_says_so(tmp_path: Path) -> None:
    own = calls("Andrea", "Marco", "m7")
    said: list[str] = []
    with threadpool_limits(1):  # as its own process has it; two threads would only wait for one another
        card = make(TEN_WORDS, RECIPE, tmp_path / "own", said.append, own, confirmed=True)
    assert read_card(tmp_path / "own") == card
    assert (card.origin, card.may_decide, card.language) == (Origin.OWN, False, "es")  # 3 calls are no proof
    assert (card.facts["own_calls"], card.facts["held_back_calls"]) == (12, 3)
    assert card.facts["people_confirmed"] == "yes"
    assert "not for passing on" in card.licence
    assert any("12 aligned, 0 left out" in line for line in said)
    recado = [each for each in own if "recado" in each.text]
    words, errors = errors_on(tmp_path / "own", recado)
    assert errors <= words // 2  # of another voice each; a model that learned in two seconds
    assert "recado" in (tmp_path / "own/graph/words.txt").read_text("utf-8")


def test_calls_are_read_from_a_manifest_and_its_texts_with_them(tmp_path: Path) -> None:
    speech = plain(Espeak().say("hola", Manner("es-419"))).samples
    write_wave(tmp_path / "one.wav", speech.tobytes())
    listed = "file,text,language\none.wav,Hola,es\none.wav,Hello,en\none.wav,,es\n"
    (tmp_path / "calls.csv").write_text(listed, encoding="utf-8")
    (found,) = load_calls(tmp_path / "calls.csv", "es")
    assert found.text == "Hola"
    assert np.array_equal(found.samples, speech)
    assert len(mfcc(found.samples)) > CONTEXT
