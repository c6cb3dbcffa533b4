"""What a self-service call needs of the outside: a line, the house, and a queue for agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ivr_flows.actions import Finished, Listen, RequestCallBack, SavePromise, SendMessage
from ivr_flows.facts import IdentityMethod, PersonFact
from ivr_flows.inputs import (
    AgentAnswered,
    IdentityChecked,
    NoAgent,
    QueuePosition,
    Refused,
    Saved,
    Sent,
    Spoken,
)
from ivr_flows.spoken.values import Part

#: The key that stands for words: no telephone has it.
SPOKEN = "D"

QueueNews = QueuePosition | AgentAnswered | NoAgent


class Line(Protocol):
    """A person on the telephone. Every method raises AgiHungUp once they, or the channel, have gone."""

    async def play(self, sounds: Sequence[str], *, afresh: bool = False) -> str:
        """Play sounds one after the other, without a gap. The key that stopped them, ``SPOKEN`` included, or an empty
        text. Where a key was pressed ahead, nothing is played, and it is the answer; ``afresh``: such keys, and those
        that come before anything can have been understood, were meant for something else, and all is played."""
        ...

    async def key(self, wait_s: float) -> str:
        """The next key; empty where none came in ``wait_s`` seconds."""
        ...

    async def more_keys(self, most: int, between_s: float) -> str:
        """Up to ``most`` more keys, until ``#`` or ``between_s`` seconds without one. ``#`` is not among them."""
        ...

    def forget_keys(self) -> None:
        """What was pressed ahead was meant for something else."""
        ...

    async def hang_up(self) -> None:
        """End the call. That it has already ended is not an error."""
        ...


class Ear(Protocol):
    """Hears what the person says, from ``listen`` to ``stop``. As soon as words are heard while something is played,
    and when they are over, the line gives the key ``SPOKEN``."""

    def listen(self, asked: Listen) -> None:
        """From now on, and for the answers to this question alone. Where it cannot, it hears nothing."""
        ...

    def all_was_said(self) -> None:
        """Nothing is played any more: whatever is heard now is meant for us."""
        ...

    @property
    def speaking(self) -> bool:
        """Somebody is in the middle of something."""
        ...

    @property
    def signs(self) -> int:
        """How often the key was given since ``listen``."""
        ...

    def take(self) -> Spoken | None:
        """What was said, once it is over; once."""
        ...

    def stop(self) -> None: ...

    def close(self) -> None:
        """Not wanted any more in this call, unless it is asked to listen again."""
        ...


class House(Protocol):
    """What the house does for one call. Nothing here raises: what cannot be done is refused."""

    async def send_code(self) -> Sent | Refused: ...

    async def check(self, answers: Mapping[IdentityMethod, str]) -> IdentityChecked: ...

    async def lock(self) -> None:
        """No more self-service for whoever was to be identified."""
        ...

    async def save_promise(self, wanted: SavePromise) -> Saved | Refused: ...

    async def send_message(self, wanted: SendMessage) -> Sent | Refused: ...

    async def call_back(self, wanted: RequestCallBack) -> Saved | Refused: ...

    async def opt_out(self, scope: str) -> None: ...

    async def record_fact(self, fact: PersonFact) -> None: ...

    async def over(self, end: Finished) -> None:
        """The flow has come to its end; once."""
        ...


class Queue(Protocol):
    """The line of those who want an agent, as one call sees it."""

    def ask(self, reason: str, wait_s: float) -> None: ...

    def leave(self) -> None: ...

    def poll(self) -> QueueNews | None:
        """What came since it was last asked; None: nothing."""
        ...

    async def last_word(self) -> QueueNews | None:
        """After the channel was taken away: why. None: the call has ended."""
        ...


class Mouth(Protocol):
    """Turns what a flow says into sounds."""

    def begin(self, parts: Sequence[Part], language: str) -> None:
        """These will be said soon: whatever takes time begins now."""
        ...

    def patience_s(self, part: Part, language: str) -> float:
        """How long it is worth while to wait before ``sounds``; 0: it is ready."""
        ...

    def sounds(self, part: Part, language: str) -> Sequence[str]:
        """Names of sounds as the line knows them, in the order of playing: the best that there are now."""
        ...
