"""What the API gives of a browser's telephone, and takes of supervisors among their agents."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from agent_console.schemas import Body, Phone
from dialer.ports.ears import EarMode


class PhoneHere(BaseModel):
    available: bool


class OwnPhone(BaseModel):
    """``name`` and ``password`` register at ``domain``, over the WebSocket /phone/ws. ``ice_servers`` are STUN and TURN
    servers as RTCPeerConnection takes their addresses."""

    name: str
    password: str
    domain: str
    ice_servers: list[str]


class ListenIn(Body):
    """``phone``: the supervisor's, the browser itself or a registered one."""

    mode: EarMode = EarMode.LISTEN
    phone: Phone = "browser"


class WantedState(StrEnum):
    READY = "ready"
    PAUSED = "paused"
    OFFLINE = "offline"


class AgentStateChange(Body):
    """``reason``: of a break."""

    state: WantedState
    reason: str = Field(default="", max_length=64, pattern=r"^[^\x00-\x1f]*$")


class AgentMessage(Body):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
