"""What the console reads, as plain values and protocols. It never sees a table, a session or an engine object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from dialer.domain.campaign import DialMode
from dialer.domain.desk import STANDARD_PAUSE_REASONS
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from pacing.calibration import Calibration

#: What an agent may say came of a conversation. Words for each are in static/i18n.
STANDARD_DISPOSITIONS = (
    "PTP",
    "PAID",
    "CALLBACK",
    "NO_COMMITMENT",
    "REFUSED",
    "DISPUTE",
    "THIRD_PARTY",
    "WRONG_PERSON",
    "DO_NOT_CALL",
    "DECEASED",
    "ATTORNEY",
    "CEASE",
    "BANKRUPTCY",
    "MORATORIUM",
    "EMPLOYER_BARS",
    "CONSENT_REVOKED",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign as configured. Durations in seconds, ``target_abandonment`` a fraction, ``ratio`` 1.0 to 10.0."""

    name: str
    country: str
    language: str
    mode: DialMode
    ratio: float
    target_abandonment: float
    wrap_up_s: float
    preview_s: float
    creditor: str = ""
    dispositions: tuple[str, ...] = STANDARD_DISPOSITIONS
    wrap_up_extension_s: float = 60.0
    pause_reasons: tuple[str, ...] = STANDARD_PAUSE_REASONS
    transfer_numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Where a campaign's debtors stand now. The counts add up to ``debtors``.

    ``ready`` may be dialed now as far as the list goes (the compliance gate is asked later); ``later`` wait for their
    next try, the first of them at ``next_ready_at``; ``finished`` are never dialed again in this campaign.
    """

    debtors: int
    ready: int
    later: int
    in_flight: int
    finished: int
    next_ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Every field that is not None narrows the log. ``number_digits`` are 3 to 15 digits that the dialed number
    contains."""

    campaign: str | None = None
    outcome: Outcome | None = None
    agent_id: str | None = None
    number_digits: str | None = None
    debtor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One line of the log. ``outcome`` is None while the attempt is open, and where it is ``released``: taken back
    before it was dialed. ``talk_s`` is None where nobody was connected."""

    call_id: str
    campaign: str
    reserved_at: datetime
    number_masked: str
    outcome: Outcome | None
    agent_id: str | None
    verdict: AmdCategory | None
    ring_s: float | None
    talk_s: float | None
    disposition: str | None
    recorded: bool
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPage:
    """Newest first. ``next_cursor`` asks for the page after this one; None where there is none."""

    rows: tuple[AttemptRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkStep:
    """Something that was done in a conversation: ``did`` as in ``call.talk``; ``other`` whom it was about, an agent's
    id or the name of a listed number, or which announcement."""

    at: datetime
    did: str
    agent_id: str | None
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDetail:
    """Everything the log knows of one attempt. ``cause`` is the Q.850 cause, 0 where unknown; ``talk`` is empty until
    the call is over."""

    row: AttemptRow
    number: str
    debtor_name: str
    dialed_at: datetime | None = None
    ringing_at: datetime | None = None
    early_media_at: datetime | None = None
    answered_at: datetime | None = None
    verdict_at: datetime | None = None
    verdict_reason: str = ""
    verdict_delay_ms: int | None = None
    verdict_confidence: float | None = None
    bridged_at: datetime | None = None
    verdict_to_bridge_ms: float | None = None
    ended_at: datetime | None = None
    cause: int = 0
    cause_text: str = ""
    dial_status: str = ""
    abandoned_message_played: bool = False
    agent_name: str | None = None
    notes: str = ""
    next_try_at: datetime | None = None
    stop_reason: str | None = None
    talk: tuple[TalkStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtView:
    """``balance`` in units of ``currency`` (ISO 4217). ``days_past_due`` is None where no due date is known."""

    reference: str
    creditor: str
    product: str
    balance: Decimal
    currency: str
    days_past_due: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """An earlier attempt at the same debtor, or a call of theirs (``came_in``)."""

    at: datetime
    outcome: Outcome | None
    agent_id: str | None
    disposition: str | None
    notes: str
    came_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorCard:
    """What an agent needs while the call is theirs. ``language`` is es, en, or empty where it is not known; ``history``
    newest first, without the present call."""

    call_id: str
    name: str
    external_ref: str
    number_masked: str
    language: str
    debts: tuple[DebtView, ...]
    history: tuple[ContactView, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallParty:
    """Whom a call concerns: the debtor, the ids of all their debts, and their numbers in E.164."""

    call_id: str
    debtor_id: int
    debts: frozenset[int]
    numbers: frozenset[str]


class ConsoleQueries(Protocol):
    """The read side of the store. Every method answers from the database alone and raises StoreError when it cannot."""

    async def campaigns(self) -> Sequence[CampaignView]:
        """Every campaign, in the order of their names."""
        ...

    async def backlog(self, campaign: str, now: datetime) -> Backlog:
        """Raises UnknownCampaign."""
        ...

    async def calibration(self, campaign: str, since: datetime) -> Calibration:
        """What the pacer forecast of the calls dialed since then, and what came. Raises UnknownCampaign."""
        ...

    async def attempts(self, wanted: AttemptFilter, *, cursor: str | None, limit: int) -> AttemptPage:
        """Raises InputError for a cursor that this method did not give out. ``limit`` is 1 to 200."""
        ...

    async def attempt(self, call_id: str) -> AttemptDetail | None: ...

    async def call_party(self, call_id: str) -> CallParty | None: ...

    async def debtor_card(self, call_id: str, now: datetime) -> DebtorCard | None:
        """The debtor of an attempt. ``now`` fixes the days past due."""
        ...


#: The finished recording of a call, or None where there is none. The console checks that it lies under its root.
RecordingFinder = Callable[[str], Awaitable[Path | None]]

#: The metrics of the process in the Prometheus text format.
MetricsText = Callable[[], bytes]
