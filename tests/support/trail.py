"""An audit trail out of nothing: real decisions of the shipped rules, each with its end, chained and signed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dialer.audit.checkpoint import load_signer
from dialer.audit.export import assemble
from dialer.audit.ruleset import rule_set
from dialer.clock import seeded_random
from dialer.compliance.facts import Candidate, ContactEvent, Facts, GateQuery, LedgerOutcome, Override, QuietTime
from dialer.compliance.gate import Gate
from dialer.compliance.record import decision_record
from dialer.store.audit_log import AuditEntry, append
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database
from dialer.store.debtor_file import read_debtor_file

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, noon in Bogota


def question(debtor: int, at: datetime, *, seed: int = 0) -> GateQuery:
    """About a debtor in Colombia, the US or Ontario, with some history and now and then a fact against it."""
    chance = seeded_random(f"{debtor}/{at}/{seed}")
    country, number, zone, subdivision = chance.choice(
        [
            ("CO", f"+57310{debtor:07d}", "America/Bogota", ""),
            ("US", f"+1212555{debtor:04d}", "America/New_York", "US-NY"),
            ("CA", f"+1416555{debtor:04d}", "America/Toronto", "CA-ON"),
        ]
    )
    events = tuple(
        ContactEvent(
            id=f"e{index}",
            at=at - timedelta(hours=chance.randint(1, 300)),
            ended_at=at - timedelta(minutes=chance.randint(1, 59)),
            debtor=debtor,
            debts=(debtor * 10,),
            number=number,
            outcome=chance.choice(list(LedgerOutcome)),
        )
        for index in range(chance.randint(0, 6))
    )
    return GateQuery(
        candidate=Candidate(
            debtor=debtor,
            debts=(debtor * 10,),
            number=number,
            country=country,
            subdivision=subdivision,
            address_zone=zone,
            creditors=("Banco",),
        ),
        facts=Facts(
            events=events,
            do_not_call=chance.random() < 0.1,
            debtor_flags=frozenset({"bankruptcy"} if chance.random() < 0.1 else ()),
            quiet_times=(QuietTime(days=frozenset({1}), from_s=43_000, to_s=44_000),) if chance.random() < 0.2 else (),
            overrides=(Override(id="1", rule="house/gap-2h"),) if chance.random() < 0.3 else (),
        ),
        now=at,
        packs=("house",),
    )


def decided(gate: Gate, query: GateQuery, ref: str) -> list[AuditEntry]:
    """The records of one decision: an allowed one has an end."""
    verdict = gate.check(query)
    debtor = int(query.candidate.debtor)
    decision = AuditEntry(
        kind="decision",
        at=query.now,
        ref=ref if verdict.allowed else "",
        debtor_id=debtor,
        payload=decision_record(query, verdict),
    )
    if not verdict.allowed:
        return [decision]
    end = AuditEntry(
        kind="release", at=query.now + timedelta(seconds=5), ref=ref, debtor_id=debtor, payload={"why": "a test"}
    )
    return [decision, end]


async def filled_trail(
    database: Database,
    folder: Path,
    debtors: Sequence[int],
    *,
    decisions: int = 5,
    size: int = 7,
    gate: Gate | None = None,
) -> AuditTrail:
    """A trail in which every debtor was asked about so many times; checkpoints over ``size`` records each."""
    gate = gate or Gate.shipped()
    trail = AuditTrail(database, load_signer(folder), size=size, every=timedelta(hours=1))
    await trail.begin(rule_set(gate.sources(), close_guard_s=0, signer=trail.signer, version="0"), NOON)
    for turn, debtor in itertools.product(range(decisions), debtors):
        at = NOON + timedelta(minutes=turn * 7, seconds=debtor)
        await database.write(append, decided(gate, question(debtor, at), f"c-{debtor}-{turn}"))
    await trail.chain()
    await trail.checkpoint(NOON + timedelta(hours=2), whatever_came=True)
    return trail


async def exported(database: Database, trail: AuditTrail, debtor: int) -> bytes:
    file = await database.read(read_debtor_file, debtor)
    return assemble(file, trail.signer, now=NOON + timedelta(hours=3), version="0")
