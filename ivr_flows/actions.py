"""What a player wants done, in order. Those that ask for something are answered with one input; see each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialer.domain.promise import Proposal
from ivr_flows.facts import IdentityMethod, PersonFact
from ivr_flows.spoken.values import Part


@dataclass(frozen=True, slots=True)
class Say:
    """Any key stops it, and so does ``Listen``'s answer. ``language`` is that of the words."""

    parts: tuple[Part, ...]
    language: str


class Ear(StrEnum):
    """What is listened for, so that a recogniser knows what to expect."""

    KEY = "key"
    YES_NO = "yes_no"
    DIGITS = "digits"
    DATE = "date"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Answered with ``Digit``, ``Digits``, ``Spoken`` or ``Silence``, until something else is asked for.

    The first key or word is awaited for ``first_s`` seconds after everything was said, the next key for ``between_s``.
    ``keys`` are those that mean something (others are heard too); ``max_digits`` is where no more keys are awaited.
    ``words`` (lower case, of ``language``) are what may be said for them. Without ``speech`` only keys count.
    ``afresh``: keys that were pressed before any of this could be heard were meant for something else; otherwise they
    are the answer.
    """

    kind: Ear
    keys: str
    max_digits: int
    first_s: float
    between_s: float
    words: tuple[str, ...] = ()
    speech: bool = False
    currency: str = ""
    language: str = "es"
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a code that is used once. Answered with ``Sent`` or ``Refused``."""


@dataclass(frozen=True, slots=True)
class CheckIdentity:
    """Compare all ``answers`` at once (a birth date as ISO text, empty where there is no such day). Answered with
    ``IdentityChecked``. Personal data: never to be logged."""

    answers: Mapping[IdentityMethod, str]


@dataclass(frozen=True, slots=True)
class LockSelfService:
    """The third identification failed: no more self-service for this debtor until a person of the house lifts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePromise:
    """Read back and confirmed. Save it whole or not at all, and once for one ``key``, even when the person has hung up
    meanwhile. ``replaces`` is the reference of the promise that it takes the place of; empty: none. Answered with
    ``Saved`` or ``Refused``."""

    key: str
    debt: str
    proposal: Proposal
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """A message to the person by ``channel``, about ``debt`` (empty: all). Answered with ``Sent`` or ``Refused``. Once
    for one ``key``."""

    key: str
    template: str
    channel: str
    debt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Bring an agent. Answered with any number of ``QueuePosition``, then ``AgentAnswered`` or ``NoAgent``, the latter
    after ``wait_s`` seconds at most."""

    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """No agent is wanted any more: the person chose to be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallBack:
    """``slot`` is one of ``CallFacts.slots``; empty: as soon as the rules allow. Once for one ``key``. Answered with
    ``Saved`` or ``Refused``."""

    key: str
    slot: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more calls: ``scope`` is ``number`` (this number) or ``person`` (all of theirs)."""

    scope: str


@dataclass(frozen=True, slots=True)
class RecordFact:
    """Somebody else said who they are; the number is treated so from now on."""

    fact: PersonFact


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """What follows is in ``language``: voice, and recogniser."""

    language: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """After everything was said."""


class Outcome(StrEnum):
    """How a flow ended. Stable ids."""

    COMPLETED = "completed"  #: it came to its end
    AGENT = "agent"
    HUNG_UP = "hung_up"
    GAVE_UP = "gave_up"  #: nothing usable was heard three times, or the call went on for too long
    WRONG_PERSON = "wrong_person"
    NOT_IDENTIFIED = "not_identified"
    MESSAGE_LEFT = "message_left"  #: a machine heard the limited message


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last action of every call, once. ``captured``: what the flow stored, as text; ``promises``: the keys of all
    that were to be saved; ``node``: where it ended."""

    outcome: Outcome
    node: str
    captured: Mapping[str, str]
    promises: tuple[str, ...] = ()


Action = (
    Say
    | Listen
    | SendCode
    | CheckIdentity
    | LockSelfService
    | SavePromise
    | SendMessage
    | Transfer
    | LeaveQueue
    | RequestCallBack
    | OptOut
    | RecordFact
    | SetLanguage
    | HangUp
    | Finished
)
