"""A flow played in a terminal: what is said is written, keys and words are typed, and the house only pretends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dialer.commands.ivr_people import Person
from ivr_flows import inputs
from ivr_flows.actions import (
    Action,
    CheckIdentity,
    Finished,
    LockSelfService,
    OptOut,
    RecordFact,
    RequestCallBack,
    SavePromise,
    Say,
    SendCode,
    SendMessage,
    SetLanguage,
    Transfer,
)
from ivr_flows.identity_check import Known, matches
from ivr_flows.play.player import Player
from ivr_flows.spoken.compose import words
from ivr_flows.spoken.templates import as_text
from ivr_flows.spoken.values import Locale
from ivr_flows.state import State

_CODE = "271828"  # of a rehearsal: it opens nothing
_KEYS = re.compile(r"[0-9*#]+")


@dataclass(slots=True)
class Rehearsal:
    """``read`` gives the next line that was typed, None at the end of the input; ``write`` shows a line by its speaker;
    ``said`` are the words of ``ivr_words``."""

    player: Player
    person: Person
    said: Mapping[str, str]
    read: Callable[[], str | None]
    write: Callable[[str, str], None]
    _code: str = ""
    _pending: inputs.Input | None = field(default=None)

    def play(self) -> State:
        """The whole call. Returns its last state."""
        state = self.player.begin(self.person.call)
        file = self.person.file if self.player.flows.flow.identified else None
        happened: inputs.Input = inputs.Started(file)
        while True:
            self._pending = None
            state, actions = self.player.step(state, happened)
            for action in actions:
                self._do(state, action)
            if state.ended:
                return state
            happened = self._pending or self._typed()

    def _typed(self) -> inputs.Input:
        line = self.read()
        if line is None or line.strip().casefold() == self.said["hang_up"]:
            return inputs.HungUp()
        text = line.strip()
        if not text:
            return inputs.Silence()
        keys = text.replace(" ", "")
        if _KEYS.fullmatch(keys):
            return inputs.Digit(keys) if len(keys) == 1 else inputs.Digits(keys)
        return inputs.Spoken(text)

    def _do(self, state: State, action: Action) -> None:
        country = self.person.call.country
        match action:
            case Say(parts, language):
                text = as_text(parts, self.player.flows.catalogue.text, Locale(language, country))
                self.write(self.said["voice"], text)
            case SendCode():
                self._code = _CODE
                self._answer(inputs.Sent(), "code", code=_CODE)
            case CheckIdentity(answers):
                known = Known(
                    document=self.person.known.document, birth_date=self.person.known.birth_date, code=self._code
                )
                passed = matches(answers, known)
                result = inputs.IdentityResult.PASSED if passed else inputs.IdentityResult.FAILED
                file = self.person.file if passed else None
                self._answer(inputs.IdentityChecked(result, file), "checked", result=result.value)
            case LockSelfService():
                self._tell("locked")
            case SavePromise():
                self._answer(inputs.Saved("R2D4", action.key), "saved", what=self._promise(action), key=action.key)
            case SendMessage():
                self._answer(inputs.Sent(), "sent", channel=action.channel, template=action.template)
            case Transfer():
                self._tell("transfer")
                line = self.read()
                there = line is not None and line.strip().casefold() == self.said["agent"]
                self._pending = inputs.AgentAnswered() if there else inputs.NoAgent()
            case RequestCallBack():
                self._answer(inputs.Saved(), "call_back", slot=action.slot or self.said["soon"])
            case OptOut(scope):
                self._tell("opt_out", scope=scope)
            case RecordFact(fact):
                self._tell("fact", fact=fact.value)
            case SetLanguage(language):
                self._tell("language", language=language)
            case Finished():
                captured = ", ".join(f"{name}={value}" for name, value in action.captured.items())
                self._tell("ended", outcome=action.outcome.value, captured=captured or self.said["nothing"])
            case _:
                pass

    def _promise(self, action: SavePromise) -> str:
        debt = self.person.file.debt(action.debt)
        if debt is None:
            return action.debt
        locale = Locale(self.person.call.language, self.person.call.country)
        return "; ".join(
            f"{each.due_on.isoformat()} {words(debt.money(each.amount_minor), locale)}"
            for each in action.proposal.instalments
        )

    def _answer(self, answer: inputs.Input, words_key: str, /, **values: str) -> None:
        self._tell(words_key, **values)
        self._pending = answer

    def _tell(self, words_key: str, /, **values: str) -> None:
        self.write(self.said["house"], self.said[words_key].format(**values))
