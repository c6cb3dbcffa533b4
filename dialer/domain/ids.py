"""Identifiers.

One call id names the attempt row, the AMI ``ChannelId`` (and so Asterisk's ``Uniqueid``), the AudioSocket UUID, the
recording and the ``call_id`` of every log line.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import NewType

CallId = NewType("CallId", str)  #: lower-case UUID version 7 with hyphens
AgentId = NewType("AgentId", str)  #: what an agent signs in with; letters, digits, ``_ . -``
LegId = NewType("LegId", str)  #: channel id of an agent's nailed-up leg, ``leg-<uuid>``, or of somebody outside

_UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_CALL = re.compile(_UUID7)
_LEG = re.compile(f"leg-{_UUID7}")
_THIRD = re.compile(rf"third-(?P<call>{_UUID7})\.\d{{1,4}}")


def is_call_id(channel_id: str) -> bool:
    """Whether a channel of that id is a call that a dialer of this kind placed."""
    return _CALL.fullmatch(channel_id) is not None


def is_leg_id(channel_id: str) -> bool:
    """Whether a channel of that id is an agent's leg, and not the far half of one."""
    return _LEG.fullmatch(channel_id) is not None


def third_leg_id(call_id: CallId, number: int) -> LegId:
    """The channel of the ``number``-th person outside who is brought into a call."""
    return LegId(f"third-{call_id}.{number}")


def call_of_third(channel_id: str) -> CallId | None:
    """The call into which the person on that channel is brought; None where it is no such channel."""
    found = _THIRD.fullmatch(channel_id)
    return None if found is None else CallId(found["call"])


def uuid7(at: datetime, entropy: bytes) -> str:
    """A version 7 UUID (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 bits of ``entropy``.

    ``entropy`` must be at least 10 bytes.
    """
    if len(entropy) < 10:
        raise ValueError("uuid7 needs 10 bytes of entropy")
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    rest = int.from_bytes(entropy[:10], "big")
    rand_a = rest >> 68
    rand_b = rest & ((1 << 62) - 1)
    return str(uuid.UUID(int=(millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b))


def new_call_id(at: datetime, entropy: bytes) -> CallId:
    return CallId(uuid7(at, entropy))


def new_leg_id(at: datetime, entropy: bytes) -> LegId:
    return LegId(f"leg-{uuid7(at, entropy)}")
