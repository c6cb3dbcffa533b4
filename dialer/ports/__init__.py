"""What the engine needs of the outside, as protocols. Adapters implement them; tests use the shipped doubles."""

from __future__ import annotations

from dialer.ports.attempts import (
    NOTHING_PAST,
    AttemptClosing,
    AttemptLog,
    AttemptProgress,
    ContactAnswer,
    ContactGate,
    ContactRequest,
    Denial,
    Disposition,
    OpenAttempt,
    PastCalls,
    PastInterval,
    Reservation,
    ReservedAttempt,
    TalkNote,
)
from dialer.ports.bus import (
    BusHandler,
    BusMessage,
    EventBus,
)
from dialer.ports.call_backs import (
    CallBack,
    CallBackBook,
)
from dialer.ports.service import (
    AgentJoined,
    CallOver,
    NobodyCame,
    PlaceInLine,
    SelfService,
    ServedCall,
    ServiceMode,
    ServiceNews,
)
from dialer.ports.talk import Notice, PlaceThird, TalkControl
from dialer.ports.telephony import (
    Detector,
    EventSink,
    LegPhase,
    LiveChannel,
    MessageKind,
    PlaceCall,
    Telephony,
)

__all__ = [
    "NOTHING_PAST",
    "AgentJoined",
    "AttemptClosing",
    "AttemptLog",
    "AttemptProgress",
    "BusHandler",
    "BusMessage",
    "CallBack",
    "CallBackBook",
    "CallOver",
    "ContactAnswer",
    "ContactGate",
    "ContactRequest",
    "Denial",
    "Detector",
    "Disposition",
    "EventBus",
    "EventSink",
    "LegPhase",
    "LiveChannel",
    "MessageKind",
    "NobodyCame",
    "Notice",
    "OpenAttempt",
    "PastCalls",
    "PastInterval",
    "PlaceCall",
    "PlaceInLine",
    "PlaceThird",
    "Reservation",
    "ReservedAttempt",
    "SelfService",
    "ServedCall",
    "ServiceMode",
    "ServiceNews",
    "TalkControl",
    "TalkNote",
    "Telephony",
]
