"""The six kinds of rule, as data. Packs are made of these; the loader reads them, the rulebook evaluates them.

Rules compare by identity: they are made once, when the packs are loaded, and serve as keys of caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.compliance.facts import Channel, Direction, LedgerOutcome, NumberUse, Party, Purpose
from dialer.compliance.localtime import WallSpan
from dialer.compliance.verdict import Obligations


class Basis(StrEnum):
    """What a rule rests on. Only ``policy`` and ``convention`` are the team's own to change."""

    LAW = "law"
    GUIDANCE = "guidance"  #: of a regulator
    INTERPRETATION = "interpretation"  #: the text is open; the stricter or more common reading is used
    CONVENTION = "convention"
    POLICY = "policy"


class BroughtInBy(StrEnum):
    """What makes a pack apply to a debtor."""

    DEBTOR_COUNTRY = "debtor-country"  #: the debtor lives in the pack's country
    CAMPAIGN = "campaign"  #: the campaign chose it
    NO_HOURS = "no-hours"  #: no pack of the debtor's country sets hours for this call


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """``id`` is ``pack/rule``, ``as_of`` the day its text was checked, ``channels`` what it concerns."""

    id: str
    cite: str
    basis: Basis
    as_of: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowRule(Rule):
    """Open while the local clock is within the hours of the day. ``week`` has the hours of Monday to Sunday, then
    those of a holiday of ``calendar``. ``number_use`` None: any number."""

    week: tuple[tuple[WallSpan, ...], ...]
    calendar: str = ""
    number_use: NumberUse | None = None


class LimitKey(StrEnum):
    DEBTOR = "debtor"
    DEBT = "debt"
    NUMBER = "number"


class CountedChannels(StrEnum):
    """Channels named by what the candidate uses."""

    SAME = "same"
    OTHER = "other"


class PeriodKind(StrEnum):
    ROLLING_HOURS = "rolling_hours"  #: elapsed time
    CALENDAR_DAYS = "calendar_days"  #: local dates, today and the ``length - 1`` before it
    WEEK = "week"  #: local dates, Monday to today
    MONTH = "month"  #: local dates, the first to today


@dataclass(frozen=True, slots=True)
class Period:
    kind: PeriodKind
    length: int = 1


class Unless(StrEnum):
    PRIOR_CONSENT = "direct_prior_consent_7d"  #: days 1 to 7 of the debtor's consent about the debt
    AGENT_GUARANTEED = "agent_guaranteed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LimitRule(Rule):
    """At most ``maximum`` matching events within ``period``, the candidate among them if ``include_candidate``.

    An event matches when it shares the candidate's debtor, debt or number, as far as ``per_...`` asks, and has one of
    the counted channels, the counted direction (None: both) and one of the counted outcomes.
    """

    per_debtor: bool
    per_debt: bool
    per_number: bool
    count_channels: tuple[Channel, ...] | CountedChannels
    count_direction: Direction | None
    count_outcomes: tuple[LedgerOutcome, ...]
    maximum: int
    period: Period
    include_candidate: bool = True
    unless: Unless | None = None


class Predicate(StrEnum):
    """What a guard may ask. Those with an argument are written ``name:argument``."""

    DEBT_FLAG = "debt_flag"
    DEBTOR_FLAG = "debtor_flag"
    NUMBER_FLAG = "number_flag"
    CONTACT_ROLE = "contact_role"
    CHANNEL_NOT_AUTHORISED = "channel_not_authorised"
    CALLER_ID_WITHHELD = "campaign_cli_withheld"
    EMPLOYER_BARS = "number_is_work_and_employer_bars"
    QUIET_TIME = "debtor_pref_forbids_now"

    @property
    def takes_argument(self) -> bool:
        return self in (Predicate.DEBT_FLAG, Predicate.DEBTOR_FLAG, Predicate.NUMBER_FLAG, Predicate.CONTACT_ROLE)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardRule(Rule):
    predicate: Predicate
    argument: str = ""

    @property
    def subject(self) -> str:
        """As the pack writes it: ``debt_flag:attorney``."""
        return f"{self.predicate}:{self.argument}" if self.argument else str(self.predicate)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatioRule(Rule):
    """A rate the pacer must stay under: ``numerator`` over ``denominator`` in ``window``, at most ``maximum``, aiming
    at ``target`` (both fractions). The rule never denies a single call."""

    key: tuple[str, ...]
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    maximum: float
    target: float
    window: str  #: ``campaign_days:30``, ``calendar:day`` or ``calendar:month``
    action: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObligeRule(Rule):
    obligations: Obligations


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a pack speaks of. An empty tuple or text: everybody."""

    country: str = ""
    subdivision: str = ""
    purposes: tuple[Purpose, ...] = (Purpose.COLLECTION,)
    parties: tuple[Party, ...] = ()
    debt_classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pack:
    """A set of rules with one source. ``digest`` is the SHA-256 of its file; ``min_tzdata`` the oldest release of the
    time-zone database its hours can be read with, empty for any."""

    id: str
    title: str
    as_of: str
    brought_in_by: BroughtInBy
    scope: Scope
    rules: tuple[Rule, ...]
    digest: str
    min_tzdata: str = ""
