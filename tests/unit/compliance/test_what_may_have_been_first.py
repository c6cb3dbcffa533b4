"""Rules that begin to count after a first conversation, while nobody knows what some call was or will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dialer.compliance.facts import Candidate, ContactEvent, Direction, Facts, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
TALK, LEFT = LedgerOutcome.CONVERSATION, LedgerOutcome.MESSAGE_LEFT
ONTARIAN = Candidate(
    debtor=1, debts=(10,), number="+14162345678", country="CA", subdivision="CA-ON", address_zone="America/Toronto"
)


def event(days: float, outcome: LedgerOutcome = LedgerOutcome.UNKNOWN, **more: object) -> ContactEvent:
    at = NOW - timedelta(days=days)
    shape = {"id": f"e{days}", "at": at, "ended_at": at, "debtor": 1, "debts": (10,), "number": "+14165550199", **more}
    return ContactEvent(outcome=outcome, **shape)  # type: ignore[arg-type]


def is_full(*events: ContactEvent) -> bool:
    verdict = Gate.shipped().check(GateQuery(candidate=ONTARIAN, facts=Facts(events=events), now=NOW))
    assert set(verdict.reasons) <= {"ca-on-reg74/contact-3-in-7"}
    return not verdict.allowed


def test_a_lost_call_is_the_first_or_came_before_it_but_is_not_counted_too() -> None:
    lost = event(5)
    assert not is_full(lost, event(4, TALK), event(2, TALK))
    assert is_full(lost, event(4, TALK), event(2, TALK), event(1, LEFT))


def test_a_lost_call_after_the_first_is_counted() -> None:
    assert is_full(event(5, TALK), event(4), event(2, LEFT), event(1, LEFT))


def test_a_call_in_flight_may_be_the_first() -> None:
    flying = event(5, in_flight=True, ended_at=None)
    assert is_full(flying, event(3, LEFT), event(2, LEFT), event(1, LEFT))
    assert not is_full(flying, event(2, LEFT), event(1, LEFT))


def test_a_call_in_flight_may_end_after_a_first_that_is_over() -> None:
    flying = event(5, in_flight=True, ended_at=None)
    they_called = event(4, TALK, direction=Direction.IN)
    assert is_full(flying, they_called, event(2, LEFT), event(1, LEFT))
    assert not is_full(flying, they_called, event(1, LEFT))
