"""The console's compliance rooms over a real database with a few debtors, for unit and browser tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent_console.context import ComplianceRooms
from dialer.audit.checkpoint import load_signer
from dialer.audit.ruleset import rule_set
from dialer.beside import Beside
from dialer.clock import ManualClock
from dialer.compliance.gate import Gate
from dialer.console.campaigns import ConsoleCampaigns
from dialer.console.ledger import ConsoleContacts, ConsoleFacts
from dialer.console.people import ConsoleChanges, ConsolePeople
from dialer.console.rules import ConsoleRules
from dialer.console.trail import ConsoleTrail
from dialer.console.uploads import ConsoleUploads
from dialer.domain.campaign import Campaign
from dialer.domain.outcome import Outcome
from dialer.ports import ReservedAttempt
from dialer.settings import Settings, TrunkSettings
from dialer.store.attempts import SqlAttemptLog
from dialer.store.audit_trail import AuditTrail
from dialer.store.database import Database
from dialer.store.tables import debts
from tests.support.console_bus import DirectBus
from tests.support.console_health import SoundHealth
from tests.support.console_people import furnished_people
from tests.support.console_queries import START
from tests.support.store import add_campaign, add_debtor, closing, number

CALLER_ID = "+576015550100"


@dataclass
class House:
    """``ana`` may be called; ``spoken`` was spoken with today; ``free`` is in no call and has two numbers."""

    database: Database
    rooms: ComplianceRooms
    clock: ManualClock
    campaign: Campaign
    log: SqlAttemptLog
    trail: AuditTrail
    beside: Beside
    people: ConsolePeople
    changes: ConsoleChanges
    floor: dict[str, Any]  #: the rooms of the supervisors' pages, by their names in ConsoleContext
    ana: int = 0
    spoken: int = 0
    call: str = ""  #: the conversation with ``spoken``

    async def debt_of(self, debtor: int) -> int:
        wanted = sa.select(debts.c.id).where(debts.c.debtor_id == debtor)
        found = await self.database.read(lambda connection: connection.scalar(wanted))
        assert found is not None
        return found


@asynccontextmanager
async def house(path: Path, *, url: str = "", now: datetime = START) -> AsyncIterator[House]:
    """A house in ``path``, over the migrated database at ``url``, or over a new one."""
    address = url or f"sqlite+aiosqlite:///{path / 'house.sqlite'}"
    database = Database(address)
    beside = Beside(address)
    try:
        if not url:
            await database.migrate()
        made = await _furnished(database, beside, path, ManualClock(now))
        yield made
        await made.floor["uploads"].close()
    finally:
        await beside.close()
        await database.close()


async def _furnished(database: Database, beside: Beside, path: Path, clock: ManualClock) -> House:
    gate = Gate.shipped()
    signer = load_signer(path)
    trail = AuditTrail(database, signer, every=timedelta(hours=1))
    now = clock.now()
    await trail.begin(rule_set(gate.sources(), close_guard_s=0, signer=signer, version="0"), now - timedelta(hours=2))
    log = SqlAttemptLog(database, gate, clock, caller_id=CALLER_ID)
    rooms = ComplianceRooms(
        rules=ConsoleRules(database, beside, gate, log, lambda trunk: CALLER_ID),
        facts=ConsoleFacts(database, clock, gate.packs),
        contacts=ConsoleContacts(database, gate, clock, caller_id=CALLER_ID),
        trail=ConsoleTrail(database, beside, gate, trail, clock, folder=path, library=path),
    )
    campaign = await add_campaign(database, "cartera-bogota", creditor="Banco del Llano", packs=("house",))
    people = await furnished_people(database, clock)
    changes = ConsoleChanges(database, clock)
    floor = floor_rooms(database, clock, path)
    made = House(database, rooms, clock, campaign, log, trail, beside, people, changes, floor)
    made.spoken = await add_debtor(
        database, campaign, number(2), name="Jhon Jairo Cárdenas", external_ref="CC-20771", priority=1
    )
    made.call = await spoken_with(made, made.spoken, now - timedelta(hours=1))
    made.ana = await add_debtor(
        database, campaign, number(1), number(11), name="Ana Lucía Vélez", external_ref="CC-10492"
    )
    return made


def floor_rooms(database: Database, clock: ManualClock, path: Path) -> dict[str, Any]:
    trunks = {"default": TrunkSettings(), "second": TrunkSettings(caller_id=CALLER_ID)}
    settings = Settings(_env_file=None, data_dir=path, trunks=trunks)
    bus = DirectBus()
    return {
        "bus": bus,
        "campaigns": ConsoleCampaigns(database, clock, settings),
        "health": SoundHealth(clock),
        "uploads": ConsoleUploads(database, clock, bus, path / "uploads"),
    }


async def spoken_with(made: House, debtor: int, at: datetime) -> str:
    """Reserve the only debtor who is ready at ``at``, and talk with them for a minute."""
    reserved = await made.log.reserve(made.campaign.id, 1, at)
    (attempt,) = reserved.attempts
    assert attempt.debtor_id == debtor
    await made.log.close([_talk(attempt, at)])
    return attempt.call_id


def _talk(attempt: ReservedAttempt, at: datetime) -> object:
    seconds = [timedelta(seconds=each) for each in (0, 2, 9, 10, 70)]
    dialed, ringing, answered, bridged, ended = (at + each for each in seconds)
    done = closing(attempt.call_id, Outcome.CONVERSATION, ended_at=ended)
    return replace(
        done,
        dialed_at=dialed,
        ringing_at=ringing,
        answered_at=answered,
        bridged_at=bridged,
        talk_s=60.0,
        breaches=("ring-minimum",),
    )
