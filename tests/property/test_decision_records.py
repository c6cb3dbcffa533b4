"""A decision record holds the whole question: read back, it is the question that was asked."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.facts import Candidate, Channel, Consent, ContactEvent, Facts, GateQuery, Override, QuietTime
from dialer.compliance.record import decision_record, query_from_record
from dialer.compliance.verdict import Denial, Obligations, Verdict
from dialer.store.audit_log import canonical_payload

KEYS = st.one_of(st.integers(0, 2**53 - 1), st.text(max_size=8))
WORDS = st.text(max_size=12)
INSTANTS = st.integers(0, 20 * 365 * 86_400_000_000).map(
    lambda microseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
FLAGS = st.frozensets(st.sampled_from(["attorney", "cease_written", "moratorium"]))
CANDIDATES = st.builds(
    Candidate,
    debtor=KEYS,
    debts=st.lists(KEYS, max_size=3).map(tuple),
    number=WORDS,
    country=st.sampled_from(["CO", "US"]),
    subdivision=st.sampled_from(["", "US-NY"]),
    address_zone=WORDS,
    zones=st.lists(WORDS, max_size=3).map(tuple),
    mode=WORDS,
    language=WORDS,
    debt_class=WORDS,
    channel=...,
    purpose=...,
    party=...,
    number_use=...,
    contact_role=...,
    agent_guaranteed=...,
    caller_id_withheld=...,
    creditors=st.lists(WORDS, max_size=2).map(tuple),
)
EVENTS = st.builds(
    ContactEvent,
    id=WORDS,
    at=INSTANTS,
    debtor=KEYS,
    debts=st.lists(KEYS, max_size=3).map(tuple),
    number=WORDS,
    ended_at=st.none() | INSTANTS,
    outcome=...,
    channel=...,
    direction=...,
    in_flight=...,
    creditors=st.lists(WORDS, max_size=2).map(tuple),
)
QUIET_TIMES = st.builds(
    QuietTime,
    days=st.frozensets(st.integers(0, 6)),
    from_s=st.integers(0, 40_000),
    to_s=st.integers(40_001, 86_400),
)
FACTS = st.builds(
    Facts,
    events=st.lists(EVENTS, max_size=3).map(tuple),
    do_not_call=st.booleans(),
    debtor_flags=FLAGS,
    number_flags=FLAGS,
    debt_flags=st.dictionaries(KEYS, FLAGS, max_size=2),
    consents=st.lists(st.builds(Consent, debtor=KEYS, debt=KEYS, at=INSTANTS), max_size=2).map(tuple),
    authorised_channels=st.none() | st.frozensets(st.sampled_from(Channel)),
    quiet_times=st.lists(QUIET_TIMES, max_size=2).map(tuple),
    notices=st.dictionaries(KEYS, st.none() | INSTANTS, max_size=2),
    overrides=st.lists(st.builds(Override, id=WORDS, rule=WORDS), max_size=2).map(tuple),
)
QUERIES = st.builds(
    GateQuery, candidate=CANDIDATES, facts=FACTS, now=INSTANTS, packs=st.lists(WORDS, max_size=2).map(tuple)
)
DENIALS = st.builds(
    Denial,
    rule=WORDS,
    kind=WORDS,
    subject=WORDS,
    cite=WORDS,
    used=st.just(3),
    maximum=st.just(2),
    events=st.just(("e",)),
)
VERDICTS = st.builds(
    Verdict,
    denials=st.lists(DENIALS, max_size=2).map(tuple),
    next_allowed_at=st.none() | INSTANTS,
    obligations=st.builds(Obligations, ring_min_s=st.sampled_from([0.0, 15.0, 17.5]), announcements=st.just(("a",))),
    packs=st.just(("house",)),
    zones=st.just(("America/Bogota",)),
    basis=WORDS,
)


@given(query=QUERIES, verdict=VERDICTS)
def test_the_question_comes_back_from_its_record_as_it_was(query: GateQuery, verdict: Verdict) -> None:
    record = decision_record(query, verdict)

    assert query_from_record(record) == query
    assert query_from_record(orjson.loads(canonical_payload(record))) == query


@given(query=QUERIES, verdict=VERDICTS)
def test_the_record_keeps_what_was_answered(query: GateQuery, verdict: Verdict) -> None:
    record = orjson.loads(canonical_payload(decision_record(query, verdict)))

    assert record["allowed"] is verdict.allowed
    assert [denial["rule"] for denial in record["denials"]] == list(verdict.reasons)
    assert [denial.get("used") for denial in record["denials"]] == [denial.used for denial in verdict.denials]
    assert record["basis"] == verdict.basis
    assert record["obligations"]["ring_min_s"] == verdict.obligations.ring_min_s


def test_the_strategies_above_fill_in_every_field_that_a_question_has() -> None:
    """A field that is added to the facts must be added to the record, and to the tests above."""
    assert {field.name for field in fields(Facts)} == {
        "events",
        "do_not_call",
        "debtor_flags",
        "number_flags",
        "debt_flags",
        "consents",
        "authorised_channels",
        "quiet_times",
        "notices",
        "overrides",
    }
    assert len(fields(ContactEvent)) == 11
    assert len(fields(Candidate)) == 18
    assert len(fields(GateQuery)) == 4
