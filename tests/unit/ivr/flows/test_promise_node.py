"""A promise: asked for, read back, confirmed, saved once, and never by half."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dialer.domain.promise import Instalment, PromiseTerms, Proposal
from ivr_flows.actions import Outcome, SavePromise
from ivr_flows.facts import Debt, PendingPromise
from ivr_flows.inputs import Digit, Digits, HungUp, Refused, Saved, Silence, Spoken
from ivr_flows.instalments import schedule
from ivr_flows.play.player import MOST_INPUTS
from ivr_flows.spoken.values import Count, Money
from ivr_flows.spoken.values import Digits as Number
from tests.support.self_service import CALL, CARD, LOAN, OFFERED, Played, person

DAY = date(2026, 12, 1)
FULL, MINIMUM, PARTS, OTHER = (Digit(key) for key in "1234")
YES, CHANGE, NO = (Digit(key) for key in "123")


def promising(*debts: Debt) -> Played:
    return Played("promise-only", replace(CALL, speech=True), file=person(*debts))


def saving(played: Played) -> SavePromise:
    (action,) = played.done(SavePromise)
    return action


def test_the_whole_of_it_on_a_day_and_its_reference_is_told() -> None:
    played = promising().give(FULL)
    assert played.said == ["ask_pay_date"]
    assert played.give(Digits("0112")).said == ["readback_one", "readback_choices"]
    assert played.values("readback_one") == {"amount": Money(Decimal("120500.00"), "COP"), "date": DAY}
    assert played.done(SavePromise) == []
    played.give(YES)
    proposal = Proposal(instalments=(Instalment(due_on=DAY, amount_minor=12_050_000),))
    assert saving(played) == SavePromise(key="0193-call:7", debt="7", proposal=proposal)
    assert played.last == (saving(played),)
    played.give(Saved("AB12", "0193-call:7"))
    assert played.said[0] == "promise_saved"
    assert played.values("promise_saved") == {"reference": Number("AB12")}


def test_the_minimum_and_another_amount_within_its_limits() -> None:
    least = promising().give(MINIMUM, Digits("0112"), YES)
    assert saving(least).proposal.total_minor == 1_205_000
    other = promising().give(OTHER)
    assert other.values("ask_amount") == {
        "least": Money(Decimal("12050.00"), "COP"),
        "most": Money(Decimal("120500.00"), "COP"),
    }
    assert other.give(Digits("12049")).said == ["amount_too_small", "ask_amount"]
    assert other.give(Digits("120501")).said == ["amount_too_large", "ask_amount"]
    other.give(Digits("50000"), Digits("0112"), YES)
    assert saving(other).proposal.total_minor == 5_000_000


def test_everything_can_be_spoken() -> None:
    words = ("otro valor", "cincuenta mil pesos", "el primero de diciembre", "sí, confirmo")
    played = promising().give(*map(Spoken, words))
    (instalment,) = saving(played).proposal.instalments
    assert instalment == Instalment(due_on=DAY, amount_minor=5_000_000)


def test_instalments_are_whole_units_a_month_apart_and_all_of_it_is_read_back() -> None:
    played = promising().give(PARTS)
    assert played.values("ask_instalments") == {"most": Count(3, "installment")}
    for wrong in ("1", "4"):
        assert played.give(Digits(wrong)).said == ["instalments_out_of_range", "ask_instalments"]
    assert played.give(Digits("3")).said == ["ask_first_date"]
    assert played.give(Digits("0112")).said == ["readback_instalments", "readback_last", "readback_choices"]
    assert played.values("readback_last") == {"amount": Money(Decimal("40168.00"), "COP"), "date": date(2027, 2, 1)}
    parts = saving(played.give(YES)).proposal.instalments
    assert [(part.due_on, part.amount_minor) for part in parts] == [
        (DAY, 4_016_600), (date(2027, 1, 1), 4_016_600), (date(2027, 2, 1), 4_016_800),
    ]  # fmt: skip


def test_a_schedule_keeps_the_day_of_the_month_and_the_longest_gap() -> None:
    days = [part.due_on for part in schedule(300, 3, date(2026, 12, 31), unit=1, longest_gap_days=62)]
    assert days == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]
    days = [part.due_on for part in schedule(300, 3, date(2026, 12, 31), unit=1, longest_gap_days=15)]
    assert days == [date(2026, 12, 31), date(2027, 1, 15), date(2027, 1, 30)]
    with pytest.raises(ValueError, match="one unit"):
        schedule(299, 3, DAY, unit=100, longest_gap_days=31)


def test_a_day_outside_the_terms_is_asked_again() -> None:
    played = promising().give(FULL, Digits("2311"))
    assert played.said == ["date_too_early", "ask_pay_date"]
    assert played.give(Digits("2412")).said == ["date_too_late", "ask_pay_date"]
    assert played.values("date_too_late") == {"latest": date(2026, 12, 23)}


def test_what_is_offered_depends_on_the_terms() -> None:
    strict = replace(CARD, terms=PromiseTerms(minimum_share=1.0, max_instalments=1))
    assert promising(strict).said == ["promise_intro", "promise_how", "promise_full"]
    assert promising().said[2:] == ["promise_full", "promise_minimum", "promise_instalments", "promise_other"]


def test_with_several_debts_one_is_chosen_first() -> None:
    played = promising(CARD, LOAN)
    assert played.said == ["promise_intro", "which_debt", "debt_choice", "debt_choice"]
    played.give(Digit("2"), FULL, Digits("0112"), YES)
    assert (saving(played).debt, saving(played).proposal.total_minor) == ("8", 30_000_000)


def test_it_can_be_changed_before_it_is_saved_and_only_the_last_word_counts() -> None:
    played = promising().give(PARTS, Digits("2"), Digits("0112"), CHANGE)
    assert played.said[0] == "promise_how"
    played.give(FULL, Digits("0212"), YES)
    (instalment,) = saving(played).proposal.instalments
    assert instalment.due_on == date(2026, 12, 2)


def test_it_can_be_given_up_and_nothing_is_saved() -> None:
    played = promising().give(FULL, Digits("0112"), NO)
    assert played.said == ["promise_cancelled", "transfer_wait"]
    assert (played.done(SavePromise), played.state.draft.debt) == ([], "")


@pytest.mark.parametrize("steps", range(4))
def test_a_call_dropped_before_the_confirmation_leaves_no_half_of_a_promise(steps: int) -> None:
    way = [PARTS, Digits("2"), Digits("0112"), YES]
    played = promising().give(*way[:steps], HungUp())
    assert played.done(SavePromise) == []
    assert (played.end.outcome, played.end.promises) == (Outcome.HUNG_UP, ())


def test_a_call_dropped_after_it_leaves_a_whole_one_and_its_late_answer_is_noted() -> None:
    played = promising().give(FULL, Digits("0112"), YES, HungUp())
    assert played.end.promises == ("0193-call:7",)
    assert saving(played)
    assert played.give(Saved("AB12", "0193-call:7")).last == ()
    (made,) = played.state.promises
    assert (made.saved, made.reference) == (True, "AB12")


def test_keys_pressed_while_it_is_saved_do_not_save_it_again() -> None:
    played = promising().give(FULL, Digits("0112"), YES, YES, Digits("111"), Spoken("sí"), Silence())
    assert saving(played)
    played.give(Saved(""))
    assert played.said[0] == "promise_noted"


def test_what_was_refused_is_told_and_the_debt_is_not_promised_again_in_this_call() -> None:
    played = Played("settle", file=person()).give(Digit("1"), FULL, Digits("0112"), YES, Refused("over-limit"))
    assert played.said == ["promise_not_saved", "transfer_wait"]
    assert played.state.promises[0].saved is False


def test_an_answer_that_never_comes_is_neither_yes_nor_no() -> None:
    played = promising().give(FULL, Digits("0112"), YES, *[Silence()] * 6)
    assert played.said == ["promise_not_saved", "transfer_wait"]
    assert played.state.promises[0].saved is None
    played.give(Saved("AB12", "0193-call:7"))
    assert played.state.promises[0].reference == "AB12"


def test_a_debt_is_promised_once_in_a_call() -> None:
    played = Played("settle", file=person()).give(Digit("1"), FULL, Digits("0112"), YES, Saved("AB12"))
    played.give(Digit("3"), Digit("1"), Digit("1"))  # no way to pay, back to the menu, promise again
    assert played.said[0] == "promise_none_left"
    assert saving(played)


def test_one_that_stands_already_is_changed_only_when_they_want() -> None:
    pending = PendingPromise(reference="OLD1", on=DAY, amount_minor=5_000_000)
    promised = replace(CARD, pending=pending)
    played = promising(promised)
    assert played.said == ["promise_intro", "promise_pending"]
    assert played.values("promise_pending") == {"date": DAY, "amount": Money(Decimal("50000.00"), "COP")}
    kept = promising(promised).give(Digit("2"))
    assert (kept.said, kept.done(SavePromise)) == (["transfer_wait"], [])
    played.give(Digit("1"), FULL, Digits("0212"), YES)
    assert saving(played).replaces == "OLD1"


def test_an_offer_that_is_taken_asks_only_for_the_day() -> None:
    played = Played("settle", file=person(OFFERED)).give(Digit("3"))
    assert played.said == ["offer_one", "offer_decline"]
    assert played.values("offer_one")["amount"] == Money(Decimal("96400.00"), "COP")
    assert played.give(Digit("1")).said == ["ask_pay_date"]
    assert played.values("ask_pay_date") == {"latest": date(2026, 12, 3)}
    played.give(Digits("0312"), YES)
    assert (saving(played).proposal.total_minor, saving(played).proposal.discount) == (9_640_000, 0.2)


def test_an_offer_that_is_declined_leads_back_and_without_one_there_is_no_key_for_it() -> None:
    played = Played("settle", file=person(OFFERED)).give(Digit("3"), Digit("2"))
    assert played.said == ["main_menu", "main_menu_offers", "main_menu_rest"]
    without = Played("settle", file=person())
    assert without.said[-2:] == ["main_menu", "main_menu_rest"]
    assert without.give(Digit("3")).said[0] == "not_understood"


def test_three_tries_at_a_question_of_it_lead_to_an_agent() -> None:
    played = promising().give(FULL, Silence(), Silence(), Silence())
    assert played.said == ["too_many_tries", "transfer_wait"]


def test_a_confirmation_at_the_last_moment_is_still_answered() -> None:
    played = promising().give(FULL, Digits("0112"))
    played.give(*[Digit("*")] * (MOST_INPUTS - played.state.inputs - 1), YES)
    assert saving(played)
    assert played.give(Saved("AB12")).said[0] == "promise_saved"
    assert played.give(Digit("1")).end.outcome is Outcome.GAVE_UP
