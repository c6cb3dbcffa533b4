"""What a campaign's core is told: events, answers to its own requests, and orders from people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dialer.compliance.ratios import RatioStanding
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import AgentId, CallId
from dialer.domain.talk import TalkVerb
from dialer.ports import CallBack, ContactAnswer, Denial, LiveChannel, Notice, OpenAttempt, Reservation
from dialer.values import dataclass


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks."""

    at: datetime
    monotonic: float

    def ago(self, seconds: float) -> Instant:
        """So many seconds before."""
        return Instant(self.at - timedelta(seconds=seconds), self.monotonic - seconds)


@dataclass(frozen=True, slots=True)
class Tick:
    """A beat of the campaign: deadlines are looked at and the pacer is asked."""


@dataclass(frozen=True, slots=True)
class DeadlineCame:
    """Between two beats the earliest deadline has come. Most have lost their object by then, so this must cost little:
    the pacer waits for its beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsReserved:
    """The answer to ``effects.Reserve``. ``requested`` is the count it asked for."""

    reservation: Reservation
    requested: int
    for_agent: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFailed:
    requested: int
    detail: str
    for_agent: AgentId | None = None


class ContactAsked(Protocol):
    """What the answer is to: ``effects.ReserveContact``."""

    @property
    def agent_id(self) -> AgentId: ...
    @property
    def request_id(self) -> str: ...
    @property
    def call_back_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswered:
    """The gate's answer to ``effects.ReserveContact``."""

    asked: ContactAsked
    answer: ContactAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFailed:
    """The gate could not be asked: ``code`` is the error's."""

    asked: ContactAsked
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """The answer to ``effects.Recheck``, asked at ``asked``. With a denial the reservation is gone already;
    ``failed`` says that the gate could not be asked, and then it may not be dialed and is still there."""

    call_id: CallId
    asked: Instant
    denial: Denial | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingsRead:
    """Where the campaign stands under the rates that the law watches, by the log at ``asked``."""

    standings: Sequence[RatioStanding]
    asked: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBacksDue:
    call_backs: Sequence[CallBack]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackPromised:
    """``code`` is empty where it was written down, else the error's."""

    request_id: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingFailed:
    """``certain`` is True where no call can exist; False where Asterisk may yet have placed it."""

    call_id: CallId
    detail: str
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsListed:
    """What Asterisk has right now, after the link came back or at the start."""

    channels: Sequence[LiveChannel]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttemptsFound:
    """Attempts that an earlier run of the engine began and did not end, with Asterisk's channels."""

    attempts: Sequence[OpenAttempt]
    channels: Sequence[LiveChannel]


@dataclass(frozen=True, slots=True)
class AgentCame:
    """An idle agent was brought here by another campaign's core: somebody may wait for them."""


@dataclass(frozen=True, slots=True)
class DebtSettled:
    """A payment has settled the debt: nobody is to be called for it any more."""

    debt_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCameIn:
    """Somebody calls us, and serves themselves. ``number`` is what they show, E.164 or empty; ``debtor_id`` 0: nobody
    knows who it is."""

    call_id: CallId
    debtor_id: int
    number: str
    language: str


# ------------------------------------------------------------------------------ orders from people


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``request_id`` comes back in the answer on the bus."""

    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCampaign(Order):
    """``paused``: as an earlier run of the engine left it; nothing is dialed before it is started once more."""

    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCampaign(Order):
    """Stop placing and hang up whatever has not been answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCampaign(Order):
    """Place nothing new until it is started again; everything in progress goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainCampaign(Order):
    """Place nothing new; everything in progress ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode(Order):
    """``ratio`` and ``target`` (the abandonment rate allowed, a fraction) stay where they are None."""

    mode: DialMode
    ratio: float | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Order):
    agent_id: AgentId
    name: str
    dial_string: str
    ready: bool = False
    also: tuple[str, ...] = ()  #: other campaigns that may borrow the agent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class GoReady(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Order):
    agent_id: AgentId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispose(Order):
    agent_id: AgentId
    call_id: CallId
    code: str
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWrapUp(Order):
    """More time to write, once for each call."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class InTalk(Order):
    """Do something with the call in hand. ``call_id``: refused where it is another one by now. ``to_agent`` or
    ``to_number`` (a name of the campaign's list) say whom to transfer to or consult; ``digits`` which keys to press;
    ``notice`` what to announce."""

    agent_id: AgentId
    verb: TalkVerb
    call_id: CallId | None = None
    to_agent: AgentId | None = None
    to_number: str = ""
    digits: str = ""
    notice: Notice = Notice.RECORDING


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPreview(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipPreview(Order):
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(Order):
    """The agent calls a debtor of the campaign by hand. ``number`` None: the debtor's next usable one."""

    agent_id: AgentId
    debtor_id: int
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackLater(Order):
    """Call this debtor at ``at``; by ``agent_id``, if that agent is there then."""

    debtor_id: int
    at: datetime
    number: str | None = None
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconfigure(Order):
    """Go on with these settings; of those that only a new start of the engine can change, with the old ones."""

    campaign: Campaign


AgentOrder = (
    SignIn | SignOut | GoReady | Pause | HangUp | Dispose | InTalk | ExtendWrapUp | AcceptPreview | SkipPreview | Dial
)
CampaignOrder = StartCampaign | PauseCampaign | StopCampaign | DrainCampaign | SetMode | Reconfigure | CallBackLater
PersonsOrder = AgentOrder | CampaignOrder
Answer = (
    AttemptsReserved
    | ReservationFailed
    | ContactAnswered
    | ContactFailed
    | Rechecked
    | StandingsRead
    | CallBacksDue
    | CallBackPromised
    | PlacingFailed
    | ChannelsListed
    | OpenAttemptsFound
    | CallCameIn
)
Message = Tick | DeadlineCame | TelephonyEvent | Answer | AgentCame | DebtSettled | PersonsOrder
