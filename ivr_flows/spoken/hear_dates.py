"""Days as people say them, seen from a given today: el quince, el próximo viernes, en ocho días, next Friday.

No day that is over is ever guessed: "15 de marzo", said in December, is next year's; with the year that is over it is
refused. What can be two days is in doubt, and the caller is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from ivr_flows.spoken.day_phrases import Said, read_day
from ivr_flows.spoken.hearing import Hearing, Misheard, NotUnderstood, plain, settled

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_FARTHEST_DAYS: Final = 3660


def hear_date(text: str, language: str, today: date, *, may_be_past: bool = False) -> Hearing[date]:
    """The day in ``text``. ``may_be_past``, for a date of birth: the day with its year, whenever that was."""
    said = plain(text)
    if not said:
        return NotUnderstood(Misheard.SILENCE)
    phrase = read_day(said, language)
    if phrase is None:
        return NotUnderstood(Misheard.NO_SENSE)
    days = resolve(phrase, today, born=may_be_past)
    if isinstance(days, Misheard):
        return NotUnderstood(days)
    coming = [day for day in days if may_be_past or day >= today]
    return settled(coming) if coming else NotUnderstood(Misheard.PAST if days else Misheard.NO_SENSE)


def resolve(said: Said, today: date, *, born: bool = False) -> Sequence[date] | Misheard:
    """The days that ``said`` can be, likeliest first; some may be over."""
    match said.how:
        case "days":
            return [today + timedelta(days=number) for number in said.numbers if number <= _FARTHEST_DAYS]
        case "weeks":
            return [today + number * _WEEK for number in said.numbers if 7 * number <= _FARTHEST_DAYS]
        case "months":
            return [_months_on(today, number) for number in said.numbers if 30 * number <= _FARTHEST_DAYS]
        case "weekday":
            return _weekdays(said.numbers[0], said.which, today)
        case "of_month":
            return _with_weekday(said, _of_month(said.numbers[0], today))
        case "this_month" | "next_month":
            first = _months_on(today.replace(day=1), 1 if said.how == "next_month" else 0)
            day = _in_month(first, said.numbers[0])
            return Misheard.NO_SUCH_DAY if day is None else [day]
        case "date":
            return _with_weekday(said, _named(*said.numbers, today=today, born=born))
        case "payday":
            return _paydays(today)
        case "next_payday":
            return _paydays(today)[-1:]
        case "month_end":
            return [_last_of(_months_on(today.replace(day=1), said.numbers[0]))]
        case "end_of":
            begins = _named(1, said.numbers[0], today=today.replace(day=1))
            return begins if isinstance(begins, Misheard) else [_last_of(begins[0])]
        case "year_end":
            return [date(today.year, 12, 31)]
        case _:
            return Misheard.VAGUE


def _weekdays(weekday: int, which: str, today: date) -> list[date]:
    ahead = (weekday - today.weekday()) % 7
    coming = today + timedelta(days=ahead)
    if which == "next_week":
        return [today - timedelta(days=today.weekday()) + _WEEK + timedelta(days=weekday)]
    if which == "week_after":
        return [coming + _WEEK]
    if which == "next" and ahead == 0:
        return [coming + _WEEK]
    # On a Monday, "el próximo viernes" is this week's Friday to some and next week's to others; on a Friday, "el
    # viernes" may be today.
    two = ahead == 0 or (which == "next" and weekday > today.weekday())
    return [coming, coming + _WEEK] if two else [coming]


def _of_month(number: int, today: date) -> list[date] | Misheard:
    if not 1 <= number <= 31:
        return Misheard.NO_SUCH_DAY
    this = _in_month(today, number)
    following = next(
        day for ahead in (1, 2) if (day := _in_month(_months_on(today.replace(day=1), ahead), number)) is not None
    )
    if this is None:
        return [_last_of(today), following]
    if this == today:
        return [today, following]
    return [this] if this > today else [following]


def _with_weekday(said: Said, days: list[date] | Misheard) -> list[date] | Misheard:
    """Of ``days`` those on the weekday that was said with them. Where there is none, one of the two was a slip."""
    if isinstance(days, Misheard) or said.weekday is None:
        return days
    fitting = [day for day in days if day.weekday() == said.weekday]
    if fitting:
        return fitting
    nearest = (said.weekday - days[0].weekday() + 3) % 7 - 3
    return [*days, days[0] + timedelta(days=nearest)]


def _named(day: int, month: int, year: int | None = None, *, today: date, born: bool = False) -> list[date] | Misheard:
    if year is None and born:
        return Misheard.VAGUE
    if year is not None and year < 100:
        year += 1900 if born and year > today.year % 100 else 2000
    # The 29th of February can be up to eight years away.
    for candidate in range(today.year, today.year + 9) if year is None else (year,):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            return [found]
    return Misheard.NO_SUCH_DAY


def _paydays(today: date) -> list[date]:
    """The next of the 15th and the last of a month; where today is one, that and the next."""
    days = [today.replace(day=15), _last_of(today), _months_on(today.replace(day=15), 1)]
    coming = [day for day in days if day >= today]
    return coming[:2] if coming[0] == today else coming[:1]


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    first = date(count // 12, count % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), _last_of(first))


def _last_of(day: date) -> date:
    return (day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


def _in_month(day: date, number: int) -> date | None:
    return day.replace(day=number) if 1 <= number <= _last_of(day).day else None
