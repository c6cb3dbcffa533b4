"""Packs made ready, and the decision itself.

``decide`` is pure: the same packs, calendars, time-zone data, settings, facts and instant give the same verdict.
All rules of all packs are asked, whoever denied before, for the supervisor needs the whole list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from hashlib import sha256
from zoneinfo import ZoneInfo

from dialer.compliance.denials import Counted, engine_denials, guard_denials, limit_denials, window_denials
from dialer.compliance.facts import Candidate, Facts
from dialer.compliance.guards import notice_ripens
from dialer.compliance.holiday import Calendars
from dialer.compliance.limits import cases_of, dated
from dialer.compliance.localtime import DAY_S, whole_minute
from dialer.compliance.plans import Plan, changes_of, make_plan, sort_of
from dialer.compliance.rules import Pack, WindowRule
from dialer.compliance.verdict import Denial, Verdict
from dialer.compliance.waiting import HORIZON_S, Wait, first_minute
from dialer.compliance.windows import Hours, quiet_from, quiet_until
from dialer.compliance.zones import TZ_VERSION, zone

_MOST_PLANS = 4096


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


@dataclass(slots=True)
class _Asked:
    """One question, with the rules that concern it and are not set aside."""

    plan: Plan
    limits: Sequence[Counted]
    candidate: Candidate
    zone_names: tuple[str, ...]
    zones: tuple[ZoneInfo, ...]
    facts: Facts
    at: float

    def waits(self) -> list[Wait]:
        """Everything that time alone lifts: hours, quiet times, notices, and limits as their events grow old."""
        plan, facts, zones = self.plan, self.facts, self.zones
        waits: list[Wait] = [partial(hours.next_open, where) for hours in plan.hours for where in zones]
        if facts.quiet_times and plan.quiet:
            waits.append(partial(quiet_until, facts.quiet_times, zones))
        if facts.notices and plan.notices:
            notices = facts.notices_of(self.candidate)
            waits.extend(partial(notice_ripens, days, notices, zones) for _, days in plan.notices)
        waits.extend(case.next_allowed for _, cases in self.limits for case in cases)
        return waits

    def ends(self) -> Iterator[float]:
        """When time alone makes something that allows now deny."""
        plan, facts, zones, at = self.plan, self.facts, self.zones, self.at
        for hours in plan.hours:
            for where in zones:
                if (closes := hours.open_until(where, at)) is not None:
                    yield closes
        if facts.quiet_times and plan.quiet and (begins := quiet_from(facts.quiet_times, zones, at)) is not None:
            yield begins
        for _, cases in self.limits:
            for case in cases:
                if (wakes := case.wakes_at) is not None:
                    yield wakes


class RuleBook:
    """Packs joined with calendars and settings. Immutable but for its memory of plans."""

    def __init__(self, packs: tuple[Pack, ...], calendars: Calendars, settings: GateSettings) -> None:
        self.packs = packs
        self._settings = settings
        self._hours = {
            rule: Hours(rule, calendars.get(rule.calendar) if rule.calendar else None, settings.close_guard_s)
            for pack in packs
            for rule in pack.rules
            if isinstance(rule, WindowRule)
        }
        self._changes = changes_of(packs)
        self._plans: dict[tuple[object, ...], Plan] = {}
        digest = sha256("".join(sorted(pack.digest for pack in packs)).encode()).hexdigest()
        self.basis = f"packs:{digest[:16]} calendars:{calendars.digest[:16]} tzdata:{settings.tz_version}"

    def decide(self, candidate: Candidate, zone_names: tuple[str, ...], facts: Facts, now: datetime) -> Verdict:
        """As ``decide``, with the candidate's zones given apart."""
        at = now.timestamp()
        plan = self.plan(candidate, at)
        zones = resolve(zone_names)
        pairs = dated(facts.events)
        limits = [(limit, cases_of(limit, candidate, facts, pairs, zones, at)) for limit in plan.limits]
        denials: tuple[Denial, ...] = (
            *engine_denials(plan, candidate, facts, unresolved=len(zones) < max(1, len(zone_names))),
            *window_denials(plan, zones, at),
            *guard_denials(plan, candidate, facts, zones, at),
            *limit_denials(limits, at),
        )
        overridden: tuple[Denial, ...] = ()
        if facts.overrides:
            aside = frozenset(override.rule for override in facts.overrides) & plan.overridable
            overridden = tuple(denial for denial in denials if denial.rule in aside)
            denials = tuple(denial for denial in denials if denial.rule not in aside)
            plan = plan.without(aside)
            limits = [(limit, cases) for limit, cases in limits if limit.id not in aside]
        asked = _Asked(plan, limits, candidate, zone_names, zones, facts, at)
        return Verdict(
            denials=denials,
            next_allowed_at=self._next(asked, denials) if denials else None,
            obligations=plan.obligations,
            packs=plan.packs,
            zones=zone_names,
            basis=self.basis,
            overridden=overridden,
            not_applicable=plan.not_applicable,
            holds_until=None if denials else self._holds_until(asked),
        )

    def hours_of(self, rule: WindowRule) -> Hours:
        """A window of these packs, joined with its calendar."""
        return self._hours[rule]

    def plan(self, candidate: Candidate, at: float) -> Plan:
        """The rules that concern the candidate at ``at``."""
        epoch = bisect_right(self._changes, at) if self._changes else 0
        key = (epoch, *sort_of(candidate))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = make_plan(self.packs, self._hours, candidate, self._settings.tz_version, at)
        return plan

    def _next(self, asked: _Asked, denials: Sequence[Denial]) -> datetime | None:
        """The first whole minute at which nothing denies, if nothing but time passes."""
        found = None
        if all(denial.next_allowed_at is not None for denial in denials):
            found = first_minute(asked.waits(), asked.at)
        change = self._next_change(asked.at)
        if change is None or change - asked.at > HORIZON_S or (found is not None and found.timestamp() < change):
            return found
        # Other rules bind from there on.
        changed = datetime.fromtimestamp(whole_minute(change), UTC)
        then = self.decide(asked.candidate, asked.zone_names, asked.facts, changed)
        return changed if then.allowed else then.next_allowed_at

    def _holds_until(self, asked: _Asked) -> datetime | None:
        ends = min(asked.ends(), default=None)
        change = self._next_change(asked.at)
        if change is not None and change - asked.at <= DAY_S and (ends is None or change < ends):
            changed = datetime.fromtimestamp(change, UTC)
            then = self.decide(asked.candidate, asked.zone_names, asked.facts, changed)
            if not then.allowed:
                return changed
            ends = then.holds_until.timestamp() if then.holds_until is not None else None
        return datetime.fromtimestamp(ends, UTC) if ends is not None and ends - asked.at <= DAY_S else None

    def _next_change(self, at: float) -> float | None:
        later = bisect_right(self._changes, at)
        return self._changes[later] if later < len(self._changes) else None


def resolve(names: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    """The zones of these names, but for names that are none."""
    return tuple(found for found in map(zone, names) if found is not None)
