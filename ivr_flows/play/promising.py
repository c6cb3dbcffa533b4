"""The node ``promise``: which debt, how much, in how many payments, when; read back, confirmed, saved.

Until it was confirmed there is a draft in the state and nothing anywhere else. Then one action carries the whole
promise, under a key that is the same for this call and debt whatever happens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from dialer.domain.promise import Instalment, Proposal, objections
from ivr_flows.actions import Ear, SavePromise
from ivr_flows.facts import Debt
from ivr_flows.inputs import Input, Refused, Saved
from ivr_flows.instalments import schedule
from ivr_flows.nodes import Promise
from ivr_flows.play.asking import AMOUNT_DIGITS, date_question, in_bounds, in_time
from ivr_flows.play.debts import ask_which, label, open_debts
from ivr_flows.play.ears import Answer
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.values import Count, Digits, Part
from ivr_flows.state import Choice, Draft, PromiseMade, Question

_WHICH, _PENDING, _HOW, _AMOUNT, _COUNT, _DATE, _CONFIRM = (
    "which",
    "pending",
    "how",
    "amount",
    "count",
    "date",
    "confirm",
)
_SAVING = "saving"
_FULL, _MINIMUM, _INSTALMENTS, _OTHER = "full", "minimum", "instalments", "other"


def promise(turn: Turn, node: Promise) -> None:
    debts = open_debts(turn)
    turn.say(*turn.lines(node.prompts))
    if not debts:
        turn.say(turn.prompt("promise_none_left"))
        turn.go(node.saved if any(made.saved for made in turn.state.promises) else node.declined)
        return
    chosen = next((debt for debt in debts if debt.id == turn.state.draft.debt), None)
    if chosen is None and len(debts) > 1:
        turn.set(draft=Draft(), phase=_WHICH)
        ask_which(turn, debts)
    else:
        _begin(turn, chosen or debts[0])


def answered(turn: Turn, node: Promise, answer: Answer) -> None:
    phase = turn.state.phase
    if phase == _WHICH:
        _begin(turn, next(debt for debt in open_debts(turn) if debt.id == answer))
    elif phase == _PENDING:
        if answer == "yes":
            _after_pending(turn, _debt(turn))
        else:
            _decline(turn, node)
    elif phase == _HOW:
        _how_answered(turn, _debt(turn), str(answer))
    elif phase == _AMOUNT and isinstance(answer, Decimal):
        debt = _debt(turn)
        if in_bounds(turn, answer, debt.money(debt.minimum_minor).amount, debt.money(debt.balance_minor).amount):
            _draft(turn, amount_minor=debt.to_minor(answer))
            _ask_date(turn, debt)
    elif phase == _COUNT:
        _count_answered(turn, _debt(turn), int(str(answer)))
    elif phase == _DATE and isinstance(answer, date):
        earliest, latest = _window(turn, _debt(turn))
        if in_time(turn, answer, earliest, latest):
            _draft(turn, on=answer)
            _read_back(turn, _debt(turn))
    elif phase == _CONFIRM:
        _confirmed(turn, node, _debt(turn), str(answer))


def told(turn: Turn, node: Promise, news: Input) -> None:
    if turn.state.phase != _SAVING:
        return
    match news:
        case Saved(reference):
            settle(turn, turn.state.promises[-1].key, reference=reference, saved=True)
            spoken = Digits(reference)
            turn.say(turn.prompt("promise_saved", reference=spoken) if reference else turn.prompt("promise_noted"))
            turn.go(node.saved)
        case Refused(reason):
            # Whether an answer that never came was a yes is not known: it stays open, and may still come.
            if reason != "no-answer":
                settle(turn, turn.state.promises[-1].key, saved=False)
            turn.say(turn.prompt("promise_not_saved"))
            turn.go(node.refused)


def settle(turn: Turn, key: str, *, saved: bool, reference: str = "") -> None:
    """Write down in the state what became of the promise ``key``."""
    promises = (
        replace(made, saved=saved, reference=reference) if made.key == key else made for made in turn.state.promises
    )
    turn.set(promises=tuple(promises))


def _begin(turn: Turn, debt: Debt) -> None:
    if turn.state.draft.debt != debt.id:
        turn.set(draft=Draft(debt=debt.id))
    if debt.pending is None:
        _after_pending(turn, debt)
        return
    turn.set(phase=_PENDING)
    pending = debt.pending
    turn.ask_yes_no([turn.prompt("promise_pending", date=pending.on, amount=debt.money(pending.amount_minor))])


def _after_pending(turn: Turn, debt: Debt) -> None:
    if turn.state.draft.discount:
        _ask_date(turn, debt)
    else:
        _ask_how(turn, debt)


def _ask_how(turn: Turn, debt: Debt) -> None:
    least, balance = debt.money(debt.minimum_minor), debt.money(debt.balance_minor)
    less = debt.minimum_minor < debt.balance_minor
    offered = [(_FULL, "promise_full", {"amount": balance})]
    if less:
        offered.append((_MINIMUM, "promise_minimum", {"amount": least}))
    if _most_instalments(debt) > 1:
        offered.append((_INSTALMENTS, "promise_instalments", {}))
    if less:
        offered.append((_OTHER, "promise_other", {}))
    parts: list[Part] = [turn.prompt("promise_how", debt=label(turn, debt))]
    parts += [turn.prompt(key, key=number, **values) for number, (_, key, values) in enumerate(offered, 1)]
    choices = [Choice(str(number), what, key) for number, (what, key, _) in enumerate(offered, 1)]
    turn.set(phase=_HOW, draft=Draft(debt=debt.id))
    turn.ask_key(parts, choices)


def _how_answered(turn: Turn, debt: Debt, answer: str) -> None:
    if answer == _OTHER:
        least, most = debt.money(debt.minimum_minor), debt.money(debt.balance_minor)
        turn.set(phase=_AMOUNT)
        turn.ask(
            Question(
                ear=Ear.AMOUNT,
                parts=(turn.prompt("ask_amount", least=least, most=most),),
                max_digits=AMOUNT_DIGITS + 2,
                currency=debt.currency,
                least=least.amount,
                most=most.amount,
                total=most.amount,
            )
        )
        return
    _draft(turn, amount_minor=debt.minimum_minor if answer == _MINIMUM else debt.balance_minor)
    if answer == _INSTALMENTS:
        turn.set(phase=_COUNT)
        most_count = _most_instalments(debt)
        part = turn.prompt("ask_instalments", most=Count(most_count, "installment"))
        turn.ask(Question(ear=Ear.DIGITS, parts=(part,), max_digits=len(str(most_count))))
    else:
        _ask_date(turn, debt)


def _count_answered(turn: Turn, debt: Debt, count: int) -> None:
    if not 2 <= count <= _most_instalments(debt):
        turn.again("instalments_out_of_range", most=Count(_most_instalments(debt), "installment"))
        return
    _draft(turn, instalments=count)
    _ask_date(turn, debt)


def _ask_date(turn: Turn, debt: Debt) -> None:
    _, latest = _window(turn, debt)
    key = "ask_first_date" if turn.state.draft.instalments > 1 else "ask_pay_date"
    turn.set(phase=_DATE)
    turn.ask(date_question((turn.prompt(key, latest=latest),)))


def _read_back(turn: Turn, debt: Debt) -> None:
    parts = schedule_of(turn, debt)
    first, last = parts[0], parts[-1]
    said: list[Part] = []
    if len(parts) == 1:
        said.append(turn.prompt("readback_one", amount=debt.money(first.amount_minor), date=first.due_on))
    else:
        count = Count(len(parts), "installment")
        amount = debt.money(first.amount_minor)
        said.append(turn.prompt("readback_instalments", count=count, amount=amount, date=first.due_on))
        said.append(turn.prompt("readback_last", amount=debt.money(last.amount_minor), date=last.due_on))
    said.append(turn.prompt("readback_choices"))
    turn.set(phase=_CONFIRM)
    choices = (Choice("1", "yes", "confirm"), Choice("2", "change", "change"), Choice("3", "no", "cancel"))
    turn.ask_key(said, choices, binding=True)


def _confirmed(turn: Turn, node: Promise, debt: Debt, answer: str) -> None:
    draft = turn.state.draft
    if answer == "change":
        turn.set(draft=Draft(debt=debt.id))
        _ask_how(turn, debt)
        return
    if answer == "no":
        turn.say(turn.prompt("promise_cancelled"))
        _decline(turn, node)
        return
    proposal = Proposal(instalments=schedule_of(turn, debt), discount=draft.discount)
    if objections(proposal, debt.terms, balance_minor=debt.balance_minor, today=turn.state.call.today):
        turn.say(turn.prompt("promise_not_saved"))
        turn.set(draft=Draft())
        turn.go(node.refused)
        return
    key = f"{turn.state.call.call_id}:{debt.id}"
    first = proposal.instalments[0]
    made = PromiseMade(debt.id, key, proposal.total_minor, first.due_on)
    replaces = debt.pending.reference if debt.pending else ""
    turn.do(SavePromise(key=key, debt=debt.id, proposal=proposal, replaces=replaces))
    turn.set(promises=(*turn.state.promises, made), draft=Draft(debt=debt.id))
    turn.wait(_SAVING)


def schedule_of(turn: Turn, debt: Debt) -> tuple[Instalment, ...]:
    """What the draft comes to. Its date must be known."""
    draft = turn.state.draft
    first = draft.on or turn.state.call.today
    if draft.instalments == 1:
        return (Instalment(due_on=first, amount_minor=draft.amount_minor),)
    gap = debt.terms.longest_gap_days
    return schedule(draft.amount_minor, draft.instalments, first, unit=debt.unit, longest_gap_days=gap)


def _window(turn: Turn, debt: Debt) -> tuple[date, date]:
    today, terms, discount = turn.state.call.today, debt.terms, turn.state.draft.discount
    latest = terms.latest_days
    if discount:
        latest = min(latest, max(each.within_days for each in terms.discounts if each.share == discount))
    return today + timedelta(days=terms.earliest_days), today + timedelta(days=latest)


def _most_instalments(debt: Debt) -> int:
    return min(debt.terms.max_instalments, debt.balance_minor // debt.unit)


def _debt(turn: Turn) -> Debt:
    debt = turn.file.debt(turn.state.draft.debt)
    if debt is None:
        raise LookupError("a draft is always about a debt of the file")
    return debt


def _draft(turn: Turn, **changes: object) -> None:
    turn.set(draft=replace(turn.state.draft, **changes))  # type: ignore[arg-type]


def _decline(turn: Turn, node: Promise) -> None:
    turn.set(draft=Draft())
    turn.go(node.declined)
