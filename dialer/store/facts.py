"""What the compliance gate must know about a batch of candidates, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from dialer.compliance.facts import HISTORY, ContactEvent, Facts, GateQuery, LedgerOutcome
from dialer.compliance.ledger import ledger_outcome
from dialer.compliance.verdict import Verdict
from dialer.domain.outcome import Outcome
from dialer.store.tables import attempt_debts, attempts, is_open


class Gate(Protocol):
    """The compliance gate, as the store asks it. It must not wait for anything: it is asked inside a transaction."""

    def check(self, query: GateQuery) -> Verdict: ...


_RECENT = sa.and_(
    sa.or_(
        attempts.c.debtor_id.in_(sa.bindparam("debtors", expanding=True)),
        attempts.c.number.in_(sa.bindparam("numbers", expanding=True)),
    ),
    sa.or_(attempts.c.reserved_at >= sa.bindparam("since"), is_open),  # a forgotten open one still blocks
    attempts.c.state != "released",
)
_EVENTS = sa.select(
    attempts.c.call_id,
    attempts.c.state,
    attempts.c.debtor_id,
    attempts.c.number,
    attempts.c.reserved_at,
    attempts.c.dialed_at,
    attempts.c.ended_at,
    attempts.c.outcome,
).where(_RECENT)
_EVENT_DEBTS = sa.select(attempt_debts.c.call_id, attempt_debts.c.debt_id).join(attempts).where(_RECENT)


@dataclass(frozen=True, slots=True)
class History:
    """The contacts of a batch of debtors and numbers within the gate's horizon."""

    by_debtor: dict[int, list[ContactEvent]]
    by_number: dict[str, list[ContactEvent]]

    def facts(self, debtor_id: int, number: str, *, do_not_call: bool) -> Facts:
        """What the gate is told of one candidate: its own contacts, and those of others on the same number."""
        own = self.by_debtor.get(debtor_id, [])
        shared = [event for event in self.by_number.get(number, ()) if event.debtor != debtor_id]
        return Facts(events=(*own, *shared), do_not_call=do_not_call)

    def in_flight(self, debtor_id: int, number: str) -> bool:
        """Whether a call to this person or this number is under way, in whatever campaign."""
        return any(event.in_flight for event in self.by_debtor.get(debtor_id, ())) or any(
            event.in_flight for event in self.by_number.get(number, ())
        )


def load_history(
    connection: sa.Connection, debtors: Collection[int], numbers: Collection[str], now: datetime
) -> History:
    """Every attempt of the last ``HISTORY`` that concerns one of ``debtors`` or one of ``numbers``."""
    asked = {"debtors": list(debtors), "numbers": list(numbers), "since": now - HISTORY}
    rows = connection.execute(_EVENTS, asked).all()
    debts: dict[str, list[int]] = defaultdict(list)
    if rows:
        for call_id, debt_id in connection.execute(_EVENT_DEBTS, asked).all():
            debts[call_id].append(debt_id)
    by_debtor: dict[int, list[ContactEvent]] = defaultdict(list)
    by_number: dict[str, list[ContactEvent]] = defaultdict(list)
    for row in rows:
        event = ContactEvent(
            id=row.call_id,
            at=row.dialed_at or row.reserved_at,
            ended_at=row.ended_at,
            debtor=row.debtor_id,
            debts=tuple(debts.get(row.call_id, ())),
            number=row.number,
            outcome=_outcome(row.outcome),
            in_flight=row.state == "open",
        )
        by_debtor[row.debtor_id].append(event)
        by_number[row.number].append(event)
    return History(by_debtor=by_debtor, by_number=by_number)


def _outcome(stored: str | None) -> LedgerOutcome:
    return LedgerOutcome.UNKNOWN if stored is None else ledger_outcome(Outcome(stored))


def lock_numbers(connection: sa.Connection, numbers: Sequence[str]) -> set[str]:
    """On PostgreSQL, claim each number for this transaction; those that another one holds are not in the answer.

    Numbers belong to several debtors, so no row stands for one: advisory locks do, and never wait for each other.
    """
    statement = sa.text(
        "SELECT number FROM unnest(CAST(:numbers AS text[])) AS number "
        "WHERE pg_try_advisory_xact_lock(hashtextextended(number, 0))"
    )
    return set(connection.scalars(statement, {"numbers": sorted(set(numbers))}))
