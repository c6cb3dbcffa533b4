"""The six kinds of rule, as data. Packs are made of these; the loader reads them, the rulebook evaluates them.

Rules compare by identity: they are made once, when the packs are loaded, and serve as keys of caches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
    """``id`` is ``pack/rule``, ``as_of`` the day its text was checked, ``channels`` what it concerns.

    ``effective_from`` and ``effective_until`` are the first and the last local date on which it binds; None: no such
    date. After ``review_by`` it goes on binding, but somebody must find out whether it still should. ``source`` is
    where its text was read, empty where that is not written down.
    """

    id: str
    cite: str
    basis: Basis
    as_of: str
    channels: tuple[Channel, ...]
    effective_from: date | None = None
    effective_until: date | None = None
    review_by: date | None = None
    source: str = ""


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
    CREDITOR = "creditor"
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

    An event matches when it shares the candidate's debtor, debt, creditor or number, as far as ``per_...`` asks, and
    has one of the counted channels, the counted direction (None: both) and one of the counted outcomes. Each debt and
    each creditor of the candidate is tested on its own. With ``counts_after_first`` the rule sleeps until there was an
    event of that outcome, on whatever channel and in either direction, and counts only what came after the first.
    """

    per_debtor: bool
    per_debt: bool
    per_creditor: bool
    per_number: bool
    count_channels: tuple[Channel, ...] | CountedChannels
    count_direction: Direction | None
    count_outcomes: tuple[LedgerOutcome, ...]
    maximum: int
    period: Period
    include_candidate: bool = True
    unless: Unless | None = None
    counts_after_first: LedgerOutcome | None = None


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
    NOTICE_YOUNGER = "written_notice_younger_than_days"

    @property
    def takes_argument(self) -> bool:
        return self in _WITH_ARGUMENT


_WITH_ARGUMENT = frozenset(
    {
        Predicate.DEBT_FLAG,
        Predicate.DEBTOR_FLAG,
        Predicate.NUMBER_FLAG,
        Predicate.CONTACT_ROLE,
        Predicate.NOTICE_YOUNGER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardRule(Rule):
    predicate: Predicate
    argument: str = ""

    @property
    def subject(self) -> str:
        """As the pack writes it: ``debt_flag:attorney``."""
        return f"{self.predicate}:{self.argument}" if self.argument else str(self.predicate)


class RatioWindow(StrEnum):
    CAMPAIGN_DAYS = "campaign_days"  #: successive stretches of ``window_days`` local dates since the campaign began
    DAY = "day"  #: one local date
    MONTH = "month"  #: one local month


class RatioAction(StrEnum):
    """What a rate that is used up takes away from the pacer."""

    NO_OVERDIAL = "no_overdial"  #: no more lines than agents who are free
    THROTTLE = "throttle"  #: fewer calls


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatioRule(Rule):
    """A rate the pacer must stay under: ``numerator`` over ``denominator``, at most ``maximum`` (below it where
    ``exclusive``), aiming at ``target`` (both fractions). The rule never denies a single call.

    It binds once each count of ``floor`` is reached; without a floor, always.
    """

    key: tuple[str, ...]
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    maximum: float
    target: float
    window: RatioWindow
    window_days: int = 0
    exclusive: bool = False
    floor: Mapping[str, int]
    action: RatioAction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObligeRule(Rule):
    obligations: Obligations


class KeptFrom(StrEnum):
    """Since when a record's time runs."""

    EVENT = "event"
    LAST_ACTIVITY = "last_activity"  #: the last attempt to collect the debt


@dataclass(frozen=True, slots=True)
class Retention:
    """How long records of one class live: so many whole years and days since ``since``, and no longer than
    ``most_years`` and ``most_days`` (both 0: no such bound)."""

    years: int
    days: int
    since: KeptFrom
    most_years: int = 0
    most_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetainRule(Rule):
    """``classes`` is by class of record: ``recording``, ``attempt``, ``cdr``..."""

    classes: Mapping[str, Retention]


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
    """A set of rules with one source. ``digest`` is the SHA-256 of its canonical form (``canonical.py``);
    ``min_tzdata`` the oldest release of the time-zone database its hours can be read with, empty for any."""

    id: str
    title: str
    as_of: str
    brought_in_by: BroughtInBy
    scope: Scope
    rules: tuple[Rule, ...]
    digest: str = ""
    min_tzdata: str = ""
