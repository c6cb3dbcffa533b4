"""Rows of the ledger, and what of each was known at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.support.brute_force.question import Event

#: What the dialer calls an outcome, in the words of the law. None: nobody knows, so it may have been anything.
WORDS = {
    "hung_up_early": "no_answer",
    "announcement": "no_answer",
    "silence": "no_answer",
    "rejected": "no_answer",
    "cancelled": "no_answer",
    "fax": "machine",
    "lost": None,
    "unknown": None,
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One row of ``attempts`` or ``contacts``. ``known_from`` is when it came into the ledger."""

    id: str
    channel: str
    direction: str
    campaign: int | None
    debtor: int
    debts: tuple[int, ...]
    creditors: tuple[str, ...]
    number: str
    mode: str
    known_from: datetime
    at: datetime
    dialed_at: datetime | None
    ended_at: datetime | None
    state: str
    outcome: str | None
    agent_guaranteed: bool
    asked: bool  #: it was reserved here, so the gate was asked; False: it came from outside

    def seen(self, now: datetime) -> Event | None:
        """As the ledger had it just before ``now``; None where it had it not, or as certainly never made."""
        if self.known_from >= now:
            return None
        over = self.ended_at is not None and self.ended_at <= now
        if over and self.state == "released":
            return None
        start = self.dialed_at if self.dialed_at is not None and self.dialed_at < now else self.at
        outcome = WORDS.get(self.outcome, self.outcome) if over and self.outcome is not None else None
        return Event(
            id=self.id,
            channel=self.channel,
            direction=self.direction,
            debtor=self.debtor,
            debts=self.debts,
            creditors=self.creditors,
            number=self.number,
            start=start,
            end=self.ended_at if over else None,
            in_flight=not over,
            outcome=outcome,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """One row of ``known_facts``."""

    kind: str
    about: str
    key: int | str
    value: dict[str, object]
    at: datetime
    recorded_at: datetime
    ended_at: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.recorded_at < now and self.at <= now and (self.ended_at is None or self.ended_at > now)


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of the gate. ``allowed`` is the contact that was written, None for a denial."""

    id: str
    now: datetime
    campaign: int
    debtor: int
    debts: tuple[int, ...]
    number: str
    channel: str
    agent_guaranteed: bool
    allowed: Contact | None
    reasons: frozenset[str] = frozenset()
    next_allowed_at: datetime | None = None
    recorded: bool = True  #: the audit trail has it
