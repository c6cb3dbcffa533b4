"""What greetings say, in the languages that are shipped."""

from __future__ import annotations

import pytest

from dialer.amd.phrases import LANGUAGES, SpokenKind, phrasebook, plain
from dialer.errors import ConfigurationError

MACHINES = {
    "es": [
        ("Deje su mensaje después del tono", SpokenKind.MACHINE),
        ("su llamada será transferida al buzón de voz", SpokenKind.MACHINE),
        ("el número que usted marcó no existe", SpokenKind.ANNOUNCEMENT),
        ("se encuentra apagado o fuera del área de servicio", SpokenKind.ANNOUNCEMENT),
        ("el número que usted ha marcado no se encuentra disponible", SpokenKind.ANNOUNCEMENT),
        ("telcel le informa que el número", SpokenKind.ANNOUNCEMENT),
        ("esta llamada tiene costo a partir de este momento", SpokenKind.MACHINE),
        ("el teléfono al que llama está apagado o sin cobertura", SpokenKind.ANNOUNCEMENT),
        ("hola si grabas tu nombre y el motivo de tu llamada veré", SpokenKind.SCREENER),
    ],
    "en": [
        ("I can't come to the phone right now", SpokenKind.MACHINE),
        ("please leave your message at the tone", SpokenKind.MACHINE),
        ("the number you have dialed is not in service", SpokenKind.ANNOUNCEMENT),
        ("your call has been forwarded to an automatic voice", SpokenKind.MACHINE),
        ("the number you are trying to reach", SpokenKind.ANNOUNCEMENT),
        ("hi if you record your name and reason for calling", SpokenKind.SCREENER),
    ],
}
PEOPLE = {
    "es": ["bueno", "sí dígame", "hola buenas tardes", "quién habla", "aló con quién tengo el gusto"],
    "en": ["hello", "yes", "hi who is this", "good morning"],
}
BUSY_PEOPLE = {
    "es": [
        "autopartes del norte buenos días en qué le puedo ayudar",
        "no está en este momento quién le llama",
        "has llamado a ferretería el tornillo dime",
    ],
    "en": [
        "green dental how may i direct your call",
        "he's not here right now",
        "thank you for calling you've reached the front desk how can i help you",
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_machines_carriers_and_screeners_are_told_apart(language: str) -> None:
    book = phrasebook(language)
    for text, kind in MACHINES[language]:
        spoken = book.read(text)
        assert spoken is not None, text
        assert (spoken.kind, bool(spoken.phrase)) == (kind, True), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_answer_is_an_answer(language: str) -> None:
    for text in PEOPLE[language]:
        spoken = phrasebook(language).read(text)
        assert spoken is not None
        assert spoken.kind is SpokenKind.ANSWER, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_words_of_people_decide_nothing(language: str) -> None:
    for text in BUSY_PEOPLE[language]:
        spoken = phrasebook(language).read(text)
        assert spoken is not None
        assert spoken.kind is SpokenKind.OTHER, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_is_found_only_at_the_borders_of_words(language: str) -> None:
    phrase = {"es": "deje su mensajes", "en": "leave a messages"}[language]
    spoken = phrasebook(language).read(phrase)
    assert spoken is not None
    assert spoken.kind is SpokenKind.OTHER


def test_nothing_understood_is_nothing_said() -> None:
    assert phrasebook("es").read("") is None
    assert phrasebook("es").read("[unk] [unk]") is None


def test_words_are_compared_without_accents_and_capitals() -> None:
    assert plain("¿Aló, BUZÓN de voz?") == "alo buzon de voz"
    assert plain("I can't") == "i cant"


def test_a_language_without_phrases_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match="es or en"):
        phrasebook("fr")
