"""What a decision costs when the ledger is long: ten thousand events, then ten million.

    python tests/perf/bench_ledger.py [--events 10000000] [--decisions 2000] [--postgres] [--folder F]

Every debtor has twenty events, four of five of them our own calls, ten within the last month; so a longer ledger means
more debtors. Decisions are reservations through the shipped gate, in the engine's batches and one by one. Prints a line
of JSON for each length, then how the database reads the ledger; ends with 1 where a plan reads a whole table of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import sqlalchemy as sa

from dialer.clock import ManualClock, seeded_random
from dialer.compliance.gate import Gate
from dialer.ports import ContactRequest
from dialer.store.attempts import SqlAttemptLog
from dialer.store.compliance_tables import contact_debts, contacts
from dialer.store.database import Database
from dialer.store.tables import attempt_debts, attempts, leads
from dialer.store.types import sqlite_instant
from tests.support.postgres import PostgresServer
from tests.support.store import NOON, add_campaign, counting

EACH = 20  # events of a debtor
_BATCH = 50
_TABLES = (attempts, attempt_debts, contacts, contact_debts)
_STRIDE = 1_000_003  # a prime: debtors are dialed in no order of theirs

# What the two databases call the same.
_WORDS = {
    "sqlite": {
        "n": "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {count})",
        "number": "'+57310' || printf('%07d', i)",
        "hex": "printf('%012x', i)",
        "empty": "'{}'",
        "instant": lambda at: f"'{sqlite_instant(at)}'",
    },
    "postgresql": {
        "n": "WITH n(i) AS (SELECT generate_series(CAST(1 AS bigint), {count}))",
        "number": "'+57310' || lpad(i::text, 7, '0')",
        "hex": "lpad(to_hex(i), 12, '0')",
        "empty": "'{}'::jsonb",
        "instant": lambda at: f"'{at.isoformat()}'::timestamptz",
    },
}
_PEOPLE = """
INSERT INTO debtors (id, identity, name, country, custom)
    {n} SELECT i, 'b' || i, 'Persona ' || i, 'CO', {empty} FROM n;
INSERT INTO phones (id, debtor_id, e164, position)
    {n} SELECT i, i, {number}, 0 FROM n;
INSERT INTO debts (id, debtor_id, ref, creditor, amount_minor, currency)
    {n} SELECT i, i, 'r', 'Banco', 1, 'COP' FROM n;
INSERT INTO leads (id, campaign_id, debtor_id, next_try_at, tries_by_outcome)
    {n} SELECT i, {campaign}, (i * {stride}) % {count} + 1, {due}, {empty} FROM n;
INSERT INTO lead_debts (lead_id, debt_id)
    {n} SELECT i, (i * {stride}) % {count} + 1 FROM n
"""
_CALLS = """
INSERT INTO attempts (call_id, state, campaign_id, debtor_id, phone_id, number, language, reserved_at, dialed_at,
                      ended_at, outcome)
    {n} SELECT {key}, 'closed', {campaign}, i, i, {number}, 'es', {start}, {start}, {end}, 'no_answer' FROM n;
INSERT INTO attempt_debts (call_id, debt_id)
    {n} SELECT {key}, i FROM n
"""
_MESSAGES = """
INSERT INTO contacts (id, state, channel, debtor_id, number, at, ended_at, outcome)
    {n} SELECT {key}, 'closed', 'sms', i, {number}, {start}, {end}, 'delivered' FROM n;
INSERT INTO contact_debts (contact_id, debt_id)
    {n} SELECT {key}, i FROM n
"""


def _statements(dialect: str, campaign_id: int, count: int) -> Iterator[str]:
    """Everybody, and event after event of everybody, the oldest first."""
    words = _WORDS[dialect]
    instant: Any = words["instant"]
    named = {**words, "campaign": campaign_id, "count": count, "stride": _STRIDE}
    named["n"] = str(words["n"]).format(count=count)
    yield from _PEOPLE.format(**named, due=instant(NOON - timedelta(hours=1))).split(";")
    for turn in reversed(range(EACH)):
        at = NOON - timedelta(days=2 + 3 * turn)
        millis = int(at.timestamp() * 1000)
        key = f"'{millis >> 16:08x}-{millis & 0xFFFF:04x}-7000-8000-' || {words['hex']}"
        times = {"start": instant(at), "end": instant(at + timedelta(seconds=30))}
        kind = _MESSAGES if turn % 5 == 4 else _CALLS
        yield from kind.format(**named, **times, key=key).split(";")


def fill(connection: sa.Connection, campaign_id: int, debtors: int) -> None:
    """Rows made by the database itself; its indexes are built when they are all there."""
    indexes = [index for table in _TABLES for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no look at each reference
    for statement in _statements(connection.dialect.name, campaign_id, debtors):
        connection.exec_driver_sql(statement)
    for index in indexes:
        index.create(connection)
    if connection.dialect.name != "sqlite":  # whose planner nobody gives statistics
        connection.exec_driver_sql("ANALYZE")


async def measure(url: str, events: int, decisions: int) -> tuple[dict[str, object], list[str]]:
    """The costs, and how the ledger is read."""
    database = Database(url, wait_s=3600)
    await database.migrate()
    campaign = await add_campaign(database, caller_id="+576011234567", packs=("house",))
    debtors = events // EACH
    started = time.perf_counter()
    await database.write(fill, campaign.id, debtors)
    filled = time.perf_counter() - started
    log = SqlAttemptLog(database, Gate.shipped(), ManualClock(NOON))
    many, one = decisions // 2 // _BATCH, min(decisions // 2, debtors // 4)
    with counting() as statements:
        await log.reserve(campaign.id, _BATCH, NOON)
    plans = await database.read(_plans, statements)
    batches, singles, processor = [], [], time.process_time()
    for _ in range(min(many, debtors // 2 // _BATCH)):
        started = time.perf_counter()
        reserved = (await log.reserve(campaign.id, _BATCH, NOON)).attempts
        batches.append((time.perf_counter() - started) / _BATCH)
        assert len(reserved) == _BATCH
    in_batches = (time.process_time() - processor) / (len(batches) * _BATCH)
    chance = seeded_random(7)
    for debtor in chance.sample(range(1, debtors + 1), one):
        started = time.perf_counter()
        await log.reserve_contact(ContactRequest(campaign_id=campaign.id, debtor_id=debtor), NOON)
        singles.append(time.perf_counter() - started)
    await database.close()
    return {
        "database": url.partition("+")[0],
        "events": debtors * EACH,
        "filled_in_s": round(filled),
        "batched_decision_us_p50": round(statistics.median(batches) * 1e6),
        "batched_decision_cpu_us": round(in_batches * 1e6),
        "single_decision_us_p50": round(statistics.median(singles) * 1e6),
    }, plans


def _plans(connection: sa.Connection, statements: Sequence[tuple[str, Any]]) -> list[str]:
    """The steps in which the database reads events, each once."""
    is_sqlite = connection.dialect.name == "sqlite"
    told: list[str] = []
    for statement, parameters in statements:
        if not any(f"FROM {table.name}" in statement for table in (attempts, contacts, leads)):
            continue
        if is_sqlite:
            told += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        else:
            told += [
                row[0].strip() for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)
            ]
    about = ("attempt", "contact", "leads")
    return [step for step in dict.fromkeys(told) if any(word in step for word in about) and "Filter" not in step]


def reads_whole_table(step: str) -> bool:
    """A partial index may be read whole: it holds only what is open."""
    return "Seq Scan" in step or (
        step.startswith(("SCAN attempt", "SCAN contact", "SCAN leads")) and "_open" not in step
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--decisions", type=int, default=2000)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    parser.add_argument("--folder", help="where SQLite's file is made: six gigabytes for ten million events")
    chosen = parser.parse_args()
    server = PostgresServer() if chosen.postgres else None
    try:
        plans: list[str] = []
        for events in (10_000, chosen.events):
            with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
                url = server.create_database(f"l{events}") if server else f"sqlite+aiosqlite:///{folder}/ledger.sqlite"
                costs, plans = asyncio.run(measure(url, events, chosen.decisions))
                print(json.dumps(costs), flush=True)
    finally:
        if server:
            server.stop()
    print("\n".join(plans))
    return int(any(map(reads_whole_table, plans)))


if __name__ == "__main__":
    sys.exit(main())
