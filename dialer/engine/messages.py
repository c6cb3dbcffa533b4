"""What a campaign's core is told: events, answers to its own requests, and orders from people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.domain.campaign import DialMode
from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import AgentId, CallId
from dialer.ports import LiveChannel, OpenAttempt, Reservation


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks."""

    at: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A beat of the campaign: deadlines are looked at and the pacer is asked."""


@dataclass(frozen=True, slots=True)
class DeadlineCame:
    """Between two beats the earliest deadline has come. Most have lost their object by then, so this must cost little:
    the pacer waits for its beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsReserved:
    """The answer to ``effects.Reserve``. ``requested`` is the count it asked for."""

    reservation: Reservation
    requested: int
    for_agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFailed:
    requested: int
    detail: str
    for_agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingFailed:
    """``certain`` is True where no call can exist; False where Asterisk may yet have placed it."""

    call_id: CallId
    detail: str
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsListed:
    """What Asterisk has right now, after the link came back or at the start."""

    channels: Sequence[LiveChannel]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttemptsFound:
    """Attempts that an earlier run of the engine began and did not end, with Asterisk's channels."""

    attempts: Sequence[OpenAttempt]
    channels: Sequence[LiveChannel]


# ------------------------------------------------------------------------------ orders from people


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``request_id`` comes back in the answer on the bus."""

    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCampaign(Order):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCampaign(Order):
    """Stop placing and hang up whatever has not been answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainCampaign(Order):
    """Place nothing new; everything in progress ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode(Order):
    mode: DialMode
    ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Order):
    agent_id: AgentId
    name: str
    dial_string: str
    ready: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class GoReady(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Order):
    agent_id: AgentId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispose(Order):
    agent_id: AgentId
    call_id: CallId
    code: str
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPreview(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipPreview(Order):
    agent_id: AgentId


AgentOrder = SignIn | SignOut | GoReady | Pause | HangUp | Dispose | AcceptPreview | SkipPreview
CampaignOrder = StartCampaign | StopCampaign | DrainCampaign | SetMode
PersonsOrder = AgentOrder | CampaignOrder
Answer = AttemptsReserved | ReservationFailed | PlacingFailed | ChannelsListed | OpenAttemptsFound
Message = Tick | DeadlineCame | TelephonyEvent | Answer | PersonsOrder


def order_from(payload: Mapping[str, object]) -> PersonsOrder:
    """Read a bus command. Raises ValueError in plain words where a field is missing, unknown or out of range."""

    def text(key: str, default: str | None = None, longest: int = 200) -> str:
        value = payload.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise ValueError(f"{key} is missing")
        if len(value) > longest or any(ord(char) < 32 and char not in "\n\t" for char in value):
            raise ValueError(f"{key} is too long or holds control characters")
        return value

    rid = text("request_id", "")
    match payload.get("verb"):
        case "campaign.start":
            return StartCampaign(request_id=rid)
        case "campaign.stop":
            return StopCampaign(request_id=rid)
        case "campaign.drain":
            return DrainCampaign(request_id=rid)
        case "campaign.set_mode":
            ratio = payload.get("ratio")
            if ratio is not None and not (isinstance(ratio, int | float) and 1.0 <= ratio <= 10.0):
                raise ValueError("ratio must lie between 1.0 and 10.0")
            return SetMode(request_id=rid, mode=DialMode(text("mode")), ratio=None if ratio is None else float(ratio))
        case "agent.sign_in":
            agent, phone = AgentId(text("agent_id", longest=64)), text("dial_string")
            return SignIn(
                request_id=rid,
                agent_id=agent,
                name=text("name", str(agent)),
                dial_string=phone,
                ready=payload.get("ready") is True,
            )
        case "agent.sign_out":
            return SignOut(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.ready":
            return GoReady(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.pause":
            return Pause(request_id=rid, agent_id=AgentId(text("agent_id")), reason=text("reason", ""))
        case "agent.hang_up":
            return HangUp(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.disposition":
            return Dispose(
                request_id=rid,
                agent_id=AgentId(text("agent_id")),
                call_id=CallId(text("call_id")),
                code=text("code", longest=16),
                notes=text("notes", "", longest=4000),
            )
        case "agent.preview_accept":
            return AcceptPreview(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.preview_skip":
            return SkipPreview(request_id=rid, agent_id=AgentId(text("agent_id")))
        case verb:
            raise ValueError(f"unknown verb {verb!r}")
