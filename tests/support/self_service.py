"""A debtor and a call for tests of self-service flows, and a small way to play one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from dialer.domain.promise import Discount, PromiseTerms
from ivr_flows.actions import Action, Finished, Listen, Say
from ivr_flows.facts import CallFacts, Debt, DebtorFile
from ivr_flows.inputs import IdentityChecked, IdentityResult, Input, Started
from ivr_flows.loader import FlowSet, load
from ivr_flows.play.player import Player
from ivr_flows.spoken.values import Prompt
from ivr_flows.state import State

_A = TypeVar("_A")

TODAY = date(2026, 11, 23)  # a Monday
CARD = Debt(
    id="7",
    creditor="Banco Aurora",
    product="tarjeta",
    balance_minor=12_050_000,
    currency="COP",
    due_on=date(2026, 10, 1),
    pay_reference="991234",
    terms=PromiseTerms(earliest_days=1),
)
LOAN = replace(CARD, id="8", product="préstamo", balance_minor=30_000_000, due_on=None)
OFFERED = replace(CARD, terms=PromiseTerms(discounts=(Discount(share=0.2, within_days=10),)))
CALL = CallFacts(
    call_id="0193-call",
    today=TODAY,
    country="CO",
    language="es",
    creditor="Aurora",
    callback="601 745 2200",
    name="Ana Pérez",
)


def person(*debts: Debt, **changes: Any) -> DebtorFile:
    return DebtorFile(
        **{"debtor": "1", "debts": debts or (CARD,), "name": "Ana Pérez", "channels": ("sms",), **changes}
    )


def passed(*debts: Debt, **changes: Any) -> IdentityChecked:
    return IdentityChecked(IdentityResult.PASSED, person(*debts, **changes))


def written(folder: Path, text: str, name: str = "mine") -> FlowSet:
    """The flow of a text. ``flow:`` and the file bear ``name``."""
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


class Played:
    """A call that is being played: the state, and the actions of the last step and of all."""

    def __init__(self, flows: FlowSet | str, call: CallFacts = CALL, *, file: DebtorFile | None = None) -> None:
        self.player = Player(load(flows) if isinstance(flows, str) else flows)
        self.state: State = self.player.begin(call)
        self.last: tuple[Action, ...] = ()
        self.all: list[Action] = []
        self.give(Started(file))

    def give(self, *inputs: Input) -> Played:
        for each in inputs:
            self.state, self.last = self.player.step(self.state, each)
            self.all.extend(self.last)
        return self

    @property
    def said(self) -> list[str]:
        """The keys of the prompts of the last step."""
        return prompts(self.last)

    def values(self, key: str) -> dict[str, Any]:
        """The values of prompt ``key`` in the last step."""
        says = [part for action in self.last if isinstance(action, Say) for part in action.parts]
        return next(dict(part.values) for part in says if isinstance(part, Prompt) and part.key == key)

    def done(self, kind: type[_A]) -> list[_A]:
        """Every action of a kind so far."""
        return [action for action in self.all if isinstance(action, kind)]

    @property
    def listens(self) -> Listen | None:
        return next((action for action in reversed(self.last) if isinstance(action, Listen)), None)

    @property
    def end(self) -> Finished:
        (found,) = self.done(Finished)
        return found


def prompts(actions: Iterable[Action]) -> list[str]:
    return [
        part.key for action in actions if isinstance(action, Say) for part in action.parts if isinstance(part, Prompt)
    ]
