"""Packs made ready, and the decision itself.

``decide`` is pure: the same packs, calendars, time-zone data, settings, facts and instant give the same verdict.
All rules of all packs are asked, whoever denied before, for the supervisor needs the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from zoneinfo import ZoneInfo

from dialer.compliance.facts import Candidate, Channel, ContactEvent, Facts
from dialer.compliance.guards import PREDICATES, FactTest
from dialer.compliance.holiday import Calendars
from dialer.compliance.limits import LimitCase, cases_of, dated
from dialer.compliance.localtime import whole_minute
from dialer.compliance.obligations import merge
from dialer.compliance.rules import GuardRule, LimitRule, ObligeRule, Pack, Predicate, Rule, Scope, WindowRule
from dialer.compliance.verdict import Denial, Obligations, Verdict
from dialer.compliance.windows import HORIZON_DAYS, Hours, quiet_until
from dialer.compliance.zones import TZ_VERSION, zone

_HORIZON_S = HORIZON_DAYS * 86_400
_MOST_PLANS = 4096

_Next = Callable[[float], float | None]  #: the first instant at or after one at which a rule allows
_Asked = tuple[LimitRule, list[LimitCase]]


@dataclass(frozen=True, slots=True)
class GateSettings:
    """``close_guard_s`` moves every close earlier (0 to 600 seconds). ``tz_version`` is the release of the
    time-zone database that local times are read with."""

    close_guard_s: int = 0
    tz_version: str = TZ_VERSION

    def __post_init__(self) -> None:
        if not 0 <= self.close_guard_s <= 600:
            raise ValueError("close_guard_s must lie between 0 and 600 seconds")


_DEFAULTS = GateSettings()


def decide(
    candidate: Candidate,
    facts: Facts,
    packs: Sequence[Pack],
    calendars: Calendars,
    now: datetime,
    settings: GateSettings = _DEFAULTS,
) -> Verdict:
    """Whether this contact may be made at ``now`` (aware UTC) under ``packs``. Never raises on account of a fact:
    what is not known denies. ``candidate.zones`` are taken as they are; the ``Gate`` fills them in."""
    return rulebook(tuple(packs), calendars, settings).decide(candidate, candidate.zones, facts, now)


@lru_cache(maxsize=256)
def rulebook(packs: tuple[Pack, ...], calendars: Calendars, settings: GateSettings) -> RuleBook:
    """The book of these packs; made once. Raises ComplianceError where a calendar is missing."""
    return RuleBook(packs, calendars, settings)


def in_scope(scope: Scope, candidate: Candidate) -> bool:
    """Whether a pack speaks of this debtor and this purpose. A debtor whose subdivision is not known is taken to
    live in each of them."""
    return (
        scope.country in ("", candidate.country)
        and (not scope.subdivision or candidate.subdivision in ("", scope.subdivision))
        and candidate.purpose in scope.purposes
        and (not scope.parties or candidate.party in scope.parties)
        and (not scope.debt_classes or candidate.debt_class in scope.debt_classes)
    )


def sort_of(candidate: Candidate) -> tuple[object, ...]:
    """What of a candidate decides which rules concern it."""
    return (
        candidate.country,
        candidate.subdivision,
        candidate.purpose.value,
        candidate.party.value,
        candidate.debt_class,
        candidate.channel.value,
        candidate.number_use.value,
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What concerns candidates of one sort: rules in the order of the packs."""

    packs: tuple[str, ...]
    hours: tuple[Hours, ...]
    guards: tuple[tuple[GuardRule, FactTest], ...]
    quiet: tuple[GuardRule, ...]  #: guards that ask for the debtor's quiet times
    limits: tuple[LimitRule, ...]
    obligations: Obligations
    stale_for: tuple[str, ...]  #: packs that need newer time-zone data


class RuleBook:
    """Packs joined with calendars and settings. Immutable but for its memory of plans."""

    def __init__(self, packs: tuple[Pack, ...], calendars: Calendars, settings: GateSettings) -> None:
        self._packs = packs
        self._settings = settings
        self._hours = {
            rule: Hours(rule, calendars.get(rule.calendar) if rule.calendar else None, settings.close_guard_s)
            for pack in packs
            for rule in pack.rules
            if isinstance(rule, WindowRule)
        }
        self._plans: dict[tuple[object, ...], _Plan] = {}
        digest = sha256("".join(pack.digest for pack in packs).encode()).hexdigest()
        self.basis = f"packs:{digest[:16]} calendars:{calendars.digest[:16]} tzdata:{settings.tz_version}"

    def decide(self, candidate: Candidate, zone_names: tuple[str, ...], facts: Facts, now: datetime) -> Verdict:
        """As ``decide``, with the candidate's zones given apart."""
        plan = self._plan(candidate)
        at = now.timestamp()
        zones = _resolve(zone_names)
        pairs = dated(facts.events)
        asked = [(limit, cases_of(limit, candidate, facts, pairs, zones, at)) for limit in plan.limits]
        denials = (
            *_engine_denials(plan, candidate, facts, unresolved=len(zones) < max(1, len(zone_names))),
            *_window_denials(plan, zones, at),
            *_guard_denials(plan, candidate, facts, zones, at),
            *_limit_denials(asked, at),
        )
        hopeless = any(denial.next_allowed_at is None for denial in denials)
        return Verdict(
            denials=denials,
            next_allowed_at=_first_minute(_all_waits(plan, facts, zones, asked), at)
            if denials and not hopeless
            else None,
            obligations=plan.obligations,
            packs=plan.packs,
            zones=zone_names,
            basis=self.basis,
        )

    def _plan(self, candidate: Candidate) -> _Plan:
        key = sort_of(candidate)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._make_plan(candidate)
        return plan

    def _make_plan(self, candidate: Candidate) -> _Plan:
        packs = [pack for pack in self._packs if in_scope(pack.scope, candidate)]
        rules = [rule for pack in packs for rule in pack.rules if candidate.channel in rule.channels]
        return _Plan(
            packs=tuple(pack.id for pack in packs),
            hours=tuple(
                self._hours[rule]
                for rule in rules
                if isinstance(rule, WindowRule) and rule.number_use in (None, candidate.number_use)
            ),
            guards=tuple(
                (rule, PREDICATES[rule.predicate])
                for rule in rules
                if isinstance(rule, GuardRule) and rule.predicate is not Predicate.QUIET_TIME
            ),
            quiet=tuple(
                rule for rule in rules if isinstance(rule, GuardRule) and rule.predicate is Predicate.QUIET_TIME
            ),
            limits=tuple(rule for rule in rules if isinstance(rule, LimitRule)),
            obligations=merge(rule.obligations for rule in rules if isinstance(rule, ObligeRule)),
            stale_for=tuple(pack.id for pack in packs if pack.min_tzdata > self._settings.tz_version),
        )


def _engine_denials(plan: _Plan, candidate: Candidate, facts: Facts, *, unresolved: bool) -> Iterator[Denial]:
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
            yield _engine("number-in-flight", _evidence(busy))


def _evidence(events: Iterable[ContactEvent]) -> tuple[str, ...]:
    """Each event once, the oldest first, however the store ordered them."""
    return tuple(dict.fromkeys(event.id for event in sorted(events, key=lambda event: (event.at, event.id))))


def _engine(name: str, events: tuple[str, ...] = ()) -> Denial:
    return Denial(rule=f"engine/{name}", kind="engine", subject=name, cite="", events=events)


def _window_denials(plan: _Plan, zones: tuple[ZoneInfo, ...], at: float) -> Iterator[Denial]:
    for hours in plan.hours:
        if not all(hours.is_open(where, at) for where in zones):
            waits = [partial(hours.next_open, where) for where in zones]
            yield _denial(hours.rule, "window", "window", _first_minute(waits, at))


def _guard_denials(
    plan: _Plan, candidate: Candidate, facts: Facts, zones: tuple[ZoneInfo, ...], at: float
) -> Iterator[Denial]:
    for guard, holds in plan.guards:
        if holds(candidate, facts, guard.argument):
            yield _denial(guard, "guard", guard.subject, None)
    if facts.quiet_times and plan.quiet:
        wait = partial(quiet_until, facts.quiet_times, zones)
        if wait(at) != at:
            for guard in plan.quiet:
                yield _denial(guard, "guard", guard.subject, _first_minute([wait], at))


def _limit_denials(asked: Sequence[_Asked], at: float) -> Iterator[Denial]:
    for limit, cases in asked:
        denying = [case for case in cases if case.denies(at)]
        if denying:
            yield replace(
                _denial(limit, "limit", "limit", _first_minute([case.next_allowed for case in denying], at)),
                used=max(len(case.used) for case in denying),
                maximum=limit.maximum,
                events=_evidence(event for case in denying for _, event in case.used),
            )


def _denial(rule: Rule, kind: str, subject: str, next_allowed_at: datetime | None) -> Denial:
    return Denial(rule=rule.id, kind=kind, subject=subject, cite=rule.cite, next_allowed_at=next_allowed_at)


def _all_waits(plan: _Plan, facts: Facts, zones: tuple[ZoneInfo, ...], asked: Sequence[_Asked]) -> list[_Next]:
    """Everything that changes with time alone: hours, quiet times, and limits as their events grow old."""
    waits: list[_Next] = [partial(hours.next_open, where) for hours in plan.hours for where in zones]
    if facts.quiet_times and plan.quiet:
        waits.append(partial(quiet_until, facts.quiet_times, zones))
    waits.extend(case.next_allowed for _, cases in asked for case in cases)
    return waits


def _first_minute(waits: Sequence[_Next], at: float) -> datetime | None:
    """The first whole minute at or after ``at`` that all rules allow, or None within the horizon.

    Each step goes to the latest of the rules' own first instants, none of which may be passed over; where that
    changes nothing, all rules agree.
    """
    minute = whole_minute(at)
    while minute - at <= _HORIZON_S:
        latest = minute
        for wait in waits:
            first = wait(minute)
            if first is None:
                return None
            latest = max(latest, first)
        if latest == minute:
            return datetime.fromtimestamp(minute, UTC)
        minute = whole_minute(latest)
    return None


def _resolve(names: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    return tuple(found for found in map(zone, names) if found is not None)
