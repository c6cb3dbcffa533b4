"""What a campaign's core wants done. Values only: the runner carries them out, tests compare them."""

from __future__ import annotations

from datetime import datetime

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.verdict import AmdMode, AmdVerdict, DecideBy
from dialer.engine.messages import Message
from dialer.engine.talk_effects import TalkEffect
from dialer.ports import (
    AttemptClosing,
    AttemptProgress,
    BusMessage,
    ContactRequest,
    Disposition,
    MessageKind,
    PlaceCall,
    ServedCall,
    ServiceNews,
)
from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Get up to ``count`` debtors through the gate and into the log; ``for_agent`` where it is for a preview.
    With 0, only ask whether there is anybody."""

    count: int
    for_agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveContact:
    """Ask the gate about a debtor whom somebody named, with ``agent_id`` held for the call. Answered by
    ``ContactAnswered`` or ``ContactFailed``, which carry ``request_id`` and ``call_back_id`` back."""

    request: ContactRequest
    agent_id: AgentId
    request_id: str = ""
    call_back_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recheck:
    """Ask the gate again about a reservation that has grown too old to be dialed. Answered by ``Rechecked``."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCallBack:
    """Write a call-back down. The order that asked for it is answered by ``CallBackPromised``."""

    debtor_id: int
    at: datetime
    number: str | None
    agent_id: AgentId | None
    request_id: str


@dataclass(frozen=True, slots=True)
class SettleCallBack:
    """A call-back was made or cannot be; with ``again_at`` it is due again then."""

    call_back_id: int
    again_at: datetime | None = None


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
    home: str = ""


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
    wording: str


@dataclass(frozen=True, slots=True)
class SendToService:
    call: ServedCall


@dataclass(frozen=True, slots=True)
class TellService:
    """News for a call that serves itself."""

    call_id: CallId
    news: ServiceNews


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
    decide_by: DecideBy | None = None
    second_look_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TellAnswered:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class TellVerdict:
    """Write the verdict on the channel, before anything else is asked of it."""

    call_id: CallId
    verdict: AmdVerdict


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The detector listens on, to a copy of what the called side says."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the call away from the agent, and wait for the moment to leave a message."""

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
class Forward:
    """Hand a message to the core of another campaign of this process."""

    campaign: str
    message: Message


@dataclass(frozen=True, slots=True)
class ListChannels:
    """Ask Asterisk what it has; answered by ``ChannelsListed``."""


Effect = (
    Reserve
    | ReserveContact
    | Recheck
    | PromiseCallBack
    | SettleCallBack
    | Release
    | Place
    | ConnectLeg
    | Bridge
    | HangUpChannel
    | PlayMessage
    | SendToService
    | TellService
    | StartRecording
    | Expect
    | TellAnswered
    | TellVerdict
    | LookAgain
    | TakeBack
    | Forget
    | WriteProgress
    | WriteClosing
    | WriteDisposition
    | Publish
    | Forward
    | ListChannels
    | TalkEffect
)
