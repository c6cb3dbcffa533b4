"""A promise to pay: what may be promised, and how a promise stands once payments have come or not.

Money is whole minor units of the debt's currency; dates are the debtor's own. Nothing here knows a clock or a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise


class PromiseState(StrEnum):
    PENDING = "pending"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"  #: the date is over, and some of it was paid
    BROKEN = "broken"  #: the date is over, and nothing was paid
    REPLACED = "replaced"  #: by a later promise of the same debt


class PromiseChannel(StrEnum):
    """Through whom it was captured."""

    IVR = "ivr"
    AGENT = "agent"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A settlement that is offered: ``share`` of the balance is forgiven (a fraction) where all of the rest is paid in
    one sum within ``within_days``."""

    share: float
    within_days: int

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0 or self.within_days < 0:
            raise ValueError("a discount is a share above 0 and below 1, payable within 0 or more days")

    def settles(self, balance_minor: int) -> int:
        """What settles a debt of ``balance_minor``, rounded up to whole minor units."""
        return balance_minor - int(balance_minor * self.share + 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseTerms:
    """What may be promised, by segment of the list.

    The first payment is due ``earliest_days`` to ``latest_days`` from today. ``minimum_share`` is the least of the
    balance that may be promised in all (a fraction, 0 to 1). Up to ``max_instalments``, no two of them more than
    ``longest_gap_days`` apart. A payment may be ``grace_days`` late. After a promise is over, and something
    is still owed, the debt rests for ``rest_after_h`` hours before it is dialed again.
    """

    earliest_days: int = 0
    latest_days: int = 30
    minimum_share: float = 0.1
    max_instalments: int = 3
    longest_gap_days: int = 31
    grace_days: int = 2
    rest_after_h: float = 24.0
    discounts: tuple[Discount, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.earliest_days <= self.latest_days <= 366:
            raise ValueError("earliest_days and latest_days must lie in order between 0 and 366")
        if not 0.0 <= self.minimum_share <= 1.0:
            raise ValueError("minimum_share must be a fraction from 0 to 1, such as 0.1 for a tenth")
        if not 1 <= self.max_instalments <= 60:
            raise ValueError("max_instalments must lie between 1 and 60")
        if not 1 <= self.longest_gap_days <= 366:
            raise ValueError("longest_gap_days must lie between 1 and 366")
        if not 0 <= self.grace_days <= 60:
            raise ValueError("grace_days must lie between 0 and 60")
        if not 0.0 <= self.rest_after_h <= 24 * 90:
            raise ValueError("rest_after_h must lie between 0 and 2160 hours")

    def minimum(self, balance_minor: int) -> int:
        """The least that may be promised of a debt of ``balance_minor``, rounded up."""
        return max(1, -int(-(balance_minor * self.minimum_share) // 1))


DEFAULT_TERMS = PromiseTerms()
ANY_SEGMENT = ""


def terms_for(terms: Mapping[str, PromiseTerms], segment: str) -> PromiseTerms:
    """Those of ``segment``, whatever the case of its letters; else the campaign's own; else the house's."""
    folded = segment.casefold()
    found = next((each for name, each in terms.items() if name and name.casefold() == folded), None)
    return found or terms.get(ANY_SEGMENT, DEFAULT_TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody would promise. ``discount`` is the share that would be forgiven, as it was offered; 0: none."""

    instalments: tuple[Instalment, ...]
    discount: float = 0.0

    @property
    def total_minor(self) -> int:
        return sum(each.amount_minor for each in self.instalments)


class Flaw(StrEnum):
    """Why a proposal cannot be taken. The values are stable ids, with words in the console's catalogues."""

    NOTHING_OWED = "nothing-owed"
    NO_AMOUNT = "no-amount"
    TOO_LITTLE = "too-little"
    TOO_MUCH = "too-much"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    TOO_MANY_INSTALMENTS = "too-many-instalments"
    OUT_OF_ORDER = "out-of-order"
    GAP_TOO_LONG = "gap-too-long"
    NOT_OFFERED = "not-offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """``limit`` is what would have been taken: minor units, an ISO date, or a count."""

    flaw: Flaw
    limit: str = ""


def objections(proposal: Proposal, terms: PromiseTerms, *, balance_minor: int, today: date) -> tuple[Objection, ...]:
    """Everything that stands against ``proposal``; empty where it may be taken. ``today`` is the debtor's."""
    if balance_minor <= 0:
        return (Objection(flaw=Flaw.NOTHING_OWED),)
    if not proposal.instalments or any(each.amount_minor <= 0 for each in proposal.instalments):
        return (Objection(flaw=Flaw.NO_AMOUNT, limit="1"),)
    return (
        *_about_money(proposal, terms, balance_minor, today),
        *_about_dates([each.due_on for each in proposal.instalments], terms, today),
    )


def _about_money(proposal: Proposal, terms: PromiseTerms, balance_minor: int, today: date) -> Sequence[Objection]:
    total = proposal.total_minor
    if proposal.discount:
        offer = next((each for each in terms.discounts if abs(each.share - proposal.discount) < 1e-9), None)
        if offer is None or len(proposal.instalments) > 1:
            return [Objection(flaw=Flaw.NOT_OFFERED)]
        settles, by = offer.settles(balance_minor), today + timedelta(days=offer.within_days)
        found = []
        if total != settles:
            found.append(Objection(flaw=Flaw.TOO_LITTLE if total < settles else Flaw.TOO_MUCH, limit=str(settles)))
        if proposal.instalments[0].due_on > by:
            found.append(Objection(flaw=Flaw.TOO_LATE, limit=by.isoformat()))
        return found
    if total > balance_minor:
        return [Objection(flaw=Flaw.TOO_MUCH, limit=str(balance_minor))]
    least = terms.minimum(balance_minor)
    return [Objection(flaw=Flaw.TOO_LITTLE, limit=str(least))] if total < least else []


def _about_dates(dates: Sequence[date], terms: PromiseTerms, today: date) -> Sequence[Objection]:
    found = []
    if len(dates) > terms.max_instalments:
        found.append(Objection(flaw=Flaw.TOO_MANY_INSTALMENTS, limit=str(terms.max_instalments)))
    if any(later <= earlier for earlier, later in pairwise(dates)):
        found.append(Objection(flaw=Flaw.OUT_OF_ORDER))
    earliest, latest = today + timedelta(days=terms.earliest_days), today + timedelta(days=terms.latest_days)
    if dates[0] < earliest:
        found.append(Objection(flaw=Flaw.TOO_EARLY, limit=earliest.isoformat()))
    if dates[0] > latest:
        found.append(Objection(flaw=Flaw.TOO_LATE, limit=latest.isoformat()))
    if any((later - earlier).days > terms.longest_gap_days for earlier, later in pairwise(dates)):
        found.append(Objection(flaw=Flaw.GAP_TOO_LONG, limit=str(terms.longest_gap_days)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``waits_until`` is the last day on which the next payment is still in time; None once the promise is over."""

    state: PromiseState
    waits_until: date | None = field(default=None)


def standing(instalments: Sequence[Instalment], *, paid_minor: int, today: date, grace_days: int) -> Standing:
    """How a promise stands on ``today``, given what was paid since it was made. Early and larger payments count for
    the instalments that follow."""
    reached = accumulate(each.amount_minor for each in instalments)
    for each, due_minor in zip(instalments, reached, strict=True):
        if paid_minor >= due_minor:
            continue
        last_day = each.due_on + timedelta(days=grace_days)
        if today > last_day:
            return Standing(state=PromiseState.PARTLY_KEPT if paid_minor > 0 else PromiseState.BROKEN)
        return Standing(state=PromiseState.PENDING, waits_until=last_day)
    return Standing(state=PromiseState.KEPT)
