"""Judges every decision of a finished ledger again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from tests.support.brute_force.clock import MINUTE, first_minute
from tests.support.brute_force.law import forbidding, in_force
from tests.support.brute_force.ledger import Ledger, Part
from tests.support.brute_force.question import Question
from tests.support.brute_force.rows import Decision
from tests.support.brute_force.statute import LAWS

#: So many debtors are read at a time.
PART = 1000
#: One denial in so many is stepped through minute by minute.
STEPPED = 400
#: Longer waits than this are not stepped through, only probed.
LONGEST_WALK = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind``: violation (made, and some law forbade it), wrong-denial (a named reason does not hold), missing-reason
    (a law forbade it and is not named), wrong-date (``next_allowed_at``), unrecorded (the audit trail lacks it)."""

    kind: str
    decision: Decision
    rules: tuple[str, ...]
    detail: str = ""

    def __str__(self) -> str:
        one = self.decision
        return (
            f"{self.kind}: {one.id} at {one.now.isoformat()} debtor {one.debtor} {one.channel} {one.number} "
            f"campaign {one.campaign}: {', '.join(self.rules)} {self.detail}".rstrip()
        )


@dataclass(slots=True)
class Judgement:
    attempts: int = 0
    denials: int = 0
    stepped: int = 0
    findings: list[Finding] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)  #: of the denials, as they are in the ledger
    spoke: Counter[str] = field(default_factory=Counter)  #: laws that were in force for some contact that was made

    def add(self, other: Judgement) -> None:
        self.attempts += other.attempts
        self.denials += other.denials
        self.stepped += other.stepped
        self.findings += other.findings
        self.reasons += other.reasons
        self.spoke += other.spoke


def judge(
    path: Path,
    *,
    first: int | None = None,
    last: int | None = None,
    stepped: int = STEPPED,
    progress: Callable[[int], None] = lambda done: None,
) -> Judgement:
    """Every decision about the debtors ``first`` to ``last`` of the database at ``path``. Nobody may write it."""
    ledger = Ledger(path)
    whole = Judgement()
    lowest, highest = ledger.debtor_ids()
    start = lowest if first is None else first
    stop = highest if last is None else last
    for low in range(start, stop + 1, PART):
        part = ledger.part(low, min(low + PART - 1, stop))
        for decision in part.decisions():
            whole.add(judge_one(part, decision, stepped))
        progress(min(low + PART, stop + 1) - start)
    ledger.close()
    return whole


def judge_one(part: Part, decision: Decision, stepped: int = STEPPED) -> Judgement:
    asked = part.question(decision)
    found = Judgement()
    forbid = forbidding(asked) - {rule for rule in part.overridden(decision) if rule in LAWS and LAWS[rule].policy}
    if not decision.recorded:
        found.findings.append(Finding("unrecorded", decision, ()))
    if decision.allowed is not None:
        found.attempts = 1
        found.spoke.update(each.id for each in in_force(asked))
        if forbid:
            found.findings.append(Finding("violation", decision, tuple(sorted(forbid)), _evidence(asked)))
        return found
    found.denials = 1
    found.reasons.update(decision.reasons)
    if wrong := decision.reasons - forbid:
        found.findings.append(Finding("wrong-denial", decision, tuple(sorted(wrong)), _evidence(asked)))
    if missing := forbid - decision.reasons:
        found.findings.append(Finding("missing-reason", decision, tuple(sorted(missing)), _evidence(asked)))
    if not wrong and not missing:
        walk = crc32(decision.id.encode()) % stepped == 0
        found.stepped = int(walk)
        if complaint := _wrong_date(asked, decision, forbid, walk=walk):
            found.findings.append(Finding("wrong-date", decision, tuple(sorted(forbid)), complaint))
    return found


def _wrong_date(asked: Question, decision: Decision, forbid: set[str], *, walk: bool) -> str:
    """Why ``next_allowed_at`` is not the first whole minute at which nothing forbids it any more; empty: it is."""
    named = decision.next_allowed_at
    lasting = any(LAWS[rule].lasting(asked) for rule in forbid)
    if named is None or lasting:
        return "" if named is None and lasting else f"lasting: {lasting}, but the date is {named}; {_evidence(asked)}"
    if named != first_minute(named) or named < asked.now:
        return f"{named} is no whole minute from then on"
    set_aside = forbidding(asked) - forbid  # by an override: it is in force for this contact, whenever it is made
    if still := forbidding(asked.later(named)) - set_aside:
        return f"at {named} it is still forbidden by {sorted(still)}; {_evidence(asked)}"
    for minute in _probes(asked, decision, walk=walk):
        if not forbidding(asked.later(minute)) - set_aside:
            return f"the date is {named}, but nothing forbids it at {minute}; {_evidence(asked)}"
    return ""


def _probes(asked: Question, decision: Decision, *, walk: bool) -> Iterator[datetime]:
    """Minutes before the date named: the last, three between, and all of them where it is to be walked."""
    assert decision.next_allowed_at is not None
    first = first_minute(asked.now)
    minutes = int((decision.next_allowed_at - first) / MINUTE)
    if walk and minutes * MINUTE <= LONGEST_WALK:
        yield from (first + n * MINUTE for n in range(minutes))
    elif minutes:
        yield from (first + n * MINUTE for n in sorted({0, minutes // 4, minutes // 2, minutes * 3 // 4, minutes - 1}))


def _evidence(asked: Question) -> str:
    """What was asked, and what the ledger held, for whoever has to find out who is wrong."""
    events = "; ".join(
        f"{event.channel}/{event.direction} {event.start.isoformat()}..{event.end and event.end.isoformat()} "
        f"{'in flight' if event.in_flight else event.outcome} debtor {event.debtor} debts {event.debts} {event.number}"
        for event in sorted(asked.events, key=lambda event: event.start)
    )
    facts = "; ".join(f"{fact.kind} {fact.about} {fact.key} {fact.value} {fact.at.isoformat()}" for fact in asked.facts)
    zones = ", ".join(str(each) for each in asked.zones)
    return (
        f"[{asked.country} {asked.subdivision} zones {zones}; debts {asked.debts} creditors {asked.creditors}; "
        f"use {asked.number_use} role {asked.contact_role}; guaranteed {asked.agent_guaranteed}; "
        f"packs {asked.chosen}; events: {events or 'none'}; facts: {facts or 'none'}]"
    )
