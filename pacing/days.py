"""The simulated days that have a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pacing.scenario import Scenario, Segment, shocks

DayName = Literal[
    "base",
    "rate-doubles",
    "rate-halves",
    "agents-leave",
    "trunk-down",
    "talk-halves",
    "drift-50",
    "refusals",
    "fatigue",
    "sorted-list",
]


def named_days(agents: int, *, target: float = 0.03, hours: float = 8.0) -> Mapping[str, Scenario]:
    """The plain day, the shocks, and lists that are not alike from end to end: one for each DayName."""
    base = Scenario(agents=agents, target=target, hours=hours)
    thirds = tuple(Segment(share=1 / 3, factor=factor) for factor in (0.4, 1.0, 1.6))
    return {
        "base": base,
        **shocks(agents, target=target, hours=hours),
        "fatigue": replace(base, answer_rate=0.4, fatigue=0.6),
        "sorted-list": replace(base, segments=thirds, segment_run=2000),
    }
