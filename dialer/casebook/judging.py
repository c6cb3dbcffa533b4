"""The types that ask no database: rates, one call's conduct, and retention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dialer.casebook.cases import Case
from dialer.casebook.loose import Loose, day_or_instant, entries, instant, number, plain, truth, words
from dialer.casebook.tallies import tally
from dialer.casebook.wordings import party, purpose
from dialer.casebook.worlds import CandidateSaid
from dialer.compliance.conduct import Timeline, judge_by_packs
from dialer.compliance.facts import Candidate
from dialer.compliance.plans import in_scope
from dialer.compliance.ratios import standing
from dialer.compliance.retention import may_purge
from dialer.compliance.rules import Pack, RatioRule
from dialer.compliance.zones import zone
from dialer.errors import InvalidCaseFile

_TIMES = {
    "answered_s": "answered(?!_by)|answer_s",
    "greeting_start_s": "greeting_start|speech_start|hello_start",
    "greeting_end_s": "greeting_end|speech_end|hello_end",
    "agent_bridged_s": "agent|bridged|connected",
    "message_started_s": "message",
}
_BY_US = frozenset({"us", "dialer", "dialler", "engine", "system", "agent", "caller", "we"})
_NEVER = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))  # the counts have no dates


def ratio(case: Case, packs: Sequence[Pack], ignored: list[str]) -> dict[str, Any]:
    """Where the counts leave the campaign under the named rule. Raises InvalidCaseFile."""
    rule, pack = _ratio_rule(case, packs)
    given = Loose(case.given, "given", ignored)
    said = given.take("counts", "count", "calls")
    if said is None:
        said = tally(given, rule)
    if said is None:  # written beside each other, without a name for all
        numeric = {key: each for key, each in given.rest().items() if isinstance(each, (int, float))}
        said = {key: given.take(key) for key in numeric} or None
    if not isinstance(said, Mapping):
        raise InvalidCaseFile(f"{case.id}.given.counts is missing")
    counts = {plain(key): number(value, f"given.counts.{key}") for key, value in said.items()}
    share = [*given.take_matching("false_positive"), *_shares(counts)]
    if share and "amd_false_positive" not in counts:
        estimate = number(share[0][1], "given")  # up to one it is a share of the machines, above it a number of calls
        counts["amd_false_positive"] = estimate if estimate > 1 else estimate * counts.get("machine", 0.0)
    ignored += [f"given.counts.{key}" for key in counts if not _counted(key, rule)]
    asked = CandidateSaid(
        debtor="", purpose=purpose(given.take("purpose"), "given"), party=party(given.take("party"), "given")
    )
    country = given.take("country")
    applies = in_scope(pack.scope, _candidate(asked, str(country or pack.scope.country), pack.scope.subdivision))
    spoken_of = "purpose" in case.given or "party" in case.given or country is not None
    found = standing(rule, counts, _NEVER)
    given.take("debtors", "debts", "numbers", "now", "campaign", "originator", "window", "period", "tz")
    given.finish()
    active = applies or not spoken_of
    return {
        "rate": round(found.rate, 9),
        "breach": found.breach and active,
        "headroom": found.headroom if active else None,
        "overdial": found.overdial or not active,
        "numerator": found.numerator,
        "denominator": found.denominator,
    }


def _shares(counts: Mapping[str, float]) -> list[tuple[str, float]]:
    return [(key, value) for key, value in counts.items() if "false_positive_" in key]


def _counted(key: str, rule: RatioRule) -> bool:
    known = ("conversation", "third_party", "abandoned", "amd_false_positive", "machine", "no_answer", "message_left")
    return key in (*rule.numerator, *rule.denominator, *rule.floor, *known) or "false_positive_" in key


def _candidate(said: CandidateSaid, country: str, subdivision: str) -> Candidate:
    return Candidate(
        debtor=0,
        debts=(),
        number="",
        country=country,
        subdivision=subdivision,
        purpose=said.purpose,
        party=said.party,
    )


def _ratio_rule(case: Case, packs: Sequence[Pack]) -> tuple[RatioRule, Pack]:
    found = [(rule, pack) for pack in packs for rule in pack.rules if isinstance(rule, RatioRule)]
    named = [each for each in found if each[0].id == case.rule] if case.rule else found
    if not named:
        known = ", ".join(rule.id for rule, _ in found) or "none"
        raise InvalidCaseFile(f"{case.id}: its packs have no ratio rule {case.rule}; there is: {known}")
    return named[0]


def classify(case: Case, packs: Sequence[Pack], ignored: list[str]) -> dict[str, Any]:
    """What the call of the timeline was under the conduct rules of the packs."""
    given = Loose(case.given, "given", ignored)
    inner = given.take("timeline", "call")
    if isinstance(inner, Mapping):
        given = Loose({**given.rest(), **inner}, "given", ignored)
    ring = given.take("ring_s", "rang_s", "ringing_s", "ring_time_s")
    by = given.take("hung_up_by", "hangup_by", "ended_by", "cut_by", "dropped_by")
    by_us = given.take("hung_up_by_us", "cut_by_us", "we_hung_up")
    left = given.take("hung_up_s", "hangup_s", "ended_s", "left_s", "hung_up", "caller_hung_up_s", "debtor_hung_up_s")
    times: dict[str, float | None] = {}
    for name, pattern in _TIMES.items():
        value = given.take(name)
        if value is None:
            value = next((each for _, each in given.take_matching(pattern)), None)
        times[name] = None if value is None or isinstance(value, bool) else number(value, f"given.{name}")
    if case.given.get("answered") is False:
        times["answered_s"] = None
    elif times["answered_s"] is None and (
        times["greeting_start_s"] is not None or times["agent_bridged_s"] is not None
    ):
        times["answered_s"] = 0.0
    rang = number(ring, "given.ring_s") if ring is not None else 0.0
    made = Timeline(
        **times,
        ring_s=rang,
        hung_up_s=None if left is None else number(left, "given.hung_up_s"),
        hung_up_by_us=_was_us(by, by_us, answered=times["answered_s"] is not None, left=left),
    )
    machine = _was_machine(given)
    given.take("packs", "mode", "channel", "now")
    given.finish()
    if machine and made.answered_s is not None:  # which has a right to nothing
        return {"outcome": "machine", "breaches": [], "reasons": []}
    found = judge_by_packs(made, packs)
    return {
        "outcome": str(found.outcome),
        "breaches": [str(each) for each in found.breaches],
        "reasons": list(found.rules),
    }


def _was_machine(given: Loose) -> bool:
    """Whether the case says that no person answered. What it was in truth goes before what it was taken for."""
    truly = [plain(each) for _, each in given.take_matching(r"actual|truth|really")]
    taken = [(key, plain(each)) for key, each in given.take_matching(r"^amd|answered_by|machine|^verdict|^detected")]
    if truly:
        return "machine" in truly
    return any(each == "machine" or ("machine" in key and each == "true") for key, each in taken)


def _was_us(by: Any, by_us: Any, *, answered: bool, left: Any) -> bool:
    """A ringing call that nobody answered is ended by whoever dialed it, unless the case says otherwise."""
    if by is not None:
        return plain(by) in _BY_US
    return truth(by_us) if by_us is not None else not answered


def purge(case: Case, packs: Sequence[Pack], ignored: list[str]) -> dict[str, Any]:
    """Whether the record may be deleted now, and from which local date. Raises InvalidCaseFile."""
    given = Loose(case.given, "given", ignored)
    now, where = given.take("now", "at"), words(given.take("tz", "zone", "address_tz")) or _address(given)
    record = given.inner("record", "item")
    cls = str(record.take("cls", "class", "kind", "type") or "")
    at = record.take("at", "date", "made_at", "event_at", "created_at")
    activity = [*record.take_matching("activity"), *given.take_matching("activity")]
    if now is None or at is None or not cls:
        raise InvalidCaseFile(f"{case.id}: a purge needs given.now and given.record with cls and at")
    for each in [*entries(given.take("debt", "debts")), *entries(record.take("debt", "debts"))]:
        activity += Loose(each, "given.debt", []).take_matching("activity") if isinstance(each, Mapping) else []
    record.take("id", "debtor")
    record.finish()
    given.finish()
    local = zone(where[0]) if where else None
    found = may_purge(
        packs,
        cls,
        day_or_instant(at, "given.record.at"),
        day_or_instant(activity[0][1], "given.record.last_activity") if activity and activity[0][1] else None,
        instant(now, "given.now"),
        local or ZoneInfo("UTC"),
    )
    return {
        "decision": "allow" if found.allowed else "deny",
        "reasons": sorted(found.reasons),
        "purge_from": found.purge_from.isoformat() if found.purge_from else None,
    }


def _address(given: Loose) -> tuple[str, ...]:
    for debtor in given.items("debtors", "debtor"):
        if zones := words(debtor.take("address_tz", "tz")):
            return zones
    return ()
