"""What an agent may do with the call in hand, as the engine asks it of the telephone system."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from dialer.domain.ids import CallId, LegId
from dialer.values import dataclass


class Notice(StrEnum):
    """A recorded announcement for both sides of a conversation."""

    RECORDING = "recording"  #: that the call may be recorded
    DISCLOSURE = "disclosure"  #: who collects, and what for: what the law wants said


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceThird:
    """Somebody outside to be brought into ``call_id``. ``dial_string`` is a complete Asterisk channel; nobody hears
    them before ``consult``, ``bridge`` or ``confer``."""

    call_id: CallId
    leg_id: LegId
    dial_string: str
    caller_id: str
    ring_timeout_s: float
    campaign: str


class TalkControl(Protocol):
    """Part of ``Telephony``. The recording goes on through all of it, the called person always on the left. What is
    asked for takes effect in the order of the events that tell of it. Raises AmiDisconnected, AmiTimeout, AmiRefused
    where nothing can be told by an event."""

    async def hold(self, call_id: CallId) -> None:
        """Take the called person out of the conversation; they are asked to stay. ``CallHeld`` follows. ``bridge`` ends
        it."""
        ...

    async def place_third(self, third: PlaceThird) -> None:
        """Call somebody outside. ``ThirdAnswered`` or ``ThirdLeft`` follows; ``hang_up`` ends them."""
        ...

    async def consult(self, call_id: CallId, leg_id: LegId, target: LegId) -> None:
        """Put the called person on hold, and join the agent's leg and ``target``. ``ConsultBegan`` or
        ``ConsultFailed`` follows."""
        ...

    async def confer(self, call_id: CallId, legs: Sequence[LegId]) -> None:
        """From a consultation: everybody into one conversation. ``ConferenceBegan`` follows."""
        ...

    async def part(self, leg_id: LegId) -> None:
        """Take a leg out of whatever conversation it is in; it stays up."""
        ...

    async def press(self, call_id: CallId, digits: str) -> None:
        """Press keys towards the called person's side (0-9, *, #), one after the other."""
        ...

    async def mute(self, leg_id: LegId, *, muted: bool) -> None:
        """Let nobody hear what the leg says, until this is taken back."""
        ...

    async def announce(self, call_id: CallId, notice: Notice, language: str) -> None:
        """Play a recorded announcement into the conversation, for both sides."""
        ...
