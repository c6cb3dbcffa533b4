"""What a demonstration run came to, read from the log and not from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """``attempts`` are rows in the log. ``unaccounted`` are attempts that never ended or calls the log does not know;
    ``duplicates`` are calls placed twice. Latencies are None where nobody was bridged."""

    attempts: int
    outcomes: Mapping[str, int]
    people: int
    machines: int
    bridged: int
    abandoned: int
    abandonment_rate: float
    verdict_to_bridge_ms: Mapping[str, float | None]
    calls_per_s: float
    denied: Mapping[str, int]
    unaccounted: int
    duplicates: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, ``share`` in 0..1; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
