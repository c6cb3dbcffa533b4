"""Keys and words become answers: what ``#``, ``*``, ``0`` and time-outs mean is decided here, for all nodes alike."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from ivr_flows.actions import Ear
from ivr_flows.inputs import Digit, Digits, Silence, Spoken
from ivr_flows.play.speech import Doubtful, understood
from ivr_flows.play.turn import Turn
from ivr_flows.state import Question

Answer = str | date | Decimal

_SINGLE = (Ear.KEY, Ear.YES_NO)
AGENT, END, REPEAT = "0", "#", "*"


def hear(turn: Turn, question: Question, heard: Digit | Digits | Spoken | Silence) -> Answer | None:
    """The answer; None where there is none yet, or what was heard was something else, which was then seen to."""
    match heard:
        case Digit(key):
            return _press(turn, question, key)
        case Digits(keys, complete):
            return _press_all(turn, question, keys, complete=complete)
        case Silence():
            if turn.state.keys:
                return _entered(turn, question)
            turn.again("nothing_heard")
            return None
        case Spoken():
            return _said(turn, question, heard)


def _press_all(turn: Turn, question: Question, keys: str, *, complete: bool) -> Answer | None:
    """Keys beyond the answer are dropped: what they would answer was not asked yet."""
    for key in keys:
        answer = _press(turn, question, key)
        if answer is not None or turn.state.question is not question or turn.actions:
            return answer
    return _entered(turn, question) if complete and turn.state.keys else None


def _press(turn: Turn, question: Question, key: str) -> Answer | None:
    if key == REPEAT or (key == END and not turn.state.keys):
        turn.repeat()  # a # behind an answer that was complete without it must not cut the next question short
        return None
    if question.ear in _SINGLE:
        chosen = next((choice.id for choice in question.choices if choice.key == key), None)
        if chosen is None and not (key == AGENT and not question.optional and turn.to_agent()):
            turn.again("not_understood")
        return chosen
    if key != END:
        turn.set(keys=turn.state.keys + key)
        return _entered(turn, question) if len(turn.state.keys) >= question.max_digits else None
    return _entered(turn, question)


def _entered(turn: Turn, question: Question) -> Answer | None:
    keys = turn.state.keys
    turn.set(keys="")
    if keys == AGENT and turn.to_agent():
        return None
    answer: Answer | None = None
    if len(keys) >= question.min_digits:
        match question.ear:
            case Ear.AMOUNT:
                answer = Decimal(keys)
            case Ear.DATE:
                answer = day_typed(keys, turn.state.language, turn.state.call.today, with_year=question.with_year)
            case _:
                answer = keys
    if answer is None:
        turn.again("not_understood")
    return answer


def _said(turn: Turn, question: Question, spoken: Spoken) -> Answer | None:
    if not question.speech:
        turn.again("use_keypad")
        return None
    match understood(turn, question, spoken):
        case "command:agent":
            if question.optional or not turn.to_agent():
                turn.again("not_understood")
        case "command:repeat":
            turn.repeat()
        case Doubtful.NOTHING:
            turn.again("nothing_heard")
        case Doubtful.UNSURE:
            turn.again("use_keypad", keypad=True)
        case Doubtful.NO_SENSE:
            turn.again("not_understood")
        case answer:
            return answer
    return None


def day_typed(keys: str, language: str, today: date, *, with_year: bool) -> date | None:
    """Two digits of day and month, in English month and day, and where it is asked four of the year; without it the
    next such day from ``today`` on. None where there is no such day."""
    first, second = int(keys[:2]), int(keys[2:4])
    day, month = (second, first) if language == "en" else (first, second)
    if not 1 <= month <= 12 or day < 1:
        return None
    if with_year:
        year = int(keys[4:8])
        return date(year, month, day) if year >= 1 and day <= monthrange(year, month)[1] else None
    for year in range(today.year, today.year + 9):  # the 29th of February may be eight years away
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
    return None
