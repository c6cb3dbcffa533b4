"""Nodes that tell of debts: the balance, offers, ways to pay. Each reaches them through ``Turn.file``, which is not
there before the person was identified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from dialer.domain.promise import Discount
from ivr_flows.actions import SendMessage
from ivr_flows.facts import Debt, PayWay
from ivr_flows.inputs import NOT_ALLOWED, Input, Refused, Sent
from ivr_flows.nodes import Balance, Offer, PayBy
from ivr_flows.play.ears import Answer
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.values import Count, Money, Part, Percent, Text, Value
from ivr_flows.state import Choice, Draft

#: Debts that are told one by one, and from which one may be chosen by a key.
MOST_DEBTS = 8
_MOST_OFFERS = 3
_SENDING = "sending"
_NONE = "none"


def open_debts(turn: Turn) -> list[Debt]:
    """Those that may still be promised in this call."""
    made = {promise.debt for promise in turn.state.promises}
    debts = [debt for debt in turn.file.debts if debt.balance_minor > 0 and debt.id not in made]
    return debts[:MOST_DEBTS]


def label(turn: Turn, debt: Debt) -> Text:
    """What a debt is called."""
    return Text(debt.product or debt.creditor or turn.state.call.creditor)


def ask_which(turn: Turn, debts: Sequence[Debt]) -> None:
    parts: list[Part] = [turn.prompt("which_debt")]
    for key, debt in enumerate(debts, 1):
        amount = debt.money(debt.balance_minor)
        parts.append(turn.prompt("debt_choice", key=key, debt=label(turn, debt), amount=amount))
    turn.ask_key(parts, [Choice(str(key), debt.id) for key, debt in enumerate(debts, 1)])


def balance(turn: Turn, node: Balance) -> None:
    debts = turn.file.debts
    turn.say(*turn.lines(node.prompts))
    if not debts:
        turn.say(turn.prompt("balance_none"))
    elif len(debts) > 1 and len({debt.currency for debt in debts}) == 1:
        total = sum((debt.money(debt.balance_minor).amount for debt in debts), Decimal(0))
        amount = Money(total, debts[0].currency)
        turn.say(turn.prompt("balance_total", count=Count(len(debts), "account"), amount=amount))
    for debt in debts[:MOST_DEBTS]:
        values: dict[str, Value] = {"debt": label(turn, debt), "amount": debt.money(debt.balance_minor)}
        if debt.due_on is None:
            turn.say(turn.prompt("balance_one", **values))
        else:
            turn.say(turn.prompt("balance_due", **values, due=debt.due_on))
    turn.go(node.next)


def offer(turn: Turn, node: Offer) -> None:
    offers = _offers(turn)
    if not offers:
        turn.go(node.declined)
        return
    turn.say(*turn.lines(node.prompts))
    parts: list[Part] = []
    choices = []
    for key, (debt, discount) in enumerate(offers, 1):
        values: dict[str, Value] = {
            "debt": label(turn, debt),
            "percent": Percent(Decimal(str(round(discount.share * 100, 1)))),
            "amount": debt.money(discount.settles(debt.balance_minor)),
            "date": turn.state.call.today + timedelta(days=discount.within_days),
        }
        parts.append(turn.prompt("offer_one", key=key, **values))
        choices.append(Choice(str(key), str(key), "accept" if len(offers) == 1 else ""))
    last = str(len(offers) + 1)
    parts.append(turn.prompt("offer_decline", key=int(last)))
    turn.ask_key(parts, [*choices, Choice(last, _NONE, "decline")])


def offer_answered(turn: Turn, node: Offer, answer: Answer) -> None:
    if answer == _NONE:
        turn.go(node.declined)
        return
    debt, discount = _offers(turn)[int(str(answer)) - 1]
    amount = discount.settles(debt.balance_minor)
    turn.set(draft=Draft(debt=debt.id, amount_minor=amount, discount=discount.share))
    turn.go(node.accepted)


def _offers(turn: Turn) -> list[tuple[Debt, Discount]]:
    """Of what may still be promised, the largest share first. One that would come to nothing is none."""
    found = [
        (debt, discount)
        for debt in open_debts(turn)
        for discount in debt.terms.discounts
        if 0 < discount.settles(debt.balance_minor) < debt.balance_minor
        and debt.terms.earliest_days <= discount.within_days
    ]
    return sorted(found, key=lambda each: -each[1].share)[:_MOST_OFFERS]


def pay_by(turn: Turn, node: PayBy) -> None:
    turn.say(*turn.lines(node.prompts))
    offered = [way for way in node.ways if way is not PayWay.LINK or turn.file.channels]
    if not offered:
        turn.say(turn.prompt("message_not_allowed"))
        turn.go(node.next)
    elif len(node.ways) == 1:
        _pay(turn, node, offered[0])
    else:
        parts: list[Part] = [turn.prompt(f"pay_{way}", key=key) for key, way in enumerate(offered, 1)]
        parts.append(turn.prompt("pay_neither", key=len(offered) + 1))
        choices = [Choice(str(key), way.value, f"pay_{way}") for key, way in enumerate(offered, 1)]
        turn.ask_key(parts, [*choices, Choice(str(len(offered) + 1), _NONE, "decline")])


def pay_by_answered(turn: Turn, node: PayBy, answer: Answer) -> None:
    if answer == _NONE:
        turn.go(node.next)
    else:
        _pay(turn, node, PayWay(str(answer)))


def pay_by_told(turn: Turn, node: PayBy, news: Input) -> None:
    match turn.state.phase, news:
        case "sending", Sent():
            turn.set(sent=(*turn.state.sent, _message_key(turn, node)))
            turn.say(turn.prompt("link_sent"))
            turn.go(node.next)
        case "sending", Refused(reason):
            turn.say(turn.prompt("message_not_allowed" if reason == NOT_ALLOWED else "link_not_sent"))
            turn.go(node.next)


def _pay(turn: Turn, node: PayBy, way: PayWay) -> None:
    if way is PayWay.INSTRUCTIONS:
        line = turn.line(node.instructions)
        turn.say(*([line] if line else []))
        turn.go(node.next)
        return
    key = _message_key(turn, node)
    if key in turn.state.sent:
        turn.say(turn.prompt("link_sent"))
        turn.go(node.next)
        return
    channel, debt = turn.file.channels[0], turn.state.draft.debt
    turn.do(SendMessage(key=key, template=node.template, channel=channel, debt=debt))
    turn.wait(_SENDING)


def _message_key(turn: Turn, node: PayBy) -> str:
    return ":".join(filter(None, (turn.state.call.call_id, node.template, turn.state.draft.debt)))
