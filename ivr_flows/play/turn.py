"""One step in the making: the state as it will be, and the actions so far. It lives as long as the step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from ivr_flows import fields
from ivr_flows.actions import Action, Ear, Finished, HangUp, Listen, Outcome, Say
from ivr_flows.expressions import Type
from ivr_flows.facts import DebtorFile
from ivr_flows.loader import FlowSet
from ivr_flows.nodes import NOWHERE, RETURN, Line, Node, SubFlow, Target
from ivr_flows.spoken.values import Part, Prompt, Value
from ivr_flows.state import Choice, Frame, Question, State
from ivr_flows.words import placeholders

_MOST_FRAMES = 10
_FIELDS = dataclass_fields(State)
#: How many times one call may ask for an agent: whom nobody answered twice is not sent round again.
MOST_TRANSFERS = 3


class Turn:
    """``target`` is where the call goes next; None: it stays."""

    def __init__(self, flows: FlowSet, state: State) -> None:
        self.flows = flows
        self.state = state
        self._values: dict[str, Any] = {each.name: getattr(state, each.name) for each in _FIELDS}
        self.actions: list[Action] = []
        self.target: str | None = None
        self.afresh = False  # what is said now was not expected: keys pressed ahead are no answer to it
        self._parts: list[Part] = []
        self._said: list[Part] = []

    # State

    def set(self, **changes: Any) -> None:
        self._values |= changes
        self.state = State(**self._values)  # half the time of dataclasses.replace

    @property
    def node(self) -> Node:
        return self.flows.node(self.state.flow, self.state.node)

    @property
    def file(self) -> DebtorFile:
        """Raises NotIdentified."""
        if self.state.identity.file is None:
            raise fields.NotIdentified("debts")
        return self.state.identity.file

    # Saying

    def prompt(self, name: str, /, **values: Value) -> Prompt:
        return Prompt(name, values)

    def say(self, *parts: Part) -> None:
        self._parts.extend(parts)
        self._said.extend(parts)

    def lines(self, lines: Iterable[Line]) -> tuple[Part, ...]:
        """The prompts of a node whose conditions hold and whose values are known. Raises NotIdentified."""
        kept = (self.line(line.key) for line in lines if fields.holds(self.state, line.when))
        return tuple(part for part in kept if part is not None)

    def line(self, key: str) -> Prompt | None:
        """A prompt with the values of its fields; None where one of them is not known. Raises NotIdentified."""
        template = self.flows.catalogue.text(self.state.language, key)
        if template is None:
            return None
        values: dict[str, Value] = {}
        stored = self.flows.flows[self.state.flow].stored
        for needed in placeholders(template):
            name = needed.name
            kind = fields.PUBLIC.get(name) or fields.PRIVATE.get(name) or Type(stored.get(name, Type.TEXT))
            found = fields.spoken(self.state, name, kind)
            if found is None:
                return None
            values[name] = found
        return Prompt(key, values)

    def do(self, action: Action) -> None:
        """Everything that was to be said is said before it."""
        self._flush()
        self.actions.append(action)

    def _flush(self) -> None:
        if self._parts:
            self.actions.append(Say(tuple(self._parts), self.state.language))
            self._parts.clear()

    # Asking

    def ask(self, question: Question) -> None:
        """Ask, and wait for the answer."""
        self.say(*question.parts)
        speech = question.speech and self.state.call.speech
        self.set(question=replace(question, speech=speech), keys="", tries=0, said=tuple(self._said))
        self._listen()

    def ask_key(
        self, parts: Iterable[Part], choices: Iterable[Choice], *, optional: bool = False, binding: bool = False
    ) -> None:
        self.ask(Question(ear=Ear.KEY, parts=tuple(parts), choices=tuple(choices), optional=optional, binding=binding))

    def ask_yes_no(self, parts: Iterable[Part]) -> None:
        choices = (Choice("1", "yes"), Choice("2", "no"))
        self.ask(Question(ear=Ear.YES_NO, parts=tuple(parts), choices=choices))

    def again(self, reason: str, *, keypad: bool = False, **values: Value) -> None:
        """What was heard cannot be used: say why and ask again, or after the last try give up. ``keypad``: from now on
        only keys count for this question."""
        question = self.state.question
        if question is None or question.optional:
            return
        tries = self.state.tries + 1
        self.set(tries=tries, keys="")
        if tries >= self.flows.flow.tries:
            self.give_up()
            return
        self.say(self.prompt(reason, **values), *question.parts)
        self.set(question=replace(question, speech=question.speech and not keypad), said=tuple(self._said))
        self.afresh = True
        self._listen()

    def repeat(self) -> None:
        """What was said last, once more; it costs no try."""
        self.set(keys="")
        self._parts.extend(self.state.said)
        self._listen()

    def _listen(self) -> None:
        question, flow = self.state.question, self.flows.flow
        if question is None:
            return
        catalogue, language = self.flows.catalogue, self.state.language
        words = [word for choice in question.choices for word in catalogue.heard(language, choice.words)]
        keys = "".join(choice.key for choice in question.choices) or "0123456789"
        self.do(
            Listen(
                kind=question.ear,
                keys=keys + "*#" + ("0" if "0" not in keys and flow.agent else ""),
                max_digits=question.max_digits,
                first_s=flow.first_s,
                between_s=flow.between_s,
                words=tuple(dict.fromkeys(words)),
                speech=question.speech,
                currency=question.currency,
                language=language,
                afresh=self.afresh or question.binding,
            )
        )

    # Going

    def go(self, target: Target | str) -> None:
        """Leave the node. A target that was left out of the flow means giving up politely."""
        name = target if isinstance(target, str) else target.name
        self.set(question=None, keys="", tries=0, idle=0, phase="")
        if name == NOWHERE:
            self.give_up(leaving=True)
        else:
            self.target = name

    def wait(self, phase: str) -> None:
        """Nothing is asked until the answer to the last action comes."""
        self.set(question=None, keys="", phase=phase, idle=0)

    def land(self) -> Node | None:
        """The node that ``target`` means; None where the call ended instead."""
        name, self.target = self.target, None
        while name == RETURN:
            if not self.state.frames:
                self.end(self.state.likely)
                return None
            frame = self.state.frames[-1]
            self.set(frames=self.state.frames[:-1], flow=frame.flow)
            caller = self.flows.node(frame.flow, frame.node)
            name = caller.next.name if isinstance(caller, SubFlow) else RETURN
        self.set(node=name)
        return self.node

    def call_flow(self, node: SubFlow) -> None:
        if len(self.state.frames) >= _MOST_FRAMES:
            self.give_up()
            return
        frames = (*self.state.frames, Frame(self.state.flow, node.name))
        self.go(self.flows.flows[node.flow].start)
        self.set(frames=frames, flow=node.flow)

    def to_agent(self) -> bool:
        """Leave everything for the main flow's agent node. False where it has none."""
        agent = self.flows.flow.agent
        if not agent:
            return False
        self.go(agent)
        self.set(frames=(), flow=self.flows.main)
        return True

    def give_up(self, *, leaving: bool = False) -> None:
        """Where the node says; else an agent, once; else a polite end."""
        otherwise = getattr(self.node, "otherwise", None)
        if not leaving and isinstance(otherwise, Target) and otherwise:
            self.go(otherwise)
            return
        if not self.state.gave_up:
            self.set(gave_up=True, likely=Outcome.GAVE_UP)
            if self.to_agent():
                self.say(self.prompt("too_many_tries"))
                return
        self.goodbye(Outcome.GAVE_UP)

    def goodbye(self, outcome: Outcome) -> None:
        self.say(self.prompt("goodbye"))
        self.end(outcome)

    def end(self, outcome: Outcome, *, hang_up: bool = True) -> None:
        """The last of a call: whatever was captured goes out with it."""
        if hang_up:
            self.do(HangUp())
        else:
            self._parts.clear()
        self.target = None
        state = self.state
        captured = {
            name: found.isoformat() if hasattr(found, "isoformat") else str(found)
            for name, found in state.captured.items()
        }
        promises = tuple(promise.key for promise in state.promises)
        self.actions.append(
            Finished(outcome=outcome, node=f"{state.flow}/{state.node}", captured=captured, promises=promises)
        )
        self.set(outcome=outcome, question=None, keys="")

    def finish(self) -> tuple[State, tuple[Action, ...]]:
        self._flush()
        return self.state, tuple(self.actions)
