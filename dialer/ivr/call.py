"""One self-service call: the pure player on one side, a line, the house and a queue on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dialer.errors import AgiHungUp
from dialer.ivr.ports import SPOKEN, Ear, House, Line, Mouth, Queue
from ivr_flows.actions import (
    Action,
    CheckIdentity,
    Finished,
    HangUp,
    LeaveQueue,
    Listen,
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
from ivr_flows.facts import CallBackSlot, CallFacts, DebtorFile
from ivr_flows.inputs import AgentAnswered, Digit, Digits, HungUp, Input, NoAgent, Silence, Spoken, Started
from ivr_flows.play.player import Player
from ivr_flows.spoken.values import Part
from ivr_flows.state import State

_SLICE_S = 0.4  # of the wait for an agent: so long the queue's news may wait, too
_VOICE_SLICE_S = 0.3  # of the wait for the voice
_WORDS_S = 2.0  # so long somebody who speaks is waited for, again and again
_MOST_WAITS = 8  # whoever talks on is asked again


class SelfServiceCall:
    """Lives as long as the call does, which may come back from a bridge that failed. ``file``: the person was
    identified already, by the agent who hands them over."""

    def __init__(
        self,
        player: Player,
        facts: CallFacts,
        *,
        house: House,
        queue: Queue,
        mouth: Mouth,
        file: DebtorFile | None = None,
        ear: Ear | None = None,
    ) -> None:
        self._player = player
        self._house = house
        self._queue = queue
        self._mouth = mouth
        self._ear = ear
        self._state = player.begin(facts)
        self._next: Input = Started(file)
        self._said: list[tuple[Part, str]] = []  # and not played yet, each in its language
        self._in_queue = False
        self.end: Finished | None = None

    @property
    def over(self) -> bool:
        return self._state.ended

    @property
    def state(self) -> State:
        """Where the call is in its flow."""
        return self._state

    def learn_slots(self, slots: tuple[CallBackSlot, ...]) -> None:
        """The times at which they may be called back, which are not known yet when a call begins."""
        self._state = replace(self._state, call=replace(self._state.call, slots=slots))

    async def serve(self, line: Line) -> None:
        """Play the flow until it ends, or the channel is wanted back: then ``over`` is still False. What the flow
        wants done is done even where the person has gone."""
        while not self.over:
            self._state, actions = self._player.step(self._state, self._next)
            try:
                answer = await self._carry_out(line, actions)
                if not self.over:
                    self._next = answer or await self._wait(line)
            except AgiHungUp:
                if await self._taken_away():
                    return

    async def abandon(self) -> None:
        """The call is gone, and no line will come for it any more."""
        if not self.over:
            self._state, actions = self._player.step(self._state, HungUp())
            await self._carry_out(None, actions)

    async def _carry_out(self, line: Line | None, actions: Sequence[Action]) -> Input | None:
        """In order. Errands come before what is to be heard, for that is gathered until somebody must listen; once the
        line has gone, only they are left. Raises AgiHungUp after the last of them."""
        answer: Input | None = None
        gone: AgiHungUp | None = None
        for action in actions:
            if isinstance(action, Say):
                self._mouth.begin(action.parts, action.language)
                self._said += [(part, action.language) for part in action.parts]
            elif not isinstance(action, Listen | HangUp | Transfer):
                answer = await self._errand(action) or answer
            elif line is not None and gone is None:
                try:
                    answer = await self._on_line(line, action)
                except AgiHungUp as exc:
                    gone = exc
        if gone is not None and not self.over:
            raise gone
        return answer

    async def _errand(self, action: Action) -> Input | None:
        house = self._house
        match action:
            case SendCode():
                return await house.send_code()
            case CheckIdentity(answers):
                return await house.check(answers)
            case LockSelfService():
                await house.lock()
            case SavePromise():
                return await house.save_promise(action)
            case SendMessage():
                return await house.send_message(action)
            case RequestCallBack():
                return await house.call_back(action)
            case OptOut(scope):
                await house.opt_out(scope)
            case RecordFact(fact):
                await house.record_fact(fact)
            case LeaveQueue():
                self._in_queue = False
                self._queue.leave()
            case Finished():
                if self._ear is not None:
                    self._ear.close()
                if self._in_queue:
                    self._queue.leave()
                self.end = action
                await house.over(action)
            case SetLanguage() | _:
                pass
        return None

    # ------------------------------------------------------------------------------------- on the line

    async def _on_line(self, line: Line, action: Action) -> Input | None:
        match action:
            case Listen() if self._in_queue:
                return None  # see _wait
            case Listen():
                return await self._listen(line, action)
            case Transfer():
                line.forget_keys()
                await self._play(line)
                if self._ear is not None:
                    self._ear.close()  # an agent's desk may want this audio next
                self._in_queue = True
                self._queue.ask(action.reason, action.wait_s)
            case HangUp():
                line.forget_keys()
                await self._play(line)
                await line.hang_up()
        return None

    async def _listen(self, line: Line, asked: Listen) -> Input:
        first = await self._first_answer(line, asked)
        if isinstance(first, Spoken):
            return first
        if not first:
            return Silence()
        if asked.max_digits == 1 or first in "*#":
            return Digit(first)
        return Digits(first + await line.more_keys(asked.max_digits - 1, asked.between_s))

    async def _first_answer(self, line: Line, asked: Listen) -> str | Spoken:
        """The first key, or everything that was said; an empty text for neither."""
        ear = self._ear if asked.speech else None
        if asked.afresh:
            line.forget_keys()
        if ear is None:
            key = await self._play(line, afresh=asked.afresh) or await line.key(asked.first_s)
            return "" if key == SPOKEN else key
        ear.listen(asked)
        try:
            key = await self._play(line, afresh=asked.afresh)
            ear.all_was_said()
            for waits in range(_MOST_WAITS):
                said = ear.take()
                if said is not None and key in ("", SPOKEN):
                    return said
                if key != SPOKEN and (key or (waits and not ear.speaking)):
                    return key
                key = await line.key(_WORDS_S if ear.speaking else asked.first_s)
            return ""
        finally:
            ear.stop()

    async def _play(self, line: Line, *, afresh: bool = False) -> str:
        """What was gathered. The key that stopped it, or an empty text. While the voice is at work on one thing, what
        comes before it is played. ``afresh`` as of ``Line.play``."""
        said, self._said = self._said, []
        sounds: list[str] = []
        for part, language in said:
            if self._mouth.patience_s(part, language):
                key = await self._play_sounds(line, sounds, afresh=afresh)
                afresh = afresh and not sounds
                key = key or await self._until_spoken(line, part, language)
                if key and not afresh:
                    return key
                sounds = []
            sounds += self._mouth.sounds(part, language)
        return await self._play_sounds(line, sounds, afresh=afresh)

    async def _until_spoken(self, line: Line, part: Part, language: str) -> str:
        """Wait for the voice, with an ear for keys."""
        waited_s = 0.0
        while waited_s < (patience_s := self._mouth.patience_s(part, language)):
            slice_s = min(patience_s - waited_s, _VOICE_SLICE_S)
            key = await line.key(slice_s)
            if key:
                return key
            waited_s += slice_s
        return ""

    async def _play_sounds(self, line: Line, sounds: Sequence[str], *, afresh: bool) -> str:
        if not sounds:
            return ""
        key = await line.play(sounds, afresh=afresh)
        if key == SPOKEN and not (self._ear and self._ear.signs):  # it came late, and was meant for what is over
            key = await line.play(sounds, afresh=afresh)
        return key

    async def _wait(self, line: Line) -> Input:
        """Something else than an answer is awaited: an agent, or, where there is none, nothing ever comes."""
        if not self._in_queue:
            return Silence()
        key = await self._play(line)
        while not (key and key != SPOKEN and self._state.question is not None):
            news = self._queue.poll()
            if news is not None:
                self._in_queue = not isinstance(news, AgentAnswered | NoAgent)
                return news
            key = await line.key(_SLICE_S)
        return Digit(key)

    async def _taken_away(self) -> bool:
        """The channel left us: to an agent, out of a bridge that failed, or for ever. Sets what the flow is told next;
        True where it is told when the channel comes back."""
        self._said.clear()
        if not self._in_queue:
            self._next = HungUp()
            return False
        news = await self._queue.last_word()
        self._in_queue = False
        self._next = news if isinstance(news, AgentAnswered | NoAgent) else HungUp()
        return isinstance(news, NoAgent)
