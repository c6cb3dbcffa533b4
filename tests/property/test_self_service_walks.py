"""Whoever calls, and whatever they press, say or leave out: the promises of self-service hold.

Calls through every flow that ships; ``make fuzz-ivr`` plays 20,000. The person presses keys at random, speaks, is
silent or hangs up; the house answers late, never, twice, with a yes or with a no.
"""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from typing import Any, Protocol

import pytest

from dialer.clock import seeded_random
from dialer.domain.promise import PromiseTerms, objections
from ivr_flows import inputs
from ivr_flows.actions import (
    Action,
    CheckIdentity,
    Finished,
    HangUp,
    Listen,
    RequestCallBack,
    SavePromise,
    Say,
    SendCode,
    SendMessage,
    Transfer,
)
from ivr_flows.facts import AnsweredBy, CallBackSlot, CallFacts, DebtorFile, IdentityMethod, PartOfDay, PendingPromise
from ivr_flows.loader import load, shipped_flows
from ivr_flows.play.player import MOST_INPUTS, Player
from ivr_flows.prompt_checks import debt_words
from ivr_flows.spoken.values import Money, Prompt
from ivr_flows.standard import STANDARD
from ivr_flows.state import State
from ivr_flows.state_json import from_json, to_json
from ivr_flows.words import placeholders
from tests.support.self_service import CALL, CARD, LOAN, OFFERED, TODAY

WALKS = int(os.environ.get("CADENCIA_IVR_WALKS", "2000"))
PLAYERS = {name: Player(load(name)) for name in shipped_flows()}
WORDS = (
    *("sí", "no", "yes", "agente", "repetir", "el quince", "mañana", "december first", "ciento veinte mil", "todo"),
    *("uno", "two", "falleció", "blah", "", "mil doscientos", "three", "cuotas", "confirmo"),
)
ASKS = (CheckIdentity, SendCode, SavePromise, SendMessage, Transfer, RequestCallBack)
CAREFUL = replace(CARD, id="9", currency="CLP", minor_digits=0, balance_minor=5, terms=PromiseTerms(minimum_share=1.0))
PROMISED = replace(LOAN, pending=PendingPromise(reference="OLD1", on=TODAY, amount_minor=100))


class Chance(Protocol):
    def random(self) -> float: ...


def one_of(chance: Chance, *options: Any) -> Any:
    return options[int(chance.random() * len(options))]


def a_file(chance: Chance) -> DebtorFile:
    debts = [debt for debt in (OFFERED, LOAN, CAREFUL) if chance.random() < 0.5]
    debts += [PROMISED] if LOAN not in debts and chance.random() < 0.3 else []
    return DebtorFile(debtor="1", debts=tuple(debts), channels=("sms",) if chance.random() < 0.5 else ())


def a_call(chance: Chance) -> CallFacts:
    return replace(
        CALL,
        language=one_of(chance, "es", "en"),
        country=one_of(chance, "CO", "US"),
        mode=one_of(chance, "agentless", "overflow"),
        name=one_of(chance, "Ana Pérez", ""),
        identity=one_of(chance, *((each,) for each in IdentityMethod), tuple(IdentityMethod)),
        agents=chance.random() < 0.7,
        locked=chance.random() < 0.05,
        speech=chance.random() < 0.5,
        answered_by=AnsweredBy.MACHINE if chance.random() < 0.02 else AnsweredBy.PERSON,
        slots=(CallBackSlot(id="s1", on=TODAY, part=PartOfDay.MORNING),) if chance.random() < 0.5 else (),
    )


def the_person(chance: Chance, listened: Listen | None) -> inputs.Input:
    dice = chance.random()
    if dice < 0.01:
        return inputs.HungUp()
    if dice < 0.05:
        return inputs.Silence()
    if dice < 0.12:
        return inputs.Spoken((one_of(chance, *WORDS)), chance.random())
    if dice < 0.2 or listened is None:
        return inputs.Digit("0123456789*#"[int(chance.random() * 12)])
    if dice < 0.3:
        keys = "".join("0123456789*#"[int(chance.random() * 12)] for _ in range(int(chance.random() * 10)))
        return inputs.Digits(keys, complete=chance.random() < 0.7)
    if listened.kind == "date":
        return inputs.Digits(one_of(chance, "2911", "1129", "0112", "1201", "01011980", "3112", "2411", "1124"))
    if listened.max_digits > 1:
        return inputs.Digits(one_of(chance, "2", "3", "1234", "123456", "20000", "150000"))
    return inputs.Digit(one_of(chance, *listened.keys.strip("*#0")))


def the_house(chance: Chance, asked: Action | None) -> inputs.Input:
    """An answer that fits, mostly; else any."""
    if chance.random() < 0.1:
        asked = None
    match asked:
        case CheckIdentity():
            if chance.random() < 0.7:
                return inputs.IdentityChecked(inputs.IdentityResult.PASSED, a_file(chance))
            results = (inputs.IdentityResult.FAILED, inputs.IdentityResult.FAILED, inputs.IdentityResult.UNAVAILABLE)
            return inputs.IdentityChecked(one_of(chance, *results))
        case SavePromise(key=key):
            return inputs.Saved("AB12", key) if chance.random() < 0.8 else inputs.Refused("over-limit")
        case RequestCallBack():
            return inputs.Saved()
        case SendCode() | SendMessage():
            return inputs.Sent() if chance.random() < 0.8 else inputs.Refused()
        case Transfer():
            return one_of(
                chance, inputs.NoAgent(), inputs.QueuePosition(2), inputs.QueuePosition(1), inputs.AgentAnswered()
            )
        case _:
            return one_of(
                chance,
                *(inputs.Saved(), inputs.Sent(), inputs.Refused(), inputs.NoAgent(), inputs.QueuePosition(1)),
                *(inputs.Silence(), inputs.Started(), inputs.IdentityChecked(inputs.IdentityResult.FAILED)),
            )


@functools.cache
def needed(flow: str, language: str, key: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The values a prompt must get, and the words in it that speak of debt. It must be there."""
    template = PLAYERS[flow].flows.catalogue.text(language, key)
    assert template is not None, key
    return frozenset(each.name for each in placeholders(template)), debt_words(template, language)


def check_said(flow: str, say: Say, *, identified: bool) -> None:
    for part in say.parts:
        assert isinstance(part, Prompt), part
        names, words = needed(flow, say.language, part.key)
        assert names <= set(part.values), part
        if part.key in STANDARD:
            assert set(part.values) <= set(STANDARD[part.key]), part
        if not identified:
            assert not words, (part.key, words)
            assert not any(isinstance(value, Money) for value in part.values.values()), part


def walk(seed: int) -> tuple[State, int]:
    chance = seeded_random(seed)
    name = one_of(chance, *PLAYERS)
    player = PLAYERS[name]
    call = a_call(chance)
    known = a_file(chance) if player.flows.flow.identified and chance.random() < 0.95 else None
    state = player.begin(call)
    happened: inputs.Input = inputs.Started(known)
    asked: Action | None = None
    listened: Listen | None = None
    keys: set[str] = set()
    finished = 0
    read_back = False
    for count in range(1, MOST_INPUTS * 3):
        before = state
        state, actions = player.step(state, happened)
        for action in actions:
            match action:
                case Say():
                    check_said(
                        name, action, identified=before.identity.file is not None or state.identity.file is not None
                    )
                    assert before.identity.file or state.identity.file or not state.promises
                case SavePromise(key=key, debt=debt_id, proposal=proposal):
                    assert read_back, "confirmed without being read back"
                    assert isinstance(happened, inputs.Digit | inputs.Digits | inputs.Spoken)
                    assert key not in keys, "a promise twice"
                    keys.add(key)
                    debt = state.identity.file.debt(debt_id) if state.identity.file else None
                    assert debt is not None
                    assert not objections(proposal, debt.terms, balance_minor=debt.balance_minor, today=TODAY)
                case Finished():
                    finished += 1
                case Listen():
                    listened = action
                    assert state.question is not None
                    assert action.afresh or not state.question.binding, "what binds must have been heard"
            if isinstance(action, ASKS):
                asked, listened = action, None
        if finished:
            assert finished == 1
            assert isinstance(actions[-1], Finished)
            assert set(actions[-1].promises) == keys
            assert isinstance(happened, inputs.HungUp | inputs.AgentAnswered) or isinstance(actions[-2], HangUp)
            assert state.ended
            for late in (inputs.Digit("1"), inputs.HungUp(), inputs.Silence(), inputs.Saved("AB12")):
                assert player.step(state, late)[1] == ()
            return state, count
        if isinstance(happened, inputs.Silence) and before.question is not None and not before.question.optional:
            assert actions, "silence was answered with silence"
        if actions:
            last = actions[-1]
            assert isinstance(last, (Listen, *ASKS)) or isinstance(happened, inputs.QueuePosition), "a dead end"
            asked = (
                last if isinstance(last, ASKS) else None if isinstance(last, Listen) and not _waits(state) else asked
            )
        read_back = state.question is not None and any(
            isinstance(part, Prompt) and part.key == "readback_choices" for part in state.question.parts
        )
        if seed % 50 == 0:
            assert from_json(to_json(state)) == state
        waits = asked is not None and chance.random() < 0.8
        happened = the_house(chance, asked) if waits else the_person(chance, listened)
    raise AssertionError(f"walk {seed} has no end")


def _waits(state: State) -> bool:
    return state.question is not None and state.question.optional


@pytest.mark.parametrize("part", range(4))
def test_no_walk_tells_of_debt_too_early_saves_a_promise_twice_or_goes_on_for_ever(part: int) -> None:
    ends: dict[str, int] = {}
    for seed in range(part * WALKS // 4, (part + 1) * WALKS // 4):
        try:
            state, _ = walk(seed)
        except AssertionError as exc:
            raise AssertionError(f"walk {seed}: {exc}") from exc
        assert state.outcome is not None
        ends[state.outcome] = ends.get(state.outcome, 0) + 1
    # Every way to end was taken, so that the walks did see the flows.
    assert len(ends) == 7, ends


def test_the_walks_make_promises() -> None:
    made = [walk(seed)[0].promises for seed in range(500)]
    assert sum(1 for promises in made if promises) >= 10
