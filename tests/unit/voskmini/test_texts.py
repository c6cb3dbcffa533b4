"""What the models are taught: all that the detector looks for, and nothing that measurements hold back."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
import yaml

from dialer.amd.offline import from_mulaw
from dialer.amd.phrases import plain
from dialer.errors import ConfigurationError
from dialer.voskmini.corpus import HELD_BACK_VARIANTS, LANGUAGES, VARIANTS, load_texts, utterances, words_of
from dialer.voskmini.line import through_mulaw
from dialer.voskmini.numbers import cardinal, made_up
from tests.support.mu_law import encoded

#: Answers that sound the same as another one: "hola" without its mute letter, and the English spelling of "ey".
_TWINS = {"es": {"ola", "hey"}, "en": set()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_detectors_phrases_can_be_understood(language: str) -> None:
    listed = yaml.safe_load(resources.files("dialer.amd").joinpath(f"phrase_lists/{language}.yaml").read_text("utf-8"))
    known = {plain(word) for word in load_texts(language).vocabulary} | _TWINS[language]
    wanted = {
        word for phrases in listed.values() for phrase in phrases for word in plain(phrase.replace("_", " ")).split()
    }
    assert wanted - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_back_is_made_of_known_words_and_is_never_taught(language: str) -> None:
    texts = load_texts(language)
    taught = {" ".join(words_of(sentence)) for sentence in texts.sentences}
    for sentence in texts.held_back:
        assert set(words_of(sentence)) <= set(texts.vocabulary)
        assert " ".join(words_of(sentence)) not in taught
    assert set(VARIANTS) & set(HELD_BACK_VARIANTS) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_said_is_in_the_vocabulary_and_in_a_voice_of_training(language: str) -> None:
    texts = load_texts(language)
    said = utterances(texts, np.random.default_rng(1))
    for _ in range(3000):
        text, manner = next(said)
        assert set(words_of(text)) <= set(texts.vocabulary)
        assert manner.voice.partition("+")[2] in ("", *VARIANTS)


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (0, "cero", "zero"),
        (21, "veintiuno", "twenty one"),
        (45, "cuarenta y cinco", "forty five"),
        (100, "cien", "one hundred"),
        (101, "ciento uno", "one hundred one"),
        (1000, "mil", "one thousand"),
        (21_000, "veintiún mil", "twenty one thousand"),
        (120_500, "ciento veinte mil quinientos", "one hundred twenty thousand five hundred"),
        (1_000_000, "un millón", "one million"),
        (31_000_002, "treinta y un millones dos", "thirty one million two"),
    ],
)
def test_numbers_are_said_as_people_say_them(value: int, spanish: str, english: str) -> None:
    assert (cardinal(value, "es"), cardinal(value, "en")) == (spanish, english)


def test_spanish_amounts_lose_their_last_vowel_before_the_currency() -> None:
    chance = np.random.default_rng(0)
    amounts = [made_up("amount", "es", chance) for _ in range(3000)]
    assert any(amount.endswith(" pesos") for amount in amounts)
    assert not any("uno pesos" in amount or "uno mil" in amount for amount in amounts)


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="es or en"):
        load_texts("fr")


def test_the_training_line_codes_mu_law_as_telephones_do() -> None:
    ramp = np.arange(-32700, 32700, 7, dtype=np.int16)
    assert through_mulaw(ramp).tolist() == from_mulaw(encoded(ramp / 32635.0)).tolist()
