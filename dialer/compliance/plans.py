"""Which rules concern candidates of one sort, worked out once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from dialer.compliance.facts import Candidate
from dialer.compliance.guards import PREDICATES, FactTest
from dialer.compliance.obligations import merge
from dialer.compliance.rules import (
    Basis,
    GuardRule,
    LimitRule,
    ObligeRule,
    Pack,
    Predicate,
    Rule,
    Scope,
    WindowRule,
)
from dialer.compliance.verdict import Obligations
from dialer.compliance.windows import Hours

# Local dates begin first at UTC+14 and end last at UTC-12: a rule binds while it does anywhere.
_EASTERNMOST, _WESTERNMOST = timedelta(hours=14), timedelta(hours=-12)


def in_scope(scope: Scope, candidate: Candidate) -> bool:
    """Whether a pack speaks of this debtor and this purpose. A debtor whose subdivision is not known is taken to
    live in each of them."""
    return why_not(scope, candidate) is None


def why_not(scope: Scope, candidate: Candidate) -> str | None:
    """What of the candidate puts it outside a scope, such as ``party:first_party``; None where it is inside."""
    if scope.country not in ("", candidate.country):
        return f"country:{candidate.country}"
    if scope.subdivision and candidate.subdivision not in ("", scope.subdivision):
        return f"subdivision:{candidate.subdivision}"
    if candidate.purpose not in scope.purposes:
        return f"purpose:{candidate.purpose}"
    if scope.parties and candidate.party not in scope.parties:
        return f"party:{candidate.party}"
    if scope.debt_classes and candidate.debt_class not in scope.debt_classes:
        return f"debt_class:{candidate.debt_class}"
    return None


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
class Plan:
    """What concerns candidates of one sort at one time: rules in the order of the packs."""

    packs: tuple[str, ...]
    not_applicable: tuple[tuple[str, str], ...]
    hours: tuple[Hours, ...]
    guards: tuple[tuple[GuardRule, FactTest], ...]
    quiet: tuple[GuardRule, ...]  #: guards that ask for the debtor's quiet times
    notices: tuple[tuple[GuardRule, int], ...]  #: guards that ask how old the written notice is, in days
    limits: tuple[LimitRule, ...]
    obligations: Obligations
    stale_for: tuple[str, ...]  #: packs that need newer time-zone data
    overridable: frozenset[str]  #: ids of rules that are the house's own

    def without(self, rules: frozenset[str]) -> Plan:
        """The plan with these rules set aside. Obligations stay."""
        return replace(
            self,
            hours=tuple(hours for hours in self.hours if hours.rule.id not in rules),
            guards=tuple(entry for entry in self.guards if entry[0].id not in rules),
            quiet=tuple(rule for rule in self.quiet if rule.id not in rules),
            notices=tuple(entry for entry in self.notices if entry[0].id not in rules),
            limits=tuple(rule for rule in self.limits if rule.id not in rules),
        )


def make_plan(
    packs: Sequence[Pack], hours: dict[WindowRule, Hours], candidate: Candidate, tz_version: str, at: float
) -> Plan:
    """The rules of ``packs`` that concern the candidate and bind at ``at`` (seconds since 1970)."""
    reasons = [(pack, why_not(pack.scope, candidate)) for pack in packs]
    speaking = [pack for pack, why in reasons if why is None]
    rules = [rule for pack in speaking for rule in pack.rules if candidate.channel in rule.channels and binds(rule, at)]
    guards = [rule for rule in rules if isinstance(rule, GuardRule)]
    return Plan(
        packs=tuple(pack.id for pack in speaking),
        not_applicable=tuple((pack.id, why) for pack, why in reasons if why is not None),
        hours=tuple(
            hours[rule]
            for rule in rules
            if isinstance(rule, WindowRule) and rule.number_use in (None, candidate.number_use)
        ),
        guards=tuple((rule, PREDICATES[rule.predicate]) for rule in guards if rule.predicate in PREDICATES),
        quiet=tuple(rule for rule in guards if rule.predicate is Predicate.QUIET_TIME),
        notices=tuple((rule, int(rule.argument)) for rule in guards if rule.predicate is Predicate.NOTICE_YOUNGER),
        limits=tuple(rule for rule in rules if isinstance(rule, LimitRule)),
        obligations=merge(rule.obligations for rule in rules if isinstance(rule, ObligeRule)),
        stale_for=tuple(pack.id for pack in speaking if pack.min_tzdata > tz_version),
        overridable=frozenset(rule.id for rule in rules if rule.basis is Basis.POLICY),
    )


def binds(rule: Rule, at: float) -> bool:
    """Whether the rule is in force at ``at`` at least somewhere on Earth."""
    begins, ends = _bounds(rule)
    return (begins is None or begins <= at) and (ends is None or at < ends)


def changes_of(packs: Iterable[Pack]) -> list[float]:
    """The instants, in order, at which some rule comes into force or goes out of it."""
    bounds = (bound for pack in packs for rule in pack.rules for bound in _bounds(rule))
    return sorted({bound for bound in bounds if bound is not None})


def _bounds(rule: Rule) -> tuple[float | None, float | None]:
    begins = ends = None
    if rule.effective_from is not None:
        begins = (datetime.combine(rule.effective_from, time(), UTC) - _EASTERNMOST).timestamp()
    if rule.effective_until is not None:
        after = datetime.combine(rule.effective_until, time(), UTC) + timedelta(days=1)
        ends = (after - _WESTERNMOST).timestamp()
    return begins, ends
