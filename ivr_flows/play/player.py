"""``step(state, input) -> (state, actions)``: the whole of a self-service call, without clock, line or database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ivr_flows import fields, nodes
from ivr_flows.actions import Action, Outcome, SetLanguage
from ivr_flows.facts import AnsweredBy, CallFacts
from ivr_flows.inputs import (
    Digit,
    Digits,
    HungUp,
    Input,
    Refused,
    Saved,
    Silence,
    Spoken,
    Started,
)
from ivr_flows.loader import FlowSet
from ivr_flows.play import asking, debts, identity, leaving, promising
from ivr_flows.play.ears import hear
from ivr_flows.play.turn import Turn
from ivr_flows.spoken.values import Digits as Number
from ivr_flows.spoken.values import Text
from ivr_flows.state import START, Identity, State

#: Whoever presses keys for longer than this does not want to be served.
MOST_INPUTS = 250
_MOST_NODES_A_STEP = 60
#: Time-outs for which an answer of the house is awaited before it is taken for a no.
_MOST_IDLE = 6
_KEYS = frozenset("0123456789*#")

_Enter = Callable[[Turn, Any], None]
_Hear = Callable[[Turn, Any, Any], None]


class Player:
    """Plays one version of a flow. Holds nothing of a call: one player may serve all of them."""

    def __init__(self, flows: FlowSet) -> None:
        self.flows = flows

    def begin(self, call: CallFacts) -> State:
        """The state before ``Started``."""
        languages = self.flows.flow.languages
        language = call.language if call.language in languages else languages[0]
        return State(version=self.flows.version, call=call, flow=self.flows.main, node=START, language=language)

    def step(self, state: State, happened: Input) -> tuple[State, tuple[Action, ...]]:
        """What becomes of the call, and what is to be done now, in order.

        Inputs that make no sense where the call is change nothing. After the end there are no actions any more; a
        promise's late ``Saved`` is still noted in the state. Raises ValueError for a state of another version.
        """
        if state.version != self.flows.version:
            raise ValueError("this call began with another version of its flow; play it with that")
        turn = Turn(self.flows, state)
        try:
            self._take(turn, happened)
            self._run(turn)
        except fields.NotIdentified:
            return self._refused(state)
        return turn.finish()

    def _take(self, turn: Turn, happened: Input) -> None:
        state = turn.state
        if isinstance(happened, Saved | Refused) and self._is_late(turn, happened):
            return
        if state.ended:
            return
        turn.set(inputs=state.inputs + 1)
        match happened:
            case HungUp():
                turn.end(Outcome.HUNG_UP, hang_up=False)
            case Started() if state.node == START:
                self._start(turn, happened)
            case _ if state.node == START or isinstance(happened, Started):
                return
            case Digit() | Digits() | Spoken() | Silence() if state.inputs < MOST_INPUTS:
                self._hear(turn, happened)
            case Digit() | Digits() | Spoken() | Silence():
                turn.goodbye(Outcome.GAVE_UP)
            case _:
                self._tell(turn, happened)

    def _start(self, turn: Turn, started: Started) -> None:
        call, flow = turn.state.call, self.flows.flow
        turn.set(node=flow.start.name)
        if call.answered_by is AnsweredBy.MACHINE:
            wording = call.limited_wording
            if self.flows.catalogue.text(turn.state.language, wording) is None:
                wording = "limited-content"
            turn.say(turn.prompt(wording, creditor=Text(call.creditor), callback=Number(call.callback)))
            turn.end(Outcome.MESSAGE_LEFT)
        elif flow.identified and started.file is None:
            turn.goodbye(Outcome.NOT_IDENTIFIED)
        else:
            turn.set(identity=Identity(file=started.file))
            turn.go(flow.start)

    def _hear(self, turn: Turn, heard: Digit | Digits | Spoken | Silence) -> None:
        question = turn.state.question
        if question is None or (question.optional and isinstance(heard, Silence)):
            if isinstance(heard, Silence):
                self._wait_on(turn)
            return
        keys = heard.key if isinstance(heard, Digit) else heard.keys if isinstance(heard, Digits) else ""
        if not _KEYS.issuperset(keys) or (isinstance(heard, Digit) and len(keys) != 1):
            return
        answer = hear(turn, question, heard)
        if answer is not None and turn.state.question is not None:
            _ANSWERED[type(turn.node)](turn, turn.node, answer)

    def _wait_on(self, turn: Turn) -> None:
        turn.set(idle=turn.state.idle + 1)
        if turn.state.idle >= _MOST_IDLE and not isinstance(turn.node, nodes.Transfer):
            self._tell(turn, Refused("no-answer"))

    def _tell(self, turn: Turn, news: Input) -> None:
        handler = _TOLD.get(type(turn.node))
        if handler is not None and turn.state.phase:
            handler(turn, turn.node, news)

    def _is_late(self, turn: Turn, news: Saved | Refused) -> bool:
        """A promise's answer that nobody waits for any more."""
        key = news.key if isinstance(news, Saved) else ""
        waits = isinstance(turn.node, nodes.Promise) if turn.state.node != START else False
        if not key or (waits and not turn.state.ended and turn.state.phase == "saving"):
            return False
        if any(made.key == key and made.saved is None for made in turn.state.promises):
            promising.settle(turn, key, saved=True, reference=news.reference if isinstance(news, Saved) else "")
            return True
        return False

    def _run(self, turn: Turn) -> None:
        for _ in range(_MOST_NODES_A_STEP):
            if turn.target is None:
                return
            node = turn.land()
            if node is not None:
                _ENTER[type(node)](turn, node)
        if turn.target is not None:  # the validator forbids loops that ask nobody
            turn.goodbye(Outcome.GAVE_UP)

    def _refused(self, before: State) -> tuple[State, tuple[Action, ...]]:
        """A flow that the validator would not have let through: nothing of what it wanted to say is said."""
        turn = Turn(self.flows, before)
        turn.goodbye(Outcome.NOT_IDENTIFIED)
        return turn.finish()


def _say(turn: Turn, node: nodes.Say) -> None:
    turn.say(*turn.lines(node.prompts))
    turn.go(node.next)


def _set_language(turn: Turn, node: nodes.SetLanguage) -> None:
    turn.do(SetLanguage(node.language))
    turn.set(language=node.language)
    turn.say(*turn.lines(node.prompts))
    turn.go(node.next)


def _condition(turn: Turn, node: nodes.Condition) -> None:
    turn.say(*turn.lines(node.prompts))
    chosen = next((branch.next for branch in node.branches if fields.holds(turn.state, branch.when)), node.otherwise)
    turn.go(chosen)


def _sub_flow(turn: Turn, node: nodes.SubFlow) -> None:
    turn.say(*turn.lines(node.prompts))
    turn.call_flow(node)


def _hang_up(turn: Turn, node: nodes.HangUp) -> None:
    turn.say(*turn.lines(node.prompts))
    turn.end(turn.state.likely)


_ENTER: Mapping[type, _Enter] = MappingProxyType(
    {
        nodes.Say: _say,
        nodes.Menu: asking.ask_menu,
        nodes.AskDigits: asking.ask_digits,
        nodes.AskDate: asking.ask_date,
        nodes.AskAmount: asking.ask_amount,
        nodes.YesNo: asking.ask_yes_no,
        nodes.VerifyIdentity: identity.verify,
        nodes.Balance: debts.balance,
        nodes.Offer: debts.offer,
        nodes.Promise: promising.promise,
        nodes.PayBy: debts.pay_by,
        nodes.Transfer: leaving.transfer,
        nodes.CallBack: leaving.call_back,
        nodes.OptOut: leaving.opt_out,
        nodes.SetLanguage: _set_language,
        nodes.Condition: _condition,
        nodes.SubFlow: _sub_flow,
        nodes.HangUp: _hang_up,
    }
)
_ANSWERED: Mapping[type, _Hear] = MappingProxyType(
    {
        nodes.Menu: asking.menu_answered,
        nodes.AskDigits: asking.digits_answered,
        nodes.AskDate: asking.date_answered,
        nodes.AskAmount: asking.amount_answered,
        nodes.YesNo: asking.yes_no_answered,
        nodes.VerifyIdentity: identity.answered,
        nodes.Offer: debts.offer_answered,
        nodes.Promise: promising.answered,
        nodes.PayBy: debts.pay_by_answered,
        nodes.Transfer: leaving.transfer_answered,
        nodes.CallBack: leaving.call_back_answered,
        nodes.OptOut: leaving.opt_out_answered,
    }
)
_TOLD: Mapping[type, _Hear] = MappingProxyType(
    {
        nodes.VerifyIdentity: identity.told,
        nodes.Promise: promising.told,
        nodes.PayBy: debts.pay_by_told,
        nodes.Transfer: leaving.transfer_told,
        nodes.CallBack: leaving.call_back_told,
    }
)
