"""The log of attempts, and the only way to get somebody to dial."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dialer.compliance.ratios import RatioStanding
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.recycle import Retry
from dialer.domain.verdict import AmdVerdict
from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedAttempt:
    """An attempt that passed the gate and is committed to the log, not yet dialed.

    ``attempts`` and ``tries_by_outcome`` are the debtor's history in this campaign before this attempt.
    ``display_name`` is for the agent's screen once the call is theirs.

    What the law asks of the call, as the gate merged it: ``ring_minimum_s``; an agent or the recorded message within
    ``connect_deadline_s`` (None: no law says) of ``deadline_from`` (``greeting_start`` or ``greeting_end``); the
    wordings of that message (``drop_messages``); ``announcements``. The decision was made at ``reserved_at`` and holds
    until ``holds_until`` if nothing but time passes (None: for a day at least). ``segment`` is the lead file's field of
    that name, empty where there is none; ``time_zone`` the IANA name of the debtor's, empty where it is the country's.
    """

    call_id: CallId
    campaign_id: int
    debtor_id: int
    debt_ids: tuple[int, ...]
    phone_id: int
    number: PhoneNumber
    language: str
    attempts: int
    tries_by_outcome: dict[Outcome, int]
    display_name: str
    ring_minimum_s: float = 15.0
    mode: str = ""
    reserved_at: datetime | None = None
    holds_until: datetime | None = None
    connect_deadline_s: float | None = None
    deadline_from: str = ""
    drop_messages: tuple[str, ...] = ()
    announcements: tuple[str, ...] = ()
    segment: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A debtor who may not be called now. ``reasons`` are all denying rules, ``pack/rule``."""

    debtor_id: int
    reasons: tuple[str, ...]
    next_allowed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """``exhausted`` is True when the campaign has no debtor left who could ever be dialed again today."""

    attempts: tuple[ReservedAttempt, ...]
    denials: tuple[Denial, ...]
    exhausted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptProgress:
    """A milestone worth surviving a crash. Only the fields that are not None are written."""

    call_id: CallId
    dialed_at: datetime | None = None
    answered_at: datetime | None = None
    verdict: AmdVerdict | None = None
    bridged_at: datetime | None = None
    agent_id: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkNote:
    """Something that was done in a conversation. ``what`` is a stable id: joined, held, resumed, reaching, consulting,
    conference, handing, handed-over, returned, to-ivr, announced. ``other`` is whom it was about: an agent's id, or
    the name under which the campaign lists a number."""

    at: datetime
    what: str
    agent_id: AgentId | None
    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptClosing:
    """The end of an attempt: written with the debtor's next try and the outgoing event in one transaction.

    Closing an attempt that is already closed changes nothing. ``ring_s`` is None where it never rang.
    ``served_at`` is when the self-service flow took a person whom the campaign sent there.
    ``verdict_to_bridge_ms`` is the time from the detector's verdict to Asterisk's BridgeEnter. ``greeting_...`` are the
    beginning and the end of the called person's first words. ``breaches`` are the obligations that the call did not
    meet (``ring-minimum``, ``connect-deadline``, ``message``); None where it was not judged. ``agent_id`` is whose call
    it was at the end; ``talk`` who talked with whom since when.
    """

    call_id: CallId
    outcome: Outcome
    ended_at: datetime
    retry: Retry
    cause: int = 0
    cause_text: str = ""
    dial_status: str = ""
    dialed_at: datetime | None = None
    ringing_at: datetime | None = None
    early_media_at: datetime | None = None
    answered_at: datetime | None = None
    verdict: AmdVerdict | None = None
    verdict_at: datetime | None = None
    bridged_at: datetime | None = None
    served_at: datetime | None = None
    agent_id: AgentId | None = None
    abandoned_message_played: bool = False
    verdict_to_bridge_ms: float | None = None
    talk_s: float | None = None
    recorded: bool = False
    greeting_started_at: datetime | None = None
    greeting_ended_at: datetime | None = None
    breaches: tuple[str, ...] | None = None
    talk: tuple[TalkNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAttempt:
    """An attempt that the log has as begun and not ended, with what it knows of it."""

    attempt: ReservedAttempt
    reserved_at: datetime
    dialed_at: datetime | None
    answered_at: datetime | None
    verdict: AmdVerdict | None
    bridged_at: datetime | None
    agent_id: AgentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What the agent says came of a conversation. ``code`` is one of the campaign's dispositions, such as ``PTP``."""

    call_id: CallId
    agent_id: AgentId
    code: str
    notes: str = ""
    wrap_up_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """One contact that somebody asks for by name: an agent's manual call, a call-back, the API, the IVR, or a message
    on another channel. It passes the same gate as every other.

    ``number`` None: the debtor's next usable one (E.164, or the address of another channel). ``debts`` None: the open
    debts that the campaign collects. ``mode`` is recorded: ``manual``, ``callback``, ``api``, ``ivr``.
    ``one_call_per_person``: refused as busy while another call to this person is out, whatever the law says.
    """

    campaign_id: int
    debtor_id: int
    number: str | None = None
    debts: tuple[int, ...] | None = None
    channel: str = "call"
    mode: str = "manual"
    agent_guaranteed: bool = False
    one_call_per_person: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswer:
    """Exactly one of these: a call that may be dialed now (``attempt``), a message that may be sent now
    (``contact_id``), a ``denial``, or ``busy`` where a call to this person is out."""

    attempt: ReservedAttempt | None = None
    contact_id: str | None = None
    denial: Denial | None = None
    busy: bool = False


class ContactGate(Protocol):
    """The gate for contacts that are asked for one by one, and where a campaign stands under the rates of the law."""

    async def reserve_contact(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        """Ask the gate about one named contact and write it as reserved, or the denial: one transaction. Raises
        UnknownCampaign, UnknownDebtor, InputError for a number or debt that is not the debtor's."""
        ...

    async def recheck(self, call_id: CallId, now: datetime) -> Denial | None:
        """Ask the gate again about a reserved call that was not dialed at once. None: it may be dialed. Otherwise the
        reservation has been released and the denial written."""
        ...

    async def standings(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        """Where the campaign stands under every ratio rule that concerns its debtors."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PastInterval:
    """People answered (connected or abandoned) and people abandoned, some minutes from ``at`` on."""

    at: datetime
    people: int
    abandoned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCalls:
    """What a campaign's own log says of its calls; None where it says too little. ``answer_rate`` is the share of the
    calls dialed that a person answered, the others are means in seconds. ``intervals`` are those of the last thirty
    days."""

    answer_rate: float | None = None
    talk_s: float | None = None
    wrap_up_s: float | None = None
    intervals: tuple[PastInterval, ...] = ()


NOTHING_PAST = PastCalls()


class AttemptLog(ContactGate, Protocol):
    """The log of attempts, and the only way to get somebody to dial."""

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        """Claim up to ``count`` debtors who are ready, ask the compliance gate about each, and write the allowed ones
        as attempts and the denied ones as denials: one transaction, committed when this returns. Asked for 0, it says
        whether the list is at its end."""
        ...

    async def progress(self, milestones: Sequence[AttemptProgress]) -> None: ...

    async def close(self, closings: Sequence[AttemptClosing]) -> None: ...

    async def release(self, call_ids: Sequence[CallId], now: datetime) -> None:
        """Take back reservations that were certainly never dialed; their debtors are ready again."""
        ...

    async def dispose(self, disposition: Disposition) -> None: ...

    async def open_attempts(self, campaign_id: int) -> Sequence[OpenAttempt]: ...
