"""What the gate is told: who would be contacted, and everything the log knows that a rule may ask about.

For each candidate the store loads, in the transaction that will write the reservation:

* ``events``: every contact of the last ``HISTORY`` whose debtor is the candidate's **or** whose number is the
  candidate's (a number may be shared), in both directions and on every channel, with every attempt that is reserved,
  ringing or talking right now (``in_flight=True``). What was certainly never dialed is left out or given as
  ``LedgerOutcome.RELEASED``; so is the candidate's own reservation when it is asked about again before dialing.
  Order does not matter; one event must not appear twice.
* of older events only the first conversation ever with the candidate's debtor, one for each creditor (whoever called
  whom): rules of the kind "after the first conversation" begin to count there (``counts_after_first``).
* ``do_not_call``: whether the debtor or the number is on the stop list.
* flags, consents, notices, preferences and overrides of the debtor, the number and the debts, as far as the store has
  them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

#: How far back ``Facts.events`` must reach. No shipped rule looks further (``load_packs`` refuses one that would).
#: A month of 31 days may last an hour longer.
HISTORY = timedelta(days=32)

Key = int | str  #: the store's id of a debtor or of a debt

_NO_FLAGS: Mapping[Key, frozenset[str]] = MappingProxyType({})
_NO_NOTICES: Mapping[Key, datetime | None] = MappingProxyType({})


class Channel(StrEnum):
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    LETTER = "letter"
    VISIT = "visit"


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


class LedgerOutcome(StrEnum):
    """What a contact came to, in the words the rules count with. ``ledger.py`` maps the dialer's outcomes to these."""

    BUSY = "busy"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    FAILED = "failed"  #: never connected to the dialed number
    NO_ANSWER = "no_answer"  #: reached the number, spoke with nobody
    MACHINE = "machine"  #: answered by a machine, nothing left
    MESSAGE_LEFT = "message_left"
    ABANDONED = "abandoned"
    THIRD_PARTY = "third_party"
    CONVERSATION = "conversation"
    DELIVERED = "delivered"  #: channels other than voice
    UNKNOWN = "unknown"  #: nobody knows or will know: counts as every outcome
    RELEASED = "released"  #: certainly never originated: counts as none


class Purpose(StrEnum):
    COLLECTION = "collection"
    TELEMARKETING = "telemarketing"


class Party(StrEnum):
    THIRD_PARTY = "third_party"  #: collects for somebody else
    FIRST_PARTY = "first_party"  #: the creditor's own people


class NumberUse(StrEnum):
    UNKNOWN = ""
    PERSONAL = "personal"
    HOME = "home"
    WORK = "work"


class ContactRole(StrEnum):
    """Who would pick up, as far as we know."""

    DEBTOR = "debtor"
    CODEBTOR = "codebtor"
    GUARANTOR = "guarantor"
    REFERENCE = "reference"  #: somebody the debtor named, who owes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One contact that somebody would like to make.

    ``country`` is ISO 3166-1 alpha-2 and ``subdivision`` ISO 3166-2 (``US-NY``), both of the debtor; an empty
    subdivision means not known, and then the rules of every subdivision of the country apply. ``number`` is E.164,
    empty on channels without one. ``zones`` are IANA names of all zones the debtor may be in; left empty, the gate
    works them out from ``number`` and ``address_zone``. ``mode`` is how it would be dialed (``predictive``,
    ``manual``, ``callback``...): recorded, never a way round. ``agent_guaranteed``: an agent is held for this call.
    ``creditors`` are those of the debts, each once; a limit per creditor is asked for each.
    """

    debtor: Key
    debts: tuple[Key, ...]
    number: str
    country: str
    subdivision: str = ""
    address_zone: str = ""
    zones: tuple[str, ...] = ()
    channel: Channel = Channel.CALL
    mode: str = "progressive"
    language: str = "es"
    purpose: Purpose = Purpose.COLLECTION
    party: Party = Party.THIRD_PARTY
    debt_class: str = "consumer"
    number_use: NumberUse = NumberUse.UNKNOWN
    contact_role: ContactRole = ContactRole.DEBTOR
    agent_guaranteed: bool = False
    caller_id_withheld: bool = False
    creditors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """A contact that was made, received, or is under way.

    ``id`` names it in the evidence of a verdict: the call id. ``at`` is its start and ``ended_at`` its end, aware UTC;
    a conversation is dated by its end, everything else by its start. ``debts`` empty: it was not about one debt in
    particular, so it counts for each; ``creditors`` likewise, of those debts. ``outcome`` is read only once it is no
    longer ``in_flight``.
    """

    id: str
    at: datetime
    debtor: Key
    debts: tuple[Key, ...]
    number: str
    outcome: LedgerOutcome = LedgerOutcome.UNKNOWN
    ended_at: datetime | None = None
    channel: Channel = Channel.CALL
    direction: Direction = Direction.OUT
    in_flight: bool = False
    creditors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The debtor said, directly and beforehand, that we may call about ``debt``. ``at`` is aware UTC."""

    debtor: Key
    debt: Key
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTime:
    """A time at which the debtor asked not to be contacted: every week on ``days`` (0 Monday to 6 Sunday), from
    ``from_s`` up to, not including, ``to_s`` (seconds of the local day, 0 to 86400)."""

    days: frozenset[int]
    from_s: int
    to_s: int

    def __post_init__(self) -> None:
        if not self.days <= frozenset(range(7)) or not 0 <= self.from_s < self.to_s <= 86_400:
            raise ValueError("a quiet time needs days from 0 to 6 and 0 <= from_s < to_s <= 86400")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One rule of the house set aside for this contact: asked for by one person, approved by another, in force now.

    ``id`` names the record of it. ``rule`` is ``pack/rule``; one whose basis is not policy is not set aside.
    """

    id: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when the decision falls. See the module's text for what the store must load.

    Flags the shipped packs read: debt ``cease_written``, ``attorney``, ``disputed_unverified``, ``moratorium``; debtor
    ``bankruptcy``, ``employer_bars_calls``; number ``stop_calls_by_debtor``, ``consent_revoked``, ``dnc_internal``.
    ``authorised_channels`` None: no register of authorised channels is kept for this debtor, nothing is forbidden by
    it; an empty set forbids every channel.
    ``notices``: of each debt, when the written notice that must come before the first call was sent; None: it was
    certainly not sent, which forbids what must wait for it. A debt that is left out: no register of notices is kept.
    ``overrides``: those in force for this contact.
    """

    events: tuple[ContactEvent, ...] = ()
    do_not_call: bool = False
    debtor_flags: frozenset[str] = frozenset()
    number_flags: frozenset[str] = frozenset()
    debt_flags: Mapping[Key, frozenset[str]] = field(default_factory=lambda: _NO_FLAGS)
    consents: tuple[Consent, ...] = ()
    authorised_channels: frozenset[Channel] | None = None
    quiet_times: tuple[QuietTime, ...] = ()
    notices: Mapping[Key, datetime | None] = field(default_factory=lambda: _NO_NOTICES)
    overrides: tuple[Override, ...] = ()

    def notices_of(self, candidate: Candidate) -> tuple[datetime | None, ...]:
        """Of those debts of the candidate for which a register of notices is kept. Without debts: of all."""
        debts = candidate.debts or tuple(self.notices)
        return tuple(self.notices[debt] for debt in debts if debt in self.notices)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateQuery:
    """One question to ``Gate.check``. ``packs`` are those the campaign chose; the debtor's country adds its own.
    ``now`` is aware UTC."""

    candidate: Candidate
    facts: Facts
    now: datetime
    packs: tuple[str, ...] = ()
