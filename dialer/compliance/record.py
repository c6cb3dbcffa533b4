"""The decision record: everything that went into a verdict, so that it can be made again years later.

Plain values that orjson writes as they are (texts, integers, lists, aware UTC instants); what equals the default is
left out, and so is of an event what it shares with the candidate. Pure, and on the path of every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    ContactRole,
    Direction,
    Facts,
    GateQuery,
    Key,
    LedgerOutcome,
    NumberUse,
    Override,
    Party,
    Purpose,
    QuietTime,
)
from dialer.compliance.verdict import Denial, Obligations, Verdict

#: Raised with every change of what a record holds, so that a verifier knows what it reads.
RECORD_VERSION = 1

Record = dict[str, object]

_CANDIDATE_DEFAULTS: Mapping[str, object] = {
    "subdivision": "",
    "address_zone": "",
    "zones": (),
    "channel": Channel.CALL,
    "mode": "progressive",
    "language": "es",
    "purpose": Purpose.COLLECTION,
    "party": Party.THIRD_PARTY,
    "debt_class": "consumer",
    "number_use": NumberUse.UNKNOWN,
    "contact_role": ContactRole.DEBTOR,
    "agent_guaranteed": False,
    "caller_id_withheld": False,
    "creditors": (),
}
_CANDIDATE_WORDS: Mapping[str, type[Any]] = {
    "channel": Channel,
    "purpose": Purpose,
    "party": Party,
    "number_use": NumberUse,
    "contact_role": ContactRole,
}
_CANDIDATE_LISTS = ("debts", "zones", "creditors")


def decision_record(query: GateQuery, verdict: Verdict) -> Record:
    """What was asked and what was answered. ``query_from_record`` gives the question back, equal to ``query``."""
    record: Record = {
        "v": RECORD_VERSION,
        "now": query.now,
        "allowed": verdict.allowed,
        "candidate": _candidate(query.candidate),
        "facts": _facts(query.facts, query.candidate),
        "chosen": query.packs,
        "packs": verdict.packs,
        "zones": verdict.zones,
        "basis": verdict.basis,
        "obligations": _obligations(verdict.obligations),
        "denials": [_denial(denial) for denial in verdict.denials],
        "next_allowed_at": verdict.next_allowed_at,
        "holds_until": verdict.holds_until,
    }
    if verdict.overridden:
        record["overridden"] = [_denial(denial) for denial in verdict.overridden]
    if verdict.not_applicable:
        record["not_applicable"] = verdict.not_applicable
    return record


def query_from_record(record: Mapping[str, Any]) -> GateQuery:
    """The question of a record, fresh or read back from JSON. Raises KeyError or ValueError for no such record."""
    candidate = _read_candidate(record["candidate"])
    return GateQuery(
        candidate=candidate,
        facts=_read_facts(record["facts"], candidate),
        now=_instant(record["now"]),
        packs=tuple(record["chosen"]),
    )


def _candidate(candidate: Candidate) -> Record:
    record: Record = {
        "debtor": candidate.debtor,
        "debts": candidate.debts,
        "number": candidate.number,
        "country": candidate.country,
    }
    for name, default in _CANDIDATE_DEFAULTS.items():
        value = getattr(candidate, name)
        if value != default:
            record[name] = value
    return record


def _read_candidate(record: Mapping[str, Any]) -> Candidate:
    values = dict(record)
    for name in _CANDIDATE_LISTS:
        values[name] = tuple(values.get(name, ()))
    for name, words in _CANDIDATE_WORDS.items():
        if name in values:
            values[name] = words(values[name])
    return Candidate(**values)


def _facts(facts: Facts, candidate: Candidate) -> Record:
    record: Record = {}
    if facts.events:
        debtor, debts, number = candidate.debtor, candidate.debts, candidate.number
        record["events"] = [_event(event, debtor, debts, number) for event in facts.events]
    if facts.do_not_call:
        record["do_not_call"] = True
    if facts.debtor_flags:
        record["debtor_flags"] = sorted(facts.debtor_flags)
    if facts.number_flags:
        record["number_flags"] = sorted(facts.number_flags)
    if facts.debt_flags:
        record["debt_flags"] = [(debt, sorted(flags)) for debt, flags in facts.debt_flags.items()]
    if facts.consents:
        record["consents"] = [
            {"debtor": consent.debtor, "debt": consent.debt, "at": consent.at} for consent in facts.consents
        ]
    if facts.authorised_channels is not None:
        record["authorised_channels"] = sorted(facts.authorised_channels)
    if facts.quiet_times:
        record["quiet_times"] = [
            {"days": sorted(quiet.days), "from_s": quiet.from_s, "to_s": quiet.to_s} for quiet in facts.quiet_times
        ]
    if facts.notices:
        record["notices"] = list(facts.notices.items())
    if facts.overrides:
        record["overrides"] = [{"id": override.id, "rule": override.rule} for override in facts.overrides]
    return record


def _read_facts(record: Mapping[str, Any], candidate: Candidate) -> Facts:
    channels = record.get("authorised_channels")
    return Facts(
        events=tuple(_read_event(event, candidate) for event in record.get("events", ())),
        do_not_call=record.get("do_not_call", False),
        debtor_flags=frozenset(record.get("debtor_flags", ())),
        number_flags=frozenset(record.get("number_flags", ())),
        debt_flags={debt: frozenset(flags) for debt, flags in record.get("debt_flags", ())},
        consents=tuple(
            Consent(debtor=row["debtor"], debt=row["debt"], at=_instant(row["at"]))
            for row in record.get("consents", ())
        ),
        authorised_channels=None if channels is None else frozenset(map(Channel, channels)),
        quiet_times=tuple(
            QuietTime(days=frozenset(row["days"]), from_s=row["from_s"], to_s=row["to_s"])
            for row in record.get("quiet_times", ())
        ),
        notices={debt: None if at is None else _instant(at) for debt, at in record.get("notices", ())},
        overrides=tuple(Override(id=row["id"], rule=row["rule"]) for row in record.get("overrides", ())),
    )


def _event(event: ContactEvent, debtor: Key, debts: tuple[Key, ...], number: str) -> Record:
    record: Record = {"id": event.id, "at": event.at, "outcome": event.outcome}
    if event.debtor != debtor:
        record["debtor"] = event.debtor
    if event.debts != debts:
        record["debts"] = event.debts
    if event.number != number:
        record["number"] = event.number
    if event.ended_at is not None:
        record["ended_at"] = event.ended_at
    if event.channel is not Channel.CALL:
        record["channel"] = event.channel
    if event.direction is not Direction.OUT:
        record["direction"] = event.direction
    if event.in_flight:
        record["in_flight"] = True
    if event.creditors:
        record["creditors"] = event.creditors
    return record


def _read_event(record: Mapping[str, Any], candidate: Candidate) -> ContactEvent:
    ended = record.get("ended_at")
    return ContactEvent(
        id=record["id"],
        at=_instant(record["at"]),
        debtor=record.get("debtor", candidate.debtor),
        debts=tuple(record["debts"]) if "debts" in record else candidate.debts,
        number=record.get("number", candidate.number),
        outcome=LedgerOutcome(record["outcome"]),
        ended_at=None if ended is None else _instant(ended),
        channel=Channel(record.get("channel", Channel.CALL)),
        direction=Direction(record.get("direction", Direction.OUT)),
        in_flight=record.get("in_flight", False),
        creditors=tuple(record.get("creditors", ())),
    )


def _obligations(obligations: Obligations) -> Record:
    return {
        "ring_min_s": _number(obligations.ring_min_s),
        "connect_deadline_s": _number(obligations.connect_deadline_s),
        "deadline_from": obligations.deadline_from,
        "drop_messages": obligations.drop_messages,
        "caller_id": obligations.caller_id,
        "announcements": obligations.announcements,
    }


def _denial(denial: Denial) -> Record:
    record: Record = {
        "rule": denial.rule,
        "kind": denial.kind,
        "subject": denial.subject,
        "cite": denial.cite,
        "next_allowed_at": denial.next_allowed_at,
    }
    if denial.maximum is not None:
        record["used"] = denial.used
        record["maximum"] = denial.maximum
    if denial.events:
        record["events"] = denial.events
    return record


def _number(value: float | None) -> float | int | None:
    """Whole numbers as integers: there is one way to write them."""
    return int(value) if value is not None and value == int(value) else value


def _instant(value: object) -> datetime:
    """An aware UTC instant, as it is or as JSON writes it."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return cast(datetime, value).astimezone(UTC)
