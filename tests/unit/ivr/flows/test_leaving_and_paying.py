"""Balance, ways to pay, an agent, a call back, no more calls, other flows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from ivr_flows.actions import HangUp, LeaveQueue, OptOut, Outcome, RequestCallBack, SendMessage, Transfer
from ivr_flows.facts import CallBackSlot, PartOfDay
from ivr_flows.inputs import NOT_ALLOWED, AgentAnswered, Digit, NoAgent, QueuePosition, Refused, Saved, Sent, Silence
from ivr_flows.spoken.values import Count, Money, Text
from ivr_flows.spoken.values import Digits as Number
from tests.support.self_service import CALL, CARD, LOAN, TODAY, Played, person, written

SLOTS = (
    CallBackSlot(id="am", on=TODAY, part=PartOfDay.MORNING),
    CallBackSlot(id="pm", on=TODAY, part=PartOfDay.AFTERNOON),
)


def settling(*debts: object, channels: tuple[str, ...] = ("sms",), **changes: object) -> Played:
    call = replace(CALL, **changes)  # type: ignore[arg-type]
    return Played("settle", call, file=person(*debts, channels=channels))  # type: ignore[arg-type]


def test_every_debt_is_told_with_its_due_date_where_it_has_one_and_their_sum() -> None:
    played = settling(CARD, LOAN)
    assert played.said[:3] == ["balance_total", "balance_due", "balance_one"]
    assert played.values("balance_total") == {
        "count": Count(2, "account"),
        "amount": Money(Decimal("420500.00"), "COP"),
    }
    assert played.values("balance_one")["debt"] == Text("préstamo")


def test_debts_in_several_currencies_have_no_sum() -> None:
    assert settling(CARD, replace(LOAN, currency="USD")).said[:2] == ["balance_due", "balance_one"]


def test_who_owes_nothing_hears_so_and_that_is_all() -> None:
    played = Played("settle", file=replace(person(), debts=()))
    assert played.said == ["balance_none"]
    assert played.end.outcome is Outcome.COMPLETED


def test_a_link_is_sent_once_and_told_to_be_on_its_way() -> None:
    played = settling().give(Digit("2"))
    assert played.said == ["pay_link", "pay_instructions", "pay_neither"]
    message = SendMessage(key="0193-call:payment_link", template="payment_link", channel="sms", debt="")
    assert played.give(Digit("1")).last == (message,)
    assert played.give(Sent()).said == ["link_sent", "anything_else"]
    played.give(Digit("1"), Digit("2"), Digit("1"))
    assert played.said == ["link_sent", "anything_else"]
    assert played.done(SendMessage) == [message]


def test_a_link_that_could_not_be_sent_is_told_and_may_be_tried_again() -> None:
    played = settling().give(Digit("2"), Digit("1"), Refused())
    assert played.said == ["link_not_sent", "anything_else"]


def test_who_may_not_get_a_message_is_told_that_the_rules_say_so() -> None:
    played = settling().give(Digit("2"), Digit("1"), Refused(NOT_ALLOWED))
    assert played.said == ["message_not_allowed", "anything_else"]
    played.give(Digit("1"), Digit("2"), Digit("1"))
    assert len(played.done(SendMessage)) == 2


def test_instructions_are_told_and_without_a_channel_there_is_no_link() -> None:
    played = settling(channels=()).give(Digit("2"))
    assert played.said == ["pay_instructions", "pay_neither"]
    assert played.give(Digit("1")).said == ["pay_instructions_text", "anything_else"]
    assert played.values("pay_instructions_text") == {"reference": Number("991234")}


def test_where_a_link_is_all_there_is_and_may_not_be_sent_that_is_said(tmp_path: Path) -> None:
    flows = written(
        tmp_path,
        """
        flow: mine
        begins: identified
        start: pay
        nodes:
          pay: {kind: pay_by, ways: [link], instructions: pay_instructions_text, next: bye}
          bye: {kind: hang_up, prompts: farewell}
        """,
    )
    played = Played(flows, CALL, file=person(channels=()))

    assert played.said == ["message_not_allowed", "farewell"]


def test_who_waits_hears_their_place_and_may_choose_to_be_called_back() -> None:
    played = settling(slots=SLOTS).give(Digit("0"))
    assert played.last[-1] == Transfer(reason="settle", wait_s=90.0)
    assert played.give(QueuePosition(2)).said == ["queue_position", "queue_call_back"]
    assert played.values("queue_position") == {"position": 2}
    assert played.give(Silence(), Digit("7"), Digit("0")).last == ()
    assert played.give(Digit("1")).said == ["call_back_when", "call_back_morning", "call_back_afternoon"]
    assert played.done(LeaveQueue) == [LeaveQueue()]
    assert played.give(AgentAnswered()).last == ()
    assert played.give(Digit("2")).last == (RequestCallBack(key="0193-call:call_back", slot="pm"),)
    assert played.give(Saved()).said == ["call_back_noted"]
    assert played.end.outcome is Outcome.COMPLETED


def test_an_agent_who_answers_ends_the_flow_without_hanging_up() -> None:
    played = settling().give(Digit("0"), QueuePosition(1), AgentAnswered())
    assert (played.end.outcome, played.done(HangUp)) == (Outcome.AGENT, [])


def test_where_nobody_comes_or_nobody_is_there_a_call_back_is_taken_down() -> None:
    nobody = settling().give(Digit("0"), NoAgent())
    assert (nobody.said, nobody.done(RequestCallBack)) == (
        ["no_agent"],
        [RequestCallBack(key="0193-call:call_back", slot="")],
    )
    assert nobody.give(Refused()).said == ["call_back_refused"]
    closed = settling(agents=False).give(Digit("0"))
    assert (closed.said, closed.done(Transfer)) == (["no_agent"], [])


def test_a_wait_is_not_ended_by_silence_however_long() -> None:
    played = settling().give(Digit("0"), *[Silence()] * 50)
    assert played.state.outcome is None
    assert played.give(AgentAnswered()).end.outcome is Outcome.AGENT


def test_nobody_is_sent_to_the_agents_for_ever(tmp_path: Path) -> None:
    text = (
        "flow: mine\nstart: a\nagent: t\nnodes:\n  a: {kind: menu, prompts: anything_else, choices: {1: t, 2: t}}\n"
        "  t: {kind: transfer, no_agent: a}\n"
    )
    played = Played(written(tmp_path, text)).give(*[Digit("1"), NoAgent()] * 5)
    assert len(played.done(Transfer)) == 3


def test_no_more_calls_is_confirmed_first_and_done_once() -> None:
    played = settling().give(Digit("5"))
    assert played.said == ["opt_out_ask"]
    kept = settling().give(Digit("5"), Digit("2"))
    assert (kept.said[0], kept.done(OptOut)) == ("main_menu", [])
    played.give(Digit("1"))
    assert (played.said, played.done(OptOut)) == (["opt_out_done"], [OptOut("number")])


def test_a_sub_flow_gives_back_to_where_it_was_called(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(
        "flow: inner\nstart: i\nnodes:\n  i: {kind: say, prompts: greeting, next: return}\n", encoding="utf-8"
    )
    text = (
        "flow: mine\nstart: a\nnodes:\n  a: {kind: sub_flow, flow: inner, next: b}\n"
        "  b: {kind: sub_flow, flow: inner, next: end}\n  end: {kind: hang_up, prompts: farewell}\n"
    )
    played = Played(written(tmp_path, text))
    assert played.said == ["greeting", "greeting", "farewell"]
    assert played.end.node == "mine/end"


def test_zero_in_a_sub_flow_leads_to_the_agent_of_the_flow_that_was_begun() -> None:
    played = Played("self-service", replace(CALL, locked=False))
    played.give(Digit("0"))
    assert (played.state.flow, played.state.frames) == ("self-service", ())


def test_a_loop_that_asks_nobody_ends_politely_even_unvalidated(tmp_path: Path) -> None:
    text = (
        "flow: mine\nstart: a\nnodes:\n  a: {kind: set_language, language: en, next: b}\n"
        "  b: {kind: set_language, language: es, next: a}\n"
    )
    played = Played(written(tmp_path, text))
    assert (played.said, played.end.outcome) == (["goodbye"], Outcome.GAVE_UP)


def test_who_waited_in_vain_hears_a_number_to_call_back_where_the_law_wants_one() -> None:
    for country, told in (("US", True), ("GB", True), ("CO", False)):
        played = Played("self-service", replace(CALL, mode="overflow", country=country))
        assert ("greeting_call_us" in played.said) is told
    assert "greeting_call_us" not in Played("self-service", replace(CALL, country="US")).said
