"""Brings each event to the campaign it belongs to."""

from __future__ import annotations

from dialer.domain.events import AgentLegDown, AgentLegUp, LinkLost, LinkRestored, TelephonyEvent
from dialer.domain.ids import AgentId, CallId
from dialer.engine.messages import Message
from dialer.engine.runner import CampaignRunner


class Switchboard:
    """The sink of telephony and of the detector. Events of calls that nobody placed are counted and dropped."""

    def __init__(self) -> None:
        self._runners: dict[str, CampaignRunner] = {}
        self._by_call: dict[CallId, CampaignRunner] = {}
        self.unclaimed = 0

    def add(self, name: str, runner: CampaignRunner) -> None:
        self._runners[name] = runner

    def remove(self, name: str) -> None:
        runner = self._runners.pop(name, None)
        for call_id in [call_id for call_id, owner in self._by_call.items() if owner is runner]:
            del self._by_call[call_id]

    def post(self, name: str, message: Message) -> None:
        """A message from one campaign's core to another's."""
        runner = self._runners.get(name)
        if runner is None:
            self.unclaimed += 1
        else:
            runner.post(message)

    def placed(self, name: str, call_id: CallId) -> None:
        self._by_call[call_id] = self._runners[name]

    def closed(self, call_id: CallId) -> None:
        self._by_call.pop(call_id, None)

    def knows(self, channel_id: str) -> bool:
        """Whether a campaign has this call."""
        return channel_id in self._by_call

    def __call__(self, event: TelephonyEvent) -> None:
        match event:
            case LinkLost() | LinkRestored():
                for runner in self._runners.values():
                    runner.post(event)
            case AgentLegUp(agent_id=agent_id) | AgentLegDown(agent_id=agent_id):
                self._to_agents_campaign(agent_id, event)
            case _:
                runner_of_call = self._by_call.get(event.call_id)
                if runner_of_call is None:
                    self.unclaimed += 1
                else:
                    runner_of_call.post(event)

    def _to_agents_campaign(self, agent_id: AgentId, event: AgentLegUp | AgentLegDown) -> None:
        """Legs are few and their campaigns know them by leg id; whoever does not know one ignores it."""
        for runner in self._runners.values():
            if runner.core.floor.roster.by_leg(event.leg_id) is not None:
                runner.post(event)
                return
        self.unclaimed += 1
