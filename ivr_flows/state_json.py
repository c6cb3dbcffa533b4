"""A call's state as JSON, so that it outlives the process that plays it, and a test can play it again.

It holds personal data: the person's debts once they were identified, their answers until they were checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from dialer.compliance.facts import Direction
from dialer.domain.promise import Discount, PromiseTerms
from dialer.errors import InputError
from ivr_flows import facts, state
from ivr_flows.actions import Ear, Outcome
from ivr_flows.spoken import values

_TAG, _VALUE = "@", "v"
_CLASSES: Mapping[str, type] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            *(state.State, state.Frame, state.Identity, state.Choice, state.Question, state.Draft, state.PromiseMade),
            *(facts.CallFacts, facts.CallBackSlot, facts.Debt, facts.DebtorFile, facts.PendingPromise),
            *(facts.IdentityMethod, facts.AnsweredBy, facts.PartOfDay, Direction, Ear, Outcome),
            *(PromiseTerms, Discount),
            *(values.Prompt, values.Money, values.Digits, values.Count, values.Percent, values.Text),
        )
    }
)


def to_json(value: state.State) -> str:
    """One line of JSON; ``from_json`` gives an equal state back."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> state.State:
    """Raises InputError for what ``to_json`` did not write."""
    try:
        found = _living(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as exc:
        raise InputError("This is not the state of a self-service call.") from exc
    if not isinstance(found, state.State):
        raise InputError("This is not the state of a self-service call.")
    return found


def _plain(value: object) -> Any:
    match value:
        case Enum():
            return {_TAG: _known(type(value)), _VALUE: value.value}
        case None | bool() | str() | int() | float():
            return value
        case Decimal():
            return {_TAG: "decimal", _VALUE: str(value)}
        case date():
            return {_TAG: "date", _VALUE: value.isoformat()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case Mapping():
            return {_TAG: "map", _VALUE: [[_plain(key), _plain(each)] for key, each in value.items()]}
        case _ if is_dataclass(value):
            inner = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
            return {_TAG: _known(type(value)), **inner}
        case _:
            raise TypeError(f"a {type(value).__name__} is not part of a state")


def _living(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_living(each) for each in value)
    if not isinstance(value, dict):
        return value
    tag = value[_TAG]
    match tag:
        case "decimal":
            return Decimal(value[_VALUE])
        case "date":
            return date.fromisoformat(value[_VALUE])
        case "map":
            return MappingProxyType({_living(key): _living(each) for key, each in value[_VALUE]})
    found = _CLASSES[tag]
    if issubclass(found, Enum):
        return found(value[_VALUE])
    return found(**{name: _living(each) for name, each in value.items() if name != _TAG})


def _known(kind: type) -> str:
    if _CLASSES.get(kind.__name__) is not kind:
        raise TypeError(f"{kind.__name__} is not part of a state")
    return kind.__name__
