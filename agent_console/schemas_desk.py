"""What the agent's desk sends and is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from agent_console.live_state import AgentNote, LiveAgent
from agent_console.ports import DebtorCard
from agent_console.ports_desk import CallHelp, Draft, FoundDebtor, PauseTotal
from agent_console.ports_promises import PromiseView
from agent_console.schemas import AgentIdText, Body, CallIdText, CampaignName, Phone
from agent_console.schemas_compliance import Language, Moment, RowId
from agent_console.schemas_promises import InstalmentIn
from dialer.domain.campaign import DialMode
from dialer.domain.desk import LONGEST_REASON

LONGEST_NOTES = 4000
MOST_FIELDS = 40

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,16}$")]
Notes = Annotated[str, StringConstraints(max_length=LONGEST_NOTES)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]


class DeskSignIn(Body):
    """The agent is the account's. ``also``: other campaigns that may borrow them, the dearest first. ``take_over`` sits
    down at their desk where they are signed in already, from another browser say."""

    campaign: str = Field(min_length=1, max_length=64)
    phone: Phone
    also: list[CampaignName] = Field(default_factory=list, max_length=32)
    take_over: bool = False


class DeskAgent(BaseModel):
    """``also``: the other campaigns whose debtors the agent may call."""

    campaign: str
    agent_id: AgentIdText
    name: str
    phone: str
    also: list[str] = Field(default_factory=list)


class DeskState(BaseModel):
    """``desk`` is None while nobody is signed in here; ``agent`` None while the engine does not know them; ``card``,
    ``help`` and ``draft`` None unless a call is theirs at this moment. ``campaign`` is the one they work for now:
    ``desk.campaign``, or the one that borrowed them; the times, dispositions and breaks are that one's. ``written`` is
    the disposition that the call has already."""

    now: datetime
    desk: DeskAgent | None = None
    campaign: str | None = None
    mode: DialMode | None = None
    agent: LiveAgent | None = None
    card: DebtorCard | None = None
    help: CallHelp | None = None
    draft: Draft | None = None
    written: str | None = None
    wrap_up_s: float | None = None
    wrap_up_extension_s: float | None = None
    preview_s: float | None = None
    dispositions: list[str] = Field(default_factory=list)
    pause_reasons: list[str] = Field(default_factory=list)
    messages: list[AgentNote] = Field(default_factory=list)


class DeskAct(Body):
    """``reason`` is for a pause: one of the campaign's."""

    reason: str = Field(default="", max_length=LONGEST_REASON)


class DeskPromise(Body):
    """A promise that was given in the call. ``discount`` is the share of the balance that was offered."""

    debt: RowId
    instalments: Annotated[list[InstalmentIn], Field(min_length=1, max_length=60)]
    discount: Annotated[float, Field(ge=0, lt=1)] = 0.0


class DeskCallBack(Body):
    """``mine``: by this agent, if they are there then; else by anybody. ``phone`` left out: the debtor's next usable
    number."""

    at: Moment
    mine: bool = False
    phone: RowId | None = None


class DispositionIn(Body):
    """``promise`` goes with PTP, ``call_back`` with CALLBACK and others after which the debtor may be called."""

    call_id: CallIdText
    code: Code
    notes: Notes = ""
    promise: DeskPromise | None = None
    call_back: DeskCallBack | None = None
    lang: Language = "es"


class Written(BaseModel):
    """What was recorded, to be read back. ``repeated``: it was there already."""

    done: Literal[True] = True
    repeated: bool = False
    promise: PromiseView | None = None
    call_back_at: datetime | None = None


class DraftContent(Body):
    """``fields`` are those of the form, by their names."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{0,16}$")] = ""
    notes: Notes = ""
    fields: dict[FieldName, Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=dict, max_length=MOST_FIELDS
    )


class DraftIn(Body):
    call_id: CallIdText
    content: DraftContent


class DraftKept(BaseModel):
    version: int


class SearchIn(Body):
    """A document, a reference, a number or parts of a name: in the body, for it may stand in no log."""

    text: str = Field(min_length=1, max_length=120)


class FoundDebtors(BaseModel):
    debtors: list[FoundDebtor]


class DialIn(Body):
    """A debtor whom the search found. ``phone`` left out: their next usable number."""

    debtor: RowId
    phone: RowId | None = None
    lang: Language = "es"


class MayCallIn(Body):
    """``at`` left out: now."""

    debtor: RowId
    phone: RowId | None = None
    at: Moment | None = None
    lang: Language = "es"


class CallBackAsked(DeskCallBack):
    debtor: RowId
    lang: Language = "es"


class CallBackMade(BaseModel):
    at: datetime


class PausesNow(BaseModel):
    """``pauses``: of each agent and reason."""

    since: datetime
    until: datetime
    pauses: list[PauseTotal]
