"""Every rule of every active pack, asked one by one: for the desk, the explanation and the export, not for dialing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dialer.compliance.facts import Candidate, Facts
from dialer.compliance.limits import cases_of, dated
from dialer.compliance.plans import binds, why_not
from dialer.compliance.rulebook import RuleBook, resolve
from dialer.compliance.rules import GuardRule, LimitRule, Pack, Rule, Unless, WindowRule
from dialer.compliance.verdict import Denial, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAccount:
    """How one rule stands. ``ok`` None: it does not concern this contact, and ``why`` says on what account
    (``party:first_party``, ``channel:sms``, ``kind:ratio``, ``effective:2027-01-01``), or it cannot be asked
    (``zone:``, nobody knows what time it is there); where it is True in spite of what was counted, ``why`` names the
    exception that was used.

    ``used`` of ``maximum``, ``events`` and ``calls_left`` (this contact included) belong to limits; ``closes_in_s`` to
    open hours, within a day. ``next_allowed_at`` as in ``Denial``. ``overridden``: it
    denies, and an override set that aside.
    """

    rule: str
    kind: str
    subject: str
    cite: str
    basis: str
    source: str
    ok: bool | None
    why: str = ""
    used: int | None = None
    maximum: int | None = None
    events: tuple[str, ...] = ()
    calls_left: int | None = None
    closes_in_s: float | None = None
    next_allowed_at: datetime | None = None
    overridden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The verdict, and every rule behind it: the engine's own that deny, then those of the packs in their order."""

    verdict: Verdict
    rules: tuple[RuleAccount, ...]


def account_of(
    book: RuleBook, candidate: Candidate, zone_names: tuple[str, ...], facts: Facts, now: datetime
) -> Account:
    """The whole account of a contact at ``now`` (aware UTC)."""
    verdict = book.decide(candidate, zone_names, facts, now)
    denied = {denial.rule: denial for denial in (*verdict.denials, *verdict.overridden)}
    aside = {denial.rule for denial in verdict.overridden}
    lines = [_denied(denial, None, overridden=False) for denial in verdict.denials if denial.kind == "engine"]
    for pack in book.packs:
        for rule in pack.rules:
            why = _why_silent(pack, rule, candidate, now)
            if why:
                lines.append(_line(rule, ok=None, why=why))
            elif rule.id in denied:
                lines.append(_denied(denied[rule.id], rule, overridden=rule.id in aside))
            else:
                lines.append(_passed(book, rule, candidate, zone_names, facts, now))
    return Account(verdict=verdict, rules=tuple(lines))


def _why_silent(pack: Pack, rule: Rule, candidate: Candidate, now: datetime) -> str:
    if (why := why_not(pack.scope, candidate)) is not None:
        return why
    if not isinstance(rule, WindowRule | LimitRule | GuardRule):
        return f"kind:{_kind_of(rule)}"
    if candidate.channel not in rule.channels:
        return f"channel:{candidate.channel}"
    if not binds(rule, now.timestamp()):
        begins = rule.effective_from is not None and rule.effective_from > now.date()
        return f"effective:{rule.effective_from if begins else rule.effective_until}"
    if isinstance(rule, WindowRule) and rule.number_use not in (None, candidate.number_use):
        return f"number_use:{candidate.number_use}"
    if isinstance(rule, LimitRule) and rule.per_number and not candidate.number:
        return "number:"
    return ""


def _passed(
    book: RuleBook, rule: Rule, candidate: Candidate, zone_names: tuple[str, ...], facts: Facts, now: datetime
) -> RuleAccount:
    at, zones = now.timestamp(), resolve(zone_names)
    if isinstance(rule, WindowRule):
        if not zones:
            return _line(rule, ok=None, why="zone:")
        hours = book.hours_of(rule)
        closes = [end - at for where in zones if (end := hours.open_until(where, at)) is not None]
        return _line(rule, ok=True, closes_in_s=min(closes, default=None))
    if isinstance(rule, LimitRule):
        if rule.unless is Unless.AGENT_GUARANTEED and candidate.agent_guaranteed:
            return _line(rule, ok=True, why=f"unless:{rule.unless}")
        cases = cases_of(rule, candidate, facts, dated(facts.events), zones, at)
        fullest = max(cases, key=lambda case: len(case.used), default=None)
        used = len(fullest.used) if fullest is not None else 0
        excused = fullest is not None and used > fullest.room
        events = {event.id: event.at for case in cases for _, event in case.used}
        return _line(
            rule,
            ok=True,
            why=f"unless:{rule.unless}" if excused else "",
            used=used,
            maximum=rule.maximum,
            events=tuple(sorted(events, key=lambda event: (events[event], event))),
            calls_left=max(0, rule.maximum - used) if rule.include_candidate and not excused else None,
        )
    return _line(rule, ok=True)


def _denied(denial: Denial, rule: Rule | None, *, overridden: bool) -> RuleAccount:
    return RuleAccount(
        rule=denial.rule,
        kind=denial.kind,
        subject=denial.subject,
        cite=denial.cite,
        basis=str(rule.basis) if rule else "policy",
        source=rule.source if rule else "",
        ok=False,
        used=denial.used,
        maximum=denial.maximum,
        events=denial.events,
        calls_left=0 if denial.kind == "limit" else None,
        next_allowed_at=denial.next_allowed_at,
        overridden=overridden,
    )


def _line(
    rule: Rule,
    *,
    ok: bool | None,
    why: str = "",
    used: int | None = None,
    maximum: int | None = None,
    events: tuple[str, ...] = (),
    calls_left: int | None = None,
    closes_in_s: float | None = None,
) -> RuleAccount:
    kind = _kind_of(rule)
    return RuleAccount(
        rule=rule.id,
        kind=kind,
        subject=rule.subject if isinstance(rule, GuardRule) else kind,
        cite=rule.cite,
        basis=str(rule.basis),
        source=rule.source,
        ok=ok,
        why=why,
        used=used,
        maximum=maximum,
        events=events,
        calls_left=calls_left,
        closes_in_s=closes_in_s,
    )


def _kind_of(rule: Rule) -> str:
    return type(rule).__name__.removesuffix("Rule").lower()
