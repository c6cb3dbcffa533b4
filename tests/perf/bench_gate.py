"""How long one decision of the gate takes. Run it: ``python tests/perf/bench_gate.py``; it prints one JSON object.

Goal: 100 microseconds at the median with 50 events of history.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dialer.compliance.facts import Candidate, ContactEvent, Facts, GateQuery, LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.compliance.holiday import shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.zones import number_zones

ROUNDS = 5_000
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)


def history(count: int, number: str) -> tuple[ContactEvent, ...]:
    """Calls spread over 31 days, every other one for another debtor on the same phone."""
    gap = timedelta(days=31) / max(1, count)
    outcomes = (LedgerOutcome.BUSY, LedgerOutcome.NO_ANSWER, LedgerOutcome.MACHINE, LedgerOutcome.CONGESTION)
    return tuple(
        ContactEvent(
            id=f"{index:036}",
            at=NOON - gap * index - timedelta(hours=3),
            ended_at=NOON - gap * index - timedelta(hours=3) + timedelta(seconds=40),
            debtor=1 + index % 2,
            debts=(10, 11),
            number=number,
            outcome=outcomes[index % len(outcomes)],
        )
        for index in range(count)
    )


def median_us(gate: Gate, query: GateQuery, ask: Callable[[GateQuery], object] | None = None) -> dict[str, float]:
    ask = ask or gate.check
    ask(query)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter_ns()
        ask(query)
        taken.append(time.perf_counter_ns() - begun)
    taken.sort()
    return {
        "median_us": round(statistics.median(taken) / 1000, 1),
        "p99_us": round(taken[len(taken) * 99 // 100] / 1000, 1),
    }


def main() -> None:
    gate = Gate.shipped()
    american = Candidate(debtor=1, debts=(10, 11), number="+12125550101", country="US", subdivision="US-NY")
    colombian = replace(american, number="+573101234567", country="CO", subdivision="")
    results: dict[str, object] = {}
    for name, candidate in (("us", american), ("co", colombian)):
        for count in (0, 50):
            facts = Facts(events=history(count, candidate.number))
            query = GateQuery(candidate=candidate, facts=facts, now=NOON, packs=("house",))
            assert gate.check(query).allowed
            results[f"{name}_allowed_{count}_events"] = median_us(gate, query)
        night = replace(query, now=NOON + timedelta(hours=12))
        assert not gate.check(night).allowed
        results[f"{name}_denied_50_events"] = median_us(gate, night)
    for name, candidate, ids in (
        ("us_four_packs", american, ("us-reg-f", "us-tsr", "us-tcpa", "house")),
        ("co_two_packs", colombian, ("co-ley-2300", "house")),
    ):
        exactly = Gate.of([shipped_packs()[pack] for pack in ids], shipped_calendars())
        query = GateQuery(candidate=candidate, facts=Facts(events=history(50, candidate.number)), now=NOON)
        results[f"{name}_50_events"] = median_us(exactly, query)
        results[f"{name}_account_50_events"] = median_us(exactly, query, exactly.account)
    begun = time.perf_counter_ns()
    for last in range(1000, 3000):
        number_zones(f"+1212555{last}")
    results["zones_of_a_new_number_us"] = round((time.perf_counter_ns() - begun) / 2000 / 1000, 1)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
