"""An engine as the console sees it: it takes commands over the bus, answers them, and publishes states."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dialer.clock import ManualClock
from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignState
from dialer.ports import BusMessage, EventBus


def live_state(campaign: str = "cartera-bogota", *, at: str = "2026-11-24T15:00:00Z", **changes: Any) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "at": at,
        "v": 1,
        "state": "running",
        "mode": "progressive",
        "ratio": 1.5,
        "lines": {"dialing": 2, "ringing": 5, "early": 1, "detecting": 1, "waiting": 0, "bridged": 4, "message": 1},
        "agents": [],
        "today": {"attempts": 812, "answered": 301, "people": 214, "bridged": 210, "abandoned": 4, "machines": 71},
        "abandonment_rate": 4 / 214,
        "calls_per_min": 31,
        "last_decision": {"calls": 2, "reason": "idle-agents"},
        "denied": {},
        "link": "up",
        "exhausted": False,
        **changes,
    }


class ConsoleEngine:
    """One campaign. ``refuse`` maps a verb to the code and message it is refused with, ``answers`` to more that
    the answer has; ``silent`` answers nothing."""

    def __init__(self, bus: EventBus, clock: ManualClock, campaign: str = "cartera-bogota") -> None:
        self.bus = bus
        self.clock = clock
        self.campaign = campaign
        self.state: dict[str, Any] = live_state(campaign)
        self.agents: dict[str, dict[str, Any]] = {}
        self.commands: list[dict[str, object]] = []
        self.refuse: dict[str, tuple[str, str]] = {}
        self.answers: dict[str, dict[str, object]] = {}
        self.silent = False
        bus.subscribe(f"{campaign}/command", self._on_command, name="engine")

    async def publish(self, **changes: Any) -> None:
        """Publish the state as it is now, with ``changes`` made first."""
        self.state |= changes
        self.state["at"] = _stamp(self.clock.now())
        self.state["agents"] = list(self.agents.values())
        await self.bus.publish(BusMessage(topic=f"{self.campaign}/state", payload=dict(self.state)))

    async def move(self, agent_id: str, state: AgentState, call_id: str | None = None) -> None:
        """Put an agent into a state and tell it both ways, as the real engine does."""
        self.clock.advance(0.01)
        stamp = _stamp(self.clock.now())
        agent = {**self.agents[agent_id], "state": state.value, "since": stamp, "call_id": call_id}
        self.agents[agent_id] = agent
        payload: dict[str, object] = {"campaign": self.campaign, "at": stamp, "v": 1, "agent_id": agent_id}
        payload |= {"name": agent["name"], "call_id": call_id, "reason": agent.get("reason", "")}
        await self.bus.publish(BusMessage(topic=f"{self.campaign}/agent.{state.value}", payload=payload))
        await self.publish()

    async def _on_command(self, message: BusMessage) -> None:
        command = message.payload
        self.commands.append(command)
        if self.silent:
            return
        verb = str(command["verb"])
        answer: dict[str, object] = {"campaign": self.campaign, "v": 1, "request_id": command["request_id"]}
        answer |= self.answers.get(verb, {})
        if verb in self.refuse:
            code, text = self.refuse[verb]
            answer |= {"code": code, "message": text}
            await self.bus.publish(BusMessage(topic=f"{self.campaign}/command.refused", payload=answer))
            return
        await self._carry_out(verb, command)
        await self.bus.publish(BusMessage(topic=f"{self.campaign}/command.done", payload=answer))

    async def _carry_out(self, verb: str, command: dict[str, object]) -> None:
        agent_id = str(command.get("agent_id", ""))
        match verb:
            case "campaign.start":
                await self.publish(state=CampaignState.RUNNING.value)
            case "campaign.pause":
                await self.publish(state=CampaignState.PAUSED.value)
            case "campaign.drain":
                await self.publish(state=CampaignState.DRAINING.value)
            case "campaign.stop":
                await self.publish(state=CampaignState.STOPPED.value)
            case "campaign.set_mode":
                ratio = command.get("ratio", self.state["ratio"])
                target = command.get("target", self.state.get("target_abandonment"))
                await self.publish(mode=command["mode"], ratio=ratio, target_abandonment=target)
            case "agent.sign_in":
                self.agents[agent_id] = {
                    "id": agent_id,
                    "name": command["name"],
                    "state": "connecting",
                    "since": "",
                    "call_id": None,
                }
                await self.move(agent_id, AgentState.CONNECTING)
            case "agent.sign_out":
                del self.agents[agent_id]
                await self.publish()
            case "agent.ready" if self.agents[agent_id].get("wants"):
                self.agents[agent_id] |= {"wants": None, "reason": ""}
                await self.publish()
            case "agent.ready" | "agent.disposition" | "agent.preview_skip":
                self.agents[agent_id]["reason"] = ""
                await self.move(agent_id, AgentState.READY)
            case "agent.pause":
                self.agents[agent_id]["reason"] = command.get("reason", "")
                if self.agents[agent_id]["state"] in ("reserved", "talking", "wrap_up"):
                    self.agents[agent_id]["wants"] = "paused"
                    await self.publish()
                else:
                    await self.move(agent_id, AgentState.PAUSED)
            case "agent.extend_wrap_up":
                agent = self.agents[agent_id]
                until = datetime.fromisoformat(str(agent["since"])) + timedelta(seconds=90)
                agent |= {"until": _stamp(until), "extended": True}
                await self.publish()
            case "agent.hang_up":
                await self.move(agent_id, AgentState.WRAP_UP, self.agents[agent_id]["call_id"])
            case "agent.preview_accept":
                await self.move(agent_id, AgentState.RESERVED, self.agents[agent_id]["call_id"])


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
