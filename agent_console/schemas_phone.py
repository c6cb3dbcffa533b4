"""What the API gives of a browser's telephone, and takes and gives of supervisors' ears."""

from __future__ import annotations

from pydantic import BaseModel


class PhoneHere(BaseModel):
    available: bool


class OwnPhone(BaseModel):
    """``name`` and ``password`` register at ``domain``, over the WebSocket /phone/ws. ``ice_servers`` are STUN and TURN
    servers as RTCPeerConnection takes their addresses."""

    name: str
    password: str
    domain: str
    ice_servers: list[str]
