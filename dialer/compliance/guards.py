"""Facts that forbid a contact whatever the hour and whatever was counted."""

from __future__ import annotations

from collections.abc import Callable

from dialer.compliance.facts import Candidate, Facts, NumberUse
from dialer.compliance.rules import GuardRule, Predicate

EMPLOYER_BARS = "employer_bars_calls"  #: the debtor flag behind ``number_is_work_and_employer_bars``


def forbids(rule: GuardRule, candidate: Candidate, facts: Facts) -> bool:
    """Whether the fact holds. ``Predicate.QUIET_TIME`` depends on the hour; the rulebook asks it apart."""
    return _PREDICATES[rule.predicate](candidate, facts, rule.argument)


def _debt_flag(candidate: Candidate, facts: Facts, flag: str) -> bool:
    return any(flag in facts.debt_flags.get(debt, ()) for debt in candidate.debts)


def _employer_bars(candidate: Candidate, facts: Facts, _: str) -> bool:
    return candidate.number_use is NumberUse.WORK and EMPLOYER_BARS in facts.debtor_flags


def _not_authorised(candidate: Candidate, facts: Facts, _: str) -> bool:
    return facts.authorised_channels is not None and candidate.channel not in facts.authorised_channels


_PREDICATES: dict[Predicate, Callable[[Candidate, Facts, str], bool]] = {
    Predicate.DEBT_FLAG: _debt_flag,
    Predicate.DEBTOR_FLAG: lambda _, facts, flag: flag in facts.debtor_flags,
    Predicate.NUMBER_FLAG: lambda _, facts, flag: flag in facts.number_flags,
    Predicate.CONTACT_ROLE: lambda candidate, _, role: candidate.contact_role == role,
    Predicate.CHANNEL_NOT_AUTHORISED: _not_authorised,
    Predicate.CALLER_ID_WITHHELD: lambda candidate, _, __: candidate.caller_id_withheld,
    Predicate.EMPLOYER_BARS: _employer_bars,
}
