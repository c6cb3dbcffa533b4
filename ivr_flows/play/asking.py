"""Nodes that ask one thing: menu, digits, date, amount, yes or no."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import MappingProxyType

from ivr_flows import fields
from ivr_flows.actions import Ear
from ivr_flows.nodes import AskAmount, AskDate, AskDigits, Menu, YesNo
from ivr_flows.play.ears import Answer
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.values import Money, Part
from ivr_flows.state import Captured, Choice, Question

#: Keys of an amount on a telephone: up to 99,999,999 units.
AMOUNT_DIGITS = 8
DAY_AND_MONTH, WITH_YEAR = 4, 8


def ask_menu(turn: Turn, node: Menu) -> None:
    choices = [
        Choice(choice.key, choice.key, choice.words) for choice in node.choices if fields.holds(turn.state, choice.when)
    ]
    if choices:
        turn.ask_key(turn.lines(node.prompts), choices)
    else:
        turn.give_up()


def menu_answered(turn: Turn, node: Menu, answer: Answer) -> None:
    turn.go(next(choice.next for choice in node.choices if choice.key == answer))


def ask_yes_no(turn: Turn, node: YesNo) -> None:
    turn.ask_yes_no(turn.lines(node.prompts))


def yes_no_answered(turn: Turn, node: YesNo, answer: Answer) -> None:
    turn.go(node.yes if answer == "yes" else node.no)


def ask_digits(turn: Turn, node: AskDigits) -> None:
    parts = turn.lines(node.prompts)
    turn.ask(Question(ear=Ear.DIGITS, parts=parts, min_digits=node.least, max_digits=node.most))


def digits_answered(turn: Turn, node: AskDigits, answer: Answer) -> None:
    _keep(turn, node.store, str(answer))
    turn.go(node.next)


def ask_date(turn: Turn, node: AskDate) -> None:
    turn.ask(date_question(turn.lines(node.prompts), with_year=node.with_year))


def date_question(parts: tuple[Part, ...], *, with_year: bool = False) -> Question:
    count = WITH_YEAR if with_year else DAY_AND_MONTH
    return Question(ear=Ear.DATE, parts=parts, min_digits=count, max_digits=count, with_year=with_year)


def date_answered(turn: Turn, node: AskDate, answer: Answer) -> None:
    earliest = fields.evaluate(turn.state, node.earliest) if node.earliest else None
    latest = fields.evaluate(turn.state, node.latest) if node.latest else None
    if isinstance(answer, date) and in_time(turn, answer, earliest, latest):
        _keep(turn, node.store, answer)
        turn.go(node.next)


def in_time(turn: Turn, day: date, earliest: object, latest: object) -> bool:
    """Whether ``day`` lies within the two; where it does not, that was said and asked again."""
    if isinstance(earliest, date) and day < earliest:
        turn.again("date_too_early", earliest=earliest)
        return False
    if isinstance(latest, date) and day > latest:
        turn.again("date_too_late", latest=latest)
        return False
    return True


def ask_amount(turn: Turn, node: AskAmount) -> None:
    money = Money(Decimal(0), node.currency) if node.currency else fields.money_of(turn.state, Decimal(0))
    if money is None:
        turn.give_up()
        return
    parts = turn.lines(node.prompts)
    turn.ask(Question(ear=Ear.AMOUNT, parts=parts, max_digits=AMOUNT_DIGITS, currency=money.currency))


def amount_answered(turn: Turn, node: AskAmount, answer: Answer) -> None:
    least = fields.evaluate(turn.state, node.least) if node.least else None
    most = fields.evaluate(turn.state, node.most) if node.most else None
    if isinstance(answer, Decimal) and in_bounds(turn, answer, least, most):
        _keep(turn, node.store, answer)
        turn.go(node.next)


def in_bounds(turn: Turn, amount: Decimal, least: object, most: object) -> bool:
    """Whether ``amount`` lies within the two; where it does not, that was said and asked again."""
    currency = turn.state.question.currency if turn.state.question else ""
    if isinstance(least, Decimal) and amount < least:
        turn.again("amount_too_small", least=Money(least, currency))
        return False
    if isinstance(most, Decimal) and amount > most:
        turn.again("amount_too_large", most=Money(most, currency))
        return False
    return True


def _keep(turn: Turn, name: str, value: Captured) -> None:
    turn.set(captured=MappingProxyType({**turn.state.captured, name: value}))
