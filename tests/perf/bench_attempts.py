"""What the log of attempts costs: reserve, progress and close in batches, on SQLite or on a PostgreSQL URL.

    python tests/perf/bench_attempts.py [--attempts 15000] [--batch 25] [--url URL]

Prints one line of JSON: milliseconds for a batch, attempts a second, and processor time for an attempt.
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
from dialer.domain.outcome import Outcome
from dialer.domain.recycle import TryAgain
from dialer.ports import AttemptProgress
from dialer.store.attempts import SqlAttemptLog
from dialer.store.database import Database
from dialer.store.tables import debtors, debts, lead_debts, leads, phones
from tests.support.store import NOON, StubGate, add_campaign, closing, number


def fill(connection: sa.Connection, campaign_id: int, count: int) -> None:
    first = (connection.scalar(sa.select(sa.func.max(debtors.c.id))) or 0) + 1
    for start in range(first, first + count, 5000):
        ids = range(start, min(start + 5000, first + count))
        connection.execute(
            debtors.insert(),
            [{"id": i, "identity": f"b{i}", "name": f"Persona {i}", "country": "CO", "custom": {}} for i in ids],
        )
        connection.execute(phones.insert(), [{"id": i, "debtor_id": i, "e164": number(i), "position": 0} for i in ids])
        connection.execute(
            debts.insert(),
            [
                {"id": i, "debtor_id": i, "ref": f"r{i}", "creditor": "B", "amount_minor": 100, "currency": "COP"}
                for i in ids
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
        connection.execute(lead_debts.insert(), [{"lead_id": i, "debt_id": i} for i in ids])


async def measure(url: str, attempts: int, batch: int) -> dict[str, object]:
    database = Database(url)
    await database.migrate()
    campaign = await add_campaign(database)
    await database.write(fill, campaign.id, attempts)
    log = SqlAttemptLog(database, StubGate(), ManualClock(NOON))
    took: dict[str, list[float]] = {"reserve": [], "progress": [], "close": []}
    processor, wall = time.process_time(), time.perf_counter()
    for _ in range(attempts // batch):
        started = time.perf_counter()
        reserved = (await log.reserve(campaign.id, batch, NOON)).attempts
        took["reserve"].append(time.perf_counter() - started)
        assert len(reserved) == batch
        started = time.perf_counter()
        await log.progress([AttemptProgress(call_id=each.call_id, dialed_at=NOON) for each in reserved])
        took["progress"].append(time.perf_counter() - started)
        started = time.perf_counter()
        again = TryAgain(at=NOON + timedelta(hours=4), next_number=True)
        await log.close([closing(each.call_id, Outcome.NO_ANSWER, again) for each in reserved])
        took["close"].append(time.perf_counter() - started)
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    await database.close()
    done = attempts // batch * batch
    return {
        "attempts": done,
        "batch": batch,
        **{f"{name}_ms_p50": round(statistics.median(times) * 1000, 2) for name, times in took.items()},
        **{f"{name}_ms_p99": round(sorted(times)[int(len(times) * 0.99)] * 1000, 2) for name, times in took.items()},
        "attempts_per_s": round(done / wall),
        "cpu_us_per_attempt": round(processor / done * 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=15_000)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--url")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite+aiosqlite:///{folder}/bench.sqlite"
        print(json.dumps(asyncio.run(measure(url, chosen.attempts, chosen.batch))))


if __name__ == "__main__":
    main()
