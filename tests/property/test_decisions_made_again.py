"""The verifier's own evaluator, written apart from the gate, agrees with it on every question."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar
from zoneinfo import ZoneInfo

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.audit import verifier
from dialer.audit.checkpoint import Signer
from dialer.audit.ruleset import rule_set
from dialer.compliance.facts import (
    Candidate,
    Channel,
    Consent,
    ContactEvent,
    ContactRole,
    Direction,
    Facts,
    GateQuery,
    LedgerOutcome,
    NumberUse,
    Override,
    Party,
    Purpose,
    QuietTime,
)
from dialer.compliance.gate import Gate
from dialer.compliance.loader import shipped_packs
from dialer.compliance.record import decision_record
from dialer.compliance.rulebook import GateSettings
from dialer.store.audit_log import canonical_payload

PLACES = (
    ("CO", "", ("America/Bogota",)),
    ("CL", "", ("America/Santiago", "America/Punta_Arenas")),
    ("US", "US-NY", ("America/New_York",)),
    ("US", "US-FL", ("America/New_York", "America/Chicago")),
    ("US", "US-MA", ("America/New_York",)),
    ("US", "", ("America/Los_Angeles", "America/New_York")),
    ("CA", "CA-ON", ("America/Toronto", "America/Winnipeg")),
    ("CA", "CA-QC", ("America/Toronto",)),
    ("GB", "", ("Europe/London",)),
    ("AU", "", ("Australia/Lord_Howe", "Australia/Perth")),
    ("BR", "BR-SP", ("America/Sao_Paulo",)),
    ("EC", "", ("America/Guayaquil", "Pacific/Galapagos")),
    ("MX", "", ("America/Mexico_City",)),
    ("NZ", "", ("Pacific/Chatham",)),
    ("CO", "", ()),
    ("CO", "", ("Nowhere/Atall", "America/Bogota")),
)
NUMBERS = ("+573101234567", "+12125550101", "")
DEBTS, CREDITORS = (10, 11, 12), ("Banco", "Tienda")
SOON = timedelta(days=34)
GUARD_S = 30


@lru_cache(maxsize=1)
def gate() -> Gate:
    return Gate.shipped(GateSettings(close_guard_s=GUARD_S))


@lru_cache(maxsize=1)
def rules() -> verifier.Rules:
    """The gate's rules as an export would carry them."""
    signer = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    made = rule_set(gate().sources(), close_guard_s=GUARD_S, signer=signer, version="0")
    sources = {source.digest: source.content for source in made.sources}
    assert all(
        sha256(content).hexdigest() == digest for digest, content in sources.items() if digest in str(made.payload)
    )
    (packed,) = (source.content for source in made.sources if source.kind == "tzdata")
    data = orjson.loads(zlib.decompress(packed))
    names = {name for _, _, zones in PLACES for name in zones if name in data}
    zones = {name: ZoneInfo.from_file(io.BytesIO(base64.b64decode(data[name])), key=name) for name in names}
    return verifier.Rules(json.loads(canonical_payload(made.payload)), sources, zones)


T = TypeVar("T")


def some(values: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


@st.composite
def questions(draw: st.DrawFn) -> GateQuery:
    country, subdivision, zones = draw(st.sampled_from(PLACES))
    now = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 3 * 365 * 86_400)))
    ago = st.integers(-600, int(SOON.total_seconds())).map(lambda seconds: now - timedelta(seconds=seconds))
    debtors = st.sampled_from((1, 1, 1, 2))
    events = tuple(
        ContactEvent(
            id=f"e{index}",
            at=(at := draw(ago)),
            ended_at=draw(st.none() | st.integers(0, 90_000).map(lambda seconds: at + timedelta(seconds=seconds))),
            debtor=draw(debtors),
            debts=draw(some(DEBTS)),
            creditors=draw(some(CREDITORS)),
            number=draw(st.sampled_from(NUMBERS)),
            outcome=draw(st.sampled_from(LedgerOutcome)),
            channel=draw(st.sampled_from((Channel.CALL, Channel.CALL, Channel.SMS, Channel.VISIT))),
            direction=draw(st.sampled_from(Direction)),
            in_flight=draw(st.sampled_from((False, False, False, True))),
        )
        for index in range(draw(st.integers(0, 9)))
    )
    flags = some(
        ("attorney", "cease_written", "disputed_unverified", "moratorium", "bankruptcy", "employer_bars_calls")
    )
    rarely = st.sampled_from((False, False, False, True))
    return GateQuery(
        candidate=Candidate(
            debtor=1,
            debts=draw(some(DEBTS)),
            number=draw(st.sampled_from(NUMBERS)),
            country=country,
            subdivision=subdivision,
            zones=zones if draw(st.booleans()) else (),
            address_zone=draw(st.sampled_from(("", *zones))),
            channel=draw(st.sampled_from((Channel.CALL, Channel.CALL, Channel.CALL, Channel.SMS, Channel.VISIT))),
            purpose=draw(st.sampled_from((Purpose.COLLECTION, Purpose.COLLECTION, Purpose.TELEMARKETING))),
            party=draw(st.sampled_from(Party)),
            debt_class=draw(st.sampled_from(("consumer", "consumer", "commercial"))),
            number_use=draw(st.sampled_from(NumberUse)),
            contact_role=draw(st.sampled_from((ContactRole.DEBTOR, ContactRole.DEBTOR, ContactRole.REFERENCE))),
            agent_guaranteed=draw(st.booleans()),
            caller_id_withheld=draw(rarely),
            creditors=draw(some(CREDITORS)),
        ),
        facts=Facts(
            events=events,
            do_not_call=draw(rarely),
            debtor_flags=frozenset(draw(flags)) if draw(rarely) else frozenset(),
            number_flags=frozenset({"consent_revoked"}) if draw(rarely) else frozenset(),
            debt_flags={debt: frozenset(draw(flags)) for debt in DEBTS} if draw(rarely) else {},
            consents=tuple(
                Consent(debtor=1, debt=draw(st.sampled_from(DEBTS)), at=draw(ago))
                for _ in range(draw(st.integers(0, 2)))
            ),
            authorised_channels=frozenset({Channel.SMS}) if draw(rarely) else None,
            quiet_times=(QuietTime(days=frozenset({0, 2, 4}), from_s=0, to_s=40_000),) if draw(rarely) else (),
            notices={debt: draw(st.none() | ago) for debt in DEBTS} if draw(rarely) else {},
            overrides=tuple(
                Override(id="1", rule=rule)
                for rule in draw(some(("house/gap-2h", "house/number-3-per-day", "us-reg-f/window", "ar-caba/window")))
            ),
        ),
        now=now,
        packs=draw(some(tuple(shipped_packs()))),
    )


@settings(max_examples=400, deadline=None)
@given(query=questions())
def test_a_decision_made_again_from_its_record_is_the_same(query: GateQuery) -> None:
    record = json.loads(canonical_payload(decision_record(query, gate().check(query))))

    assert list(verifier.check_decision(record, rules())) == []


@settings(max_examples=60, deadline=None)
@given(query=questions())
def test_a_verdict_turned_round_is_never_confirmed(query: GateQuery) -> None:
    record = json.loads(canonical_payload(decision_record(query, gate().check(query))))
    if record["allowed"]:
        record["denials"] = [{"rule": "house/gap-2h", "used": 1}]
    else:
        record["denials"] = []
    record["allowed"] = not record["allowed"]

    assert list(verifier.check_decision(record, rules())) != []
