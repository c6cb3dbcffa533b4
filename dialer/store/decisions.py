"""What the gate said, written down: attempts and contacts reserved, denials, and the audit entry of each decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from dialer.compliance.facts import GateQuery
from dialer.compliance.record import decision_record
from dialer.compliance.verdict import Obligations, Verdict
from dialer.domain.ids import CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import Denial, ReservedAttempt
from dialer.store import audit_log
from dialer.store.audit_log import AuditEntry
from dialer.store.statements import insert_many
from dialer.store.tables import attempt_debts, attempts, denials

#: A phone rings at least so long before we give up, whatever a pack says.
RING_MINIMUM_S = 15.0
_LONGEST_NUMBER = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """A question and its answer. ``ref`` names the call or contact that came of it, empty for none."""

    query: GateQuery
    verdict: Verdict
    ref: str = ""

    @property
    def debtor_id(self) -> int:
        return int(self.query.candidate.debtor)

    @property
    def denial(self) -> Denial:
        return Denial(
            debtor_id=self.debtor_id, reasons=self.verdict.reasons, next_allowed_at=self.verdict.next_allowed_at
        )


def reserved_attempt(
    decision: Decision, campaign_id: int, person: Any, phone_id: int, *, segment: str = ""
) -> ReservedAttempt:
    """The attempt that an allowed decision leads to. ``person`` has the debtor's name and their history."""
    candidate, verdict = decision.query.candidate, decision.verdict
    return ReservedAttempt(
        call_id=CallId(decision.ref),
        campaign_id=campaign_id,
        debtor_id=person.debtor_id,
        debt_ids=tuple(int(debt) for debt in candidate.debts),
        phone_id=phone_id,
        number=PhoneNumber(candidate.number),
        language=candidate.language,
        attempts=person.attempts,
        tries_by_outcome=tries_from_json(person.tries_by_outcome),
        display_name=person.name,
        mode=candidate.mode,
        reserved_at=decision.query.now,
        holds_until=verdict.holds_until,
        segment=segment,
        time_zone=candidate.address_zone,
        **_asked_of_the_call(verdict.obligations),
    )


def tries_from_json(stored: dict[str, int]) -> dict[Outcome, int]:
    return {Outcome(outcome): tries for outcome, tries in stored.items()}


def obligations_from_json(stored: dict[str, Any] | None) -> dict[str, Any]:
    """Of a stored row: the fields of ReservedAttempt that say what the law asked of the call."""
    if stored is None:
        return {}
    return {
        "connect_deadline_s": stored["connect_deadline_s"],
        "deadline_from": stored["deadline_from"] or "",
        "drop_messages": tuple(stored["drop_messages"]),
        "announcements": tuple(stored["announcements"]),
    }


@lru_cache(maxsize=1024)
def _asked_of_the_call(obligations: Obligations) -> dict[str, Any]:
    return {
        "ring_minimum_s": max(RING_MINIMUM_S, obligations.ring_min_s),
        "connect_deadline_s": obligations.connect_deadline_s,
        "deadline_from": obligations.deadline_from or "",
        "drop_messages": obligations.drop_messages,
        "announcements": obligations.announcements,
    }


@lru_cache(maxsize=1024)
def _as_json(obligations: Obligations) -> dict[str, Any]:
    return asdict(obligations)


# ------------------------------------------------------------------------------------------ writing


def write_attempts(connection: sa.Connection, decisions: Sequence[Decision], made: Sequence[ReservedAttempt]) -> None:
    """Write reserved attempts, each with the decision at the same place."""
    insert_many(
        connection,
        attempts,
        [
            {
                "call_id": attempt.call_id,
                "campaign_id": attempt.campaign_id,
                "debtor_id": attempt.debtor_id,
                "phone_id": attempt.phone_id,
                "number": attempt.number.e164,
                "language": attempt.language,
                "mode": attempt.mode,
                "agent_guaranteed": decision.query.candidate.agent_guaranteed,
                "ring_minimum_s": attempt.ring_minimum_s,
                "obligations": _as_json(decision.verdict.obligations),
                "reserved_at": attempt.reserved_at,
            }
            for decision, attempt in zip(decisions, made, strict=True)
        ],
    )
    insert_many(
        connection,
        attempt_debts,
        [{"call_id": attempt.call_id, "debt_id": debt} for attempt in made for debt in attempt.debt_ids],
    )


def write_denials(connection: sa.Connection, campaign_id: int, denied: Sequence[Decision]) -> None:
    insert_many(
        connection,
        denials,
        [
            {
                "campaign_id": campaign_id,
                "debtor_id": decision.debtor_id,
                "number": _fitting(decision.query.candidate.number),
                "at": decision.query.now,
                "reasons": list(decision.verdict.reasons),
                "next_allowed_at": decision.verdict.next_allowed_at,
            }
            for decision in denied
        ],
    )


def _fitting(number: str) -> str:
    """Denials have room for a phone number; another channel's address is in the audit entry alone."""
    return number if len(number) <= _LONGEST_NUMBER else ""


def audit_decisions(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    """Every decision, allowed or not, with everything it rests on."""
    audit_log.append(
        connection,
        [
            AuditEntry(
                kind="decision",
                at=decision.query.now,
                ref=decision.ref,
                debtor_id=decision.debtor_id,
                payload=decision_record(decision.query, decision.verdict),
            )
            for decision in decisions
        ],
    )


def audit_release(connection: sa.Connection, released: Sequence[tuple[str, int]], at: datetime, why: str) -> None:
    """Reservations (id and debtor) that led to nothing: without this a decision would lack its call."""
    audit_log.append(
        connection,
        [
            AuditEntry(kind="release", at=at, ref=ref, debtor_id=debtor_id, payload={"why": why})
            for ref, debtor_id in released
        ],
    )
