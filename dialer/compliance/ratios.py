"""Rates that the law watches, such as abandoned calls over people answered, and how much of them is left.

Counts are keyed by the words of the rules: ``conversation``, ``third_party``, ``abandoned``, ``amd_false_positive``,
``machine``, ``no_answer``, ``short_le_6s``, ``not_completed``, ``voicemail``, ``all_calls``. All arithmetic is exact:
three of a hundred is three per cent and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from dialer.compliance.localtime import local_day
from dialer.compliance.rules import RatioRule, RatioWindow

Window = tuple[datetime, datetime]  #: from, up to and not including; aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioStanding:
    """Where a campaign stands under one ratio rule, counted from the log. ``numerator`` and ``denominator`` are
    estimates where the pack adds any. ``headroom`` is how many further abandoned answers fit, None where the rule is
    not active; ``overdial`` whether more lines than free agents may be dialed. ``maximum`` and ``target`` are
    fractions."""

    rule: str
    window_from: datetime
    window_to: datetime
    numerator: float
    denominator: float
    maximum: float
    target: float
    rate: float
    breach: bool
    headroom: int | None
    overdial: bool


def standing(rule: RatioRule, counts: Mapping[str, float], window: Window) -> RatioStanding:
    """Where the counts of ``window`` leave a campaign. A count that is not there is 0, and so is the rate of nothing.

    One further abandoned answer adds to the numerator and to the denominator. Before there are enough answers for a
    first one to fit, the headroom is 0 and no line is dialed without an agent.
    """
    numerator, denominator = _sum(rule.numerator, counts), _sum(rule.denominator, counts)
    rate = numerator / denominator if denominator else Fraction(0)
    maximum = Fraction(str(rule.maximum))
    headroom: int | None
    if any(_exact(counts.get(name, 0)) < least for name, least in rule.floor.items()):
        breach, headroom = False, None
    else:
        breach = rate >= maximum and denominator > 0 if rule.exclusive else rate > maximum
        # (numerator + n) / (denominator + n) reaches the maximum at this n
        room = (maximum * denominator - numerator) / (1 - maximum)
        headroom = max(0, ceil(room) - 1 if rule.exclusive else floor(room))
    return RatioStanding(
        rule=rule.id,
        window_from=window[0],
        window_to=window[1],
        numerator=float(numerator),
        denominator=float(denominator),
        maximum=rule.maximum,
        target=rule.target,
        rate=float(rate),
        breach=breach,
        headroom=headroom,
        overdial=not breach and headroom != 0,
    )


def period_of(rule: RatioRule, campaign_started: datetime, now: datetime, zone: ZoneInfo) -> Window:
    """The stretch of whole local dates of ``zone`` over which the rate is counted at ``now``. Campaign days run in
    successive stretches from the date on which the campaign began. Instants are aware."""
    today = now.astimezone(zone).date()
    match rule.window:
        case RatioWindow.DAY:
            first, after = today, today + timedelta(days=1)
        case RatioWindow.MONTH:
            first = today.replace(day=1)
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        case RatioWindow.CAMPAIGN_DAYS:
            began = campaign_started.astimezone(zone).date()
            stretch = timedelta(days=rule.window_days)
            first = began + max(0, (today - began) // stretch) * stretch
            after = first + stretch
    return _midnight(first, now, zone), _midnight(after, now, zone)


def _midnight(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(local_day(zone, day.toordinal()).start, now.tzinfo)


def _sum(names: Iterable[str], counts: Mapping[str, float]) -> Fraction:
    return sum((_exact(counts.get(name, 0)) for name in names), Fraction(0))


def _exact(count: float) -> Fraction:
    return Fraction(str(count))
