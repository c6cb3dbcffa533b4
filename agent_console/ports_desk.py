"""What the agent's desk reads and keeps, beside the debtor's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from agent_console.ports_promises import OwedView, PromiseView


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDebt:
    """A debt that the campaign of the call collects. Money in minor units; ``digits`` decimals of ``currency``.
    ``terms`` are what may be promised today."""

    id: int
    reference: str
    product: str
    creditor: str
    currency: str
    digits: int
    balance_minor: int
    days_past_due: int | None
    terms: OwedView


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHelp:
    """What an agent needs to speak with the debtor of a call. ``language`` is the debtor's, else the campaign's;
    ``zones`` are those they may be in, the likeliest first; ``script`` is the campaign's own for their segment with its
    fields unfilled, empty where it has none; ``disclosures`` are ids of what must be said, with words in the
    catalogues. ``debts`` longest overdue first."""

    call_id: str
    debtor_id: int
    language: str
    zones: tuple[str, ...]
    segment: str
    script: str
    disclosures: tuple[str, ...]
    debts: tuple[DeskDebt, ...]
    promises: tuple[PromiseView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPhone:
    """``state`` is ok, bad or do_not_call."""

    id: int
    number_masked: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDebtor:
    """Somebody an agent may call by hand: enough to know them by, and nothing of what they owe."""

    id: int
    campaign: str
    name: str
    external_ref: str
    document_masked: str
    phones: tuple[DeskPhone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The gate's answer about a call at ``at``. ``sentences`` are for people, ``reasons`` the rules that deny;
    ``next_allowed_at`` the first instant that none of them does, None where no date will do."""

    at: datetime
    allowed: bool
    sentences: tuple[str, ...]
    reasons: tuple[str, ...]
    next_allowed_at: datetime | None
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The half-written word about a call. ``version`` counts its changes from 1."""

    call_id: str
    version: int
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTotal:
    """How often and how long (seconds) an agent was on a break for ``reason``; breaks that go on count up to now."""

    agent_id: str
    reason: str
    count: int
    seconds: float


class DeskRoom(Protocol):
    """Campaigns go by name. Raises UnknownCampaign, UnknownDebtor, StoreError."""

    async def help(self, call_id: str, campaign: str, now: datetime) -> CallHelp | None:
        """None where the call is not in the log."""
        ...

    async def may_call(
        self, campaign: str, debtor_id: int, *, phone_id: int | None, at: datetime, language: str
    ) -> Answered:
        """What the gate would say at ``at``. A call that goes on now counts as one that is over. ``phone_id`` None: the
        debtor's next usable number. Raises InputError for a number that is not theirs."""
        ...

    async def search(self, campaigns: Sequence[str], text: str) -> Sequence[FoundDebtor]:
        """Debtors of ``campaigns`` by document, reference, number or parts of the name; at most 20."""
        ...

    async def found(self, campaigns: Sequence[str], debtor_id: int) -> FoundDebtor | None:
        """None where none of ``campaigns`` has them."""
        ...

    async def number(self, debtor_id: int, phone_id: int) -> str:
        """In E.164. Raises InputError where the debtor has no such phone."""
        ...

    async def draft(self, agent_id: str, call_id: str) -> Draft | None: ...

    async def keep_draft(self, agent_id: str, call_id: str, content: Mapping[str, Any]) -> int:
        """Replaces what the agent had, whatever call that was of. Returns the new version."""
        ...

    async def drop_draft(self, agent_id: str, call_id: str) -> None: ...

    async def pauses(self, campaign: str, since: datetime, until: datetime) -> Sequence[PauseTotal]:
        """The breaks that began in between."""
        ...
