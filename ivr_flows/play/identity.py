"""Who is on the line: asked for by name, then by what only they know. All answers are checked at once, so that nobody
learns which of them was wrong."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from ivr_flows.actions import CheckIdentity, Ear, LockSelfService, Outcome, RecordFact, SendCode
from ivr_flows.facts import IdentityMethod, PersonFact
from ivr_flows.inputs import NOT_ALLOWED, IdentityChecked, IdentityResult, Input, Refused, Sent
from ivr_flows.nodes import VerifyIdentity
from ivr_flows.play.asking import date_question
from ivr_flows.play.ears import Answer
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.values import Part, Text
from ivr_flows.state import Choice, Identity, Question

MOST_FAILURES = 3
_PERSON, _WHO, _SENDING, _CHECKING, _ASKING = "person", "who", "sending", "checking", "asking:"
_DOCUMENT_LENGTHS = (4, 15)
_CODE_LENGTH = 6
_WHO_CHOICES = (
    Choice("1", PersonFact.WRONG_NUMBER.value, "wrong_number"),
    Choice("2", PersonFact.KNOWS_DEBTOR.value, "knows_debtor"),
    Choice("3", PersonFact.DECEASED.value, "deceased"),
)


def verify(turn: Turn, node: VerifyIdentity) -> None:
    state = turn.state
    if state.identity.file is not None:
        turn.go(node.passed)
        return
    turn.say(*turn.lines(node.prompts))
    if state.call.locked or state.identity.failures >= MOST_FAILURES:
        _failed_for_good(turn, node)
    elif state.call.name:
        turn.set(phase=_PERSON)
        turn.ask_yes_no([turn.prompt("ask_for_person", name=Text(state.call.name))])
    else:
        _ask_next(turn, node)


def answered(turn: Turn, node: VerifyIdentity, answer: Answer) -> None:
    phase = turn.state.phase
    if phase == _PERSON and answer == "yes":
        _ask_next(turn, node)
    elif phase == _PERSON:
        turn.set(phase=_WHO)
        turn.ask_key([turn.prompt("who_are_you")], _WHO_CHOICES, binding=True)
    elif phase == _WHO:
        turn.do(RecordFact(PersonFact(str(answer))))
        turn.set(likely=Outcome.WRONG_PERSON)
        turn.say(turn.prompt("third_party_thanks"))
        if node.wrong_person:
            turn.go(node.wrong_person)
        else:
            turn.goodbye(Outcome.WRONG_PERSON)
    else:
        method = IdentityMethod(phase.removeprefix(_ASKING))
        text = answer.isoformat() if isinstance(answer, date) else str(answer)
        _set_answers(turn, {**turn.state.identity.answers, method: text})
        _ask_next(turn, node)


def told(turn: Turn, node: VerifyIdentity, news: Input) -> None:
    match turn.state.phase, news:
        case "sending", Sent():
            turn.say(turn.prompt("code_sent"))
            _ask(turn, IdentityMethod.CODE)
        case "checking", IdentityChecked(IdentityResult.PASSED, file):
            turn.set(identity=Identity(file=file, failures=turn.state.identity.failures))
            turn.say(turn.prompt("identity_passed"))
            turn.go(node.passed)
        case "checking", IdentityChecked(IdentityResult.FAILED):
            failures = turn.state.identity.failures + 1
            turn.set(identity=Identity(failures=failures))
            if failures >= MOST_FAILURES:
                turn.do(LockSelfService())
                _failed_for_good(turn, node)
            else:
                turn.say(turn.prompt("identity_failed"))
                turn.afresh = True
                _ask_next(turn, node)
        case (("checking" | "sending"), (IdentityChecked() | Refused())):
            if isinstance(news, Refused) and turn.state.phase == _SENDING:
                turn.say(turn.prompt("message_not_allowed" if news.reason == NOT_ALLOWED else "link_not_sent"))
            turn.set(identity=Identity(failures=turn.state.identity.failures))
            _failed_for_good(turn, node)


def _ask_next(turn: Turn, node: VerifyIdentity) -> None:
    methods = node.methods or turn.state.call.identity
    given = turn.state.identity.answers
    missing = next((method for method in methods if method not in given), None)
    if missing is None:
        turn.do(CheckIdentity(given))
        _set_answers(turn, {})
        turn.wait(_CHECKING)
    elif missing is IdentityMethod.CODE:
        turn.do(SendCode())
        turn.wait(_SENDING)
    else:
        _ask(turn, missing)


def _ask(turn: Turn, method: IdentityMethod) -> None:
    turn.set(phase=f"{_ASKING}{method}")
    match method:
        case IdentityMethod.BIRTH_DATE:
            turn.ask(date_question((turn.prompt("ask_birth_date"),), with_year=True))
        case IdentityMethod.DOCUMENT_LAST:
            count = turn.state.call.document_digits
            _ask_digits(turn, turn.prompt("ask_document_last", count=count), count, count)
        case IdentityMethod.DOCUMENT:
            _ask_digits(turn, turn.prompt("ask_document"), *_DOCUMENT_LENGTHS)
        case IdentityMethod.CODE:
            _ask_digits(turn, turn.prompt("ask_code", count=_CODE_LENGTH), _CODE_LENGTH, _CODE_LENGTH)


def _ask_digits(turn: Turn, part: Part, least: int, most: int) -> None:
    turn.ask(Question(ear=Ear.DIGITS, parts=(part,), min_digits=least, max_digits=most))


def _failed_for_good(turn: Turn, node: VerifyIdentity) -> None:
    turn.set(likely=Outcome.NOT_IDENTIFIED)
    turn.say(turn.prompt("identity_impossible"))
    turn.go(node.failed)


def _set_answers(turn: Turn, answers: dict[IdentityMethod, str]) -> None:
    identity = turn.state.identity
    turn.set(identity=Identity(identity.file, identity.failures, MappingProxyType(answers)))
