"""The answer to "what if?": what happened, what the simulator makes of it, and what would have been otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pacing.measures import Measures
from pacing.replay import Difference, Played, difference, summed_up
from pacing.trace import Trace

UTILISATION_WITHIN = 0.03  #: so near to what happened the simulator is when it agrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """By the log. Fractions but for the counts; ``worst_hour`` is None where too few people answered to say."""

    utilisation: float
    abandonment: float
    worst_hour: float | None
    people: int
    abandoned: int
    people_per_agent_hour: float
    dials_per_person: float
    idle_wait_s: float
    dialed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Whether the simulator tells what happened: utilisation within UTILISATION_WITHIN of its mean, abandonment within
    the interval of its plays. Where it does not, what it says of another pacer is worth as little."""

    utilisation: bool
    abandonment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """``began`` is the first call, ``ended`` the end of the last. ``other`` and ``change`` are None where nothing else
    was asked for than what was."""

    campaign: str
    began: datetime
    ended: datetime
    calls: int
    agents: int
    pacer: str
    target: float
    happened: Happened
    same: Played
    agreement: Agreement
    other_pacer: str
    other_target: float
    other: Played | None
    change: Difference | None


def happened(trace: Trace) -> Happened:
    found = trace.happened()
    return Happened(
        utilisation=found.utilisation,
        abandonment=found.abandonment,
        worst_hour=None if math.isnan(found.worst_hour) else found.worst_hour,
        people=found.people,
        abandoned=found.abandoned,
        people_per_agent_hour=found.people_per_agent_hour,
        dials_per_person=found.dials_per_person,
        idle_wait_s=found.idle_wait_s,
        dialed=len(trace.fates),
    )


def agreement(was: Happened, same: Played) -> Agreement:
    return Agreement(
        utilisation=abs(same.utilisation.mean - was.utilisation) <= UTILISATION_WITHIN,
        abandonment=same.abandonment.holds(was.abandonment),
    )


def compared(days: Sequence[Sequence[Measures]]) -> tuple[Played, Played | None, Difference | None]:
    """Plays as it was, and with the same seeds as it might have been, where that was asked for."""
    if len(days) == 1:
        return summed_up(days[0]), None, None
    same, other = days
    return summed_up(same), summed_up(other), difference(same, other)
