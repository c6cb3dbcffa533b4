"""Who says no, rule by rule, with the count, the evidence and the minute from which that rule alone would allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from dialer.compliance.facts import Candidate, Channel, ContactEvent, Facts
from dialer.compliance.guards import notice_ripens
from dialer.compliance.limits import LimitCase
from dialer.compliance.plans import Plan
from dialer.compliance.rules import LimitRule, Rule
from dialer.compliance.verdict import Denial
from dialer.compliance.waiting import first_minute
from dialer.compliance.windows import quiet_until

Counted = tuple[LimitRule, list[LimitCase]]


def engine_denials(plan: Plan, candidate: Candidate, facts: Facts, *, unresolved: bool) -> Iterator[Denial]:
    """What no pack needs to say and no pack can switch off."""
    if unresolved:
        yield _engine("tz-unresolved")
    if plan.stale_for:
        yield _engine("tzdata-stale")
    if facts.do_not_call:
        yield _engine("do-not-call")
    if candidate.channel is Channel.CALL and candidate.number:
        busy = [
            event
            for event in facts.events
            if event.in_flight and event.number == candidate.number and event.channel is Channel.CALL
        ]
        if busy:
            yield _engine("number-in-flight", evidence(busy))


def window_denials(plan: Plan, zones: tuple[ZoneInfo, ...], at: float) -> Iterator[Denial]:
    for hours in plan.hours:
        if not all(hours.is_open(where, at) for where in zones):
            waits = [partial(hours.next_open, where) for where in zones]
            yield _denial(hours.rule, "window", "window", first_minute(waits, at))


def guard_denials(
    plan: Plan, candidate: Candidate, facts: Facts, zones: tuple[ZoneInfo, ...], at: float
) -> Iterator[Denial]:
    for guard, holds in plan.guards:
        if holds(candidate, facts, guard.argument):
            yield _denial(guard, "guard", guard.subject, None)
    if facts.quiet_times and plan.quiet:
        wait = partial(quiet_until, facts.quiet_times, zones)
        if wait(at) != at:
            for guard in plan.quiet:
                yield _denial(guard, "guard", guard.subject, first_minute([wait], at))
    if facts.notices and plan.notices:
        notices = facts.notices_of(candidate)
        for guard, days in plan.notices:
            if notice_ripens(days, notices, zones, at) != at:
                ripens = partial(notice_ripens, days, notices, zones)
                yield _denial(guard, "guard", guard.subject, first_minute([ripens], at))


def limit_denials(counted: Sequence[Counted], at: float) -> Iterator[Denial]:
    for limit, cases in counted:
        denying = [case for case in cases if case.denies(at)]
        if denying:
            yield replace(
                _denial(limit, "limit", "limit", first_minute([case.next_allowed for case in denying], at)),
                used=max(len(case.used) for case in denying),
                maximum=limit.maximum,
                events=evidence(event for case in denying for _, event in case.used),
            )


def evidence(events: Iterable[ContactEvent]) -> tuple[str, ...]:
    """Each event once, the oldest first, however the store ordered them."""
    return tuple(dict.fromkeys(event.id for event in sorted(events, key=lambda event: (event.at, event.id))))


def _engine(name: str, events: tuple[str, ...] = ()) -> Denial:
    return Denial(rule=f"engine/{name}", kind="engine", subject=name, cite="", events=events)


def _denial(rule: Rule, kind: str, subject: str, next_allowed_at: datetime | None) -> Denial:
    return Denial(rule=rule.id, kind=kind, subject=subject, cite=rule.cite, next_allowed_at=next_allowed_at)
