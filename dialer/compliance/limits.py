"""How many matching contacts lie within a period, and when enough of them have left it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.compliance.facts import Candidate, Channel, Consent, ContactEvent, Facts, Key, LedgerOutcome
from dialer.compliance.localtime import local_day, ordinal_at
from dialer.compliance.rules import CountedChannels, LimitRule, Period, PeriodKind, Unless

Dated = tuple[datetime, ContactEvent]  #: the instant an event is dated by, and the event

_MICROSECOND = timedelta(microseconds=1)  # what instants resolve; a period of dates includes its first instant
_CONSENT_DAYS = 7
_RELEASED = LedgerOutcome.RELEASED
_ENDS = (LedgerOutcome.CONVERSATION, LedgerOutcome.UNKNOWN)  # dated by their end
_OTHERS = {own: tuple(channel for channel in Channel if channel is not own) for own in Channel}


def dated(events: Iterable[ContactEvent]) -> list[Dated]:
    """Events with the instant that dates them: a conversation by its end, everything else by its start. What may
    have been a conversation is dated like one; what is still under way has no end yet."""
    return [
        (event.ended_at if event.ended_at is not None and event.outcome in _ENDS else event.at, event)
        for event in events
        if event.in_flight or event.outcome is not _RELEASED
    ]


def counted_after(period: Period, zones: Sequence[ZoneInfo], at: float) -> datetime:
    """Events after this instant lie within the period that ends at ``at``, in at least one of the zones. An event
    later than ``at`` does too: another worker's clock may run ahead of ours."""
    if period.kind is PeriodKind.ROLLING_HOURS:
        return datetime.fromtimestamp(at - period.length * 3600, UTC)
    start = min(local_day(zone, _first_date(period, ordinal_at(zone, at))).start for zone in zones)
    return datetime.fromtimestamp(start, UTC) - _MICROSECOND


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
    """One limit asked about one candidate and, where the key names them, one debt and one creditor."""

    rule: LimitRule
    zones: tuple[ZoneInfo, ...]
    used: tuple[Dated, ...]  #: the matching events within the period; with time they only leave it
    excused_until: float  #: under a consent the rule sleeps up to this instant; 0: no consent

    @property
    def room(self) -> int:
        """How many events may lie within the period; below 0: the candidate alone is too much."""
        return self.rule.maximum - self.rule.include_candidate

    def denies(self, at: float) -> bool:
        return len(self.used) > self.room and at >= self.excused_until

    def next_allowed(self, at: float) -> float | None:
        """The first instant at or after ``at`` at which this limit allows, if nothing else happens. ``at`` must not
        be earlier than the instant the case was made for."""
        surplus = len(self.used) - self.room
        if surplus <= 0 or at < self.excused_until:
            return at
        if self.room < 0:
            return None
        leaving = sorted(leaves_at(self.rule.period, self.zones, when.timestamp()) for when, _ in self.used)
        return max(at, leaving[surplus - 1])

    @property
    def wakes_at(self) -> float | None:
        """When the consent under which it sleeps runs out, if it denies then; None: time alone makes it deny never."""
        if len(self.used) <= self.room or not self.excused_until:
            return None
        free = self.next_allowed(self.excused_until)
        return None if free == self.excused_until else self.excused_until


def cases_of(
    rule: LimitRule,
    candidate: Candidate,
    facts: Facts,
    pairs: Sequence[Dated],
    zones: tuple[ZoneInfo, ...],
    at: float,
) -> list[LimitCase]:
    """The questions a limit asks about a candidate at ``at``: one for each debt and creditor that the key names, else
    one. A question whose answer is plain, as nothing was counted, is left out."""
    if rule.unless is Unless.AGENT_GUARANTEED and candidate.agent_guaranteed:
        return []
    if rule.per_number and not candidate.number:
        return []
    if not zones and rule.period.kind is not PeriodKind.ROLLING_HOURS:
        return []  # no zone denies, and the lack of zones is a denial of its own
    used = _used(rule, candidate, pairs, counted_after(rule.period, zones, at)) if pairs else []
    if not used and rule.maximum >= rule.include_candidate:
        return []
    debts: tuple[Key | None, ...] = candidate.debts if rule.per_debt and candidate.debts else _NOBODY
    creditors: tuple[str | None, ...] = candidate.creditors if rule.per_creditor and candidate.creditors else _NOBODY
    consents = [
        consent
        for consent in facts.consents
        if consent.debtor == candidate.debtor and rule.unless is Unless.PRIOR_CONSENT
    ]
    cases: list[LimitCase] = []
    for debt in debts:
        for creditor in creditors:
            mine = [pair for pair in used if _shares(pair[1], debt, creditor)]
            readings = [mine]
            if rule.counts_after_first is not None:
                readings = _after_first(mine, _wakers(rule, candidate, pairs, debt, creditor))
            for counted in readings:
                if consents:
                    owed = candidate.debts if debt is None else (debt,)
                    cases += _excused_cases(rule, counted, consents, owed, zones, at)
                else:
                    cases.append(LimitCase(rule, zones, tuple(counted), 0.0))
    return cases


_NOBODY = (None,)


def _shares(event: ContactEvent, debt: Key | None, creditor: str | None) -> bool:
    return (debt is None or not event.debts or debt in event.debts) and (
        creditor is None or not event.creditors or creditor in event.creditors
    )


def _used(rule: LimitRule, candidate: Candidate, pairs: Sequence[Dated], after: datetime) -> list[Dated]:
    debtor = candidate.debtor if rule.per_debtor else None
    number = candidate.number if rule.per_number else None
    outcomes, direction, channels = rule.count_outcomes, rule.count_direction, rule.count_channels
    if channels is CountedChannels.SAME:
        channels = (candidate.channel,)
    elif channels is CountedChannels.OTHER:
        channels = _OTHERS[candidate.channel]
    return [
        pair
        for pair in pairs
        if pair[0] > after
        and ((event := pair[1]).in_flight or event.outcome in outcomes)
        and (debtor is None or event.debtor == debtor)
        and (number is None or event.number == number)
        and (direction is None or event.direction is direction)
        and event.channel in channels
    ]


def _wakers(
    rule: LimitRule, candidate: Candidate, pairs: Sequence[Dated], debt: Key | None, creditor: str | None
) -> list[Dated]:
    """The events that wake the rule, or may have, by whatever channel and whoever began them."""
    return [
        pair
        for pair in pairs
        if ((event := pair[1]).in_flight or event.outcome in (rule.counts_after_first, LedgerOutcome.UNKNOWN))
        and (not rule.per_debtor or event.debtor == candidate.debtor)
        and (not rule.per_number or event.number == candidate.number)
        and _shares(event, debt, creditor)
    ]


def _after_first(events: Sequence[Dated], wakers: Sequence[Dated]) -> list[list[Dated]]:
    """What of ``events`` came after the first that wakes the rule. Where one of the ``wakers`` is in flight there are
    two readings, and both must allow: it may prove the first, or end as one that came after those that are over."""
    if not wakers:
        return []
    first = min(at for at, _ in wakers)
    readings = [[pair for pair in events if pair[0] > first]]
    over = [at for at, event in wakers if not event.in_flight]
    if over and len(over) < len(wakers):
        readings.append([pair for pair in events if pair[0] > min(over) or pair[1].in_flight])
    return readings


def _excused_cases(
    rule: LimitRule,
    used: Sequence[Dated],
    consents: Sequence[Consent],
    debts: Sequence[Key],
    zones: tuple[ZoneInfo, ...],
    at: float,
) -> list[LimitCase]:
    """Zone by zone, for in one the consent may have run out and in another the events may have."""
    cases = []
    for zone in zones:
        after = counted_after(rule.period, (zone,), at)
        within = tuple(pair for pair in used if pair[0] > after)
        until = min((_excused_until(debt, consents, zone, at) for debt in debts), default=0.0)
        cases.append(LimitCase(rule, (zone,), within, until))
    return cases or [LimitCase(rule, zones, tuple(used), 0.0)]


def _excused_until(debt: Key, consents: Sequence[Consent], zone: ZoneInfo, at: float) -> float:
    """The end of day seven of the latest consent about the debt; 0 where there is none. One that is dated after
    ``at`` was not given yet."""
    until = 0.0
    for consent in consents:
        given = consent.at.timestamp()
        if consent.debt == debt and given <= at:
            until = max(until, local_day(zone, ordinal_at(zone, given) + _CONSENT_DAYS).start)
    return until
