"""The names that conditions and prompts may use, and their values in a call.

Those of ``PRIVATE`` come from the debtor's file. Without a file, that is before the person was identified, asking for
one of them is an error of the flow that the validator finds, and ``NotIdentified`` where it did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from ivr_flows.expressions import Binary, Expression, Literal, Name, Not, Scalar, Type
from ivr_flows.facts import Debt, DebtorFile
from ivr_flows.spoken.values import Digits, Kind, Money, Text, Value
from ivr_flows.state import PromiseMade, State

PUBLIC: Mapping[str, Type] = MappingProxyType(
    {
        "creditor": Type.TEXT,
        "callback": Type.DIGITS,
        "name": Type.TEXT,
        "known": Type.BOOL,
        "country": Type.TEXT,
        "language": Type.TEXT,
        "today": Type.DATE,
        "direction": Type.TEXT,
        "mode": Type.TEXT,
        "agents": Type.BOOL,
        "announce_recording": Type.BOOL,
    }
)
PRIVATE: Mapping[str, Type] = MappingProxyType(
    {
        "balance": Type.MONEY,
        "minimum": Type.MONEY,
        "due": Type.DATE,
        "days_late": Type.NUMBER,
        "debts": Type.NUMBER,
        "product": Type.TEXT,
        "lender": Type.TEXT,
        "reference": Type.DIGITS,
        "segment": Type.TEXT,
        "messages": Type.BOOL,
        "offers": Type.BOOL,
        "promised": Type.BOOL,
        "promises": Type.NUMBER,
        "promise_amount": Type.MONEY,
        "promise_date": Type.DATE,
        "promise_reference": Type.DIGITS,
    }
)
#: How a placeholder may read a value; the first is what is taken where it does not say.
KINDS: Mapping[Type, tuple[Kind, ...]] = MappingProxyType(
    {
        Type.MONEY: (Kind.MONEY,),
        Type.DATE: (Kind.DATE, Kind.DAY, Kind.FULL_DATE),
        Type.DIGITS: (Kind.DIGITS,),
        Type.NUMBER: (Kind.NUMBER,),
        Type.TEXT: (Kind.TEXT,),
    }
)


class NotIdentified(Exception):
    """A field of the debt was asked for before the person was identified."""


def chosen_debt(state: State) -> Debt | None:
    """The debt that is being spoken of, or the only one."""
    file = _file(state, "balance")
    if state.draft.debt:
        return file.debt(state.draft.debt)
    return file.debts[0] if len(file.debts) == 1 else None


def money_of(state: State, amount: Decimal) -> Money | None:
    file = _file(state, "balance")
    return Money(amount, file.debts[0].currency) if file.debts else None


def value(state: State, name: str) -> Scalar | None:
    """The value of a field or of what the flow stored; None where it is not known. Raises NotIdentified."""
    if name in state.captured:
        return state.captured[name]
    if name in PUBLIC:
        return _public(state, name)
    if name in PRIVATE:
        return _private(state, _file(state, name), name)
    return None


def evaluate(state: State, expression: Expression) -> Scalar | None:
    """None where a value that it needs is not known. Raises NotIdentified."""
    match expression:
        case Literal(found):
            return found
        case Name(name):
            return value(state, name)
        case Not(of):
            return not evaluate(state, of)
        case Binary("and", left, right):
            return bool(evaluate(state, left)) and bool(evaluate(state, right))
        case Binary("or", left, right):
            return bool(evaluate(state, left)) or bool(evaluate(state, right))
        case Binary(sign, left, right):
            return _combined(sign, evaluate(state, left), evaluate(state, right))


def holds(state: State, expression: Expression | None) -> bool:
    """Whether a condition holds; without one, it does. What is not known makes a comparison false."""
    return expression is None or bool(evaluate(state, expression))


def spoken(state: State, name: str, kind: Type) -> Value | None:
    """A value as a prompt tells it. Raises NotIdentified."""
    found = value(state, name)
    if found is None or found == "":
        return None
    match kind, found:
        case Type.MONEY, Decimal():
            debt = chosen_debt(state)
            return Money(found, debt.currency) if debt else money_of(state, found)
        case Type.DIGITS, str():
            return Digits(found)
        case Type.NUMBER, Decimal():
            return int(found)
        case _, date():
            return found
        case _:
            return Text(str(found))


def _combined(sign: str, left: Scalar | None, right: Scalar | None) -> Scalar | None:
    if left is None or right is None:
        return False if sign not in ("+", "-") else None
    if sign in ("=", "!="):
        return (left == right) is (sign == "=")
    if isinstance(left, date) and isinstance(right, Decimal):
        return _moved(left, int(right) if sign == "+" else -int(right))
    if isinstance(left, date) and isinstance(right, date):
        return Decimal((left - right).days) if sign == "-" else _ordered(sign, left < right, left == right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        if sign in ("+", "-"):
            return left + right if sign == "+" else left - right
        return _ordered(sign, left < right, left == right)
    return None


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _ordered(sign: str, less: bool, equal: bool) -> bool:
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[sign]


def _public(state: State, name: str) -> Scalar:
    call = state.call
    match name:
        case "known":
            return bool(call.name)
        case "language":
            return state.language
        case "direction":
            return call.direction.value
        case _:
            found: Scalar = getattr(call, name)
            return found


def _file(state: State, name: str) -> DebtorFile:
    if state.identity.file is None:
        raise NotIdentified(name)
    return state.identity.file


def _private(state: State, file: DebtorFile, name: str) -> Scalar | None:
    match name:
        case "debts":
            return Decimal(len(file.debts))
        case "segment":
            return file.segment
        case "messages":
            return bool(file.channels)
        case "promised":
            return any(debt.pending for debt in file.debts)
        case "promises":
            return Decimal(len(_kept(state)))
        case "offers":
            return any(debt.terms.discounts for debt in file.debts)
        case "promise_amount" | "promise_date" | "promise_reference":
            return _of_promise(file, _kept(state), name)
        case _:
            return _of_debt(state, file, name)


def _kept(state: State) -> list[PromiseMade]:
    return [promise for promise in state.promises if promise.saved]


def _of_promise(file: DebtorFile, kept: list[PromiseMade], name: str) -> Scalar | None:
    if not kept:
        return None
    last = kept[-1]
    debt = file.debt(last.debt)
    match name:
        case "promise_amount":
            return debt.money(last.amount_minor).amount if debt else None
        case "promise_date":
            return last.on
        case _:
            return last.reference


def _of_debt(state: State, file: DebtorFile, name: str) -> Scalar | None:
    """Of the chosen debt. Without one, ``balance`` and ``days_late`` are of all in the first one's currency."""
    debt = chosen_debt(state)
    if debt is None:
        alike = [each for each in file.debts if each.currency == file.debts[0].currency]
        match name:
            case "balance" if alike:
                return sum((each.money(each.balance_minor).amount for each in alike), Decimal(0))
            case "days_late" if alike:
                return Decimal(max(each.days_late(state.call.today) for each in alike))
            case _:
                return None
    match name:
        case "balance":
            return debt.money(debt.balance_minor).amount
        case "minimum":
            return debt.money(debt.minimum_minor).amount
        case "due":
            return debt.due_on
        case "days_late":
            return Decimal(debt.days_late(state.call.today))
        case "product":
            return debt.product
        case "lender":
            return debt.creditor
        case _:
            return debt.pay_reference
