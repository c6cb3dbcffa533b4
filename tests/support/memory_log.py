"""An AttemptLog in memory that remembers everything it was asked, for engine tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dialer.clock import seeded_random
from dialer.domain.ids import CallId, new_call_id
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import (
    AttemptClosing,
    AttemptProgress,
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
    open_before: Sequence[OpenAttempt] = ()
    next_debtor: int = 1

    def __post_init__(self) -> None:
        self._random = seeded_random(7)

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        attempts, denials = [], []
        while len(attempts) < count and self.next_debtor <= self.debtors:
            debtor = self.next_debtor
            self.next_debtor += 1
            if debtor in self.denials:
                denials.append(Denial(debtor_id=debtor, reasons=(self.denials[debtor],), next_allowed_at=None))
                continue
            attempts.append(attempt_for(debtor, new_call_id(now, self._random.randbytes(10)), self.language))
        self.reserved.update({attempt.call_id: attempt for attempt in attempts})
        exhausted = self.next_debtor > self.debtors
        return Reservation(attempts=tuple(attempts), denials=tuple(denials), exhausted=exhausted)

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


def attempt_for(debtor: int, call_id: CallId, language: str = "es") -> ReservedAttempt:
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
    )
