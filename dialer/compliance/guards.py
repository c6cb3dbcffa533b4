"""Facts that forbid a contact whatever the hour and whatever was counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.compliance.facts import Candidate, Facts, NumberUse
from dialer.compliance.localtime import local_day, ordinal_at
from dialer.compliance.rules import Predicate

EMPLOYER_BARS = "employer_bars_calls"  #: the debtor flag behind ``number_is_work_and_employer_bars``


#: Whether a fact holds, given the guard's argument.
FactTest = Callable[[Candidate, Facts, str], bool]


def _debt_flag(candidate: Candidate, facts: Facts, flag: str) -> bool:
    return any(flag in facts.debt_flags.get(debt, ()) for debt in candidate.debts)


def _employer_bars(candidate: Candidate, facts: Facts, _: str) -> bool:
    return candidate.number_use is NumberUse.WORK and EMPLOYER_BARS in facts.debtor_flags


def _not_authorised(candidate: Candidate, facts: Facts, _: str) -> bool:
    return facts.authorised_channels is not None and candidate.channel not in facts.authorised_channels


def notice_ripens(
    days: int, notices: tuple[datetime | None, ...], zones: tuple[ZoneInfo, ...], at: float
) -> float | None:
    """The first instant at or after ``at`` at which every one of these notices is at least ``days`` local dates old
    in every zone; None where one was not sent."""
    ripe = at
    for sent in notices:
        if sent is None:
            return None
        for zone in zones:
            ripe = max(ripe, local_day(zone, ordinal_at(zone, sent.timestamp()) + days).start)
    return ripe


#: All predicates but those that time lifts: see ``windows.quiet_until`` and ``notice_ripens``.
PREDICATES: dict[Predicate, FactTest] = {
    Predicate.DEBT_FLAG: _debt_flag,
    Predicate.DEBTOR_FLAG: lambda _, facts, flag: flag in facts.debtor_flags,
    Predicate.NUMBER_FLAG: lambda _, facts, flag: flag in facts.number_flags,
    Predicate.CONTACT_ROLE: lambda candidate, _, role: candidate.contact_role == role,
    Predicate.CHANNEL_NOT_AUTHORISED: _not_authorised,
    Predicate.CALLER_ID_WITHHELD: lambda candidate, _, __: candidate.caller_id_withheld,
    Predicate.EMPLOYER_BARS: _employer_bars,
}
