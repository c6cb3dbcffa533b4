"""What a case says of its world: people, debts, numbers, and what happened before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dialer.compliance.facts import (
    Channel,
    ContactRole,
    Direction,
    LedgerOutcome,
    NumberUse,
    Party,
    Purpose,
    QuietTime,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """``at`` None: it was always so. ``until`` None: nobody lifted it."""

    name: str
    at: datetime | None = None
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it was not lifted before ``now``."""
        return self.until is None or self.until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """``sent_at`` None: it was certainly not sent."""

    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorSaid:
    """``channels`` None: nothing is said of channels the debtor authorised. ``zones`` are of the address. ``notice``
    and ``party``, who collects, hold for every debt of theirs that says none."""

    id: str
    country: str
    subdivision: str = ""
    zones: tuple[str, ...] = ()
    language: str = ""
    flags: tuple[Flag, ...] = ()
    quiet: tuple[QuietTime, ...] = ()
    channels: frozenset[Channel] | None = None
    notice: Notice | None = None
    party: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtSaid:
    """``notice`` None: nothing is said of a written notice. A debt of several people is one debt of each."""

    id: str
    debtors: tuple[str, ...]
    creditor: str = ""
    debt_class: str = "consumer"
    flags: tuple[Flag, ...] = ()
    notice: Notice | None = None
    party: Party | None = None
    consent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSaid:
    """``zones`` are those the case gives, as they are: nothing is worked out from the number."""

    e164: str
    owners: tuple[str, ...]
    zones: tuple[str, ...] = ()
    use: NumberUse = NumberUse.UNKNOWN
    role: ContactRole = ContactRole.DEBTOR
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSaid:
    """A contact of the past, or one under way (``in_flight``). ``number`` empty: none is said."""

    at: datetime
    debtor: str
    debts: tuple[str, ...] = ()
    number: str = ""
    outcome: LedgerOutcome = LedgerOutcome.UNKNOWN
    ended_at: datetime | None = None
    channel: Channel = Channel.CALL
    direction: Direction = Direction.OUT
    in_flight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentSaid:
    debtor: str
    debt: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSaid:
    """Whom somebody would like to contact. ``number`` empty: a channel that needs none, or none is said.

    ``debts`` None: all of the debtor's. ``role`` and ``use`` None: as the number says.
    """

    debtor: str
    debts: tuple[str, ...] | None = None
    number: str = ""
    channel: Channel = Channel.CALL
    mode: str = "predictive"
    purpose: Purpose = Purpose.COLLECTION
    party: Party = Party.THIRD_PARTY
    role: ContactRole | None = None
    use: NumberUse | None = None
    debt_class: str = ""
    agent_guaranteed: bool = False
    caller_id_withheld: bool = False
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``now`` is when the case is asked, where it says so. ``tz_version`` empty: the release in use."""

    now: datetime | None = None
    debtors: Mapping[str, DebtorSaid] = field(default_factory=dict)
    debts: Mapping[str, DebtSaid] = field(default_factory=dict)
    numbers: Mapping[str, NumberSaid] = field(default_factory=dict)
    history: tuple[EventSaid, ...] = ()
    consents: tuple[ConsentSaid, ...] = ()
    stopped_debtors: frozenset[str] = frozenset()
    stopped_numbers: frozenset[str] = frozenset()
    close_guard_s: int = 0
    tz_version: str = ""

    def debts_of(self, debtor: str) -> tuple[str, ...]:
        return tuple(debt.id for debt in self.debts.values() if debtor in debt.debtors)

    def debts_of_creditor(self, debtor: str, creditor: str) -> tuple[str, ...]:
        return tuple(debt for debt in self.debts_of(debtor) if self.debts[debt].creditor == creditor)
