"""Orders as they come over the bus, read into messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dialer.domain.campaign import HIGHEST_TARGET, LOWEST_TARGET, DialMode
from dialer.domain.ids import AgentId, CallId
from dialer.domain.talk import LONGEST_LABEL, MOST_KEYS, TalkVerb
from dialer.engine.messages import (
    AcceptPreview,
    CallBackLater,
    Dial,
    Dispose,
    DrainCampaign,
    ExtendWrapUp,
    GoReady,
    HangUp,
    InTalk,
    Pause,
    PauseCampaign,
    PersonsOrder,
    SetMode,
    SignIn,
    SignOut,
    SkipPreview,
    StartCampaign,
    StopCampaign,
)
from dialer.ports import Notice

MOST_CAMPAIGNS = 32  # that may share one agent


def order_from(payload: Mapping[str, object]) -> PersonsOrder:
    """Read a bus command. Raises ValueError in plain words where a field is missing, unknown or out of range."""

    def text(key: str, default: str | None = None, longest: int = 200) -> str:
        value = payload.get(key)
        value = default if value is None else value
        if not isinstance(value, str) or (default is None and not value):
            raise ValueError(f"{key} is missing")
        if len(value) > longest or any(ord(char) < 32 and char not in "\n\t" for char in value):
            raise ValueError(f"{key} is too long or holds control characters")
        return value

    def debtor() -> int:
        value = payload.get("debtor_id")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
            raise ValueError("debtor_id must be the id of a debtor")
        return value

    def instant(key: str) -> datetime:
        value = datetime.fromisoformat(text(key, longest=40))
        if value.tzinfo is None:
            raise ValueError(f"{key} needs an offset from UTC, such as 2026-11-24T15:00:00-05:00")
        return value.astimezone(UTC)

    def names(key: str) -> tuple[str, ...]:
        value = payload.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or len(value) > MOST_CAMPAIGNS:
            raise ValueError(f"{key} must be a list of at most {MOST_CAMPAIGNS} names")
        if not all(isinstance(each, str) and 0 < len(each) <= 64 for each in value):
            raise ValueError(f"{key} must hold names of campaigns")
        return tuple(value)

    def number(key: str, least: float, most: float) -> float | None:
        value = payload.get(key)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{key} must lie between {least:g} and {most:g}")
        return float(value)

    rid = text("request_id", "")
    noun, _, doing = str(payload.get("verb")).partition(".")
    if noun == "call" and doing in list(TalkVerb):
        return InTalk(
            request_id=rid,
            agent_id=AgentId(text("agent_id")),
            verb=TalkVerb(doing),
            call_id=CallId(text("call_id", "")) or None,
            to_agent=AgentId(text("to_agent", "", longest=64)) or None,
            to_number=text("to_number", "", longest=LONGEST_LABEL),
            digits=text("digits", "", longest=MOST_KEYS),
            notice=Notice(text("notice", Notice.RECORDING.value)),
        )
    match payload.get("verb"):
        case "campaign.start":
            return StartCampaign(request_id=rid)
        case "campaign.pause":
            return PauseCampaign(request_id=rid)
        case "campaign.stop":
            return StopCampaign(request_id=rid)
        case "campaign.drain":
            return DrainCampaign(request_id=rid)
        case "campaign.set_mode":
            return SetMode(
                request_id=rid,
                mode=DialMode(text("mode")),
                ratio=number("ratio", 1.0, 10.0),
                target=number("target", LOWEST_TARGET, HIGHEST_TARGET),
            )
        case "agent.sign_in":
            agent, phone = AgentId(text("agent_id", longest=64)), text("dial_string")
            return SignIn(
                request_id=rid,
                agent_id=agent,
                name=text("name", str(agent)),
                dial_string=phone,
                ready=payload.get("ready") is True,
                also=names("also"),
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
        case "agent.extend_wrap_up":
            return ExtendWrapUp(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.preview_accept":
            return AcceptPreview(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.preview_skip":
            return SkipPreview(request_id=rid, agent_id=AgentId(text("agent_id")))
        case "agent.dial":
            return Dial(
                request_id=rid,
                agent_id=AgentId(text("agent_id")),
                debtor_id=debtor(),
                number=text("number", "", longest=32) or None,
            )
        case "campaign.call_back":
            return CallBackLater(
                request_id=rid,
                debtor_id=debtor(),
                at=instant("at"),
                number=text("number", "", longest=32) or None,
                agent_id=AgentId(text("agent_id", "")) or None,
            )
        case verb:
            raise ValueError(f"unknown verb {verb!r}")
