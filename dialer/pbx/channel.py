"""What is known of one channel of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dialer.domain.ids import AgentId


@dataclass(slots=True)
class Channel:
    """A channel of ours, from the request on. ``name`` is empty until Asterisk has made it."""

    id: str
    agent_id: AgentId | None = None  #: set for an agent's leg
    said: tuple[str, str] = ("", "")  #: language and wording that the dialplan has for its message
    listen: bool = False  #: its early media is to be listened to
    dialplan_tells: bool = False  #: that it is up counts only when the dialplan says so
    name: str = ""
    answered: bool = False
    ringing: bool = False
    early: bool = False
    ended_by_us: bool = False
    end_with: int = 0  #: the cause to end it with as soon as it exists; 0: let it live
    dial_status: str = ""
    bridge_id: str = ""
    awaits_leg: str = ""  #: the leg that it is being bridged with
    bridged_with: str = ""
    third_of: str = ""  #: the call into which somebody outside is brought
    consults: str = ""  #: of a leg: the one that it is being joined with
    consults_for: str = ""  #: and the call that it is about
    confers: frozenset[str] = frozenset()  #: of a call: the legs with which it is being joined
    conferring: bool = False  #: the bridge is a conference, out of which nobody can be moved

    @property
    def is_leg(self) -> bool:
        return self.agent_id is not None or bool(self.third_of)


@dataclass(frozen=True, slots=True)
class When:
    """The instant that events are stamped with."""

    at: datetime
    monotonic: float
