"""Whatever is done to the records in the database is found: changed, cut, put in, moved, or emptied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.audit import heads
from dialer.audit.checkpoint import load_signer
from dialer.audit.whole import ChainCheck
from dialer.store import audit_chain, rule_sources
from dialer.store.audit_log import AuditEntry, append
from dialer.store.audit_trail import AuditTrail
from dialer.store.compliance_tables import audit_checkpoints, audit_records
from dialer.store.database import Database
from dialer.store.retention import forget_payloads, ranges_of
from tests.support.trail import NOON, filled_trail

DEBTORS = (1, 2, 3)


@pytest.fixture
async def trail(database: Database, tmp_path: Path) -> AuditTrail:
    return await filled_trail(database, tmp_path, DEBTORS)


async def checked(database: Database, trail: AuditTrail, kept: Any = ()) -> ChainCheck:
    return await trail.check_whole(await database.read(rule_sources.keys), kept)


async def kept_heads(database: Database, trail: AuditTrail) -> list[dict[str, object]]:
    return [trail.published(each) for each in await database.read(audit_chain.checkpoints)]


async def run(database: Database, statement: Any) -> None:
    await database.write(lambda connection: connection.execute(statement))


async def test_an_untouched_trail_holds(database: Database, trail: AuditTrail) -> None:
    check = await checked(database, trail, await kept_heads(database, trail))

    assert check.findings == []
    assert check.records > 15
    assert check.checkpoints == -(-check.records // 7)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "kind": lambda row: f"{row.kind}x",
    "at": lambda row: NOON,
    "ref": lambda row: f"{row.ref}x",
    "debtor_id": lambda row: (row.debtor_id or 0) + 1,
    "payload": lambda row: bytes([row.payload[0] ^ 1]) + row.payload[1:],
    "salt": lambda row: bytes([row.salt[0] ^ 1]) + row.salt[1:],
    "payload_hash": lambda row: bytes([row.payload_hash[0] ^ 1]) + row.payload_hash[1:],
    "hash": lambda row: bytes([row.hash[0] ^ 1]) + row.hash[1:],
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_change_to_any_column_of_any_record_is_found(
    database: Database, trail: AuditTrail, column: str
) -> None:
    rows = await database.read(audit_chain.stretch, 1, 1000)
    for row in rows[:: max(1, len(rows) // 4)]:
        where = audit_records.update().where(audit_records.c.seq == row.seq)
        await run(database, where.values({column: CHANGES[column](row)}))

        assert (await checked(database, trail)).findings, row.seq

        await run(database, where.values({column: getattr(row, column)}))
    assert (await checked(database, trail)).findings == []


async def test_a_record_that_was_cut_out_is_missed(database: Database, trail: AuditTrail) -> None:
    await run(database, audit_records.delete().where(audit_records.c.seq == 4))

    assert "record 4 is missing: the next one is 5" in (await checked(database, trail)).findings


async def test_two_records_that_changed_places_are_found(database: Database, trail: AuditTrail) -> None:
    for old, new in ((4, 9_999), (5, 4), (9_999, 5)):
        await run(database, audit_records.update().where(audit_records.c.seq == old).values(seq=new))

    assert (await checked(database, trail)).findings


async def test_an_end_that_was_cut_off_is_found(database: Database, trail: AuditTrail) -> None:
    await run(database, audit_records.delete().where(audit_records.c.seq > 10))

    assert any("the trail was cut" in each for each in (await checked(database, trail)).findings)


async def test_an_end_that_was_cut_off_with_its_checkpoints_is_found_by_the_kept_heads(
    database: Database, trail: AuditTrail
) -> None:
    kept = await kept_heads(database, trail)
    await run(database, audit_records.delete().where(audit_records.c.seq > 7))
    await run(database, audit_checkpoints.delete().where(audit_checkpoints.c.number > 1))

    assert (await checked(database, trail)).findings == []  # by itself it holds: that is what heads are for
    assert any(
        "checkpoint 2 of the kept heads is not there" in each
        for each in (await checked(database, trail, kept)).findings
    )


async def test_a_history_that_was_chained_anew_with_the_key_is_found_by_the_kept_heads(
    database: Database, trail: AuditTrail
) -> None:
    kept = await kept_heads(database, trail)
    await run(database, audit_checkpoints.delete())
    await run(database, audit_records.delete().where(audit_records.c.seq == 4))
    await run(database, audit_records.update().values(seq=None, hash=None))
    await trail.chain()
    await trail.checkpoint(NOON, whatever_came=True)

    assert (await checked(database, trail)).findings == []
    assert any("is another one now" in each for each in (await checked(database, trail, kept)).findings)


async def test_checkpoints_of_a_key_that_nobody_knows_are_refused(
    database: Database, trail: AuditTrail, tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = load_signer(tmp_path / "stranger")

    check = await trail.check_whole({stranger.key_id: stranger.public}, ())

    assert any("which nobody knows" in each for each in check.findings)


async def test_a_payload_that_was_deleted_quietly_is_found(database: Database, trail: AuditTrail) -> None:
    await run(database, audit_records.update().where(audit_records.c.seq == 6).values(payload=None, salt=None))

    assert (await checked(database, trail)).findings == ["record 6 has lost its payload, and no erasure names it"]


async def test_payloads_that_were_erased_by_the_rules_leave_the_trail_whole(
    database: Database, trail: AuditTrail
) -> None:
    await database.write(forget_payloads, "erasure", [3, 4, 6], {"reason": "asked for"}, NOON)
    await trail.chain()
    await trail.checkpoint(NOON, whatever_came=True)

    check = await checked(database, trail)

    assert check.findings == []
    assert check.erased == 3


async def test_an_erasure_excuses_nothing_that_came_after_it(database: Database, trail: AuditTrail) -> None:
    await database.write(forget_payloads, "erasure", [3], {"reason": "asked for"}, NOON)
    claim = AuditEntry(kind="purge", at=NOON, payload={"records": [[1, 10_000]]})
    await database.write(append, [claim, AuditEntry(kind="decision", at=NOON, payload={"v": 1})])
    await trail.chain()
    await run(
        database,
        audit_records.update()
        .where(audit_records.c.kind == "decision", audit_records.c.ref == "")
        .values(payload=None, salt=None),
    )

    findings = (await checked(database, trail)).findings

    assert len(findings) == 1
    assert "no erasure names it" in findings[0]


async def test_rows_that_commit_late_are_chained_when_they_are_there(database: Database, tmp_path: Path) -> None:
    """On PostgreSQL a lower id may commit after a higher one was chained."""
    trail = await filled_trail(database, tmp_path, DEBTORS)
    before = await checked(database, trail)
    low = audit_records.update().where(
        audit_records.c.id == sa.select(sa.func.max(audit_records.c.id)).scalar_subquery()
    )
    await database.write(append, [AuditEntry(kind="fact", at=NOON, payload={"late": True})])
    await run(database, low.values(id=-5))

    await trail.chain()
    await trail.checkpoint(NOON, whatever_came=True)

    after = await checked(database, trail)
    assert after.findings == []
    assert after.records == before.records + 1
    (last,) = await database.read(audit_chain.stretch, before.records, 10)
    assert last.id == -5


async def test_a_checkpoint_waits_for_its_number_of_records_or_its_time(database: Database, tmp_path: Path) -> None:
    trail = await filled_trail(database, tmp_path, DEBTORS, size=7)
    await database.write(append, [AuditEntry(kind="fact", at=NOON, payload={"n": n}) for n in range(6)])
    await trail.chain()

    assert await trail.checkpoint(NOON) == []
    assert len(await trail.checkpoint(NOON + trail.every)) == 1
    await database.write(append, [AuditEntry(kind="fact", at=NOON, payload={"n": n}) for n in range(15)])
    await trail.chain()
    made = await trail.checkpoint(NOON)
    assert [each.last_seq - each.first_seq + 1 for each in made] == [7, 7]


def test_heads_are_appended_and_the_last_one_is_found(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"

    assert heads.last_number(path) == 0
    heads.append(path, [{"number": n, "hash": "ab" * 200} for n in range(1, 60)])
    heads.append(path, [{"number": 60, "hash": "cd"}])

    assert heads.last_number(path) == 60
    assert [head["number"] for head in heads.read(path)] == list(range(1, 61))


def test_ranges_join_neighbours() -> None:
    assert ranges_of([3, 4, 6, 7, 8, 10]) == [[3, 4], [6, 8], [10, 10]]
    assert ranges_of([]) == []


def test_the_signing_key_is_its_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    first = load_signer(tmp_path)

    assert (tmp_path / "audit-key.pem").stat().st_mode & 0o777 == 0o600
    assert load_signer(tmp_path).public == first.public
