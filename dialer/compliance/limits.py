"""How many matching contacts lie within a period, and when enough of them have left it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from dialer.compliance.facts import Candidate, ContactEvent, Direction, Facts, Key, LedgerOutcome
from dialer.compliance.localtime import local_day, ordinal_at
from dialer.compliance.rules import CountedChannels, LimitKey, LimitRule, Period, PeriodKind, Unless

Dated = tuple[float, ContactEvent]  #: the instant an event is dated by, and the event

_MICROSECOND = 1e-6  # what the instants of events resolve; a period of dates includes its first instant
_CONSENT_DAYS = 7
_ENDS = (LedgerOutcome.CONVERSATION, LedgerOutcome.UNKNOWN)  # dated by their end


def dated(events: Iterable[ContactEvent]) -> list[Dated]:
    """Events with the instant that dates them: a conversation by its end, everything else by its start. What may
    have been a conversation is dated like one; what is still under way has no end yet."""
    pairs = []
    for event in events:
        when = event.at
        if not event.in_flight:
            if event.outcome is LedgerOutcome.RELEASED:
                continue
            if event.ended_at is not None and event.outcome in _ENDS:
                when = event.ended_at
        pairs.append((when.timestamp(), event))
    return pairs


def counted_after(period: Period, zones: Sequence[ZoneInfo], at: float) -> float:
    """Events after this instant lie within the period that ends at ``at``, in at least one of the zones. An event
    later than ``at`` does too: another worker's clock may run ahead of ours."""
    if period.kind is PeriodKind.ROLLING_HOURS:
        return at - period.length * 3600
    return min(local_day(zone, _first_date(period, ordinal_at(zone, at))).start for zone in zones) - _MICROSECOND


def leaves_at(period: Period, zones: Sequence[ZoneInfo], instant: float) -> float:
    """From when on an event of ``instant`` lies within the period in none of the zones."""
    if period.kind is PeriodKind.ROLLING_HOURS:
        return instant + period.length * 3600
    return max(local_day(zone, _date_after(period, ordinal_at(zone, instant))).start for zone in zones)


def _first_date(period: Period, today: int) -> int:
    match period.kind:
        case PeriodKind.WEEK:
            return today - (today - 1) % 7
        case PeriodKind.MONTH:
            return date.fromordinal(today).replace(day=1).toordinal()
        case _:
            return today - period.length + 1


def _date_after(period: Period, day: int) -> int:
    match period.kind:
        case PeriodKind.WEEK:
            return day - (day - 1) % 7 + 7
        case PeriodKind.MONTH:
            first = date.fromordinal(day).replace(day=1)
            return date(first.year + first.month // 12, first.month % 12 + 1, 1).toordinal()
        case _:
            return day + period.length


@dataclass(frozen=True, slots=True)
class LimitCase:
    """One limit asked about one candidate and, where the key names debts, one debt."""

    rule: LimitRule
    zones: tuple[ZoneInfo, ...]
    matching: tuple[Dated, ...]  #: whatever the period
    excused: tuple[tuple[float, float], ...]  #: spans of consent in which the rule sleeps

    @property
    def room(self) -> int:
        """How many events may lie within the period; below 0: the candidate alone is too much."""
        return self.rule.maximum - self.rule.include_candidate

    def sleeps(self, at: float) -> bool:
        return any(start <= at < end for start, end in self.excused)

    def used(self, at: float) -> list[ContactEvent]:
        after = counted_after(self.rule.period, self.zones, at)
        return [event for instant, event in self.matching if instant > after]

    def next_allowed(self, at: float) -> float | None:
        """The first instant at or after ``at`` at which this limit allows, if nothing else happens."""
        if self.sleeps(at):
            return at
        later = [start for start, _ in self.excused if start >= at]
        if self.room >= 0:
            leaving = sorted(leaves_at(self.rule.period, self.zones, instant) for instant, _ in self.matching)
            surplus = len(leaving) - self.room
            later.append(max(at, leaving[surplus - 1]) if surplus > 0 else at)
        return min(later, default=None)


def cases_of(
    rule: LimitRule, candidate: Candidate, facts: Facts, pairs: Sequence[Dated], zones: tuple[ZoneInfo, ...]
) -> list[LimitCase]:
    """The questions a limit asks about a candidate: one for each debt where the key names debts, else one."""
    if rule.unless is Unless.AGENT_GUARANTEED and candidate.agent_guaranteed:
        return []
    if LimitKey.NUMBER in rule.key and not candidate.number:
        return []
    if not zones and rule.period.kind is not PeriodKind.ROLLING_HOURS:
        return []  # no zone denies, and the lack of zones is a denial of its own
    matching = _matching(rule, candidate, pairs)
    if LimitKey.DEBT not in rule.key or not candidate.debts:
        return [LimitCase(rule, zones, tuple(matching), ())]
    return [
        LimitCase(
            rule,
            zones,
            tuple(pair for pair in matching if not pair[1].debts or debt in pair[1].debts),
            _excused(candidate.debtor, debt, facts, zones) if rule.unless is Unless.PRIOR_CONSENT else (),
        )
        for debt in candidate.debts
    ]


def _matching(rule: LimitRule, candidate: Candidate, pairs: Sequence[Dated]) -> list[Dated]:
    debtor = candidate.debtor if LimitKey.DEBTOR in rule.key else None
    number = candidate.number if LimitKey.NUMBER in rule.key else None
    outcomes = rule.count_outcomes
    direction = rule.count_directions[0] if len(rule.count_directions) < len(Direction) else None
    only = rule.count_channels
    own, same = candidate.channel, only is CountedChannels.SAME
    listed = None if isinstance(only, CountedChannels) else only
    return [
        pair
        for pair in pairs
        if ((event := pair[1]).in_flight or event.outcome in outcomes)
        and (debtor is None or event.debtor == debtor)
        and (number is None or event.number == number)
        and (direction is None or event.direction is direction)
        and (event.channel in listed if listed is not None else (event.channel is own) is same)
    ]


def _excused(debtor: Key, debt: Key, facts: Facts, zones: tuple[ZoneInfo, ...]) -> tuple[tuple[float, float], ...]:
    """Days one to seven of each consent, where they are in every zone: what loosens must hold everywhere."""
    spans = []
    for consent in facts.consents:
        if consent.debtor == debtor and consent.debt == debt:
            given = consent.at.timestamp()
            days = [ordinal_at(zone, given) for zone in zones]
            start = max(local_day(zone, day).start for zone, day in zip(zones, days, strict=True))
            end = min(local_day(zone, day + _CONSENT_DAYS).start for zone, day in zip(zones, days, strict=True))
            spans.append((start, end))
    return tuple(spans)
