"""The log against the call records that a real Asterisk wrote: they agree, and where they do not it is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dialer.audit.reconcile import Discrepancy, read_cdr
from dialer.clock import ManualClock
from dialer.compliance.gate import Gate
from dialer.domain.ids import uuid7
from dialer.keepers.audit_upkeep import reconcile
from dialer.provision.process import AsteriskProcess
from dialer.settings import Settings
from dialer.store.attempts import SqlAttemptLog
from dialer.store.compliance_tables import audit_records
from dialer.store.database import Database
from dialer.store.tables import attempts
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import dial
from tests.support.scripted_carrier import first_calls, numbers
from tests.support.sipp import SippCarrier
from tests.support.station import LEGAL_HOUR

CALLS = 12


@dataclass
class Day:
    database: Database
    cdr: Path

    async def compared(self) -> list[tuple[str, str]]:
        """The calls of the day, compared the day after."""
        now = LEGAL_HOUR + timedelta(days=1)
        log = SqlAttemptLog(self.database, Gate.shipped(), ManualClock(now))
        since = LEGAL_HOUR - timedelta(hours=1)
        found: list[Discrepancy] = list(await reconcile(self.database, log, self.cdr, since=since, until=now, now=now))
        return [(each.kind, each.call_id) for each in found]

    async def run(self, statement: sa.Executable) -> None:
        await self.database.write(lambda connection: connection.execute(statement))


@pytest.fixture
async def day(asterisk: AsteriskProcess, tmp_path: Path) -> AsyncIterator[Day]:  # noqa: F811
    asterisk.cdr_file.unlink(missing_ok=True)  # other stations dialed over this Asterisk at the same simulated hour
    cast = first_calls(tmp_path)
    with SippCarrier(asterisk.config.trunks[0].port, cast.conducts, tmp_path) as carrier:
        seen = await dial(
            asterisk, carrier, tmp_path, numbers(CALLS), agents=CALLS, calls_per_second=20.0, timeout_s=60.0,
            name="conciliada",
        )  # fmt: skip
    assert len(seen.log) == CALLS
    database = Database(Settings(data_dir=tmp_path / "data").effective_database_url)
    yield Day(database, asterisk.cdr_file)
    await database.close()


async def test_log_and_switch_agree_and_every_kind_of_disagreement_is_found(day: Day) -> None:
    assert len((await asyncio.to_thread(read_cdr, day.cdr)).ours) >= CALLS
    assert await day.compared() == []

    calls = await day.database.read(
        lambda connection: connection.execute(sa.select(attempts).order_by(attempts.c.reserved_at)).all()
    )
    undecided, given_back, lost, forgotten = (row.call_id for row in calls[1:5])
    unseen = {row.call_id: uuid7(row.reserved_at, bytes(9) + bytes([place])) for place, row in enumerate(calls[3:5])}
    records, log = audit_records.update(), attempts.update()
    await day.run(records.where(audit_records.c.ref == undecided).values(ref=""))
    await day.run(log.where(attempts.c.call_id == given_back).values(state="released"))
    # Rows whose calls the switch never saw: their own records stay behind, and have no decision any more.
    for call_id, other in unseen.items():
        copy = {**next(row for row in calls if row.call_id == call_id)._mapping, "call_id": other}
        await day.run(attempts.insert().values(copy))
        await day.run(records.where(audit_records.c.ref == call_id).values(ref=other))
    await day.run(log.where(attempts.c.call_id == unseen[forgotten]).values(state="open", dialed_at=None))

    found = await day.compared()

    assert set(found) == {
        ("call-without-decision", undecided),
        ("call-without-decision", lost),
        ("call-without-decision", forgotten),
        ("call-after-release", given_back),
        ("decision-without-call", unseen[lost]),
        ("reservation-never-originated", unseen[forgotten]),
    }
    state = sa.select(attempts.c.state).where(attempts.c.call_id == unseen[forgotten])
    assert await day.database.read(lambda connection: connection.scalar(state)) == "released"
