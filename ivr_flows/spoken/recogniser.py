"""What a grammar-limited recogniser should expect after each question, and what it says of its own certainty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from ivr_flows.spoken.compose import words
from ivr_flows.spoken.dates import spanish_day
from ivr_flows.spoken.hearing import UNKNOWN, Question, Utterance, filler_words, heard_lists, plain
from ivr_flows.spoken.money import currency_names
from ivr_flows.spoken.numbers import Form, english_ordinal, english_small, spanish_hundred, spanish_small
from ivr_flows.spoken.values import Kind, Locale, Money
from ivr_flows.spoken.word_lists import PAUSE, word_lists


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

    Whole answers are among them, because words that follow one another as people say them are heard far better.
    ``words``: the phrases of a choice, or what else may be said; ``currency`` (ISO 4217) of an amount. In lower case
    with accents, as models write them; words that a model does not know it leaves out by itself.
    """
    lists = heard_lists(locale.language)
    # Few, for every word that may come takes its share of those that do.
    commands = [phrase for key in ("agent", "repeat") for phrase in lists["commands"][key][:_COMMANDS]]
    phrases: Sequence[str] = ()
    match question:
        case Question.YES_NO:
            phrases = [*lists["affirm"], *lists["deny"], *lists["neither"]]
        case Question.DIGITS:
            phrases = [*_digit_words(locale.language), *_digit_examples(locale.language)]
        case Question.AMOUNT:
            phrases = [*_number_words(locale.language), *_money_words(currency, locale)]
            phrases += _amount_examples(locale.language, locale.country, currency)
        case Question.DATE:
            phrases = [*_date_words(locale.language), *_date_examples(locale.language, locale.country)]
        case Question.CHOICE:
            # "El uno": a choice can be named by its key.
            phrases = word_lists(locale.language)["numbers"]["small"][:10]
        case Question.COMMAND:
            pass
    listed = [phrase.lower().replace("-", " ") for phrase in (*phrases, *words, *commands)]
    never = set(lists["never_expected"])
    return (*dict.fromkeys(phrase for phrase in listed if never.isdisjoint(phrase.split())), UNKNOWN)


def known_phrases(phrases: Iterable[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """Those of ``phrases`` all of whose words a model ``knows``: it complains about each of the others."""
    return tuple(phrase for phrase in phrases if phrase == UNKNOWN or all(map(knows, phrase.split())))


@cache
def _digit_words(language: str) -> tuple[str, ...]:
    digits = heard_lists(language)["digits"]
    # Hundreds, as in "trescientos diez"; thousands in digits are rarer than words that sound like them.
    numbers = [word for word in _number_words(language) if word not in _NOT_IN_DIGITS]
    return (*numbers, digits["double"], digits["triple"], *digits["zero"])


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


@cache
def _digit_examples(language: str) -> tuple[str, ...]:
    """Every digit after every other."""
    small = word_lists(language)["numbers"]["small"]
    turns = [(one, other, (one + 3) % 10, (other + 7) % 10) for one in range(10) for other in range(10)]
    return tuple(" ".join(small[digit] for digit in turn) for turn in turns)


@cache
def _amount_examples(language: str, country: str, currency: str) -> tuple[str, ...]:
    round_ones = [digit * 10**power for power in range(2, 7) for digit in range(1, 10)]
    mixed = [tens * 10**power for tens in range(11, 100) for power in (0, 1, 3, 4)]
    thousands = [thousand * 1000 + 50 * (thousand % 19 + 1) for thousand in range(1, 100)]
    code = currency if currency in word_lists(language)["currencies"] else _USUAL_CURRENCY
    locale = Locale(language, country)
    return tuple(words(Money(Decimal(value), code), locale) for value in (*round_ones, *mixed, *thousands))


@cache
def _date_examples(language: str, country: str) -> tuple[str, ...]:
    locale = Locale(language, country)
    year = [date(2028, 1, 1) + timedelta(days=number) for number in range(0, 366, 2)]
    said = [words(day, locale, Kind.DAY if day.day % 3 else Kind.DATE).replace(PAUSE, "") for day in year]
    lists = word_lists(language)
    relative = [
        example.replace("{weekday}", weekday) for example in _DATE_EXAMPLES[language] for weekday in lists["weekdays"]
    ]
    if language == "es":
        alone = [f"el {spanish_day(number, country)}" for number in range(1, 32)]
    else:
        alone = [f"the {english_ordinal(number)}" for number in range(1, 32)]
    return tuple(dict.fromkeys((*said, *relative, *alone)))


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


_NOT_IN_DIGITS: Final = ("mil", "millón", "millones", "thousand", "million", "a", "and")
_COMMANDS: Final = 3
_USUAL_CURRENCY: Final = "USD"
_DATE_EXAMPLES: Final = {
    "es": (
        "hoy",
        "mañana",
        "pasado mañana",
        "el {weekday}",
        "este {weekday}",
        "el próximo {weekday}",
        "el {weekday} que viene",
        "en ocho días",
        "en quince días",
        "en una semana",
        "en dos semanas",
        "la quincena",
        "la próxima quincena",
        "fin de mes",
        "a fin de mes",
    ),
    "en": (
        "today",
        "tomorrow",
        "the day after tomorrow",
        "on {weekday}",
        "this {weekday}",
        "next {weekday}",
        "in a week",
        "in two weeks",
        "at the end of the month",
    ),
}
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
