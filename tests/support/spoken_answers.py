"""Answers to an IVR's questions, spoken by espeak-ng over a telephone line and written down by a recogniser."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import vosk

from dialer.voskmini.corpus import HELD_BACK_RATES, HELD_BACK_VARIANTS
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import noisy, through_mulaw
from dialer.voskmini.line import plain as clear
from ivr_flows.spoken.answers import hear_yes_no
from ivr_flows.spoken.compose import words
from ivr_flows.spoken.hear_amounts import AmountContext, hear_amount
from ivr_flows.spoken.hear_dates import hear_date
from ivr_flows.spoken.hear_digits import hear_digits
from ivr_flows.spoken.hearing import Hearing, Question, Utterance
from ivr_flows.spoken.recogniser import grammar, known_phrases, utterance
from ivr_flows.spoken.values import Digits, Kind, Locale, Money

TODAY = date(2026, 11, 23)
ASKED = (Question.YES_NO, Question.DIGITS, Question.AMOUNT, Question.DATE)
LOCALES = {"es": Locale("es", "MX"), "en": Locale("en", "US")}
CURRENCIES = {"es": "MXN", "en": "USD"}
ACCENTS = {"es": "es-419", "en": "en-us"}
PIECE = 800

AFFIRM = {
    "es": ("sí", "claro", "claro que sí", "correcto", "así es", "de acuerdo"),
    "en": ("yes", "yeah", "sure", "correct", "that's right", "of course"),
}
DENY = {
    "es": ("no", "no gracias", "para nada", "no acepto"),
    "en": ("no", "no thank you", "not at all", "nope"),
}
DAYS = {
    "es": {"mañana": 1, "pasado mañana": 2, "en ocho días": 7, "en dos semanas": 14, "la quincena": 7, "el viernes": 4},
    "en": {"tomorrow": 1, "the day after tomorrow": 2, "in a week": 7, "this friday": 4},
}

Answer = bool | str | Decimal | date
Samples = np.ndarray[tuple[int], np.dtype[np.int16]]


def answers(question: Question, language: str, chance: np.random.Generator) -> Iterator[tuple[str, Answer]]:
    """Endless: what is said, and what it means."""
    locale = LOCALES[language]
    while True:
        match question:
            case Question.YES_NO:
                meaning = bool(chance.random() < 0.5)
                yield str(chance.choice((AFFIRM if meaning else DENY)[language])), meaning
            case Question.DIGITS:
                digits = "".join(map(str, chance.integers(0, 10, 4)))
                yield words(Digits(digits), locale), digits
            case Question.AMOUNT:
                # People promise round amounts: one or two figures, then zeros.
                value = Decimal(int(chance.integers(1, 100)) * 10 ** int(chance.integers(1, 5)))
                yield words(Money(value, CURRENCIES[language]), locale), value
            case _:
                if chance.random() < 0.3:
                    said = str(chance.choice(list(DAYS[language])))
                    yield said, TODAY + timedelta(days=DAYS[language][said])
                else:
                    day = TODAY + timedelta(days=int(chance.integers(3, 90)))
                    yield words(day, locale, Kind.DATE if chance.random() < 0.4 else Kind.DAY), day


def understood(question: Question, said: str, language: str) -> Hearing[Any]:
    match question:
        case Question.YES_NO:
            return hear_yes_no(said, language)
        case Question.DIGITS:
            return hear_digits(said, language, lengths={4})
        case Question.AMOUNT:
            return hear_amount(said, language, AmountContext(CURRENCIES[language], LOCALES[language].country))
        case _:
            return hear_date(said, language, TODAY)


def recognise(model: Any, samples: Samples, phrases: Sequence[str], language: str) -> Utterance:
    recogniser = vosk.KaldiRecognizer(model, 8000, json.dumps(list(phrases), ensure_ascii=False))
    recogniser.SetWords(True)
    results = [
        json.loads(recogniser.Result())
        for at in range(0, len(samples), PIECE)
        if recogniser.AcceptWaveform(samples[at : at + PIECE].astype("<i2").tobytes())
    ]
    results.append(json.loads(recogniser.FinalResult()))
    return utterance(results, language)


def mu_law(samples: Samples, chance: np.random.Generator) -> Samples:
    return through_mulaw(samples)


def mu_law_with_noise(samples: Samples, chance: np.random.Generator) -> Samples:
    mixed = noisy(samples.astype(np.float64), 20.0, chance)
    return through_mulaw(np.clip(np.rint(mixed), -32768, 32767).astype(np.int16))


def spoken(espeak: Espeak, text: str, language: str, chance: np.random.Generator) -> Samples:
    """``text`` in a voice and at a speed that the small models did not learn from."""
    voice = f"{ACCENTS[language]}+{chance.choice(HELD_BACK_VARIANTS)}"
    manner = Manner(voice, int(chance.choice(HELD_BACK_RATES)), int(chance.integers(20, 85)))
    return clear(espeak.say(text, manner)).samples


def expected(model: Any, question: Question, language: str) -> tuple[str, ...]:
    """The grammar of ``question``, as far as ``model`` knows its words."""
    limited = grammar(question, LOCALES[language], currency=CURRENCIES[language])
    return known_phrases(limited, lambda word: model.vosk_model_find_word(word) >= 0)
