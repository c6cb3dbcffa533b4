"""What the console reads and writes of the ledger: known facts, overrides, contacts on every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.ports import ContactAnswer, ContactRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """``subject`` is debtor, debt or number. In force while ``ended_at`` is None."""

    id: int
    kind: str
    subject: str
    debtor_id: int | None
    debt_id: int | None
    number: str | None
    value: Mapping[str, Any]
    at: datetime
    source: str
    recorded_by: str
    recorded_at: datetime
    ended_at: datetime | None
    ended_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """``campaign_id`` and ``debtor_id`` None: every one."""

    id: int
    rule: str
    campaign_id: int | None
    debtor_id: int | None
    reason: str
    from_at: datetime
    until_at: datetime
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime | None
    revoked_by: str
    revoked_at: datetime | None
    in_force: bool


class FactsRoom(Protocol):
    """What was said or found out, and rules of the house set aside. Raises StoreError."""

    async def of_debtor(self, debtor_id: int) -> Sequence[FactView]: ...

    async def of_number(self, number: str) -> Sequence[FactView]: ...

    async def record(
        self,
        kind: str,
        subject: str,
        value: Mapping[str, Any],
        *,
        source: str,
        by: str,
        debtor_id: int | None = None,
        debt_id: int | None = None,
        number: str | None = None,
        at: datetime | None = None,
    ) -> int:
        """Return the id of the new fact. Raises InputError for one that means nothing, UnknownDebtor."""
        ...

    async def end(self, fact_id: int, by: str) -> None:
        """Raises InputError where it is unknown or ended."""
        ...

    async def overrides(self, since: datetime) -> Sequence[OverrideView]:
        """All that end after ``since``."""
        ...

    async def ask_override(
        self,
        rule: str,
        *,
        reason: str,
        from_at: datetime,
        until_at: datetime,
        by: str,
        campaign: str | None,
        debtor_id: int | None,
    ) -> int:
        """Raises InputError where the rule cannot be set aside, UnknownCampaign."""
        ...

    async def approve_override(self, override_id: int, by: str) -> None:
        """Raises SamePerson where ``by`` asked for it, InputError where it is unknown, approved, revoked or over."""
        ...

    async def revoke_override(self, override_id: int, by: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContactIn:
    """A contact that asked nobody: somebody called us, or another system made it. ``outcome`` None: it goes on."""

    debtor_id: int
    at: datetime
    channel: Channel
    direction: Direction
    outcome: LedgerOutcome | None
    ended_at: datetime | None
    number: str
    debts: tuple[int, ...]
    source: str


class ContactsRoom(Protocol):
    """The ledger of contacts beside our own calls. Raises StoreError."""

    async def campaign_id(self, name: str) -> int:
        """Raises UnknownCampaign."""
        ...

    async def reserve(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        """Raises UnknownDebtor, InputError for a number or debt that is not the debtor's."""
        ...

    async def finish(self, contact_id: str, outcome: LedgerOutcome, ended_at: datetime) -> None:
        """Raises UnknownAttempt where none of that id is under way."""
        ...

    async def release(self, contact_id: str, now: datetime) -> None:
        """Raises UnknownAttempt where none of that id is under way."""
        ...

    async def record(self, contact: PastContactIn) -> str:
        """Return its id. Raises UnknownDebtor, InputError."""
        ...
