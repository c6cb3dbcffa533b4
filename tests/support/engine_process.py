"""Engines as processes over one data folder, and what their log says afterwards."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dialer.clock import SystemClock, seeded_random
from dialer.domain.campaign import Campaign, CampaignState
from dialer.provision.behaviours import BehaviourKind, load_behaviours
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.importing.importer import import_leads
from dialer.store.tables import attempts, leads
from tests.support.run_engine import EngineSpec, story_clock

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0  # only ever used up by a test that fails
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An attempt of the log."""

    call_id: str
    debtor_id: int
    number: str
    state: str
    outcome: str | None
    reserved_at: datetime
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    agent_id: str | None
    talk_s: float | None


class Engine:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def ready(self) -> None:
        """Return when it serves: the campaigns are hosted and everything that was open is taken over."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := await self._process.stdout.readline():
                if b"http://" in line:
                    return
        raise AssertionError(f"the engine ended while it started:\n{self.log_tail()}")

    async def kill(self) -> None:
        """As a crash, or the kernel short of memory, does it."""
        self._process.kill()
        await self._process.wait()

    async def terminate(self) -> int:
        """Ask it to drain, wait, and return its exit code."""
        self._process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()

    async def end(self) -> None:
        if self._process.returncode is None:
            await self.kill()

    def log_tail(self, lines: int = 30) -> str:
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Plant:
    """A data folder with one running campaign, the engines that work on it one after another, and its log."""

    def __init__(self, settings: Settings, *, agents: int) -> None:
        self.settings = settings
        self._agents = agents
        self._began = SystemClock().now()
        self.clock = story_clock(self._began)
        self.database = Database(settings.effective_database_url)
        self.engines: list[Engine] = []

    async def load(self, campaign: Campaign, numbers: list[str]) -> Campaign:
        """Make the campaign, with one debtor for each number, and set it running."""
        await self.database.migrate()
        campaigns = Campaigns(self.database)
        made = await campaigns.create(campaign, self.clock.now())
        file = write_leads(self.settings.data_dir, numbers)
        report = await import_leads(self.database, file, made, now=self.clock.now())
        assert report.debtors == len(numbers)
        await campaigns.set_state(made.id, CampaignState.RUNNING)
        return made

    async def start(self, *acts: dict[str, str]) -> Engine:
        """Start an engine, with what its agents do with their calls, and return when it serves."""
        spec = EngineSpec(
            settings=self.settings.model_dump_json(),
            agents=self._agents,
            began_at=self._began.isoformat(),
            acts=list(acts),
        )
        log = self.settings.data_dir / f"engine-{len(self.engines)}.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.support.run_engine", spec.as_json(),
                cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        engine = Engine(process, log)
        self.engines.append(engine)
        await engine.ready()
        return engine

    async def attempts(self) -> list[Row]:
        return await all_attempts(self.database)

    async def until_worked_through(self, at_most_s: float = PATIENCE_S) -> None:
        """Return when nobody is left who may be dialed today's hour, and no attempt is open."""

        def left(connection: sa.Connection) -> int:
            due = sa.select(sa.func.count()).where(leads.c.state == "ready", leads.c.next_try_at <= self.clock.now())
            out = sa.select(sa.func.count()).where(attempts.c.state == "open")
            return (connection.scalar(due) or 0) + (connection.scalar(out) or 0)

        async with asyncio.timeout(at_most_s):
            while await self.database.read(left):  # noqa: ASYNC110 - another process writes the log
                await asyncio.sleep(_LOOK_EVERY_S)

    async def close(self) -> None:
        for engine in self.engines:
            await engine.end()
        await self.database.close()


@asynccontextmanager
async def plant_on(settings: Settings, *, agents: int) -> AsyncIterator[Plant]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    plant = Plant(settings, agents=agents)
    try:
        yield plant
    finally:
        await plant.close()


async def all_attempts(database: Database) -> list[Row]:
    """The whole log, oldest first."""
    columns = [attempts.c[name] for name in Row.__slots__]

    def read(connection: sa.Connection) -> list[Row]:
        found: list[Any] = list(connection.execute(sa.select(*columns).order_by(attempts.c.call_id)))
        return [Row(**row._mapping) for row in found]

    return await database.read(read)


def write_leads(folder: Path, numbers: list[str]) -> Path:
    """A lead file with one debtor for each number."""
    file = folder / "leads.csv"
    rows = [f"R{index},Persona {index},{number}" for index, number in enumerate(numbers)]
    file.write_text("\n".join(["referencia,nombre,telefono", *rows, ""]), encoding="utf-8")
    return file


def numbers_of(shares: dict[BehaviourKind, int], *, seed: int) -> list[str]:
    """Colombian mobiles, so many of each kind of the demo carrier's people and machines, shuffled."""
    random = seeded_random(seed)
    codes = {kind: [line.code for line in load_behaviours() if line.kind is kind] for kind in shares}
    kinds = [kind for kind, count in shares.items() for _ in range(count)]
    random.shuffle(kinds)
    return [f"+57310{index:05d}{random.choice(codes[kind])}" for index, kind in enumerate(kinds)]
