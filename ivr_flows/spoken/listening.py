"""The questions of a flow, what a recogniser should expect after each, and what comes of its answer."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from ivr_flows.spoken.answers import hear_choice, hear_yes_no
from ivr_flows.spoken.hear_amounts import AmountContext, hear_amount
from ivr_flows.spoken.hear_dates import hear_date
from ivr_flows.spoken.hear_digits import hear_digits
from ivr_flows.spoken.hearing import (
    UNKNOWN,
    Hearing,
    Misheard,
    NotUnderstood,
    Question,
    Utterance,
    filler_words,
    heard_lists,
    plain,
)
from ivr_flows.spoken.money import currency_names
from ivr_flows.spoken.numbers import Form, english_ordinal, english_small, spanish_hundred, spanish_small
from ivr_flows.spoken.values import Locale
from ivr_flows.spoken.word_lists import word_lists


@dataclass(frozen=True, slots=True)
class AskYesNo:
    question = Question.YES_NO


@dataclass(frozen=True, slots=True)
class AskDigits:
    """``lengths``: how many digits there may be; None: any."""

    lengths: Container[int] | None = None
    question = Question.DIGITS


@dataclass(frozen=True, slots=True)
class AskAmount:
    context: AmountContext = field(default_factory=AmountContext)
    question = Question.AMOUNT


@dataclass(frozen=True, slots=True)
class AskDate:
    """``today`` in the debtor's zone. ``born``: a date of birth, with its year."""

    today: date
    born: bool = False
    question = Question.DATE


@dataclass(frozen=True, slots=True)
class AskChoice:
    """``options``: what is chosen, and the phrases that choose it."""

    options: Mapping[str, Sequence[str]]
    question = Question.CHOICE


Asked = AskYesNo | AskDigits | AskAmount | AskDate | AskChoice


def hear(
    asked: Asked, said: Utterance, language: str
) -> Hearing[bool] | Hearing[str] | Hearing[Decimal] | Hearing[date]:
    """What ``said`` answers to ``asked``. What the recogniser doubts is not understood, whatever it says."""
    if said.confidence < least_confidence(asked.question, language) and plain(said.text):
        return NotUnderstood(Misheard.LOW_CONFIDENCE)
    match asked:
        case AskYesNo():
            return hear_yes_no(said.text, language)
        case AskDigits(lengths):
            return hear_digits(said.text, language, lengths=lengths)
        case AskAmount(context):
            return hear_amount(said.text, language, context)
        case AskDate(today, born):
            return hear_date(said.text, language, today, may_be_past=born)
        case AskChoice(options):
            return hear_choice(said.text, options)


def least_confidence(question: Question, language: str) -> float:
    """Below this the keypad is asked for instead, 0..1."""
    return float(heard_lists(language)["confidence"][question.value])


def utterance(results: Sequence[Mapping[str, Any]], language: str) -> Utterance:
    """One utterance of the results of a Vosk recogniser with words: ``{"text": …, "result": [{"word", "conf"}]}``. Its
    confidence is that of the least certain word that says something."""
    text = " ".join(str(result.get("text", "")) for result in results).strip()
    words = [word for result in results for word in result.get("result", ())]
    telling = [float(word["conf"]) for word in words if _tells(str(word["word"]), language)]
    return Utterance(text, min(telling or [float(word["conf"]) for word in words] or [1.0]))


def _tells(word: str, language: str) -> bool:
    return word != UNKNOWN and plain(word) not in filler_words(language)


def grammar(asked: Asked, locale: Locale) -> tuple[str, ...]:
    """The phrases to which a recogniser is limited after ``asked``, and ``[unk]`` for all else. In lower case with
    accents, as models write them; words that a model does not know it leaves out by itself."""
    match asked:
        case AskYesNo():
            lists = heard_lists(locale.language)
            phrases: Sequence[str] = [*lists["affirm"], *lists["deny"], *lists["neither"]]
        case AskChoice(options):
            phrases = [phrase for listed in options.values() for phrase in listed]
        case AskDigits():
            phrases = _digit_words(locale.language)
        case AskAmount(context):
            phrases = [*_number_words(locale.language), *_money_words(context, locale)]
        case AskDate():
            phrases = _date_words(locale.language)
    commands = [phrase for listed in heard_lists(locale.language)["commands"].values() for phrase in listed]
    listed = [phrase.lower().replace("-", " ") for phrase in (*phrases, *commands)]
    return (*dict.fromkeys(listed), UNKNOWN)


@cache
def _digit_words(language: str) -> tuple[str, ...]:
    digits = heard_lists(language)["digits"]
    return (*_number_words(language), digits["double"], digits["triple"], *digits["zero"])


@cache
def _number_words(language: str) -> tuple[str, ...]:
    if language == "en":
        numbers = word_lists("en")["numbers"]
        return (*numbers["small"], *numbers["tens"], "hundred", "thousand", "million", "a", "and")
    small = [spanish_small(value, form) for form in Form for value in range(100)]
    hundreds = [spanish_hundred(count, feminine=feminine) for feminine in (False, True) for count in range(1, 10)]
    # Word by word: "treinta y uno" needs no place of its own.
    words = [word for phrase in (*small, *hundreds) for word in phrase.split()]
    return (*dict.fromkeys(words), "cien", "mil", "millón", "millones")


def _money_words(context: AmountContext, locale: Locale) -> list[str]:
    amounts = heard_lists(locale.language)["amounts"]
    words = [*amounts["join"], *amounts["half"], *amounts["point"], *amounts["all"], *amounts["halves"]]
    currencies = word_lists(locale.language)["currencies"]
    if context.currency:
        words += [*currency_names(context.currency, locale), *currencies[context.currency].get("minor", ())[-2:]]
    else:
        words += [name for currency in currencies.values() for name in currency["noun"][-2:]]
        words += amounts["minor"]
    words += [
        word for word, one in amounts["slang"].items() if not one["countries"] or locale.country in one["countries"]
    ]
    return words + (["de"] if locale.language == "es" else [])


_DATE_WORDS: Final = {
    "es": (
        "hoy mañana pasado el la los de del este esta próximo próxima que viene entrante en dentro día días semana semanas "
        "mes meses fin fines último quincena primero un una"
    ),
    "en": (
        "today tomorrow the day after on in of next this coming end last month months week weeks days from now a an"
    ),
}


@cache
def _date_words(language: str) -> tuple[str, ...]:
    lists = word_lists(language)
    names = [*lists["weekdays"], *lists["months"], *_DATE_WORDS[language].split()]
    if language == "es":
        return (*names, *(word for value in range(1, 100) for word in spanish_small(value, Form.ALONE).split()), "mil")
    ordinals = [word for value in range(1, 32) for word in english_ordinal(value).split("-")]
    small = [word for value in range(1, 100) for word in english_small(value).split("-")]
    return (*names, *ordinals, *small, "thousand")
