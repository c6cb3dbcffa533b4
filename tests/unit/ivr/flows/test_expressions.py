from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

from dialer.domain.promise import PromiseTerms
from ivr_flows.drawing import written
from ivr_flows.expressions import BadExpression, Type, names, parse
from ivr_flows.fields import PRIVATE, PUBLIC, NotIdentified, evaluate, holds, value
from ivr_flows.state import Draft, Identity, PromiseMade, State
from tests.support.self_service import CALL, CARD, LOAN, person

TYPES = {**PUBLIC, **PRIVATE, "day": Type.DATE, "box": Type.DIGITS}


def state(*debts: object, identified: bool = True) -> State:
    file = person(*debts) if identified else None  # type: ignore[arg-type]
    captured = MappingProxyType({"day": date(2026, 12, 1), "box": "42"})
    return State(
        version="", call=CALL, flow="f", node="n", language="es", identity=Identity(file=file), captured=captured
    )


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('country = "CO"', True),
        ('country != "CO" or agents', True),
        ('not (country = "CO" and agents)', False),
        ("days_late > 52", True),  # from 1 October to 23 November
        ("days_late >= 54", False),
        ("balance = 120500", True),
        ("balance - minimum > 100000.5", True),
        ("due < today - 30 and due >= 2026-10-01", True),
        ("today - due = 53", True),
        ("day <= today + 8", True),
        ('box = "42" and product = "tarjeta"', True),
        ("promised", False),
        ("messages and debts == 1 and not offers", True),
        ("promise_amount > 0", False),  # not known yet: no comparison holds
        ("not promise_amount > 0", True),
        ("true and not false", True),
        ("agents or balance > 1 and false", True),  # and binds closer
    ],
)
def test_conditions_see_the_call_and_the_debt(text: str, result: bool) -> None:
    expression, kind = parse(text, TYPES)
    assert kind is Type.BOOL
    assert evaluate(state(), expression) is result
    assert parse(written(expression).replace("(", "").replace(")", ""), TYPES)[1] is Type.BOOL


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "agents and 3", "due = 3", "(agents", "agents)", "2026-02-30 = today",
     "balance > ?", "a.b", "balance * 2",
     'country = "CO', "today + today", "agents > true", "and", "not 3", "1 < 2 < 3", "agents agents", "( " * 300],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse(text, TYPES)


def test_names_are_found_wherever_they_stand() -> None:
    expression, _ = parse('not agents and (due < today - 3 or country = "US")', TYPES)
    assert names(expression) == {"agents", "due", "today", "country"}


@pytest.mark.parametrize("name", PRIVATE)
def test_nothing_private_has_a_value_before_the_person_was_identified(name: str) -> None:
    with pytest.raises(NotIdentified):
        value(state(identified=False), name)
    value(state(), name)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_has_a_value_from_the_first_moment(name: str) -> None:
    assert value(state(identified=False), name) is not None


def test_with_several_debts_the_balance_is_theirs_together_until_one_is_chosen() -> None:
    other = replace(LOAN, id="9", currency="USD")
    both = state(CARD, LOAN, other)
    assert value(both, "balance") == Decimal(420500)
    assert value(both, "days_late") == 53
    assert value(both, "product") is None
    chosen = replace(both, draft=Draft(debt="8"))
    assert (value(chosen, "balance"), value(chosen, "due"), value(chosen, "product")) == (
        Decimal(300000),
        None,
        "préstamo",
    )


def test_a_promise_of_this_call_is_known_once_it_was_saved() -> None:
    made = PromiseMade("7", "k", 5_000_000, date(2026, 12, 1))
    asked = replace(state(), promises=(made,))
    assert value(asked, "promises") == 0
    saved = replace(state(), promises=(replace(made, saved=True, reference="AB12"),))
    found = [value(saved, name) for name in ("promises", "promise_amount", "promise_date", "promise_reference")]
    assert found == [1, Decimal(50000), date(2026, 12, 1), "AB12"]


def test_a_date_that_is_moved_out_of_the_calendar_is_not_known() -> None:
    expression, _ = parse("today + 9999999 > today", TYPES)
    assert not holds(state(), expression)


def test_a_minimum_is_never_over_the_balance() -> None:
    small = replace(CARD, balance_minor=1, terms=PromiseTerms(minimum_share=0.0))
    assert value(state(small), "minimum") == Decimal("0.01")
