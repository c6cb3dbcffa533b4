"""Calls through the whole engine, on the private Asterisk with SIPp as the carrier, beside a bare flood of Originates.

    python -m tests.perf.bench_calls [--rate 100] [--seconds 200] [--only NAME] [--output docs/benchmarks.md]

Needs root, for the private Asterisk. Prints a table and writes it to ``--output``. The exit code is 1 where a call was
lost, was not logged, or was logged otherwise than Asterisk and SIPp saw it; it never depends on how fast anything was.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign
from dialer.domain.verdict import AmdMode
from dialer.provision.process import AsteriskProcess
from dialer.settings import Settings
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.importing.importer import import_leads
from dialer.store.tables import attempts
from tests.perf.calls_engine import EngineResult, EngineSpec
from tests.perf.calls_flood import Flood, FloodResult
from tests.perf.calls_report import Phase, render
from tests.perf.marks import section
from tests.support.asterisk import start_asterisk
from tests.support.mu_law import write_mu_law
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import LEGAL_HOUR, settings_on
from tests.support.telephone_audio import call, silence, speech

ROOT = Path(__file__).parents[2]
DIAL_STRING = "PJSIP/{digits}@carrier"
AGENT_DIAL_STRING = "PJSIP/{agent}@carrier"
WARM_UP_S = 12.0
FLOOD_S = 20.0
ON_S = 90.0
TOP_S = 40.0
TOP_LINES = 500
BENCH_CONSOLE = "bench-console"  #: the other measurement of the same page
WRAP_UP_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One phase with the engine. ``rate`` is what to sustain, calls a second; None: as fast as it goes."""

    name: str
    title: str
    rate: float | None
    seconds: float
    amd: AmdMode = AmdMode.OFF
    talk_ms: int = 2000

    @property
    def trunk_limit(self) -> float | None:
        """A limit holds in any second, so that what is sustained under it is a little less."""
        return None if self.rate is None else self.rate * 1.1


def conducts(talk_ms: int, audio: Path) -> list[Conduct]:
    """40 % answer and talk, 60 % are refused, by the number's last digit; agents' phones answer and stay."""
    refused = {"4": (404, "Not Found"), "5": (480, "Temporarily Unavailable")}
    return [
        Conduct(digits="sim[0-9]+", talk_ms=24 * 3600 * 1000, ring_ms=1),
        Conduct(digits="[0-3]", talk_ms=talk_ms, audio=audio),
        *(Conduct(digits=digit, status=status, reason=reason) for digit, (status, reason) in refused.items()),
        Conduct(digits="[6-9]", status=486, reason="Busy Here"),
    ]


def numbers() -> Iterator[str]:
    """Colombian mobiles, the last digit going round."""
    return (f"+57310{index:07d}" for index in itertools.count())


def greeting(path: Path) -> Path:
    """Somebody says a word when they answer, waits, and talks."""
    said = call(
        silence(300), speech(600), silence(1800), *[part for _ in range(4) for part in (speech(1200), silence(300))]
    )
    return write_mu_law(path, np.frombuffer(said, dtype="<i2").astype(np.float64) / 32768)


class Bench:
    def __init__(self, asterisk: AsteriskProcess, folder: Path, agents: int, profile: str) -> None:
        self._asterisk = asterisk
        self._folder = folder
        self._agents = agents
        self._profile = profile
        folder.mkdir(parents=True, exist_ok=True)
        self._audio = greeting(folder / "greeting.ulaw")

    def carrier(self, name: str, talk_ms: int) -> SippCarrier:
        folder = self._folder / name
        folder.mkdir(parents=True)
        # By itself SIPp forgets a call whose INVITE is repeated, which is what happens when the machine is busy.
        options = ("-default_behaviors", "all,-abortunexp", "-buff_size", "4194304")
        port = self._asterisk.config.trunks[0].port
        return SippCarrier(port, conducts(talk_ms, self._audio), folder, options=options)

    def flood(self, name: str, *, rate: float | None) -> FloodResult:
        with self.carrier(name, 2000) as carrier:
            flood = Flood(self._asterisk.config, DIAL_STRING, numbers(), lines=TOP_LINES)
            result = flood.run(warm_up_s=3.0, seconds=FLOOD_S, watched=self._watched(carrier), rate=rate)
            self._asterisk.cli("channel request hangup all")
        return result

    def engine(self, load: Load) -> Phase:
        with self.carrier(load.name, load.talk_ms) as carrier:
            settings = settings_on(
                self._asterisk, self._folder / load.name / "data", dial_string=DIAL_STRING,
                max_lines=TOP_LINES if load.rate is None else 1000, calls_per_second=load.trunk_limit or 500.0,
            )  # fmt: skip
            most = int((load.seconds + WARM_UP_S + 5) * (load.trunk_limit or 300.0))
            asyncio.run(self._load_leads(settings, load, most))
            spec = EngineSpec(
                settings=settings.model_dump_json(), agents=self._agents, agent_dial_string=AGENT_DIAL_STRING,
                wrap_up_s=WRAP_UP_S, warm_up_s=WARM_UP_S, seconds=load.seconds, watched=self._watched(carrier),
                profile=self._profile and f"{self._profile}.{load.name}",
            )  # fmt: skip
            result = self._run_engine(spec, self._folder / load.name / "engine.log")
            faults = self._faults(settings, result, carrier)
        return Phase(title=load.title, limit=load.trunk_limit, result=result, faults=faults)

    def _watched(self, carrier: SippCarrier) -> dict[str, int]:
        assert self._asterisk.pid is not None
        return {"Asterisk": self._asterisk.pid, "SIPp": carrier.pid}

    async def _load_leads(self, settings: Settings, load: Load, count: int) -> None:
        settings.data_dir.mkdir(parents=True)
        file = settings.data_dir / "leads.csv"
        rows = (
            f"R{index},Persona {index},{number}\n" for index, number in enumerate(itertools.islice(numbers(), count))
        )
        file.write_text("referencia,nombre,telefono\n" + "".join(rows), encoding="utf-8")
        database = Database(settings.effective_database_url)
        await database.migrate()
        wanted = Campaign(id=0, name="prueba", amd=load.amd, record=False, wrap_up_s=30.0)
        campaign = await Campaigns(database).create(wanted, LEGAL_HOUR)
        report = await import_leads(database, file, campaign, now=LEGAL_HOUR)
        assert report.debtors == count
        await database.close()

    def _run_engine(self, spec: EngineSpec, log: Path) -> EngineResult:
        with log.open("wb") as errors:
            done = subprocess.run(
                [sys.executable, "-m", "tests.perf.calls_engine", spec.as_json()],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, check=False,
            )  # fmt: skip
        if done.returncode:
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:]
            raise SystemExit("The engine ended early:\n" + "\n".join(tail))
        told = json.loads(done.stdout.splitlines()[-1])
        told["resident_mb"] = {int(calls): size for calls, size in told["resident_mb"].items()}
        return EngineResult(**told)

    def _faults(self, settings: Settings, result: EngineResult, carrier: SippCarrier) -> list[str]:
        """Where log, Asterisk's records, SIPp's milestones and the events do not say the same."""
        shutil.copy(self._asterisk.cdr_file, settings.data_dir)  # for those who keep the folder
        logged = asyncio.run(_logged(settings))
        closed = {call_id for call_id, state in logged.items() if state == "closed"}
        recorded = [call_id for call_id in self._records() if call_id in logged]
        invited = carrier.counts["invited"]  # agents' phones have no number, and are not counted
        found = {
            "attempts still open in the log": sum(state == "open" for state in logged.values()),
            "placed and not in the log as closed": result.placed - len(closed),
            "in the log and not in Asterisk's records": len(closed.difference(recorded)),
            "in Asterisk's records and not closed in the log": len(set(recorded) - closed),
            "twice in Asterisk's records": len(recorded) - len(set(recorded)),
            "calls in SIPp's log more or less than in ours": abs(invited - len(closed)),
            "endings not told on the bus": len(closed) - result.events_told,
            "events left unpublished": result.unpublished,
            "messages dropped by the bus": result.bus_dropped,
            "manager events dropped": result.events_dropped,
            "calls still out at the end": not result.drained,
        }
        return [f"{count} {what}" for what, count in found.items() if count]

    def _records(self) -> list[str]:
        with self._asterisk.cdr_file.open(encoding="utf-8", newline="") as file:
            return [row[16] for row in csv.reader(file)]


async def _logged(settings: Settings) -> dict[str, str]:
    database = Database(settings.effective_database_url)
    statement = sa.select(attempts.c.call_id, attempts.c.state).where(attempts.c.state != "released")
    rows = await database.read(lambda connection: connection.execute(statement).all())
    await database.close()
    return {row.call_id: row.state for row in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=100.0, help="calls a second to sustain")
    parser.add_argument("--seconds", type=float, default=200.0, help="for which they are sustained")
    parser.add_argument("--agents", type=int, default=350)
    parser.add_argument("--only", default="", help="names of the phases to run, with commas: flood,off,on,top")
    parser.add_argument("--profile", default="", help="write cProfile's figures here, one file a phase")
    parser.add_argument("--keep", type=Path, help="a new folder for the logs and databases of the run")
    parser.add_argument("--output", type=Path, help="where the table goes besides the screen")
    chosen = parser.parse_args()
    loads = [
        Load(name="off", title="detector off", rate=chosen.rate, seconds=chosen.seconds),
        Load(name="on", title="detector on", rate=chosen.rate, seconds=min(chosen.seconds, ON_S), amd=AmdMode.CAREFUL,
             talk_ms=4000),
        Load(name="top", title="off, as fast as it goes", rate=None, seconds=TOP_S),
    ]  # fmt: skip
    only = set(chosen.only.split(",")) if chosen.only else {"flood", *(load.name for load in loads)}
    asterisk = start_asterisk("bench")
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(asterisk, chosen.keep or Path(folder), chosen.agents, chosen.profile)
            floods = {}
            if "flood" in only:
                floods = {
                    f"{chosen.rate:g} a second": bench.flood("flood-paced", rate=chosen.rate),
                    "as fast as it goes": bench.flood("flood-top", rate=None),
                }
            phases = [bench.engine(load) for load in loads if load.name in only]
    finally:
        asterisk.remove()
    text = render(phases, floods, agents=chosen.agents, at=SystemClock().now())
    print(text)
    if chosen.output:
        other = section(chosen.output, BENCH_CONSOLE)
        chosen.output.write_text(f"{text}\n{other}" if other else text, encoding="utf-8")
    sys.exit(1 if any(phase.faults for phase in phases) else 0)


if __name__ == "__main__":
    main()
