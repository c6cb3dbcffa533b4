"""From a supervisor's order to what it changes: a new target or mode to the pacer's first decision under it, a drain or
pause to the last call that still leaves.

    python -m tests.perf.bench_control [--agents 100] [--orders 60] [--pauses 12] [--output docs/benchmarks.md]

One process, as ``cadencia run`` is one: the engine on the PBX that needs no Asterisk, in real time, with simulated
agents and debtors, and the console in front of it. The orders are requests over HTTP, at random instants. Prints a
table and writes it between the marks of ``--output``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import socket
import tempfile
import textwrap
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import numpy as np
import structlog
import uvicorn

from agent_console.app import create_app
from agent_console.serve import server_config
from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock, seeded_random
from dialer.demo.session import CAMPAIGN, DemoPlan, demo_settings, demo_station
from dialer.domain.campaign import DialMode
from dialer.engine.messages import Instant
from dialer.settings import Settings
from dialer.wiring import fake_kit
from tests.perf.marks import write_section
from tests.support.console_client import CHANGE
from tests.support.console_people import PASSWORD, MemoryChanges, MemoryPeople
from tests.support.station import LEGAL_HOUR
from tests.support.whole_console import console_of_tests

SECTION = "bench-control"
PATIENCE_S = 20.0
TARGETS = (0.01, 0.02, 0.03, 0.05)
MODES = (DialMode.PROGRESSIVE, DialMode.POWER, DialMode.PREDICTIVE)
WARM_UP_S = 15.0
QUIET_S = 2.0  # after a drain: a call that left later would be counted


class Watch:
    """What the campaign is under when its pacer decides, and when calls leave: both with the loop's time."""

    def __init__(self, station: Station) -> None:
        self.now = asyncio.get_running_loop().time
        self.decided: list[tuple[float, DialMode, float]] = []
        self.placed: list[float] = []
        self._news = asyncio.Event()
        core = station.runners[CAMPAIGN].core
        beat, place = core._pace.beat, station.pbx.telephony.place

        def beats(instant: Instant) -> None:
            beat(instant)
            campaign = core.floor.campaign
            self.decided.append((self.now(), campaign.mode, campaign.target_abandonment))
            self._news.set()

        async def places(call: object) -> None:
            self.placed.append(self.now())
            self._news.set()
            await place(call)  # type: ignore[arg-type]

        core._pace.beat = beats  # type: ignore[method-assign]
        station.pbx.telephony.place = places  # type: ignore[method-assign]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


async def measure(agents: int, orders: int, pauses: int, folder: Path) -> dict[str, list[float]]:
    plan = DemoPlan(
        calls=None, agents=agents, seed=1, agent_dial_string="Fake/{agent}", carrier_dial_string="Fake/{number}",
        record=False, mode=DialMode.PREDICTIVE, speed=2.0, calls_per_second=50.0,
    )  # fmt: skip
    settings = demo_settings(Settings(data_dir=folder), plan)
    clock = ShiftedClock(SystemClock(), LEGAL_HOUR)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            demo_station(settings, plan, clock=clock, make_pbx=fake_kit(speed=plan.speed).make)
        )
        station = running.station
        app = create_app(
            console_of_tests(station, stack, people=MemoryPeople.furnished(clock), changes=MemoryChanges())
        )
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(server_config(app, port=listener.getsockname()[1]))
        serving = asyncio.create_task(server._serve(sockets=[listener]), name="console")
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        client = await stack.enter_async_context(httpx.AsyncClient(headers=CHANGE, timeout=PATIENCE_S, trust_env=False))
        answer = await client.post(f"{address}/session", json={"login": "rosa", "password": PASSWORD})
        answer.raise_for_status()
        watch = Watch(station)
        await asyncio.sleep(WARM_UP_S)
        try:
            return await _orders(client, f"{address}/campaigns/{CAMPAIGN}", watch, orders, pauses)
        finally:
            server.should_exit = True
            await serving


async def _orders(
    client: httpx.AsyncClient, campaign: str, watch: Watch, orders: int, pauses: int
) -> dict[str, list[float]]:
    chance = seeded_random("control")
    found: dict[str, list[float]] = {"target": [], "settings": [], "mode": [], "answer": [], "last call": []}

    async def order(method: str, path: str, tag: str = "", **body: object) -> float:
        await asyncio.sleep(chance.uniform(0.2, 0.7))
        at = watch.now()
        headers = {"if-match": tag} if tag else {}
        (await client.request(method, campaign + path, json=body or None, headers=headers)).raise_for_status()
        found["answer"].append(watch.now() - at)
        return at

    for target in itertools.islice(itertools.cycle(TARGETS), orders):
        at = await order("PUT", "/mode", mode=DialMode.PREDICTIVE.value, target=target)
        found["target"].append(await _first(watch, at, DialMode.PREDICTIVE, target))
    for target in itertools.islice(itertools.cycle(TARGETS), orders // 2):
        read = await client.get(f"{campaign}/settings")
        settings = read.json()["settings"] | {"target_abandonment": target, "mode": DialMode.PREDICTIVE.value}
        at = await order("PUT", "/settings", read.headers["etag"], **settings)
        found["settings"].append(await _first(watch, at, DialMode.PREDICTIVE, target))
    for mode in itertools.islice(itertools.cycle(MODES), orders):
        at = await order("PUT", "/mode", mode=mode.value)
        found["mode"].append(await _first(watch, at, mode, None))
    await order("PUT", "/mode", mode=DialMode.POWER.value, ratio=3.0)
    for verb in itertools.islice(itertools.cycle(("/drain", "/pause")), pauses):
        before = len(watch.placed)
        await watch.until(lambda before=before: len(watch.placed) > before + 3)  # type: ignore[misc]
        at = await order("POST", verb)
        await asyncio.sleep(QUIET_S)
        found["last call"].append(max(0.0, watch.placed[-1] - at))
        await order("POST", "/start")
    return found


async def _first(watch: Watch, at: float, mode: DialMode, target: float | None) -> float:
    """Seconds from ``at`` to the first decision under these."""

    def decision() -> float | None:
        fits = (when for when, its, aim in watch.decided if when >= at and its is mode and target in (None, aim))
        return next(fits, None)

    await watch.until(lambda: decision() is not None)
    return (decision() or at) - at


def page(found: dict[str, list[float]], agents: int, load: float, at: str) -> str:
    def row(words: str, values: list[float]) -> str:
        ms = np.array(values) * 1000
        return f"| {words} | {len(ms)} | {np.percentile(ms, 50):.0f} | {np.percentile(ms, 95):.0f} | {ms.max():.0f} |"

    said = (
        f"Written by `make bench-control` on {at}; {os.cpu_count()} processors ({platform.machine()}). The machine's "
        f"load before it began: {load:.1f}. {agents} agents and their debtors on the PBX that needs no Asterisk, "
        "engine and console in one process; a supervisor's requests over HTTP, at random instants. The engine asks its "
        "pacer every 250 ms."
    )
    return "\n".join(
        [
            "## From a supervisor's order to what it changes",
            "",
            *textwrap.wrap(said, 118),
            "",
            "| milliseconds from the request | orders | p50 | p95 | longest |",
            "|---|---:|---:|---:|---:|",
            row("target: the pacer's first decision under it", found["target"]),
            row("the same, saved in the campaign's settings", found["settings"]),
            row("mode: the pacer's first decision in it", found["mode"]),
            row("drain and pause: the last call that still left (0: none did)", found["last call"]),
            row("any of them: the answer is back", found["answer"]),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--orders", type=int, default=60)
    parser.add_argument("--pauses", type=int, default=12)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    load = os.getloadavg()[0]
    at = f"{SystemClock().now():%Y-%m-%d %H:%M} UTC"
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(options.agents, options.orders, options.pauses, Path(folder)))
    text = page(found, options.agents, load, at)
    print(text)
    if options.output is not None:
        write_section(options.output, SECTION, text)


if __name__ == "__main__":
    main()
