"""An engine in a process of its own, to be killed: what ``cadencia run`` composes, at a legal hour, with agents.

``python -m tests.support.run_engine SPEC``, where SPEC is the JSON of an ``EngineSpec``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import datetime

from dialer.app import Station
from dialer.clock import ShiftedClock, SystemClock
from dialer.commands.run import console_socket, serve
from dialer.installation import load_secrets
from dialer.ports import BusMessage
from dialer.settings import Settings
from dialer.telemetry.logs import configure_logs
from dialer.wiring import own_asterisk_kit
from tests.support.station import LEGAL_HOUR, add_agents


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """``settings`` as their JSON; ``agents`` sign in to the first campaign. The clock shows LEGAL_HOUR at ``began_at``
    (ISO 8601), in every process of one story. The agents' calls are treated by ``acts``, in the order in which they are
    connected: verbs with their options; without any, whoever is found on hold is taken up again."""

    settings: str
    agents: int
    began_at: str
    acts: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def story_clock(began_at: datetime) -> ShiftedClock:
    base = SystemClock()
    return ShiftedClock(base, LEGAL_HOUR + (base.now() - began_at))


async def run(spec: EngineSpec) -> None:
    settings = Settings(**json.loads(spec.settings))
    clock = story_clock(datetime.fromisoformat(spec.began_at))
    kit = own_asterisk_kit(settings, ami_secret=settings.ami.secret)
    with console_socket(settings.console) as listening:
        async with Station(settings, clock=clock, make_pbx=kit.make) as station:
            (campaign,) = await station.campaigns.all()
            _treat_calls(station, campaign.name, list(spec.acts))
            await station.host_all()
            add_agents(station, campaign, spec.agents)
            await serve(station, load_secrets(settings.data_dir), listening)


def _treat_calls(station: Station, campaign: str, acts: list[dict[str, str]]) -> None:
    takes_up = not acts

    async def order(agent_id: object, act: dict[str, str]) -> None:
        await station.bus.publish(BusMessage(topic=f"{campaign}/command", payload={**act, "agent_id": agent_id}))

    async def bridged(message: BusMessage) -> None:
        if acts:
            await order(message.payload["agent_id"], acts.pop(0))

    async def state(message: BusMessage) -> None:
        """Refused until the engine has looked around: ordered again then."""
        for agent in message.payload["agents"] if takes_up else ():
            if (agent["talk"] or {}).get("state") == "held":
                await order(agent["id"], {"verb": "call.resume"})

    station.bus.subscribe(f"{campaign}/call.bridged", bridged, name="treating calls")
    station.bus.subscribe(f"{campaign}/state", state, name="taking up again")


if __name__ == "__main__":
    configure_logs(level="info", form="json")
    asyncio.run(run(EngineSpec(**json.loads(sys.argv[1]))))
