"""The keeper chains, signs, compares and deletes, and nothing that goes wrong with it stops anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dialer.audit import heads
from dialer.audit.checkpoint import HEADS_FILE
from dialer.clock import ManualClock
from dialer.compliance.gate import Gate
from dialer.domain.ids import uuid7
from dialer.errors import InputError, StoreError
from dialer.keepers import audit
from dialer.keepers.audit import AuditKeeper
from dialer.keepers.audit_upkeep import reconcile
from dialer.settings import AuditSettings
from dialer.store import incidents, rule_sources
from dialer.store.attempts import SqlAttemptLog
from dialer.store.audit_log import AuditEntry, append
from dialer.store.database import Database
from dialer.store.incidents import Incident
from dialer.store.tables import attempts
from tests.support.store import add_campaign, add_debtor, number, rows
from tests.support.trail import NOON

DAY = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0)


@dataclass
class Kept:
    keeper: AuditKeeper
    clock: ManualClock
    database: Database
    folder: Path

    async def note(self, count: int) -> None:
        entries = [AuditEntry(kind="fact", at=self.clock.now(), payload={"n": n}) for n in range(count)]
        await self.database.write(append, entries)

    async def start(self) -> None:
        await self.keeper.start(close_guard_s=0, version="0")

    async def one_round(self) -> None:
        """What the keeper does each second, once."""
        await self.keeper._guarded(self.keeper._sequence, "sequence")
        if self.keeper._upkeep_is_due():
            await self.keeper._guarded(self.keeper._upkeep, "upkeep")


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Kept:
    return made(database, tmp_path)


def made(database: Database, folder: Path, **settings: Any) -> Kept:
    clock = ManualClock(NOON)
    gate = Gate.shipped()

    async def live() -> Collection[str]:
        return ()

    keeper = AuditKeeper(
        database,
        clock,
        folder=folder,
        recordings=folder / "recordings",
        settings=AuditSettings(checkpoint_records=4, **settings),
        gate=gate,
        attempts=SqlAttemptLog(database, gate, clock),
        live=live,
    )
    return Kept(keeper, clock, database, folder)


async def test_a_start_says_which_rules_decide_and_keeps_them_whole(kept: Kept) -> None:
    await kept.start()

    (record,) = await rows(kept.database, "audit_records")
    assert record.kind == "rules_loaded"
    assert {row.kind for row in await rows(kept.database, "rule_sources")} == {"pack", "calendars", "tzdata", "key"}
    await kept.start()
    assert len(await rows(kept.database, "rule_sources")) == len(kept.keeper._gate.sources()) + 2


async def test_what_waits_is_chained_signed_told_and_written_to_the_file_of_heads(kept: Kept) -> None:
    await kept.start()
    await kept.note(8)

    await kept.one_round()

    assert kept.keeper.counts.waiting == 0
    assert [head["number"] for head in heads.read(kept.folder / HEADS_FILE)] == [1, 2]
    told = [row.payload for row in await rows(kept.database, "outbox", topic="audit.checkpoint")]
    assert [each["number"] for each in told] == [1, 2]
    assert told[0] == {**heads.read(kept.folder / HEADS_FILE)[0], "v": 1}


async def test_the_end_signs_the_rest(kept: Kept) -> None:
    await kept.start()
    await kept.note(6)

    await kept.keeper.close()

    check = await kept.keeper.trail.check_whole(await kept.database.read(rule_sources.keys), ())
    assert (check.records, check.checkpoints, check.findings) == (7, 2, [])
    assert heads.last_number(kept.folder / HEADS_FILE) == 2


async def test_a_head_that_was_not_written_before_a_crash_is_written_at_the_next_start(kept: Kept) -> None:
    await kept.start()
    await kept.note(8)
    await kept.one_round()
    (kept.folder / HEADS_FILE).unlink()

    await kept.start()

    assert heads.last_number(kept.folder / HEADS_FILE) == 2


async def test_a_failure_is_counted_and_made_up_for(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept.start()
    await kept.note(3)

    async def away(*_: object) -> int:
        raise StoreError("The database is away.")

    with monkeypatch.context() as patched:
        patched.setattr(kept.keeper.trail, "chain", away)
        await kept.one_round()
        await kept.keeper.close()
    assert kept.keeper.counts.failures == 2
    await kept.one_round()

    assert kept.keeper.counts.failures == 2
    assert kept.keeper.counts.waiting == 0
    assert await kept.keeper.trail.backlog() == 0


async def test_it_goes_on_for_ever_until_it_is_cancelled(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept.start()
    await kept.note(3)
    monkeypatch.setattr(audit, "SEQUENCE_EVERY_S", 0.0)
    rounds, chained = kept.keeper._sequence, asyncio.Event()

    async def one_round() -> None:
        await rounds()
        chained.set()

    monkeypatch.setattr(kept.keeper, "_sequence", one_round)
    running = asyncio.create_task(kept.keeper.run())
    async with asyncio.timeout(20):
        await chained.wait()
    assert await kept.keeper.trail.backlog() == 0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


# ------------------------------------------------------------------------------------- once a day


def cdr_of(folder: Path, *call_ids: str) -> Path:
    path = folder / "Master.csv"
    line = ",".join(['"x"'] * 14 + ['"ANSWERED"', '"DOC"', '"{0}"', '"{0};1"'])
    path.write_text("".join(line.format(each) + "\n" for each in call_ids), encoding="utf-8")
    return path


def id_at(hours: float, tail: int = 0) -> str:
    return uuid7(MIDNIGHT + timedelta(hours=hours), bytes(9) + bytes([tail]))


async def add_open_call(database: Database, call_id: str, hours: float) -> None:
    campaign = await add_campaign(database)
    debtor = await add_debtor(database, campaign, number(7))
    (phone,) = await rows(database, "phones", debtor_id=debtor)
    call = {
        "call_id": call_id,
        "state": "open",
        "campaign_id": campaign.id,
        "debtor_id": debtor,
        "phone_id": phone.id,
        "number": number(7),
        "language": "es",
        "reserved_at": MIDNIGHT + timedelta(hours=hours),
    }
    entry = AuditEntry(kind="decision", at=MIDNIGHT, ref=call_id, debtor_id=debtor, payload={"allowed": True})

    def write(connection: Any) -> None:
        connection.execute(attempts.insert().values(call))
        append(connection, [entry])

    await database.write(write)


async def test_once_a_day_the_log_is_compared_with_the_switch(database: Database, tmp_path: Path) -> None:
    stray, lost = id_at(9), id_at(10)
    cdr = cdr_of(tmp_path, stray, id_at(11, 1))
    kept = made(database, tmp_path, cdr_file=cdr, upkeep_hour=8)
    await kept.start()
    await add_open_call(database, lost, 10)
    kept.clock.advance(DAY.total_seconds() - 11 * 3600)  # six in the morning: too early
    await kept.one_round()
    assert await rows(database, "incidents") == []

    kept.clock.advance(3 * 3600)
    await kept.one_round()

    found = {(row.kind, row.ref) for row in await rows(database, "incidents")}
    assert found == {
        ("call-without-decision", stray),
        ("call-without-decision", id_at(11, 1)),
        ("reservation-never-originated", lost),
    }
    (call,) = await rows(database, "attempts")
    assert call.state == "released"
    assert kept.keeper.counts.failures == 0
    kinds = [row.kind for row in await rows(database, "audit_records")]
    assert (kinds.count("incident"), kinds.count("release"), kinds.count("upkeep")) == (3, 1, 1)
    assert len(await rows(database, "outbox", topic="compliance.incident")) == 3

    await kept.one_round()  # not twice a day, and nothing is told twice
    assert len(await rows(database, "incidents")) == 3
    assert kept.keeper.counts.open_incidents == 3


async def test_a_day_that_could_not_be_compared_is_made_up_for(database: Database, tmp_path: Path) -> None:
    stray = id_at(9)
    kept = made(database, tmp_path, cdr_file=tmp_path / "Master.csv", upkeep_hour=0)
    await kept.start()
    kept.clock.advance(DAY.total_seconds())
    await kept.one_round()
    await kept.one_round()
    assert kept.keeper.counts.failures == 1  # tried once, and again tomorrow

    cdr_of(tmp_path, stray)
    kept.clock.advance(DAY.total_seconds())
    await kept.one_round()

    assert [row.ref for row in await rows(database, "incidents")] == [stray]


async def test_a_missing_file_of_call_records_releases_nothing(database: Database, tmp_path: Path) -> None:
    await add_open_call(database, id_at(10), 10)
    log = SqlAttemptLog(database, Gate.shipped(), ManualClock(NOON))

    with pytest.raises(InputError):
        await reconcile(
            database, log, tmp_path / "Master.csv", since=MIDNIGHT, until=MIDNIGHT + DAY, now=MIDNIGHT + 2 * DAY
        )

    assert (await rows(database, "attempts"))[0].state == "open"


async def test_an_incident_is_open_until_somebody_explains_it(database: Database) -> None:
    incident = Incident(kind="call-without-decision", ref="c-1", at=NOON, detail={"disposition": "ANSWERED"})

    assert await database.write(incidents.report, [incident]) == [incident]
    assert await database.write(incidents.report, [incident]) == []
    (found,) = await database.read(incidents.unresolved)
    assert found.incident == incident
    await database.write(incidents.resolve, found.id, by="ana", note="a test call", at=NOON)

    assert await database.read(incidents.unresolved) == []
    assert await database.read(incidents.count_unresolved) == 0
    with pytest.raises(InputError, match="no open incident"):
        await database.write(incidents.resolve, found.id, by="ana", note="again", at=NOON)
    assert await database.write(incidents.report, [incident]) == []  # what was explained is not told again
