"""Reservations a second: the engine's batches through the shipped gate, each with its audit entry.

    python tests/perf/bench_reservations.py [--reservations 20000] [--batch 100] [--campaigns 2] [--history 5] [--url U]

Runs on SQLite in a scratch folder and on a PostgreSQL server of its own, or on ``--url`` alone. The campaigns reserve
at the same time, batch after batch, as their engines do. Every debtor has two numbers, two debts and ``--history``
earlier calls in the ledger. Prints one line of JSON for each database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import sqlalchemy as sa

from dialer.clock import ManualClock
from dialer.compliance.gate import Gate
from dialer.domain.ids import uuid7
from dialer.store.attempts import SqlAttemptLog
from dialer.store.compliance_tables import audit_records
from dialer.store.database import Database
from dialer.store.tables import attempt_debts, attempts, debtors, debts, lead_debts, leads, phones
from tests.support.postgres import PostgresServer
from tests.support.store import NOON, add_campaign, number

_CHUNK = 2000


def fill(connection: sa.Connection, campaign_id: int, everybody: range, history: int) -> None:
    """Debtors in Colombia, who may be called at NOON, with calls of earlier weeks."""
    for start in range(0, len(everybody), _CHUNK):
        ids = everybody[start : start + _CHUNK]
        connection.execute(
            debtors.insert(),
            [{"id": i, "identity": f"b{i}", "name": f"Persona {i}", "country": "CO", "custom": {}} for i in ids],
        )
        connection.execute(
            phones.insert(),
            [
                {"id": 2 * i + j, "debtor_id": i, "e164": number(2 * i + j), "position": j, "kind": "mobile"}
                for i in ids
                for j in (0, 1)
            ],
        )
        connection.execute(
            debts.insert(),
            [
                {"id": 2 * i + j, "debtor_id": i, "ref": f"r{j}", "creditor": "B", "amount_minor": 1, "currency": "COP"}
                for i in ids
                for j in (0, 1)
            ],
        )
        connection.execute(
            leads.insert(),
            [
                {
                    "id": i,
                    "campaign_id": campaign_id,
                    "debtor_id": i,
                    "next_try_at": NOON - timedelta(hours=1),
                    "priority": 40 + i % 3,
                    "tries_by_outcome": {},
                }
                for i in ids
            ],
        )
        connection.execute(lead_debts.insert(), [{"lead_id": i, "debt_id": 2 * i + j} for i in ids for j in (0, 1)])
        past = [(i, NOON - timedelta(days=2 + k, minutes=i % 60)) for i in ids for k in range(history)]
        calls = [(uuid7(at, i.to_bytes(10, "big")), i, at) for i, at in past]
        if calls:
            connection.execute(
                attempts.insert(),
                [
                    {
                        "call_id": call,
                        "campaign_id": campaign_id,
                        "debtor_id": i,
                        "phone_id": 2 * i,
                        "number": number(2 * i),
                        "language": "es",
                        "state": "closed",
                        "outcome": "no_answer",
                        "reserved_at": at,
                        "ended_at": at + timedelta(seconds=30),
                    }
                    for call, i, at in calls
                ],
            )
            connection.execute(
                attempt_debts.insert(),
                [{"call_id": call, "debt_id": 2 * i + j} for call, i, _ in calls for j in (0, 1)],
            )


async def measure(url: str, name: str, count: int, batch: int, campaigns: int, history: int) -> dict[str, object]:
    database = Database(url)
    await database.migrate()
    each = count // campaigns // batch * batch
    running = []
    for index in range(campaigns):
        campaign = await add_campaign(database, f"c{index}", caller_id="+576011234567", packs=("house",))
        running.append(campaign.id)
        await database.write(fill, campaign.id, range(1 + index * each, 1 + (index + 1) * each), history)
    log = SqlAttemptLog(database, Gate.shipped(), ManualClock(NOON))
    took: list[float] = []

    async def run(campaign_id: int) -> None:
        for _ in range(each // batch):
            started = time.perf_counter()
            reserved = (await log.reserve(campaign_id, batch, NOON)).attempts
            took.append(time.perf_counter() - started)
            assert len(reserved) == batch

    processor, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*map(run, running))
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    counting = sa.select(sa.func.count()).select_from(audit_records)
    audited = await database.read(lambda connection: connection.scalar(counting))
    await database.close()
    done = each * campaigns
    assert audited == done
    took.sort()
    return {
        "database": name,
        "reservations": done,
        "batch": batch,
        "campaigns": campaigns,
        "history": history,
        "reservations_per_s": round(done / wall),
        "cpu_us_per_reservation": round(processor / done * 1e6),
        "batch_ms_p50": round(statistics.median(took) * 1000, 2),
        "batch_ms_p99": round(took[int(len(took) * 0.99)] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reservations", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--campaigns", type=int, default=2)
    parser.add_argument("--history", type=int, default=5)
    parser.add_argument("--url")
    chosen = parser.parse_args()
    asked = (chosen.reservations, chosen.batch, chosen.campaigns, chosen.history)
    if chosen.url:
        print(json.dumps(asyncio.run(measure(chosen.url, "given", *asked))))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.sqlite"
        print(json.dumps(asyncio.run(measure(url, "sqlite", *asked))), flush=True)
    server = PostgresServer()
    try:
        print(json.dumps(asyncio.run(measure(server.create_database("bench"), "postgresql", *asked))))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
