"""What the compliance routes take and give, beyond the read models of the ports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from agent_console.ports_ledger import FactView, OverrideView
from agent_console.ports_rules import DebtorView
from agent_console.ports_trail import HoldView
from agent_console.schemas import AgentIdText, Body
from dialer.compliance.account import RuleAccount
from dialer.compliance.facts import Channel, Direction, LedgerOutcome
from dialer.compliance.ratios import RatioStanding
from dialer.compliance.verdict import Obligations

Language = Literal["es", "en"]
#: An instant that calendars and time zones can reckon with.
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
RowId = Annotated[int, Field(ge=1, lt=2**63)]
PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")
]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}/[a-z0-9-]{1,39}$")]
NumberText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=32)]
AddressText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]


class Spoken(Body):
    """``by``: who decides this. At a signed-in desk it is the agent, and may be left out."""

    by: PersonName | None = None


# ------------------------------------------------------------------------------------------ rules


class Answered(BaseModel):
    """``sentences`` are for people, in the language asked for. ``rules`` has every rule of every pack that applies,
    with ``ok`` None where it does not concern this contact. ``holds_until``: from when it would be denied if nothing
    but time passed."""

    allowed: bool
    sentences: list[str]
    reasons: list[str]
    next_allowed_at: datetime | None
    holds_until: datetime | None
    zones: list[str]
    packs: list[str]
    not_applicable: list[tuple[str, str]]
    basis: str
    rules: list[RuleAccount]


class Explained(Answered):
    now: datetime
    debtor: DebtorView
    campaign: str
    channel: Channel
    number_masked: str
    at: datetime


class DecisionOut(BaseModel):
    """``answer`` is made again from the record, None where that was erased; it may differ from what was said then where
    ``same_rules`` is False. ``breaches`` None: the call was not judged."""

    at: datetime
    debtor_id: int
    allowed: bool
    same_rules: bool
    obligations: Obligations | None
    breaches: list[str] | None
    answer: Answered | None


class DecisionOfCall(BaseModel):
    """``decision`` None: the call is older than the audit trail."""

    decision: DecisionOut | None


class StandingsNow(BaseModel):
    now: datetime
    standings: list[RatioStanding]


class WhatIfIn(Body):
    """``pack`` is the id of a shipped one, ``yaml`` the text of a changed or new one: exactly one of them."""

    pack: str | None = Field(default=None, max_length=64)
    yaml: str | None = Field(default=None, max_length=200_000)
    since: Moment
    campaign: str | None = Field(default=None, max_length=64)


# ------------------------------------------------------------------------------------------ facts


class FactIn(Spoken):
    """A fact about exactly one ``debtor``, ``debt`` or ``number``. ``value`` by kind: ``flag`` {"flag": "attorney"};
    ``consent`` {}; ``quiet_time`` {"days": [0..6], "from_s", "to_s"}; ``channels`` {"channels": ["call", ...]};
    ``notice`` {} or {"sent": false}. ``at`` is since when it holds; now, where it is left out."""

    kind: Literal["flag", "consent", "quiet_time", "channels", "notice"]
    value: dict[str, Any] = Field(default_factory=dict)
    source: Sentence
    debtor: RowId | None = None
    debt: RowId | None = None
    number: NumberText | None = None
    at: Moment | None = None


class Made(BaseModel):
    id: int


class FactList(BaseModel):
    facts: list[FactView]


class OverrideIn(Spoken):
    """``campaign`` and ``debtor`` left out: every one."""

    rule: RuleId
    reason: Sentence
    from_at: Moment
    until_at: Moment
    campaign: str | None = Field(default=None, max_length=64)
    debtor: RowId | None = None


class OverrideList(BaseModel):
    now: datetime
    overrides: list[OverrideView]


# ------------------------------------------------------------------------------------------ contacts


class ContactIn(Body):
    """A message or visit that somebody would like to make. ``debts`` left out: the open ones that the campaign
    collects."""

    campaign: str = Field(min_length=1, max_length=64)
    debtor: RowId
    channel: Literal[Channel.SMS, Channel.EMAIL, Channel.WHATSAPP, Channel.LETTER, Channel.VISIT]
    address: AddressText | None = None
    debts: list[RowId] | None = Field(default=None, max_length=100)
    source: str = Field(default="", max_length=200)


class ContactAllowed(BaseModel):
    """Make it now, then say what came of it with ``finish``, or ``release`` it."""

    contact_id: str


class ContactEnd(Body):
    outcome: Literal[
        LedgerOutcome.DELIVERED,
        LedgerOutcome.CONVERSATION,
        LedgerOutcome.THIRD_PARTY,
        LedgerOutcome.FAILED,
        LedgerOutcome.NO_ANSWER,
        LedgerOutcome.MESSAGE_LEFT,
        LedgerOutcome.UNKNOWN,
    ]
    ended_at: Moment | None = None


class PastContact(Body):
    """A contact that asked nobody: an inbound call, or one that another system made. Without ``outcome`` it goes on,
    and counts as the worst it may become until it is finished."""

    debtor: RowId
    at: Moment
    channel: Channel = Channel.CALL
    direction: Direction = Direction.IN
    outcome: LedgerOutcome | None = None
    ended_at: Moment | None = None
    address: AddressText = ""
    debts: list[RowId] = Field(default_factory=list, max_length=100)
    source: Sentence


class CallIn(Body):
    """``agent`` calls ``debtor`` by hand; ``number`` left out: the debtor's next usable one."""

    debtor: RowId
    agent: AgentIdText
    number: NumberText | None = None


class CallPlaced(BaseModel):
    call_id: str


class CallBackIn(Body):
    """``agent``: by that agent, if they are there then."""

    debtor: RowId
    at: Moment
    agent: AgentIdText | None = None
    number: NumberText | None = None


# ------------------------------------------------------------------------------------------ trail


class IncidentEnd(Spoken):
    note: Sentence


class HoldIn(Spoken):
    """``debtor`` null: everybody."""

    debtor: RowId | None
    reason: Sentence


class HoldList(BaseModel):
    holds: list[HoldView]


class EraseIn(Spoken):
    """``confirm`` repeats the debtor's id: this cannot be undone."""

    reason: Sentence
    confirm: RowId | None = None
