"""An AttemptLog in memory that remembers everything it was asked, for engine tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dialer.clock import seeded_random
from dialer.compliance.ratios import RatioStanding
from dialer.domain.ids import CallId, new_call_id
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.errors import UnknownDebtor
from dialer.ports import (
    AttemptClosing,
    AttemptProgress,
    ContactAnswer,
    ContactRequest,
    Denial,
    Disposition,
    OpenAttempt,
    Reservation,
    ReservedAttempt,
)


@dataclass
class MemoryLog:
    """Debtors are the integers 1..``debtors``; debtor n has the number +57310 followed by n in seven digits."""

    debtors: int = 1000
    language: str = "es"
    denials: dict[int, str] = field(default_factory=dict)
    reserved: dict[CallId, ReservedAttempt] = field(default_factory=dict)
    progressed: list[AttemptProgress] = field(default_factory=list)
    closings: dict[CallId, AttemptClosing] = field(default_factory=dict)
    closed_twice: list[CallId] = field(default_factory=list)
    released: list[CallId] = field(default_factory=list)
    disposed: list[Disposition] = field(default_factory=list)
    obligations: dict[str, Any] = field(default_factory=dict)  #: fields of every attempt it gives out
    contacts: list[ContactRequest] = field(default_factory=list)
    rechecked: list[CallId] = field(default_factory=list)
    recheck_denials: dict[int, str] = field(default_factory=dict)  #: debtors whom a second look denies
    on_the_line: set[int] = field(default_factory=set)  #: debtors whom another call has now
    standing: Sequence[RatioStanding] = ()
    open_before: Sequence[OpenAttempt] = ()
    next_debtor: int = 1
    seed: int = 7  #: of the call ids

    def __post_init__(self) -> None:
        self._random = seeded_random(self.seed)

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        attempts: list[ReservedAttempt] = []
        denials: list[Denial] = []
        while len(attempts) < count and self.next_debtor <= self.debtors:
            debtor = self.next_debtor
            self.next_debtor += 1
            if debtor in self.denials:
                denials.append(Denial(debtor_id=debtor, reasons=(self.denials[debtor],), next_allowed_at=None))
                continue
            attempts.append(self._attempt(debtor, now))
        exhausted = self.next_debtor > self.debtors
        return Reservation(attempts=tuple(attempts), denials=tuple(denials), exhausted=exhausted)

    def _attempt(self, debtor: int, now: datetime, **more: Any) -> ReservedAttempt:
        call_id = new_call_id(now, self._random.randbytes(10))
        attempt = attempt_for(debtor, call_id, self.language, at=now)
        if self.obligations or more:
            attempt = replace(attempt, **{**self.obligations, **more})
        self.reserved[call_id] = attempt
        return attempt

    async def reserve_contact(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        self.contacts.append(request)
        if not 1 <= request.debtor_id <= self.debtors:
            raise UnknownDebtor
        if request.debtor_id in self.denials:
            reasons = (self.denials[request.debtor_id],)
            return ContactAnswer(denial=Denial(debtor_id=request.debtor_id, reasons=reasons, next_allowed_at=None))
        if request.debtor_id in self.on_the_line:
            return ContactAnswer(busy=True)
        return ContactAnswer(attempt=self._attempt(request.debtor_id, now, mode=request.mode))

    async def recheck(self, call_id: CallId, now: datetime) -> Denial | None:
        self.rechecked.append(call_id)
        debtor = self.reserved[call_id].debtor_id
        if debtor not in self.recheck_denials:
            return None
        self.released.append(call_id)
        return Denial(debtor_id=debtor, reasons=(self.recheck_denials[debtor],), next_allowed_at=None)

    async def standings(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        return self.standing

    async def progress(self, milestones: Sequence[AttemptProgress]) -> None:
        self.progressed.extend(milestones)

    async def close(self, closings: Sequence[AttemptClosing]) -> None:
        for closing in closings:
            if closing.call_id in self.closings:
                self.closed_twice.append(closing.call_id)
            self.closings[closing.call_id] = closing

    async def release(self, call_ids: Sequence[CallId], now: datetime) -> None:
        self.released.extend(call_ids)

    async def dispose(self, disposition: Disposition) -> None:
        self.disposed.append(disposition)

    async def open_attempts(self, campaign_id: int) -> Sequence[OpenAttempt]:
        return self.open_before

    def outcomes(self) -> dict[Outcome, int]:
        counts: dict[Outcome, int] = {}
        for closing in self.closings.values():
            counts[closing.outcome] = counts.get(closing.outcome, 0) + 1
        return counts

    @property
    def unaccounted(self) -> set[CallId]:
        return set(self.reserved) - set(self.closings) - set(self.released)


def attempt_for(debtor: int, call_id: CallId, language: str = "es", *, at: datetime | None = None) -> ReservedAttempt:
    return ReservedAttempt(
        call_id=call_id,
        campaign_id=1,
        debtor_id=debtor,
        debt_ids=(debtor,),
        phone_id=debtor,
        number=PhoneNumber(f"+57310{debtor:07d}"),
        language=language,
        attempts=0,
        tries_by_outcome={},
        display_name=f"Debtor {debtor}",
        reserved_at=at,
    )
