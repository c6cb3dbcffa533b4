"""People who speak to self-service on the real Asterisk: their audio reaches the recogniser while the flow plays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from dialer.settings import AmdSettings
from dialer.voskmini.built import QUICK, kept
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import plain as clear
from ivr_flows.play.player import Player
from ivr_flows.shelf import checked
from tests.support.ivr_room import Afterwards, Somebody, all_calls, asterisk_with_flows, place, sound
from tests.support.key_pressers import Press, Sound
from tests.support.mu_law import encoded
from tests.support.spoken_answers import ACCENTS

ES, EN, UNSURE = (f"57310555020{last}" for last in range(3))


@pytest.fixture(scope="module")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    models = AmdSettings(
        vosk_model_es=kept("es", QUICK, print),
        vosk_model_en=kept("en", QUICK, print),
        workers=1,
        recognisers=12,
        force_synthetic_words=True,
    )
    # Who they are; a promise, another amount, how much, when; right; no way to pay; nothing else. "Four" and "december"
    # are words that the quick English model mishears.
    spanish = say(
        "es", "sí", "uno uno uno uno", "uno", "cuatro", "cien mil pesos", "el quince de diciembre", "correcto",
        "no gracias", "terminar",
    )  # fmt: skip
    english = [
        *say("en", "yes", "two two two two", "one"),
        Press("4"),
        *say("en", "one hundred thousand pesos"),
        Press("1201"),
        *say("en", "correct", "no", "goodbye"),
    ]
    unsure = [
        *say("es", "sí", "tres tres tres tres", "el uno"),
        Press("1", after_s=2.0),
        *map(Press, ("1", "2711", "1", "2", "2")),
    ]
    people = [
        Somebody(number=ES, document="1020301111", script=spanish),
        Somebody(number=EN, document="1020302222", script=english, language="en"),
        Somebody(number=UNSURE, document="1020303333", script=unsure),
    ]
    with asterisk_with_flows("ivr-spoken") as asterisk:
        yield asyncio.run(all_calls(asterisk, tmp_path_factory.mktemp("spoken"), people, amd=models))


def say(language: str, *answers: str) -> list[Press | Sound]:
    """Each as soon as the question has begun: they talk over it."""
    espeak = Espeak()
    spoken = [clear(espeak.say(text, Manner(ACCENTS[language]))).samples for text in answers]
    return [Sound(encoded(samples.astype(np.float64) / 32768), after_s=0.5) for samples in spoken]


def test_a_promise_is_made_by_words(afterwards: Afterwards) -> None:
    found = {}
    for number in (ES, EN):
        (promise,) = afterwards.promised(number)
        (due,) = [row for row in afterwards.instalments if row.promise_id == promise.id]
        found[number] = (promise.total_minor, due.due_on)

    assert found == {ES: (10_000_000, date(2026, 12, 15)), EN: (10_000_000, date(2026, 12, 1))}


def test_what_is_talked_over_falls_silent(afterwards: Afterwards) -> None:
    assert likeness_of(afterwards, ES, "main_menu") < 0.6


def test_who_was_heard_uncertainly_is_asked_for_keys(afterwards: Afterwards) -> None:
    (promise,) = afterwards.promised(UNSURE)

    assert likeness_of(afterwards, UNSURE, "use_keypad", seconds=1.0) > 0.8
    assert likeness_of(afterwards, ES, "use_keypad", seconds=1.0) < 0.6
    assert promise.total_minor == 35_000_000


def likeness_of(afterwards: Afterwards, number: str, prompt: str, *, seconds: float = 60.0) -> float:
    """How like the beginning of the prompt the best stretch of what they heard is."""
    words = str(Player(checked("settle")).flows.catalogue.text("es", prompt))
    said = sound(afterwards.sounds, "es", words)[: round(seconds * 8000)]
    return place(afterwards.people[number].speech(), said)[0]


def test_nothing_went_wrong_on_the_line(afterwards: Afterwards) -> None:
    assert afterwards.surprises == []
    assert {row.outcome for row in afterwards.attempts.values()} == {"conversation"}
