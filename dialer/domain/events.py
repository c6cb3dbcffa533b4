"""What happened, in the past tense.

Telephony adapters and the detector emit these; the engine consumes them in the order they come. ``at`` is aware
UTC wall time at the adapter; ``monotonic`` is the same instant on the monotonic clock, for durations.
"""

from __future__ import annotations

from datetime import datetime

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.verdict import AmdVerdict, SecondLook
from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    monotonic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRinging(Event):
    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyMediaStarted(Event):
    """Audio flows before the answer. The call does not count as answered."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(Event):
    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBridged(Event):
    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUnbridged(Event):
    """The called person's channel left the bridge with the agent."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeFailed(Event):
    """Asterisk could not join the call and the leg: one of them had just gone."""

    call_id: CallId
    leg_id: LegId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(Event):
    """The called person is on hold, and hears so."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdAnswered(Event):
    """Somebody outside, who is wanted in the call, picked up; nobody talks with them yet."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdLeft(Event):
    """Somebody outside did not pick up, or has gone."""

    call_id: CallId
    leg_id: LegId
    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultBegan(Event):
    """The agent's leg and ``target`` hear each other; the called person does not hear them."""

    call_id: CallId
    leg_id: LegId
    target: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultFailed(Event):
    """The agent's leg and ``target`` could not be joined: one of them had just gone."""

    call_id: CallId
    target: LegId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceBegan(Event):
    """The called person and all the legs that were asked for hear one another."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStarted(Event):
    """The dialplan began to play the recorded message ``kind`` (``abandoned`` or ``voicemail``)."""

    call_id: CallId
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlayed(Event):
    """The recorded message ``kind`` was played to its end."""

    call_id: CallId
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBegan(Event):
    """The self-service flow has the call, and begins to speak."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWanted(Event):
    """Whoever serves themselves wants an agent, and waits for ``wait_s`` seconds at most."""

    call_id: CallId
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotWanted(Event):
    """They changed their mind."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Event):
    """The channel is gone. ``cause`` is the Q.850 cause, 0 where unknown; ``dial_status`` Asterisk's word for it
    (``BUSY``, ``NOANSWER``, ``CONGESTION``, ``CHANUNAVAIL``, ``ANSWER``, ``CANCEL`` or empty)."""

    call_id: CallId
    cause: int
    cause_text: str = ""
    dial_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateRefused(Event):
    """Asterisk would not place the call at all: no channel ever existed."""

    call_id: CallId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReached(Event):
    call_id: CallId
    verdict: AmdVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTimeReached(Event):
    """A machine's greeting and beep are over: a message may be left now. ``heard_beep`` is False where the greeting
    simply ended or the wait ran out."""

    call_id: CallId
    heard_beep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLookTaken(Event):
    """The detector, listening on after the connection, heard a machine. Certain evidence may follow weak."""

    call_id: CallId
    look: SecondLook


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegUp(Event):
    agent_id: AgentId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLegDown(Event):
    agent_id: AgentId
    leg_id: LegId
    cause: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost(Event):
    """The engine is blind: nothing is known of any call until ``LinkRestored``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRestored(Event):
    """The link is back. Live calls must be compared with Asterisk's own list before anything is dialed."""


CallEvent = (
    CallRinging
    | EarlyMediaStarted
    | CallAnswered
    | CallBridged
    | CallUnbridged
    | BridgeFailed
    | CallHeld
    | ThirdAnswered
    | ThirdLeft
    | ConsultBegan
    | ConsultFailed
    | ConferenceBegan
    | MessageStarted
    | MessagePlayed
    | ServiceBegan
    | AgentWanted
    | AgentNotWanted
    | CallEnded
    | OriginateRefused
    | VerdictReached
    | MessageTimeReached
    | SecondLookTaken
)
LegEvent = AgentLegUp | AgentLegDown
LinkEvent = LinkLost | LinkRestored
TelephonyEvent = CallEvent | LegEvent | LinkEvent
