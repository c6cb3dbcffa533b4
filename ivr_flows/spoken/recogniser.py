"""What a grammar-limited recogniser should expect after each question, and what it says of its own certainty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from ivr_flows.spoken.hearing import UNKNOWN, Question, Utterance, filler_words, heard_lists, plain
from ivr_flows.spoken.money import currency_names
from ivr_flows.spoken.numbers import Form, english_ordinal, english_small, spanish_hundred, spanish_small
from ivr_flows.spoken.values import Locale
from ivr_flows.spoken.word_lists import word_lists


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


def grammar(question: Question, locale: Locale, *, words: Iterable[str] = (), currency: str = "") -> tuple[str, ...]:
    """The phrases to which a recogniser is limited after ``question``, and ``[unk]`` for all else.

    ``words``: the phrases of a choice, or what else may be said; ``currency`` (ISO 4217) of an amount. In lower case
    with accents, as models write them; words that a model does not know it leaves out by itself.
    """
    lists = heard_lists(locale.language)
    commands = [phrase for listed in lists["commands"].values() for phrase in listed]
    phrases: Sequence[str] = ()
    match question:
        case Question.YES_NO:
            phrases = [*lists["affirm"], *lists["deny"], *lists["neither"]]
        case Question.DIGITS:
            phrases = _digit_words(locale.language)
        case Question.AMOUNT:
            phrases = [*_number_words(locale.language), *_money_words(currency, locale)]
        case Question.DATE:
            phrases = _date_words(locale.language)
        case Question.CHOICE:
            # "El uno": a choice can be named by its key.
            phrases = word_lists(locale.language)["numbers"]["small"][:10]
        case Question.COMMAND:
            pass
    listed = [phrase.lower().replace("-", " ") for phrase in (*phrases, *words, *commands)]
    return (*dict.fromkeys(listed), UNKNOWN)


def known_phrases(phrases: Iterable[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """Those of ``phrases`` all of whose words a model ``knows``: it complains about each of the others."""
    return tuple(phrase for phrase in phrases if phrase == UNKNOWN or all(map(knows, phrase.split())))


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


def _money_words(currency: str, locale: Locale) -> list[str]:
    amounts = heard_lists(locale.language)["amounts"]
    words = [*amounts["join"], *amounts["half"], *amounts["point"], *amounts["all"], *amounts["halves"]]
    currencies = word_lists(locale.language)["currencies"]
    if currency in currencies:
        words += [*currency_names(currency, locale), *currencies[currency].get("minor", ())[-2:]]
    else:
        words += [name for one in currencies.values() for name in one["noun"][-2:]]
        words += amounts["minor"]
    words += [
        word for word, one in amounts["slang"].items() if not one["countries"] or locale.country in one["countries"]
    ]
    return words + (["de"] if locale.language == "es" else [])


_DATE_WORDS: Final = {
    "es": (
        "hoy mañana pasado el la los de del este esta próximo próxima que viene entrante en dentro día días semana "
        "semanas mes meses fin fines último quincena primero un una"
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
