"""A whole station leaves a trail that an outsider can check: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from dialer.audit import heads, verifier
from dialer.audit.checkpoint import HEADS_FILE
from dialer.audit.export import assemble
from dialer.clock import ShiftedClock, SystemClock
from dialer.demo.session import DemoPlan, demo_station
from dialer.domain.campaign import DialMode
from dialer.ports import BusMessage
from dialer.settings import AuditSettings, Settings, TrunkSettings
from dialer.store import rule_sources
from dialer.store.audit_trail import AuditTrail
from dialer.store.compliance_tables import audit_records
from dialer.store.database import Database
from dialer.store.debtor_file import read_debtor_file
from dialer.store.tables import attempts
from dialer.wiring import fake_kit
from tests.support.postgres import PostgresServer

CALLS = 6
LEGAL_HOUR = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # nine in the morning in Bogota


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Aftermath:
    settings: Settings
    database: Database
    trail: AuditTrail
    told: list[BusMessage] = field(default_factory=list)


@pytest.fixture(params=["sqlite", "postgresql"])
async def aftermath(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Aftermath]:
    """What is left when a station has dialed some calls and has been taken down."""
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database(f"audit_{tmp_path.name}")
    settings = Settings(
        data_dir=tmp_path,
        database_url=url,
        trunks={"default": TrunkSettings(max_lines=50, calls_per_second=100.0, caller_id="+576015550100")},
        audit=AuditSettings(checkpoint_records=5),
    )
    kit = fake_kit(speed=50.0)
    plan = DemoPlan(
        calls=CALLS,
        agents=6,
        seed=1,
        agent_dial_string=kit.agent_dial_string,
        carrier_dial_string=kit.carrier_dial_string,
        record=False,
        mode=DialMode.PROGRESSIVE,
        speed=50.0,
        calls_per_second=100.0,
    )
    told: list[BusMessage] = []

    async def hear(message: BusMessage) -> None:
        told.append(message)

    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    async with demo_station(settings, plan, clock=clock, make_pbx=kit.make) as demo:
        demo.station.bus.subscribe("audit.checkpoint", hear, name="a witness elsewhere")
        trail = demo.station.audit.trail
        await demo.until_done()
        await demo.finish()
    database = Database(settings.effective_database_url)
    yield Aftermath(settings, database, AuditTrail(database, trail.signer, every=trail.every), told)
    await database.close()


async def test_a_station_leaves_a_whole_trail_and_every_call_of_it_can_be_proved(aftermath: Aftermath) -> None:
    database, trail = aftermath.database, aftermath.trail
    kept = heads.read(aftermath.settings.data_dir / HEADS_FILE)

    check = await trail.check_whole(await database.read(rule_sources.keys), kept)

    assert check.findings == []
    assert await trail.backlog() == 0
    assert check.records >= 2 * CALLS
    assert [head["number"] for head in kept] == list(range(1, check.checkpoints + 1))
    assert check.checkpoints > 2
    assert {message.payload["hash"] for message in aftermath.told} == {head["hash"] for head in kept}

    callee = await database.read(lambda connection: connection.scalar(sa.select(attempts.c.debtor_id)))
    assert callee is not None
    file = await database.read(read_debtor_file, callee)
    document = aftermath.settings.data_dir / "debtor.json"
    document.write_bytes(assemble(file, trail.signer, now=LEGAL_HOUR, version="0"))
    command = [sys.executable, "-I", verifier.__file__, str(document), "--heads", str(document.parent / HEADS_FILE)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    export = json.loads(document.read_text(encoding="utf-8"))
    assert len(export["ledger"]) >= 1
    kinds = {record["header"]["kind"] for record in export["records"]}
    assert {"rules_loaded", "decision", "outcome"} <= kinds

    touched = audit_records.update().where(audit_records.c.seq == 5).values(at=LEGAL_HOUR)
    await database.write(lambda connection: connection.execute(touched))
    check = await trail.check_whole(await database.read(rule_sources.keys), kept)
    assert any("record 5 " in finding for finding in check.findings)
