"""Where a call is in its flow: one frozen value, which ``state_json`` writes down and reads back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from ivr_flows.actions import Ear, Outcome
from ivr_flows.facts import CallFacts, DebtorFile, IdentityMethod
from ivr_flows.spoken.values import Part

Captured = str | date | Decimal

START = ""  #: the node of a call that has not begun


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow that waits for its sub-flow: where it goes on."""

    flow: str
    node: str


@dataclass(frozen=True, slots=True)
class Identity:
    """``file`` is what makes a person identified; there is no other sign of it."""

    file: DebtorFile | None = None
    failures: int = 0
    answers: Mapping[IdentityMethod, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Choice:
    """``key`` is pressed, a word of the list ``words`` is said; ``id`` is what it means to the node."""

    key: str
    id: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is being asked. ``parts`` ask it again. ``least``, ``most`` and ``total`` help to hear an amount.
    ``optional``: nobody has to answer, for something else is awaited. ``binding``: the answer is not easily taken back,
    so the question must have been heard."""

    ear: Ear
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...] = ()
    min_digits: int = 1
    max_digits: int = 1
    with_year: bool = False
    currency: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    total: Decimal | None = None
    speech: bool = True
    optional: bool = False
    binding: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A promise that is being made. It is nothing until it was confirmed, and then it leaves as one action."""

    debt: str = ""
    amount_minor: int = 0
    instalments: int = 1
    on: date | None = None
    discount: float = 0.0


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """Asked to be saved in this call. ``saved`` None: no answer yet."""

    debt: str
    key: str
    amount_minor: int
    on: date
    reference: str = ""
    saved: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """``flow`` and ``node`` are where the call is, ``frames`` the flows that wait beneath; ``phase`` is where it is
    inside the node. ``version`` names the very text of the flows that the call began with. ``outcome`` is there once it
    ended."""

    version: str
    call: CallFacts
    flow: str
    node: str
    language: str
    phase: str = ""
    frames: tuple[Frame, ...] = ()
    identity: Identity = field(default_factory=Identity)
    question: Question | None = None
    said: tuple[Part, ...] = ()
    keys: str = ""
    tries: int = 0
    inputs: int = 0
    idle: int = 0
    gave_up: bool = False
    transfers: int = 0
    captured: Mapping[str, Captured] = field(default_factory=lambda: MappingProxyType({}))
    draft: Draft = field(default_factory=Draft)
    promises: tuple[PromiseMade, ...] = ()
    sent: tuple[str, ...] = ()
    outcome: Outcome | None = None
    likely: Outcome = Outcome.COMPLETED

    @property
    def ended(self) -> bool:
        return self.outcome is not None
