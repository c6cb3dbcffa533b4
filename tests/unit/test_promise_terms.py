"""What may be promised, and how a promise stands: the pure half."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.promise import (
    DEFAULT_TERMS,
    Discount,
    Flaw,
    Instalment,
    PromiseState,
    PromiseTerms,
    Proposal,
    objections,
    standing,
    terms_for,
)

TODAY = date(2026, 11, 24)
OWED = 100_000


def at(days: int) -> date:
    return TODAY + timedelta(days=days)


def flaws(*dues: tuple[int, int], terms: PromiseTerms = DEFAULT_TERMS, discount: float = 0.0) -> set[Flaw]:
    made = Proposal(
        instalments=tuple(Instalment(due_on=at(days), amount_minor=of) for days, of in dues), discount=discount
    )
    return {each.flaw for each in objections(made, terms, balance_minor=OWED, today=TODAY)}


def test_today_and_the_last_day_may_be_promised_and_no_other_day_around_them() -> None:
    terms = PromiseTerms(earliest_days=1, latest_days=10)
    assert [days for days in range(-2, 15) if not flaws((days, OWED), terms=terms)] == list(range(1, 11))


def test_the_least_is_rounded_up_and_the_most_is_the_balance() -> None:
    terms = PromiseTerms(minimum_share=1 / 3)
    assert terms.minimum(OWED) == 33_334
    assert flaws((1, 33_333), terms=terms) == {Flaw.TOO_LITTLE}
    assert flaws((1, 33_334), terms=terms) == set()
    assert flaws((1, OWED + 1)) == {Flaw.TOO_MUCH}


def test_instalments_come_in_order_not_too_many_and_not_too_far_apart() -> None:
    assert flaws((1, 50_000), (32, 50_000)) == set()
    assert flaws((1, 50_000), (33, 50_000)) == {Flaw.GAP_TOO_LONG}
    assert flaws((5, 50_000), (5, 50_000)) == {Flaw.OUT_OF_ORDER}
    assert flaws(*((days, 25_000) for days in range(1, 5))) == {Flaw.TOO_MANY_INSTALMENTS}


def test_a_settlement_is_what_was_offered_to_the_unit_in_time_and_in_one_sum() -> None:
    terms = PromiseTerms(discounts=(Discount(share=0.3, within_days=5),))
    assert flaws((5, 70_000), terms=terms, discount=0.3) == set()
    assert flaws((6, 70_000), terms=terms, discount=0.3) == {Flaw.TOO_LATE}
    assert flaws((5, 69_999), terms=terms, discount=0.3) == {Flaw.TOO_LITTLE}
    assert flaws((5, 70_001), terms=terms, discount=0.3) == {Flaw.TOO_MUCH}
    assert flaws((4, 35_000), (5, 35_000), terms=terms, discount=0.3) == {Flaw.NOT_OFFERED}
    assert flaws((5, 60_000), terms=terms, discount=0.4) == {Flaw.NOT_OFFERED}


def test_nothing_can_be_promised_of_what_is_not_owed() -> None:
    made = Proposal(instalments=(Instalment(due_on=TODAY, amount_minor=1),))
    (objection,) = objections(made, DEFAULT_TERMS, balance_minor=0, today=TODAY)
    assert objection.flaw is Flaw.NOTHING_OWED


@pytest.mark.parametrize("segment", ["oro", "ORO", "Oro"])
def test_the_terms_of_a_segment_win_over_the_campaigns_own(segment: str) -> None:
    gold, others = PromiseTerms(latest_days=60), PromiseTerms(latest_days=5)
    assert terms_for({"Oro": gold, "": others}, segment) is gold
    assert terms_for({"Oro": gold, "": others}, "plata") is others
    assert terms_for({"Oro": gold}, "plata") is DEFAULT_TERMS


dues = st.lists(st.integers(1, 10_000), min_size=1, max_size=6).map(
    lambda amounts: [Instalment(due_on=at(10 * n), amount_minor=of) for n, of in enumerate(amounts)]
)


@given(dues, st.integers(0, 60_000), st.integers(0, 90), st.integers(0, 5))
def test_more_money_never_stands_worse_and_more_days_never_better(
    instalments: list[Instalment], paid: int, days: int, grace: int
) -> None:
    worth = {PromiseState.BROKEN: 0, PromiseState.PARTLY_KEPT: 1, PromiseState.PENDING: 2, PromiseState.KEPT: 3}

    def stands(paid_minor: int, today: date) -> int:
        return worth[standing(instalments, paid_minor=paid_minor, today=today, grace_days=grace).state]

    now = stands(paid, at(days))
    assert stands(paid + 1, at(days)) >= now
    assert stands(paid, at(days + 1)) <= now


@given(dues, st.integers(0, 90), st.integers(0, 5))
def test_what_is_paid_in_full_is_kept_and_what_nobody_paid_is_broken_after_the_first_date(
    instalments: list[Instalment], days: int, grace: int
) -> None:
    total = sum(each.amount_minor for each in instalments)
    assert standing(instalments, paid_minor=total, today=at(days), grace_days=grace).state is PromiseState.KEPT
    unpaid = standing(instalments, paid_minor=0, today=at(days), grace_days=grace)
    assert unpaid.state is (PromiseState.PENDING if days <= grace else PromiseState.BROKEN)
    assert (unpaid.waits_until is None) == (unpaid.state is PromiseState.BROKEN)
