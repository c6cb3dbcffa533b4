"""What was said, read as an answer to the question that was asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ivr_flows.actions import Ear
from ivr_flows.inputs import Spoken
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.answers import hear_choice, hear_command, hear_yes_no
from ivr_flows.spoken.hear_amounts import AmountContext, hear_amount
from ivr_flows.spoken.hear_dates import hear_date
from ivr_flows.spoken.hear_digits import hear_digits
from ivr_flows.spoken.hearing import Hearing, InDoubt, Misheard, NotUnderstood, Understood, heard_lists
from ivr_flows.state import Question

_T = TypeVar("_T")
_LISTED = {Ear.KEY: "choice"}  # what the lists of confidence call it, where it is not our word


class Doubtful(StrEnum):
    """Why there is no answer."""

    NOTHING = "nothing"
    NO_SENSE = "no_sense"
    UNSURE = "unsure"  #: the recogniser doubts it, or it can mean two things: keys are safer


def understood(turn: Turn, question: Question, spoken: Spoken) -> str | date | Decimal | Doubtful:
    """The answer, ``command:agent``, ``command:repeat``, or why there is none."""
    language = turn.state.language
    needed = heard_lists(language)["confidence"]
    command = hear_command(spoken.text, language)
    if command in ("agent", "repeat") and spoken.confidence >= needed["command"]:
        return f"command:{command}"
    if spoken.text.strip() and spoken.confidence < needed[_LISTED.get(question.ear, question.ear.value)]:
        return Doubtful.UNSURE
    text = spoken.text
    match question.ear:
        case Ear.YES_NO:
            found = _settled(hear_yes_no(text, language))
            return found if isinstance(found, Doubtful) else ("yes" if found else "no")
        case Ear.KEY:
            return _choice(turn, question, text)
        case Ear.DIGITS:
            lengths = range(question.min_digits, question.max_digits + 1)
            return _settled(hear_digits(text, language, lengths=lengths))
        case Ear.DATE:
            return _settled(hear_date(text, language, turn.state.call.today, may_be_past=question.with_year))
        case Ear.AMOUNT:
            return _settled(hear_amount(text, language, _context(turn, question)))


def _context(turn: Turn, question: Question) -> AmountContext:
    return AmountContext(
        currency=question.currency,
        country=turn.state.call.country,
        total=question.total,
        least=question.least,
        most=question.most,
    )


def _choice(turn: Turn, question: Question, text: str) -> str | Doubtful:
    """By its words, or by its key: "pagar", "el uno"."""
    heard = turn.flows.catalogue.heard
    options = {choice.id: heard(turn.state.language, choice.words) for choice in question.choices if choice.words}
    options = {key: words for key, words in options.items() if words}
    found = _settled(hear_choice(text, options)) if options else Doubtful.NO_SENSE
    if not isinstance(found, Doubtful):
        return found
    key = _settled(hear_digits(text, turn.state.language, lengths=(1,)))
    return next((choice.id for choice in question.choices if choice.key == key), found)


def _settled(hearing: Hearing[_T]) -> _T | Doubtful:
    match hearing:
        case Understood(value):
            return value
        case InDoubt():
            return Doubtful.UNSURE
        case NotUnderstood(Misheard.SILENCE):
            return Doubtful.NOTHING
        case NotUnderstood():
            return Doubtful.NO_SENSE
