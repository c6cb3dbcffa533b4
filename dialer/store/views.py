"""What the queries answer with: plain values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.ports import TalkNote
from dialer.store.money import to_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Where a campaign's debtors stand. The other counts add up to ``debtors``.

    ``ready`` are due now, ``later`` wait for their next try, the first of them at ``next_ready_at``; ``finished`` are
    never dialed again in this campaign.
    """

    debtors: int
    ready: int
    later: int
    in_flight: int
    finished: int
    next_ready_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Every field that is not None narrows the log. ``number_digits`` are digits that the dialed number contains."""

    campaign: str | None = None
    outcome: Outcome | None = None
    agent_id: str | None = None
    number_digits: str | None = None
    debtor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """Everything the log knows of one attempt. ``state`` is open, closed or released; ``outcome`` None while open.

    ``next_try_at`` and ``stop_reason`` are what the retry rules made of it.
    """

    call_id: str
    campaign: str
    state: str
    debtor_id: int
    debtor_name: str
    number: PhoneNumber
    reserved_at: datetime
    dialed_at: datetime | None
    ringing_at: datetime | None
    early_media_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    cause: int
    cause_text: str
    dial_status: str
    verdict: AmdVerdict | None
    verdict_at: datetime | None
    verdict_to_bridge_ms: float | None
    agent_id: str | None
    agent_name: str | None
    abandoned_message_played: bool
    talk_s: float | None
    disposition: str | None
    notes: str
    wrap_up_s: float | None
    next_try_at: datetime | None
    stop_reason: str
    recorded: bool
    talk: tuple[TalkNote, ...] = ()

    @property
    def ring_s(self) -> float | None:
        """Seconds from the first ringing to the answer, or to the end where nobody answered; None where none rang."""
        until = self.answered_at or self.ended_at
        if self.ringing_at is None or until is None:
            return None
        return max(0.0, (until - self.ringing_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPage:
    """Newest first. ``next_cursor`` asks for the page after this one; None where there is none."""

    rows: tuple[AttemptView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtView:
    """``amount_minor`` in the smallest unit of ``currency`` (ISO 4217)."""

    id: int
    ref: str
    creditor: str
    product: str
    amount_minor: int
    currency: str
    due_on: date | None
    is_open: bool

    @property
    def amount(self) -> Decimal:
        return to_units(self.amount_minor, self.currency)

    def days_past_due(self, today: date) -> int | None:
        """Whole days since the due date, 0 before it, None where it is not known."""
        return None if self.due_on is None else max(0, (today - self.due_on).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneView:
    """``state`` is ok, bad or do_not_call."""

    id: int
    number: PhoneNumber
    position: int
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundView:
    """A call that came in. ``number`` is E.164, or empty."""

    debtor_id: int
    number: str
    debts: tuple[DebtView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A call of a debtor's own. ``outcome`` None: it goes on, or nobody knows. ``agent_id`` None: nobody but
    self-service."""

    call_id: str
    at: datetime
    outcome: Outcome | None
    disposition: str | None
    notes: str
    agent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtorView:
    """A person with everything the store has of them. ``attempts`` and ``came_in`` newest first, of every campaign."""

    id: int
    external_ref: str
    document: str
    name: str
    language: str
    country: str
    time_zone: str
    custom: Mapping[str, str]
    do_not_call: bool
    phones: tuple[PhoneView, ...]
    debts: tuple[DebtView, ...]
    attempts: tuple[AttemptView, ...]
    came_in: tuple[CameIn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """A campaign since some instant, from the log alone.

    ``attempts`` counts what was dialed or is about to be, without released reservations; ``open`` those not ended.
    ``people`` = bridged + abandoned, the denominator of ``abandonment_rate``; ``machines`` answered and were no person.
    ``denied`` counts refusals of the gate by rule.
    """

    attempts: int
    open: int
    answered: int
    people: int
    bridged: int
    abandoned: int
    machines: int
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    verdicts: Mapping[AmdCategory, int] = field(default_factory=dict)
    denied: Mapping[str, int] = field(default_factory=dict)

    @property
    def abandonment_rate(self) -> float:
        return self.abandoned / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A finished recording. ``file`` is relative to the folder of recordings; ``duration_s`` of the audio."""

    call_id: str
    file: str
    size_bytes: int
    sha256: str
    duration_s: float
