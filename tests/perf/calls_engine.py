"""The engine of ``bench_calls``, in a process of its own so that its processor time is nobody else's.

``python -m tests.perf.calls_engine SPEC``, where SPEC is the JSON of an ``EngineSpec``. Prints the JSON of an
``EngineResult`` as its last line.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock
from dialer.demo.agents import SimulatedAgents
from dialer.domain.agent import AgentState
from dialer.engine.messages import StartCampaign
from dialer.engine.runner import CampaignRunner
from dialer.metrics_feed import MetricsFeed
from dialer.pbx.asterisk import AsteriskTelephony
from dialer.ports import BusMessage
from dialer.settings import Settings
from dialer.store.outbox import Outbox
from dialer.telemetry.logs import configure_logs
from dialer.wiring import own_asterisk_kit
from tests.perf.processes import cpu_s, machine_busy_s, resident_mb
from tests.support.station import LEGAL_HOUR

_LAG_EVERY_S = 0.02
_RESIDENT_EVERY_CALLS = 5_000
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """``settings`` as their JSON. The figures are taken over ``seconds``, after ``warm_up_s`` of the same load.
    ``watched`` are processes by name whose processor time is taken over the same seconds."""

    settings: str
    agents: int
    agent_dial_string: str
    wrap_up_s: float
    warm_up_s: float
    seconds: float
    watched: dict[str, int]
    profile: str = ""

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """``placed`` to ``drained`` are of the whole run, the rest of the measured ``seconds``. ``loop_ms_a_call`` is the
    part of ``cpu_ms_a_call`` that the event loop's thread used; the rest is the database's. Lists hold the median, the
    99th percentile and the maximum. ``resident_mb`` is by the number of calls placed."""

    placed: int
    closed: int
    answered: int
    bridged: int
    abandoned: int
    events_told: int
    bus_dropped: int
    unpublished: int
    drained: bool
    seconds: float
    placed_per_s: float
    closed_per_s: float
    cpu_ms_a_call: float
    loop_ms_a_call: float
    events_a_call: float
    events_dropped: int
    machine_busy: float
    watched_ms_a_call: dict[str, float]
    lag_ms: list[float]
    verdict_to_bridge_ms: list[float]
    log_ms: dict[str, list[float]]
    resident_mb: dict[int, float]


@dataclass(slots=True)
class Stopwatches:
    """How long each kind of request to the log took, in milliseconds."""

    times: dict[str, list[float]] = field(default_factory=dict)

    def around(self, name: str, work: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        times = self.times.setdefault(name, [])

        @functools.wraps(work)
        async def timed(*arguments: object) -> object:
            began = time.perf_counter()
            try:
                return await work(*arguments)
            finally:
                times.append((time.perf_counter() - began) * 1000)

        return timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The counters at one instant."""

    at: float
    placed: int
    closed: int
    bridges: int
    events: int
    cpu: float
    loop_cpu: float
    busy: float
    watched: dict[str, float]


class Gauge:
    """Reads everything there is to read of one station with one campaign."""

    def __init__(self, station: Station, runner: CampaignRunner, watched: dict[str, int]) -> None:
        assert isinstance(station.pbx.telephony, AsteriskTelephony)
        self._link = station.pbx.telephony.link
        self._runner = runner
        self._watched = watched
        self.stopwatches = Stopwatches()
        for name in ("reserve", "progress", "close"):
            setattr(station.attempts, name, self.stopwatches.around(name, getattr(station.attempts, name)))
        self.lag_ms: list[float] = []
        self.resident: dict[int, float] = {}
        self.told = 0

    async def on_closed(self, message: BusMessage) -> None:
        self.told += 1

    def mark(self) -> Mark:
        tally = self._runner.core.floor.tally
        return Mark(
            at=time.perf_counter(),
            placed=tally.placed,
            closed=tally.attempts,
            bridges=len(tally.verdict_to_bridge_ms),
            events=self._link.counters.events,
            cpu=time.process_time(),
            loop_cpu=time.thread_time(),
            busy=machine_busy_s(),
            watched={name: cpu_s(pid) for name, pid in self._watched.items()},
        )

    async def watch_loop(self) -> None:
        """Note how late the event loop wakes this task up."""
        while True:
            due = time.perf_counter() + _LAG_EVERY_S
            await asyncio.sleep(_LAG_EVERY_S)
            self.lag_ms.append(max(0.0, time.perf_counter() - due) * 1000)

    @property
    def events_dropped(self) -> int:
        return self._link.counters.dropped

    async def watch_memory(self) -> None:
        """Note the resident memory each few thousand calls."""
        while True:
            placed = self._runner.core.floor.tally.placed
            self.resident.setdefault(placed // _RESIDENT_EVERY_CALLS * _RESIDENT_EVERY_CALLS, resident_mb())
            await asyncio.sleep(0.2)


async def run(spec: EngineSpec) -> EngineResult:
    settings = Settings(**json.loads(spec.settings))
    kit = own_asterisk_kit(settings, ami_secret=settings.ami.secret)
    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    async with Station(settings, clock=clock, make_pbx=kit.make) as station:
        (campaign,) = await station.campaigns.all()
        runner = await station.host(campaign)
        gauge = Gauge(station, runner, spec.watched)
        MetricsFeed(station, version="bench").start()
        station.bus.subscribe("+/call.closed", gauge.on_closed, name="bench")
        agents = SimulatedAgents(
            station.bus, campaign.name, count=spec.agents, dial_string=spec.agent_dial_string,
            wrap_up_s=spec.wrap_up_s, seed=1,
        )  # fmt: skip
        station.tasks.spawn(agents.run(), "simulated agents")
        async with asyncio.timeout(_PATIENCE_S):
            while len(runner.core.floor.roster.in_state(AgentState.READY)) < spec.agents:  # noqa: ASYNC110 - a bench may poll
                await asyncio.sleep(0.1)
        station.command(campaign.name, StartCampaign())
        station.tasks.spawn(gauge.watch_memory(), "memory")
        station.tasks.spawn(gauge.watch_loop(), "lag")
        return await _measure(spec, station, runner, gauge)


async def _measure(spec: EngineSpec, station: Station, runner: CampaignRunner, gauge: Gauge) -> EngineResult:
    await asyncio.sleep(spec.warm_up_s)
    first = gauge.mark()
    for times in (gauge.lag_ms, *gauge.stopwatches.times.values()):
        times.clear()
    await asyncio.sleep(spec.seconds)
    last = gauge.mark()
    lag_ms = quantiles(gauge.lag_ms)
    log_ms = {name: quantiles(times) for name, times in gauge.stopwatches.times.items()}
    tally = runner.core.floor.tally
    latencies = tally.verdict_to_bridge_ms[first.bridges : last.bridges]
    drained = await station.drain(at_most_s=_PATIENCE_S)
    outbox = Outbox(station.database)
    async with asyncio.timeout(_PATIENCE_S):
        while await outbox.count_pending():  # noqa: ASYNC110 - a bench may poll
            await asyncio.sleep(0.1)
    await station.bus.settle()  # type: ignore[attr-defined]  # the memory bus
    calls = last.closed - first.closed
    took = last.at - first.at
    return EngineResult(
        placed=tally.placed,
        closed=tally.attempts,
        answered=tally.answered,
        bridged=tally.bridged,
        abandoned=tally.abandoned,
        events_told=gauge.told,
        bus_dropped=sum(each.dropped for each in station.bus.counts.values()),  # type: ignore[attr-defined]
        unpublished=await outbox.count_pending(),
        drained=drained,
        seconds=took,
        placed_per_s=(last.placed - first.placed) / took,
        closed_per_s=calls / took,
        cpu_ms_a_call=(last.cpu - first.cpu) * 1000 / calls,
        loop_ms_a_call=(last.loop_cpu - first.loop_cpu) * 1000 / calls,
        events_a_call=(last.events - first.events) / calls,
        events_dropped=gauge.events_dropped,
        machine_busy=(last.busy - first.busy) / took,
        watched_ms_a_call={name: (last.watched[name] - first.watched[name]) * 1000 / calls for name in spec.watched},
        lag_ms=lag_ms,
        verdict_to_bridge_ms=quantiles(latencies),
        log_ms=log_ms,
        resident_mb=gauge.resident,
    )


def quantiles(values: list[float]) -> list[float]:
    """Median, 99th percentile and maximum; empty where there is no value."""
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99, 1.0)] if ordered else []


def main() -> None:
    configure_logs(level="info", form="json")
    spec = EngineSpec(**json.loads(sys.argv[1]))
    if spec.profile:
        import cProfile  # only to look for what costs

        profiler = cProfile.Profile()
        profiler.enable()
        result = asyncio.run(run(spec))
        profiler.disable()
        profiler.dump_stats(spec.profile)
    else:
        result = asyncio.run(run(spec))
    print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main()
