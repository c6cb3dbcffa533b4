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

DOCUMENT = "identity asking:document_last"
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
    # They answer what they are asked, and again where it is asked again. "Four" and "december" are words that the quick
    # English model mishears.
    spanish = {
        "identity person": say("es", "sí"),
        DOCUMENT: say("es", "uno uno uno uno"),
        "menu": say("es", "uno"),
        "promise how": say("es", "cuatro"),
        "promise amount": say("es", "cien mil pesos"),
        "promise date": say("es", "el quince de diciembre"),
        "promise confirm": say("es", "correcto"),
        "pay_by": say("es", "no gracias"),
        "more": say("es", "terminar"),
    }
    english = {
        "identity person": say("en", "yes"),
        DOCUMENT: say("en", "two two two two"),
        "menu": say("en", "one"),
        "promise how": [Press("4")],
        "promise amount": say("en", "one hundred thousand pesos"),
        "promise date": [Press("1201")],
        "promise confirm": say("en", "correct"),
        "pay_by": say("en", "no"),
        "more": say("en", "goodbye"),
    }
    unsure = {
        "identity person": say("es", "sí"),
        DOCUMENT: say("es", "tres tres tres tres"),
        "menu": [*say("es", "el uno"), Press("1", after_s=2.0)],
        "promise how": [Press("1")],
        "promise date": [Press("2711")],
        "promise confirm": [Press("1")],
        "pay_by": [Press("2")],
        "more": [Press("2")],
    }
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

    assert afterwards.people[UNSURE].answered["menu"] >= 2
    assert likeness_of(afterwards, UNSURE, "use_keypad", seconds=1.0) > 0.6
    assert promise.total_minor == 35_000_000


def likeness_of(afterwards: Afterwards, number: str, prompt: str, *, seconds: float = 60.0) -> float:
    """How like the beginning of the prompt the best stretch of what they heard is."""
    words = str(Player(checked("settle")).flows.catalogue.text("es", prompt))
    said = sound(afterwards.sounds, "es", words)[: round(seconds * 8000)]
    return place(afterwards.people[number].speech(), said)[0]


def test_nothing_went_wrong_on_the_line(afterwards: Afterwards) -> None:
    assert afterwards.surprises == []
    assert {row.outcome for row in afterwards.attempts.values()} == {"conversation"}
