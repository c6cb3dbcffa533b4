"""What a player is told. Nothing here has a time: waiting is the shell's, and ``Silence`` says that it is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ivr_flows.facts import DebtorFile


@dataclass(frozen=True, slots=True)
class Started:
    """The call is up. ``file``: the person was identified already, by the agent who hands them over."""

    file: DebtorFile | None = None


@dataclass(frozen=True, slots=True)
class Digit:
    """One key, ``0`` to ``9``, ``*`` or ``#``, pressed while something is said or after it."""

    key: str


@dataclass(frozen=True, slots=True)
class Digits:
    """Several keys that the shell collected. ``complete``: the last was ``#``, or no more come; else as many single
    keys."""

    keys: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the recogniser heard. ``confidence`` 0 to 1."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Silence:
    """The time to answer, or to press the next key, ran out."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The person has gone."""


class IdentityResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    LOCKED = "locked"  #: self-service of this debtor is locked, whatever was answered
    UNAVAILABLE = "unavailable"  #: it cannot be checked now; not counted as a failure


@dataclass(frozen=True, slots=True)
class IdentityChecked:
    """``file`` is there exactly where ``result`` is PASSED."""

    result: IdentityResult
    file: DebtorFile | None = None

    def __post_init__(self) -> None:
        if (self.result is IdentityResult.PASSED) != (self.file is not None):
            raise ValueError("the debtor's file comes with PASSED, and only with it")


@dataclass(frozen=True, slots=True)
class Saved:
    """The promise, or the call-back, is written down. ``reference`` is what the person is told; may be empty. With the
    ``key`` of the promise the answer is known even when it comes too late for the person to hear it."""

    reference: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The message, or the code, is on its way."""


#: The reason of what the law, or the house, does not allow now.
NOT_ALLOWED = "not-allowed"


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for last was not done. ``reason`` is a stable id."""

    reason: str = "unavailable"


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """While a transfer waits: how many are before the person and themselves, from 1."""

    position: int


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    """An agent has the person now; the flow is over."""


@dataclass(frozen=True, slots=True)
class NoAgent:
    """Nobody came within the transfer's wait, or nobody is there at all."""


Input = (
    Started
    | Digit
    | Digits
    | Spoken
    | Silence
    | HungUp
    | IdentityChecked
    | Saved
    | Sent
    | Refused
    | QueuePosition
    | AgentAnswered
    | NoAgent
)
