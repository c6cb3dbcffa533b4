"""The telephone system and the detector, as the engine needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode, AmdVerdict, DecideBy
from dialer.domain.wording import DEFAULT_WORDING
from dialer.ports.talk import TalkControl
from dialer.values import dataclass

EventSink = Callable[[TelephonyEvent], None]


class MessageKind(StrEnum):
    ABANDONED = "abandoned"  #: no agent came in time: who called, and a number to call back; never the debt
    VOICEMAIL = "voicemail"  #: left after the beep: limited content, never the debt


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """One attempt, ready to leave. ``dial_string`` is a complete Asterisk channel, such as
    ``PJSIP/+573101234567@carrier``; ``ring_timeout_s`` counts from the dialing. ``wording`` is that of the message
    which the dialplan plays by itself where nobody takes the call."""

    call_id: CallId
    number: PhoneNumber
    dial_string: str
    caller_id: str
    ring_timeout_s: float
    early_media: bool
    language: str
    campaign: str
    debtor_id: int
    amd: AmdMode
    wording: str = DEFAULT_WORDING


class LegPhase(StrEnum):
    """How far a channel has come, as ``CoreShowChannels`` tells it."""

    DIALING = "dialing"
    RINGING = "ringing"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChannel:
    """A channel that Asterisk has right now. ``bridge_id`` is empty where it is in no bridge; ``agent_id`` says whose
    leg it is, and is None for every other channel; ``home`` is what ``connect_agent`` was told; ``held``: it is being
    asked to stay."""

    channel_id: str
    name: str
    phase: LegPhase
    bridge_id: str
    duration_s: int
    agent_id: AgentId | None = None
    home: str = ""
    held: bool = False


class Telephony(TalkControl, Protocol):
    """The PBX. Every method raises AmiDisconnected at once while the link is down: nothing is queued for later.

    Channels are named by their ids: a call by its CallId, an agent's leg by its LegId.
    """

    @property
    def connected(self) -> bool: ...

    def subscribe(self, sink: EventSink) -> None:
        """Send every later event to ``sink``, in order, from the event loop's thread."""
        ...

    async def place(self, call: PlaceCall) -> None:
        """Ask for the call and return when Asterisk has accepted the request. What becomes of it arrives as events.
        Raises AmiRefused or AmiTimeout; after AmiTimeout the call may exist."""
        ...

    async def connect_agent(self, agent_id: AgentId, leg_id: LegId, dial_string: str, *, home: str = "") -> None:
        """Ring the agent's phone and keep the answered leg up. ``AgentLegUp`` or ``AgentLegDown`` follows. ``home``,
        the campaign they signed in to, is kept with the leg."""
        ...

    async def bridge(self, call_id: CallId, leg_id: LegId) -> None:
        """Join a call and an agent's leg. ``CallBridged`` or ``BridgeFailed`` follows."""
        ...

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        """End a channel. Ending one that is already gone is not an error."""
        ...

    async def play_message(
        self, call_id: CallId, kind: MessageKind, language: str, wording: str = DEFAULT_WORDING
    ) -> None:
        """Play the recorded message and hang up after it. ``MessageStarted`` and ``MessagePlayed`` follow. ``wording``
        is of the abandoned message (``dialer/domain/wording.py``)."""
        ...

    async def serve_itself(self, call_id: CallId, language: str) -> None:
        """Send the call to its self-service flow. ``ServiceBegan`` follows."""
        ...

    def hear_keys(self, call_id: CallId, heard: Callable[[str], None] | None) -> None:
        """Tell ``heard`` of every key that the person of this call presses from now on, each once and in their order,
        whatever the call is doing; None: nobody any more. Nothing is told while the link is down."""
        ...

    async def stop_playing(self, call_id: CallId) -> None:
        """End what a self-service call is being played now, or its wait for a key."""
        ...

    def take_in(self, call_id: CallId, channel_id: str, name: str) -> None:
        """A channel that came in is a call of ours from now on, under ``call_id``."""
        ...

    async def start_recording(self, call_id: CallId, *, announce: bool, language: str) -> None:
        """Record the call in stereo, debtor left, agent right, until it ends. With ``announce`` both hear first that
        the call may be recorded."""
        ...

    async def tell_verdict(self, call_id: CallId, verdict: AmdVerdict) -> None:
        """Set ``AMDSTATUS`` and ``AMDCAUSE`` on the call's channel. What is asked of the channel after this call has
        begun, it does with them."""
        ...

    async def listen_along(self, call_id: CallId) -> None:
        """Send a copy of what the called person says to the detector, which ends it. Neither side hears of it."""
        ...

    async def take_back(self, call_id: CallId) -> None:
        """Take the call away from whom it is bridged with; the detector hears it again. ``CallUnbridged`` follows."""
        ...

    async def live_channels(self) -> Sequence[LiveChannel]: ...


class Detector(Protocol):
    """The answering-machine detector. Its verdicts arrive as ``VerdictReached``, exactly one for a call that was
    expected and answered; ``MessageTimeReached`` follows a machine's verdict where it was asked for, and
    ``SecondLookTaken`` what is heard after the connection."""

    def expect(
        self,
        call_id: CallId,
        *,
        mode: AmdMode,
        wait_for_message: bool,
        language: str,
        decide_by: DecideBy | None = None,
        second_look_s: float = 0.0,
    ) -> None:
        """The audio of this call will come; from early media on it is listened to. Once somebody greets, the verdict
        comes within ``decide_by``: unknown, where it is too early to say. After ``look_again`` it is listened to
        for ``second_look_s`` more."""
        ...

    def answered(self, call_id: CallId) -> None:
        """The call was answered now: the verdict's clock starts."""
        ...

    def look_again(self, call_id: CallId) -> None:
        """The call was connected with an agent now: the second look begins. Its audio comes anew."""
        ...

    def await_message_time(self, call_id: CallId) -> None:
        """The second look found a machine, and a message is to be left: ``MessageTimeReached`` will follow."""
        ...

    def forget(self, call_id: CallId) -> None:
        """Nothing more needs to be known of this call. Unknown calls are ignored."""
        ...
