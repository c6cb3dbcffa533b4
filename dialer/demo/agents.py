"""Simulated agents. They use the same orders as people do: sign in, talk, wrap up, say what came of it.

What they say to the debtors is their phone's business: the demo agent's context in the dialplan speaks when bridged.
"""

from __future__ import annotations

import asyncio

import structlog

from dialer.clock import seeded_random
from dialer.domain.ids import AgentId
from dialer.ports import BusMessage, EventBus

log = structlog.get_logger(__name__)

_NAMES = ("Laura", "Diego", "Mónica", "Sergio", "Adriana", "Mauricio", "Catalina", "Ricardo", "Viviana", "Esteban")
_DISPOSITIONS = (("PTP", 40), ("CALLBACK", 20), ("NO_COMMITMENT", 20), ("REFUSED", 15), ("DO_NOT_CALL", 5))
_SIGN_IN_AGAIN_S = 2.0


class SimulatedAgents:
    """``count`` agents of one campaign. ``dial_string`` holds ``{agent}``; ``wrap_up_s`` is a mean, in seconds."""

    def __init__(
        self,
        bus: EventBus,
        campaign: str,
        *,
        count: int,
        dial_string: str,
        wrap_up_s: float,
        seed: int,
    ) -> None:
        self._bus = bus
        self._campaign = campaign
        self._agents = [(AgentId(f"sim{index + 1:03d}"), _NAMES[index % len(_NAMES)]) for index in range(count)]
        self._dial_string = dial_string
        self._wrap_up_s = wrap_up_s
        self._random = seeded_random(f"agents-{seed}")
        self._tasks: asyncio.TaskGroup | None = None
        self._ids = {str(agent) for agent, _ in self._agents}

    async def run(self) -> None:
        """Sign everybody in and act until cancelled."""
        unsubscribe = self._bus.subscribe(f"{self._campaign}/+", self._on_agent, name="simulated agents")
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = group
                for agent, name in self._agents:
                    await self._sign_in(agent, name)
                await asyncio.Event().wait()
        finally:
            unsubscribe()

    async def _sign_in(self, agent: AgentId, name: str) -> None:
        await self._order(
            "agent.sign_in", agent, name=name, dial_string=self._dial_string.format(agent=agent), ready=True
        )

    async def _order(self, verb: str, agent: AgentId, **more: object) -> None:
        await self._bus.publish(
            BusMessage(topic=f"{self._campaign}/command", payload={"verb": verb, "agent_id": str(agent), **more})
        )

    async def _on_agent(self, message: BusMessage) -> None:
        agent = message.payload.get("agent_id")
        if self._tasks is None or agent not in self._ids:
            return
        agent_id = AgentId(str(agent))
        match message.topic.rpartition("/")[2]:
            case "agent.wrap_up":
                self._tasks.create_task(
                    self._wrap_up(agent_id, message.payload.get("call_id")), name=f"{agent} wraps up"
                )
            case "agent.preview":
                self._tasks.create_task(self._order("agent.preview_accept", agent_id), name=f"{agent} accepts")
            case "agent.offline" | "agent.paused":
                self._tasks.create_task(self._come_back(agent_id, message.topic), name=f"{agent} comes back")

    async def _wrap_up(self, agent: AgentId, call_id: object) -> None:
        await asyncio.sleep(self._random.uniform(0.5, 1.5) * self._wrap_up_s)
        (code,) = self._random.choices(
            [code for code, _ in _DISPOSITIONS], weights=[weight for _, weight in _DISPOSITIONS]
        )
        await self._order("agent.disposition", agent, call_id=call_id, code=code)

    async def _come_back(self, agent: AgentId, topic: str) -> None:
        await asyncio.sleep(_SIGN_IN_AGAIN_S)
        if topic.endswith("offline"):
            await self._sign_in(agent, dict(self._agents)[agent])
        else:
            await self._order("agent.ready", agent)
