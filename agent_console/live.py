"""From the bus to every open browser: numbered messages, resumed after a gap, never piling up behind a slow client.

A client that cannot keep up loses what is in its queue and gets the latest state instead; it never slows the others.
"""

from __future__ import annotations

import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
import structlog
from pydantic import ValidationError

from agent_console.live_client import CLIENT_QUEUE, LiveClient
from agent_console.live_state import AgentNote, LiveAgent, LiveState, Sample
from dialer.clock import Clock
from dialer.domain.agent import AgentState
from dialer.ports import BusMessage, EventBus

log = structlog.get_logger(__name__)

KEPT_FOR_RESUME = 512  # messages
SAMPLE_EVERY_S = 5.0
SAMPLES_KEPT = 720  # an hour
LATE_SNAPSHOT_S = 2.0
NOTES_KEPT = 20  # for each agent

#: The verb of an agent topic -> the state it tells of. ``signed_in`` comes once the phone is answered.
_STATE_OF_VERB = {
    "connecting": AgentState.CONNECTING,
    "signed_in": AgentState.PAUSED,
    "ready": AgentState.READY,
    "paused": AgentState.PAUSED,
    "reserved": AgentState.RESERVED,
    "talking": AgentState.TALKING,
    "wrap_up": AgentState.WRAP_UP,
    "preview": AgentState.PREVIEW,
    "offline": AgentState.OFFLINE,
    "moved": AgentState.OFFLINE,  # here; the campaign they went to tells of them
}


class _Channel:
    """What is known of one campaign."""

    def __init__(self) -> None:
        self.state: LiveState | None = None
        self.heard_at = 0.0  # monotonic seconds
        self.samples: deque[Sample] = deque(maxlen=SAMPLES_KEPT)
        self.sampled_at = float("-inf")


class LiveHub:
    """Keeps the latest state of every campaign and hands out changes. Numbers start anew with each process, so a
    resume names the ``epoch`` it belongs to."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._epoch = secrets.token_urlsafe(6)
        self._seq = 0
        self._recent: deque[tuple[int, bytes, dict[str, Any]]] = deque(maxlen=KEPT_FOR_RESUME)
        self._notes: defaultdict[str, deque[AgentNote]] = defaultdict(lambda: deque(maxlen=NOTES_KEPT))
        self._campaigns: dict[str, _Channel] = {}
        self._clients: set[LiveClient] = set()
        self._unsubscribe: list[Callable[[], None]] = []
        self.invalid = 0
        self.dropped = 0

    def start(self) -> None:
        self._unsubscribe.append(self._bus.subscribe("+/state", self._on_state, name="console:state"))
        looks = self._bus.subscribe("+/call.second_look", self._on_second_look, name="console:second looks")
        self._unsubscribe.append(looks)
        self._unsubscribe.append(self._bus.subscribe("upload.progress", self._on_upload, name="console:uploads"))
        self._unsubscribe.append(self._bus.subscribe("+/agent.message", self._on_note, name="console:messages"))
        for verb in _STATE_OF_VERB:
            topic = f"+/agent.{verb}"
            self._unsubscribe.append(self._bus.subscribe(topic, self._on_agent, name=f"console:{topic}"))

    def stop(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()

    # ------------------------------------------------------------------ what the API asks

    def state(self, campaign: str) -> LiveState | None:
        channel = self._campaigns.get(campaign)
        return channel.state if channel else None

    def agent(self, campaign: str, agent_id: str) -> LiveAgent | None:
        state = self.state(campaign)
        return state.agent(agent_id) if state else None

    def whereabouts(self, campaign: str, agent_id: str) -> tuple[str, LiveAgent | None]:
        """The campaign that an agent of ``campaign`` works for now, and what they do there; None where nobody has
        them."""
        for name in (campaign, *self._campaigns):
            agent = self.agent(name, agent_id)
            if agent is not None:
                return name, agent
        return campaign, None

    def notes(self, agent_id: str) -> list[AgentNote]:
        """What supervisors wrote to the agent since this process began, the newest last."""
        return list(self._notes.get(agent_id, ()))

    def tell_draft(self, campaign: str, agent_id: str, call_id: str, version: int) -> None:
        """The agent's other tabs are to read the draft again."""
        about = {"agent_id": agent_id, "call_id": call_id, "version": version}
        self._tell({"type": "draft", "campaign": campaign, "draft": about})

    @property
    def clients(self) -> int:
        return len(self._clients)

    # ------------------------------------------------------------------ clients

    def join(self, epoch: str, after: int, *, agent_id: str | None = None) -> LiveClient:
        """A new client, which already has everything up to ``after`` of ``epoch``, if that is ours and still kept. With
        ``agent_id`` it sees that agent only."""
        client = LiveClient(lambda: self._snapshot(agent_id), agent_id)
        missed = [
            encoded if agent_id is None else _encoded(seq, _narrowed(message, agent_id))
            for seq, encoded, message in self._recent
            if seq > after
        ]
        oldest = self._seq - len(self._recent)
        if epoch == self._epoch and oldest <= after <= self._seq and len(missed) < CLIENT_QUEUE:
            for message in missed:
                client.offer(message)
        else:
            client.ask_snapshot()
        self._clients.add(client)
        return client

    def leave(self, client: LiveClient) -> None:
        self._clients.discard(client)
        self.dropped += client.dropped

    def _snapshot(self, agent_id: str | None = None) -> bytes:
        now = self._clock.monotonic()
        campaigns = {
            name: {
                "state": _seen_by(agent_id, channel.state.model_dump(mode="json")),
                "age_ms": round((now - channel.heard_at) * 1000),
                "samples": list(channel.samples) if agent_id is None else [],
            }
            for name, channel in self._campaigns.items()
            if channel.state is not None
        }
        return orjson.dumps(
            {
                "type": "snapshot",
                "epoch": self._epoch,
                "seq": self._seq,
                "at": self._clock.now(),
                "campaigns": campaigns,
            }
        )

    def _tell(self, message: dict[str, Any]) -> None:
        self._seq += 1
        encoded = _encoded(self._seq, message)
        self._recent.append((self._seq, encoded, message))
        narrowed: dict[str, bytes] = {}
        for client in self._clients:
            if client.agent_id is None:
                client.offer(encoded)
                continue
            if client.agent_id not in narrowed:
                narrowed[client.agent_id] = _encoded(self._seq, _narrowed(message, client.agent_id))
            client.offer(narrowed[client.agent_id])

    # ------------------------------------------------------------------ the bus

    async def _on_state(self, message: BusMessage) -> None:
        name = message.topic.partition("/")[0]
        try:
            state = LiveState.model_validate(message.payload)
        except ValidationError as exc:
            self._reject(message, exc)
            return
        channel = self._campaigns.setdefault(name, _Channel())
        if channel.state is not None:
            # An agent's own event may have overtaken a state that was made before it.
            behind_s = (channel.state.at - state.at).total_seconds()
            if 0 < behind_s < LATE_SNAPSHOT_S:
                return
            state = _with_wrap_up_calls(state, channel.state)
        channel.state = state
        channel.heard_at = self._clock.monotonic()
        sample = None
        if channel.heard_at - channel.sampled_at >= SAMPLE_EVERY_S:
            channel.sampled_at = channel.heard_at
            sample = state.sample()
            channel.samples.append(sample)
        self._tell({"type": "state", "campaign": name, "state": state.model_dump(mode="json"), "sample": sample})

    async def _on_agent(self, message: BusMessage) -> None:
        name, _, noun_verb = message.topic.partition("/")
        payload = message.payload
        channel = self._campaigns.setdefault(name, _Channel())
        if channel.state is None:
            return  # the next state tells everything
        agent_id = str(payload.get("agent_id") or "")
        known = channel.state.agent(agent_id)
        try:
            agent = LiveAgent.model_validate(
                {
                    "id": agent_id,
                    "name": payload.get("name") or (known.name if known else agent_id),
                    "state": payload.get("state") or _STATE_OF_VERB[noun_verb.partition(".")[2]],
                    "since": payload.get("since") or payload["at"],
                    "call_id": payload.get("call_id"),
                    "home": payload.get("home") or (known.home if known else ""),
                    "reason": payload.get("reason") or "",
                    "until": payload.get("until"),
                    "extended": bool(payload.get("extended")),
                    "talk": payload.get("talk"),
                }
            )
            told_at = datetime.fromisoformat(str(payload["at"]))
        except (ValidationError, KeyError, ValueError) as exc:
            self._reject(message, exc)
            return
        if told_at < channel.state.at and known is not None:
            return  # already told by a newer state
        channel.state = channel.state.with_agent(agent).model_copy(update={"at": max(told_at, channel.state.at)})
        self._tell({"type": "agent", "campaign": name, "agent": agent.model_dump(mode="json")})

    async def _on_second_look(self, message: BusMessage) -> None:
        """A machine was heard on a call that an agent has, or had until now: their desk shows it."""
        fields = ("call_id", "agent_id", "category", "reason", "certain", "withdrawn")
        look = {name: message.payload.get(name) for name in fields}
        self._tell({"type": "second_look", "campaign": message.topic.partition("/")[0], "look": look})

    async def _on_note(self, message: BusMessage) -> None:
        try:
            note = AgentNote.model_validate({**message.payload, "id": f"{self._epoch}-{self._seq + 1}"})
        except ValidationError as exc:
            self._reject(message, exc)
            return
        self._notes[note.agent_id].append(note)
        told = note.model_dump(mode="json", by_alias=True)
        self._tell({"type": "message", "campaign": message.topic.partition("/")[0], "message": told})

    async def _on_upload(self, message: BusMessage) -> None:
        """How far a file has been read. Who may see it asks for its result; this says nothing of what is in it."""
        upload = {name: message.payload.get(name) for name in ("id", "kind", "state", "done", "total")}
        self._tell({"type": "upload", "upload": upload})

    def _reject(self, message: BusMessage, exc: Exception) -> None:
        self.invalid += 1
        log.warning("console.live_message_invalid", topic=message.topic, error=type(exc).__name__)


#: What an agent sees of the campaign that they work in.
_FOR_AGENTS = ("campaign", "at", "state", "mode", "link")
#: Keeps the numbers in a row for a browser that is not to see a message.
_NOTHING: dict[str, Any] = {"type": "nothing"}


def _seen_by(agent_id: str | None, state: dict[str, Any]) -> dict[str, Any]:
    if agent_id is None:
        return state
    own = [agent for agent in state["agents"] if agent["id"] == agent_id]
    return {**{name: state[name] for name in _FOR_AGENTS}, "agents": own}


def _encoded(seq: int, message: dict[str, Any]) -> bytes:
    return orjson.dumps({"seq": seq, **message})


def _narrowed(message: dict[str, Any], agent_id: str) -> dict[str, Any]:
    """A message as ``agent_id`` may see it."""
    match message["type"]:
        case "state":
            return {**message, "state": _seen_by(agent_id, message["state"]), "sample": None}
        case "agent":
            return message if message["agent"]["id"] == agent_id else _NOTHING
        case "second_look" | "draft" | "message":
            about = message["look" if message["type"] == "second_look" else message["type"]]
            return message if about["agent_id"] == agent_id else _NOTHING
        case _:
            return _NOTHING


def _with_wrap_up_calls(state: LiveState, before: LiveState) -> LiveState:
    """An agent in wrap-up still has to write down the call they had, though it is no longer on their line."""

    def kept(agent: LiveAgent) -> LiveAgent:
        if agent.state is not AgentState.WRAP_UP or agent.call_id is not None:
            return agent
        known = before.agent(agent.id)
        return agent if known is None else agent.model_copy(update={"call_id": known.call_id})

    return state.model_copy(update={"agents": [kept(agent) for agent in state.agents]})
