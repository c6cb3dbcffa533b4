"""The server of ``bench_console``: the console over the bus in memory, and 200 agents who change state on it.

A process of its own, so that its processor time and memory are those of the server alone. It speaks with the bench over
its standard input and output, one JSON object a line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from agent_console.serve import server_config
from dialer.bus.memory import MemoryBus
from dialer.clock import SystemClock, seeded_random
from dialer.errors import InputError
from dialer.ports import BusMessage
from tests.perf.processes import cpu_s, resident_mb
from tests.support.console_app import make_console
from tests.support.console_engine import live_state
from tests.support.console_pacing import ReplayedDay
from tests.support.console_people import MemoryPeople

CAMPAIGN = "cartera-bogota"
STATE_EVERY_S = 0.5  # as the engine does
#: Round and round: a call comes, is talked, is written down, and the next one is waited for.
CYCLE = ("reserved", "talking", "wrap_up", "ready")


class NoHour:
    """A ``CampaignsRoom`` without a log to count."""

    async def last_hour(self, name: str) -> Any:
        raise InputError("There are no calls to count.")


class Floor:
    """``rate`` changes of an agent's state a second, evenly spread, told as the engine tells them."""

    def __init__(self, bus: MemoryBus, agents: int) -> None:
        self._bus = bus
        self._chance = seeded_random("floor")
        self.told: list[tuple[str, str, float]] = []  #: agent, state, Unix milliseconds
        self.agents = {
            f"agente-{index:03d}": {
                "id": f"agente-{index:03d}",
                "name": f"Agente {index:03d}",
                "state": "ready",
                "step": 3,
            }
            for index in range(agents)
        }
        for agent in self.agents.values():
            agent |= {"since": _stamp(), "call_id": None}

    async def state(self) -> None:
        shown = [
            {name: agent[name] for name in ("id", "name", "state", "since", "call_id")}
            for agent in self.agents.values()
        ]
        talking = sum(agent["state"] == "talking" for agent in self.agents.values())
        lines = {"dialing": 4, "ringing": 90, "detecting": 6, "waiting": 1, "bridged": talking}
        payload = live_state(CAMPAIGN, at=_stamp(), agents=shown, lines=lines)
        await self._bus.publish(BusMessage(topic=f"{CAMPAIGN}/state", payload=payload))

    async def change(self, agent: dict[str, Any]) -> None:
        agent["step"] = (agent["step"] + 1) % len(CYCLE)
        agent |= {"state": CYCLE[agent["step"]], "since": _stamp()}
        payload = {"campaign": CAMPAIGN, "v": 1, "at": agent["since"], "agent_id": agent["id"], "name": agent["name"]}
        self.told.append((agent["id"], agent["state"], time.time() * 1000))
        await self._bus.publish(BusMessage(topic=f"{CAMPAIGN}/agent.{agent['state']}", payload=payload))

    async def run(self, rate: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        next_state = begun
        order: list[dict[str, Any]] = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            while next_state <= due:
                await asyncio.sleep(max(0.0, next_state - loop.time()))
                await self.state()
                next_state += STATE_EVERY_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not order:  # everybody once before anybody again: no change hides the one before
                order = list(self.agents.values())
                self._chance.shuffle(order)
            await self.change(order.pop())


def _stamp() -> str:
    return datetime.now(UTC).isoformat()


async def serve(agents: int) -> None:
    bus = MemoryBus()
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        console = make_console(
            Path(folder),
            bus=bus,  # type: ignore[arg-type]
            clock=clock,  # type: ignore[arg-type]
            people=MemoryPeople.furnished(clock),
            pacing=ReplayedDay(),
            campaigns=NoHour(),  # type: ignore[arg-type]
        )
        hub = console.app.state.rooms.live
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(server_config(console.app))
        task = asyncio.create_task(server._serve(sockets=[listener]), name="uvicorn")
        floor = Floor(bus, agents)
        say(port=listener.getsockname()[1], pid=os.getpid())
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            if order["do"] == "state":
                await floor.state()
                say(done=True)
            elif order["do"] == "run":
                floor.told.clear()
                gc.collect()
                cpu, begun = cpu_s(os.getpid()), loop.time()
                await floor.run(order["rate"], order["seconds"])
                busy = (cpu_s(os.getpid()) - cpu) / (loop.time() - begun)
                lost = sum(counts.dropped for counts in bus.counts.values())
                queued = hub.dropped + sum(client.dropped for client in hub._clients)
                say(
                    told=floor.told,
                    busy=busy,
                    mb=resident_mb(),
                    bus_dropped=lost,
                    client_dropped=queued,
                    clients=hub.clients,
                )
        server.should_exit = True
        await task
        await bus.close()


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # stdout is the bench's
    asyncio.run(serve(int(sys.argv[1])))
