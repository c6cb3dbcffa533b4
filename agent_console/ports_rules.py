"""What the console asks of the rules. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from dialer.compliance.account import Account
from dialer.compliance.alarms import Alarm
from dialer.compliance.facts import Channel
from dialer.compliance.ratios import RatioStanding
from dialer.compliance.verdict import Obligations
from dialer.domain.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneView:
    """``state`` is ok, bad or do_not_call; ``kind`` mobile, home, work or empty."""

    number: str
    number_masked: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtOfDebtor:
    id: int
    reference: str
    creditor: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A call of theirs, and what was said of it. ``agent_id`` None: self-service alone."""

    at: datetime
    outcome: Outcome | None
    disposition: str | None
    notes: str
    agent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorView:
    """A person as the rules see them. ``held``: nothing of theirs may be deleted. ``came_in``: their own calls, newest
    first."""

    id: int
    external_ref: str
    name: str
    country: str
    time_zone: str
    do_not_call: bool
    held: bool
    campaigns: tuple[str, ...]
    phones: tuple[PhoneView, ...]
    debts: tuple[DebtOfDebtor, ...]
    came_in: tuple[CameIn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``number_masked`` is the number that was asked about, empty on channels without one."""

    debtor: DebtorView
    campaign: str
    channel: Channel
    number_masked: str
    at: datetime
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDecision:
    """The decision on which a call left, at ``at``. ``account`` is made again from the record; None where the record
    was erased. ``same_rules`` is False where packs, calendars or time zones have changed since, so that the account
    may differ from what was said then. ``breaches`` None: the call was not judged."""

    at: datetime
    debtor_id: int
    account: Account | None
    same_rules: bool
    allowed: bool
    obligations: Obligations | None
    breaches: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfFunnel:
    hour: datetime
    leads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """Where a campaign's list went. ``places`` adds up to ``leads``; see ``dialer/store/funnel.py`` for its words.
    ``first_reasons`` counts each denied lead once, ``all_reasons`` under every rule that denies it."""

    campaign: str
    at: datetime
    leads: int
    asked: int
    places: Mapping[str, int]
    first_reasons: Mapping[str, int]
    all_reasons: Mapping[str, int]
    stopped: Mapping[str, int]
    callable_at: tuple[HourOfFunnel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    id: str
    kind: str
    cite: str
    basis: str
    as_of: str
    source: str
    effective_from: date | None
    effective_until: date | None
    review_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """``brought_in_by`` is debtor-country, campaign or no-hours; ``digest`` the SHA-256 that decisions name."""

    id: str
    title: str
    as_of: str
    brought_in_by: str
    country: str
    subdivision: str
    digest: str
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesNow:
    packs: tuple[PackView, ...]
    calendars: str
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDecision:
    """``was`` and ``would_be`` are the rules that denied, and that would have; none: allowed."""

    ref: str
    debtor: int | str
    at: datetime
    was: tuple[str, ...]
    would_be: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Past decisions made again with a pack added or changed; the counts add up to ``decisions``."""

    pack: str
    since: datetime
    decisions: int
    same: int
    now_denied: int
    now_allowed: int
    other_reasons: int
    denying: Mapping[str, int]
    freeing: Mapping[str, int]
    examples: Mapping[str, tuple[ChangedDecision, ...]]


class RulesRoom(Protocol):
    """Questions to the rules. None of them writes. All raise StoreError; campaigns go by name."""

    async def debtor(self, debtor: str) -> DebtorView:
        """``debtor`` is an id or an external reference. Raises UnknownDebtor."""
        ...

    async def explain(
        self, debtor: str, *, campaign: str | None, number: str | None, channel: Channel, at: datetime
    ) -> Explanation:
        """``debtor`` is an id or an external reference; without ``campaign``, one that they are in. Raises
        UnknownDebtor, UnknownCampaign, InputError for a number that is not theirs or where no campaign has them."""
        ...

    async def decision(self, call_id: str) -> CallDecision | None:
        """None where it was decided before there was an audit trail."""
        ...

    async def funnel(self, campaign: str, at: datetime) -> FunnelView:
        """Raises UnknownCampaign, TookTooLong."""
        ...

    async def standings(self, campaign: str, at: datetime) -> Sequence[RatioStanding]:
        """Raises UnknownCampaign."""
        ...

    def rules(self, at: datetime) -> RulesNow: ...

    async def what_if(self, *, pack: str | None, text: str | None, since: datetime, campaign: str | None) -> WhatIf:
        """With the shipped ``pack``, or with the pack that ``text`` (YAML) is. Raises InvalidPack, UnknownPack,
        UnknownCampaign, TookTooLong."""
        ...
