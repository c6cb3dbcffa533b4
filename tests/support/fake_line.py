"""A line, a house and a queue for one self-service call, without a telephone."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dialer.errors import AgiHungUp
from dialer.ivr.ports import QueueNews
from ivr_flows.actions import Finished, RequestCallBack, SavePromise, SendMessage
from ivr_flows.facts import DebtorFile, IdentityMethod, PersonFact
from ivr_flows.inputs import IdentityChecked, IdentityResult, Refused, Saved, Sent
from ivr_flows.spoken.values import Part, Prompt

GONE = "gone"  #: in a script: they hang up instead


class FakeLine:
    """Keys come one after the other: each is pressed where a key is awaited. ``heard`` is what was played."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = deque(keys)
        self.heard: list[str] = []
        self.hung_up = False

    async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
        if self.hung_up:
            raise AgiHungUp
        self.heard += sounds
        return ""

    async def key(self, wait_s: float) -> str:
        if self.hung_up or not self._keys:
            raise AgiHungUp
        key = self._keys.popleft()
        if key == GONE:
            self.hung_up = True
            raise AgiHungUp
        return key

    async def more_keys(self, most: int, between_s: float) -> str:
        keys = ""
        while len(keys) < most and self._keys and self._keys[0] in set("0123456789*"):
            keys += self._keys.popleft()
        if self._keys and self._keys[0] == "#":
            self._keys.popleft()
        return keys

    def forget_keys(self) -> None:
        """Nobody presses anything ahead here."""

    async def hang_up(self) -> None:
        self.hung_up = True


class Keys:
    """Mouth that names prompts by their keys."""

    def begin(self, parts: Sequence[Part], language: str) -> None: ...

    def patience_s(self, part: Part, language: str) -> float:
        return 0.0

    def sounds(self, part: Part, language: str) -> Sequence[str]:
        return [part.key if isinstance(part, Prompt) else str(part)]


@dataclass
class FakeHouse:
    """Whoever answers ``right`` passes, and is ``file``."""

    file: DebtorFile
    right: str = "1234"
    done: list[object] = field(default_factory=list)
    ends: list[Finished] = field(default_factory=list)

    async def send_code(self) -> Sent | Refused:
        return Sent()

    async def check(self, answers: Mapping[IdentityMethod, str]) -> IdentityChecked:
        if set(answers.values()) == {self.right}:
            return IdentityChecked(IdentityResult.PASSED, self.file)
        return IdentityChecked(IdentityResult.FAILED)

    async def lock(self) -> None:
        self.done.append("locked")

    async def save_promise(self, wanted: SavePromise) -> Saved | Refused:
        self.done.append(wanted)
        return Saved("12345674", wanted.key)

    async def send_message(self, wanted: SendMessage) -> Sent | Refused:
        self.done.append(wanted)
        return Sent()

    async def call_back(self, wanted: RequestCallBack) -> Saved | Refused:
        self.done.append(wanted)
        return Saved("", wanted.key)

    async def opt_out(self, scope: str) -> None:
        self.done.append(scope)

    async def record_fact(self, fact: PersonFact) -> None:
        self.done.append(fact)

    async def over(self, end: Finished) -> None:
        self.ends.append(end)


@dataclass
class FakeQueue:
    """``news`` are what it says, one each time it is asked; ``last`` after the channel was taken away."""

    news: deque[QueueNews | None] = field(default_factory=deque)
    last: QueueNews | None = None
    asked: list[str] = field(default_factory=list)
    left: int = 0

    def ask(self, reason: str, wait_s: float) -> None:
        self.asked.append(reason)

    def leave(self) -> None:
        self.left += 1

    def poll(self) -> QueueNews | None:
        return self.news.popleft() if self.news else None

    async def last_word(self) -> QueueNews | None:
        return self.last
