"""What people say for a day, as patterns: which kind of phrase it is and the numbers in it. Needs no today.

Numbers, weekdays and months are first written as numerals: "el viernes once de diciembre" is "el #w4 11 de #m12".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from ivr_flows.spoken.hearing import UNKNOWN, plain
from ivr_flows.spoken.number_reading import read_number
from ivr_flows.spoken.word_lists import word_lists


@dataclass(frozen=True, slots=True)
class Said:
    """``how``: days, weeks, months (from today), weekday, of_month, this_month, next_month, date, payday, next_payday,
    month_end, end_of, year_end, vague. ``which`` of the weekdays: this, next, next_week, week_after. ``numbers``: days
    counted, a weekday (0 Monday), a day of a month, or day, month and perhaps year. ``weekday``, where one was said
    beside a day."""

    how: str
    numbers: tuple[int, ...] = ()
    which: str = ""
    weekday: int | None = None


_Make = Callable[[re.Match[str]], Said]

_NUMBER: Final = r"(\d+|a|an)"
_YEAR: Final = r"(?P<year>\d+(?: \d+){0,2})"
_MONTH_ES: Final = r"(?:del? )?(?:mes de )?#m(?P<month>\d+)"
_WEEKDAY: Final = r"(?:#w(?P<weekday>\d) )?"


def _date(match: re.Match[str]) -> Said:
    groups = match.groupdict()
    years = (_year(groups["year"].split()),) if groups.get("year") else ()
    weekday = groups.get("weekday")
    return Said("date", (int(groups["day"]), int(groups["month"]), *years), "", int(weekday) if weekday else None)


def _year(spoken: Sequence[str]) -> int:
    """Nineteen eighty-five is said as 19 and 85, nineteen oh five as 19, 0 and 5."""
    return int("".join(spoken)) if len(spoken) > 1 else int(spoken[0])


def _counted(how: str) -> _Make:
    return lambda match: Said(how, (1 if match[1] in ("a", "an") else int(match[1]),))


def _weekday(which: str) -> _Make:
    return lambda match: Said("weekday", (int(match[1]),), which)


def _day_of(how: str) -> _Make:
    return lambda match: Said(how, (int(match[1]),))


def _fixed(said: Said) -> _Make:
    return lambda match: said


def _latin_days(match: re.Match[str]) -> Said:
    # Both ends are counted: eight days are a week, and fifteen are two weeks to most.
    number = int(match[1])
    return Said("days", {8: (7,), 15: (14, 15)}.get(number, (number,)))


def _weekday_and_day(match: re.Match[str]) -> Said:
    return Said("of_month", (int(match[2]),), "", int(match[1]))


_NUMERIC: Final[list[tuple[str, _Make]]] = [
    (r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", _date),
]

_NEXT_MONTH_ES = r"(?:proximo mes|mes que viene|mes proximo|mes entrante|mes siguiente|siguiente mes|otro mes)"
_NEXT_WEEK_ES = r"(?:proxima semana|semana que viene|semana entrante|semana proxima|siguiente semana|otra semana)"
_SPANISH: Final[list[tuple[str, _Make]]] = [
    (r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{2,4}))?", _date),
    (
        rf"{_WEEKDAY}(?:el )?(?:dia )?(?P<day>\d+) {_MONTH_ES}(?: (?:del ano |del? )?{_YEAR})?",
        _date,
    ),
    (rf"(\d+) (?:de|del) {_NEXT_MONTH_ES}", _day_of("next_month")),
    (r"(\d+) (?:de este mes|del mes en curso|del presente)", _day_of("this_month")),
    (rf"(?:fin|fines|final|finales|ultimo(?: dia)?) (?:de|del) {_NEXT_MONTH_ES}", _fixed(Said("month_end", (1,)))),
    (r"(?:fin|fines|final|finales|ultimo(?: dia)?) (?:de |del )?#m(\d+)", _day_of("end_of")),
    (r"(?:fin|fines|final|finales|ultimo(?: dia)?) (?:de |del )?(?:este )?mes", _fixed(Said("month_end", (0,)))),
    (r"(?:fin|fines|final|finales) (?:de |del )?(?:este )?ano", _fixed(Said("year_end"))),
    (
        r"(?:proxima|siguiente|otra) quincena|quincena (?:que viene|entrante|siguiente|proxima)",
        _fixed(Said("next_payday")),
    ),
    (r"quincena", _fixed(Said("payday"))),
    (rf"#w(\d) (?:de |en )?(?:la )?{_NEXT_WEEK_ES}", _weekday("next_week")),
    (rf"{_NEXT_WEEK_ES} (?:el )?#w(\d)", _weekday("next_week")),
    (r"#w(\d) en 8(?: dias)?", _weekday("week_after")),
    (r"(?:proximo|siguiente|otro) #w(\d)", _weekday("next")),
    (r"#w(\d) (?:que viene|proximo|siguiente|entrante)", _weekday("next")),
    (r"pasado manana(?: #w\d)?", _fixed(Said("days", (2,)))),
    (r"manana(?: #w\d)?", _fixed(Said("days", (1,)))),
    (r"hoy en (\d+)(?: dias)?", _latin_days),
    (r"hoy(?: mismo)?(?: #w\d)?", _fixed(Said("days", (0,)))),
    (r"(?:este )?#w(\d) (?:el )?(?:dia )?(\d+)", _weekday_and_day),
    (r"#w(\d)", _weekday("this")),
    (r"(?:en )?(\d+) dias?", _latin_days),
    (r"(?:en )?(\d+) semanas?", _counted("weeks")),
    (r"(?:en )?(\d+) mes(?:es)?", _counted("months")),
    (rf"{_NEXT_WEEK_ES}|{_NEXT_MONTH_ES}|esta semana|este mes|#m\d+", _fixed(Said("vague"))),
    (r"(?:proximo )?(?:dia )?(\d+)", _day_of("of_month")),
]

_ENGLISH: Final[list[tuple[str, _Make]]] = [
    (rf"{_WEEKDAY}(?:on )?(?:the )?(?P<day>\d+) (?:of )?#m(?P<month>\d+)(?: (?:of )?{_YEAR})?", _date),
    (rf"{_WEEKDAY}#m(?P<month>\d+) (?:the )?(?P<day>\d+)(?: (?:of )?{_YEAR})?", _date),
    (r"(\d+) of next month", _day_of("next_month")),
    (r"(\d+) of this month", _day_of("this_month")),
    (r"(?:end|last day|last) of next month", _fixed(Said("month_end", (1,)))),
    (r"(?:end|last day|last) of #m(\d+)", _day_of("end_of")),
    (r"(?:end|last day|last) of (?:the |this )?month|month end|months end", _fixed(Said("month_end", (0,)))),
    (r"end of (?:the |this )?year|year end|years end", _fixed(Said("year_end"))),
    (r"#w(\d) (?:of )?next week", _weekday("next_week")),
    (r"next week (?:on )?#w(\d)", _weekday("next_week")),
    (r"(?:a|1) week (?:from|on|after) (?:this )?#w(\d)", _weekday("week_after")),
    (r"#w(\d) (?:after next|week)", _weekday("week_after")),
    (r"next #w(\d)", _weekday("next")),
    (rf"{_NUMBER} days?(?: from (?:today|now))?", _counted("days")),
    (rf"{_NUMBER} weeks?(?: from (?:today|now))?", _counted("weeks")),
    (rf"{_NUMBER} months?(?: from (?:today|now))?", _counted("months")),
    (r"day after tomorrow", _fixed(Said("days", (2,)))),
    (r"tomorrow(?: #w\d)?", _fixed(Said("days", (1,)))),
    (r"(?:today|tonight)(?: #w\d)?", _fixed(Said("days", (0,)))),
    (r"#w(\d) (?:the )?(\d+)", _weekday_and_day),
    (r"#w(\d)", _weekday("this")),
    (r"next week|next month|this week|this month|payday|#m\d+", _fixed(Said("vague"))),
    (r"(\d+)", _day_of("of_month")),
]

_TIMES_OF_DAY: Final = {
    "es": re.compile(r"\b(?:por|en|de) la (?:manana|tarde|noche)\b|\ba primera hora\b|\ba mas tardar\b"),
    "en": re.compile(r"\bin the (?:morning|afternoon|evening)\b|\bat night\b|\bat the latest\b"),
}
_LEFT_OVER: Final = {
    "es": re.compile(r"\d|#|\b(?:hoy|manana|quincena|semana|semanas|mes|meses|proximo|proxima|dias)\b"),
    "en": re.compile(r"\d|#|\b(?:today|tomorrow|week|weeks|month|months|next|days)\b"),
}


def read_day(said: str, language: str) -> Said | None:
    """The phrase for one day in ``said``, which is plain. None where there is none, or more is said than one day."""
    text = _TIMES_OF_DAY[language].sub(" ", said)
    text = _with_numerals(text.split(), language)
    for pattern, make in _patterns(language):
        match = pattern.search(text)
        if match is None:
            continue
        before, after = text[: match.start()].split(), text[match.end() :].split()
        if _LEFT_OVER[language].search(" ".join((*before, *after))) or _torn(before, match[0], after):
            return None
        return make(match)
    return None


def _torn(before: Sequence[str], found: str, after: Sequence[str]) -> bool:
    """Whether a word that the recogniser did not know may have been part: "[unk] fifth" can be the twenty-fifth."""
    return (bool(before) and before[-1] == UNKNOWN and found[0] in "#0123456789") or after[:1] == [UNKNOWN]


def _with_numerals(words: Sequence[str], language: str) -> str:
    names = _names(language)
    written: list[str] = []
    at = 0
    while at < len(words):
        reading = read_number(words, at, language, ordinals=True)
        if reading is not None:
            written.append(str(reading.value))
            at = reading.end
        else:
            written.append(names.get(words[at], words[at]))
            at += 1
    return " ".join(written)


@cache
def _names(language: str) -> dict[str, str]:
    lists = word_lists(language)
    names = {plain(name): f"#w{number}" for number, name in enumerate(lists["weekdays"])}
    names |= {plain(name): f"#m{number}" for number, name in enumerate(lists["months"], start=1)}
    return names | ({"setiembre": "#m9"} if language == "es" else {})


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], _Make]]:
    listed = [*_NUMERIC, *(_SPANISH if language == "es" else _ENGLISH)]
    return [(re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), make) for pattern, make in listed]
