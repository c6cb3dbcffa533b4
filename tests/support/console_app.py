"""A whole console over doubles, for unit tests, the browser tests and for looking at it."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI

from agent_console.app import create_app
from agent_console.context import ComplianceRooms, ConsoleContext
from agent_console.ports_campaigns import CampaignsRoom
from agent_console.ports_desk import DeskRoom
from agent_console.ports_health import HealthRoom
from agent_console.ports_pacing import PacingRoom
from agent_console.ports_people import ChangesRoom, PeopleRoom
from agent_console.ports_promises import PromisesRoom
from agent_console.ports_review import ReviewRoom
from agent_console.ports_uploads import UploadsRoom
from dialer.clock import ManualClock
from dialer.errors import InputError
from tests.support.console_bus import DirectBus
from tests.support.console_desk import MemoryDesk
from tests.support.console_engine import ConsoleEngine
from tests.support.console_people import MemoryChanges, MemoryPeople
from tests.support.console_queries import START, MemoryQueries, attempts

SETUP_TOKEN = "setup-of-the-tests-0123456789abcdef"
SECRET = "secret-of-the-tests-0123456789abcdef"
RATE = 8000


@dataclass
class ConsoleUnderTest:
    app: FastAPI
    bus: DirectBus
    engine: ConsoleEngine
    queries: MemoryQueries
    clock: ManualClock
    recordings: Path
    people: Any
    changes: Any
    desk: Any


def write_recording(path: Path, seconds: float = 2.0) -> None:
    """Two seconds of two voices, one in each channel."""
    t = np.arange(int(seconds * RATE)) / RATE
    left = np.sin(2 * np.pi * 220 * t) * (t % 1 < 0.5)
    right = np.sin(2 * np.pi * 330 * t) * (t % 1 >= 0.5)
    samples = (np.stack([left, right], axis=1) * 9000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


class Absent:
    """A room that this test has no use for."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody was to ask for {name}")


class NothingToReplay:
    """A ``PacingRoom`` of a campaign that never called anybody."""

    async def what_if(self, campaign: str, **_: Any) -> Any:
        raise InputError("There are no calls of that time to play again.")


ABSENT = Absent()
NO_COMPLIANCE = ComplianceRooms(rules=ABSENT, facts=ABSENT, contacts=ABSENT, trail=ABSENT)


def make_console(
    recordings: Path,
    *,
    attempt_count: int = 0,
    command_timeout_s: float = 0.2,
    people: PeopleRoom | None = None,
    changes: ChangesRoom | None = None,
    recheck_s: float = 15.0,
    compliance: ComplianceRooms = NO_COMPLIANCE,
    reviews: ReviewRoom = ABSENT,
    pacing: PacingRoom = ABSENT,
    promises: PromisesRoom = ABSENT,
    desk: DeskRoom | None = None,
    campaigns: CampaignsRoom = ABSENT,
    uploads: UploadsRoom = ABSENT,
    health: HealthRoom = ABSENT,
    bus: DirectBus | None = None,
    clock: ManualClock | None = None,
) -> ConsoleUnderTest:
    bus = bus or DirectBus()
    clock = clock or ManualClock(START)
    queries = MemoryQueries(log=attempts(attempt_count))
    engine = ConsoleEngine(bus, clock)
    room = MemoryDesk() if desk is None else desk
    people = MemoryPeople.furnished(clock) if people is None else people
    changes = MemoryChanges() if changes is None else changes

    async def find_recording(call_id: str) -> Path | None:
        path = recordings / f"{call_id}.wav"
        return path if path.exists() else None

    context = ConsoleContext(
        bus=bus,
        queries=queries,
        campaigns=campaigns,
        uploads=uploads,
        health=health,
        compliance=compliance,
        reviews=reviews,
        pacing=pacing,
        promises=promises,
        desk=room,
        clock=clock,
        recordings_root=recordings,
        find_recording=find_recording,
        metrics=lambda: b"# HELP cadencia_calls Calls.\ncadencia_calls 7\n",
        people=people,
        changes=changes,
        secret_key=SECRET,
        setup_token=SETUP_TOKEN,
        command_timeout_s=command_timeout_s,
        recheck_s=recheck_s,
    )
    return ConsoleUnderTest(create_app(context), bus, engine, queries, clock, recordings, people, changes, room)
