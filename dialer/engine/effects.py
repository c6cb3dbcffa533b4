"""What a campaign's core wants done. Values only: the runner carries them out, tests compare them."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.verdict import AmdMode
from dialer.ports import AttemptClosing, AttemptProgress, BusMessage, Disposition, MessageKind, PlaceCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Get up to ``count`` debtors through the gate and into the log; ``for_agent`` where it is for a preview."""

    count: int
    for_agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Give back a reservation that was certainly not dialed."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class Place:
    call: PlaceCall


@dataclass(frozen=True, slots=True)
class ConnectLeg:
    agent_id: AgentId
    leg_id: LegId
    dial_string: str


@dataclass(frozen=True, slots=True)
class Bridge:
    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True)
class HangUpChannel:
    channel_id: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class PlayMessage:
    call_id: CallId
    kind: MessageKind
    language: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    call_id: CallId
    announce: bool
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """Tell the detector that this call's audio is coming."""

    call_id: CallId
    mode: AmdMode
    wait_for_message: bool
    language: str


@dataclass(frozen=True, slots=True)
class TellAnswered:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class Forget:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class WriteProgress:
    progress: AttemptProgress


@dataclass(frozen=True, slots=True)
class WriteClosing:
    closing: AttemptClosing


@dataclass(frozen=True, slots=True)
class WriteDisposition:
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Publish:
    message: BusMessage


@dataclass(frozen=True, slots=True)
class ListChannels:
    """Ask Asterisk what it has; answered by ``ChannelsListed``."""


Effect = (
    Reserve
    | Release
    | Place
    | ConnectLeg
    | Bridge
    | HangUpChannel
    | PlayMessage
    | StartRecording
    | Expect
    | TellAnswered
    | Forget
    | WriteProgress
    | WriteClosing
    | WriteDisposition
    | Publish
    | ListChannels
)
