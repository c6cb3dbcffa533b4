"""What a simulated day was worth: how busy the agents were and how many people found nobody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_SILENCE_S = 60.0  # a longer time in which nobody answers is not counted
WORST_HOUR_PEOPLE = 30  #: an hour with fewer people than this says nothing
PEAK_AFTER_PEOPLE = 100
SHOCK_BLOCK_S = 300.0
SHOCK_BLOCKS = 12  #: five-minute blocks after a shock that are kept


@dataclass(slots=True)
class Tally:
    """Filled by the simulator while the day runs. Times are seconds from its start."""

    t_end: float
    target: float
    connected_at: list[float] = field(default_factory=list)  #: people who reached an agent
    abandoned_at: list[float] = field(default_factory=list)  #: people who did not
    machines_connected: int = 0
    machines_abandoned: int = 0
    people_hung_up: int = 0  #: people whom the detector took for machines
    dialed: int = 0
    cancelled: int = 0
    work_s: float = 0.0  #: talk and wrap-up with people
    machine_s: float = 0.0
    present_s: float = 0.0  #: signed in, less breaks
    decisions: int = 0
    shock_at: float = math.inf  #: when something happened to the floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Fractions, except where named. ``worst_hour`` and ``peak`` are nan where there were too few people."""

    utilisation: float
    idle_wait_s: float
    abandonment: float
    with_false_positives: float  #: (A + F) / (A + F + C)
    worst_hour: float
    peak: float
    people: int
    abandoned: int
    over_target: bool
    people_per_agent_hour: float
    dials_per_person: float
    shock_people: tuple[int, ...] = ()  #: answered, in each block of ``after_shock``
    shock_abandoned: tuple[int, ...] = ()


def measure(tally: Tally) -> Measures:
    """Sums up one day."""
    connected, abandoned = len(tally.connected_at), len(tally.abandoned_at)
    people = connected + abandoned
    rate = abandoned / people if people else 0.0
    wronged = abandoned + tally.people_hung_up
    present = max(tally.present_s, 1e-9)
    idle = max(0.0, present - tally.work_s - tally.machine_s)
    shock_people, shock_abandoned = after_shock(tally.connected_at, tally.abandoned_at, tally.shock_at)
    return Measures(
        utilisation=tally.work_s / present,
        idle_wait_s=idle / max(1, connected),
        abandonment=rate,
        with_false_positives=wronged / max(1, wronged + connected),
        worst_hour=worst_hour(tally.connected_at, tally.abandoned_at, tally.t_end),
        peak=peak_cumulative(tally.connected_at, tally.abandoned_at),
        people=people,
        abandoned=abandoned,
        over_target=rate > tally.target,
        people_per_agent_hour=connected / (present / 3600.0),
        dials_per_person=tally.dialed / max(1, connected),
        shock_people=shock_people,
        shock_abandoned=shock_abandoned,
    )


def worst_hour(connected_at: Sequence[float], abandoned_at: Sequence[float], t_end: float) -> float:
    """Highest abandonment in any 60 minutes that lie within the day, in steps of a minute.

    A day shorter than an hour is one hour. nan where no hour has WORST_HOUR_PEOPLE people.
    """
    minutes = max(1, math.ceil(t_end / 60.0))
    edges = np.arange(minutes + 1) * 60.0
    lost = np.histogram(np.asarray(abandoned_at), edges)[0]
    people = lost + np.histogram(np.asarray(connected_at), edges)[0]
    width = min(60, minutes)
    kernel = np.ones(width)
    lost_in, people_in = np.convolve(lost, kernel, "valid"), np.convolve(people, kernel, "valid")
    enough = people_in >= WORST_HOUR_PEOPLE
    return float(np.max(lost_in[enough] / people_in[enough])) if enough.any() else math.nan


def peak_cumulative(connected_at: Sequence[float], abandoned_at: Sequence[float]) -> float:
    """Highest abandonment of the day so far, at any moment after the first PEAK_AFTER_PEOPLE people."""
    times = np.concatenate([np.asarray(connected_at, float), np.asarray(abandoned_at, float)])
    lost = np.concatenate([np.zeros(len(connected_at)), np.ones(len(abandoned_at))])
    if len(times) < PEAK_AFTER_PEOPLE:
        return math.nan
    so_far = np.cumsum(lost[np.argsort(times, kind="stable")])
    return float(np.max((so_far / np.arange(1, len(times) + 1))[PEAK_AFTER_PEOPLE - 1 :]))


def after_shock(
    connected_at: Sequence[float], abandoned_at: Sequence[float], shock_at: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """People answered, and abandoned, in each five minutes after ``shock_at`` in which people answered, SHOCK_BLOCKS of
    them at most. Time in which nobody answers, as while the trunk is down, does not count."""
    if not math.isfinite(shock_at):
        return (), ()
    after = sorted([(t, 0) for t in connected_at if t >= shock_at] + [(t, 1) for t in abandoned_at if t >= shock_at])
    people, lost = [0] * SHOCK_BLOCKS, [0] * SHOCK_BLOCKS
    clock, last = 0.0, shock_at
    for t, abandoned in after:
        clock += min(t - last, _SILENCE_S)
        last = t
        block = int(clock // SHOCK_BLOCK_S)
        if block >= SHOCK_BLOCKS:
            break
        people[block] += 1
        lost[block] += abandoned
    return tuple(people), tuple(lost)


def back_under_s(days: Sequence[Measures], target: float) -> float:
    """Seconds of people answering after a shock until the abandonment of five minutes is at or under ``target`` again,
    taken over all ``days`` together, because five minutes of one floor are mostly chance. 0 where it never rose above;
    nan where nothing happened, inf where it did not come back within an hour."""
    blocks = [
        (sum(lost), sum(people))
        for lost, people in zip(
            zip(*(day.shock_abandoned for day in days), strict=True),
            zip(*(day.shock_people for day in days), strict=True),
            strict=True,
        )
    ]
    if not blocks:
        return math.nan
    for number, (lost, people) in enumerate(blocks):
        if people and lost <= target * people:
            return number * SHOCK_BLOCK_S
    return math.inf


def pooled(days: Sequence[Measures]) -> dict[str, float]:
    """One row of a table: means over days, abandonment by people, and the share of days over the target."""
    people = sum(day.people for day in days)
    worst = [day.worst_hour for day in days if not math.isnan(day.worst_hour)]
    peaks = [day.peak for day in days if not math.isnan(day.peak)]
    return {
        "days": float(len(days)),
        "utilisation": float(np.mean([day.utilisation for day in days])),
        "idle_wait_s": float(np.mean([day.idle_wait_s for day in days])),
        "abandonment": sum(day.abandoned for day in days) / max(1, people),
        "worst_hour": float(np.mean(worst)) if worst else math.nan,
        "worst_hour_max": max(worst, default=math.nan),
        "peak": float(np.mean(peaks)) if peaks else math.nan,
        "days_over": float(np.mean([day.over_target for day in days])),
        "people_per_agent_hour": float(np.mean([day.people_per_agent_hour for day in days])),
        "dials_per_person": float(np.mean([day.dials_per_person for day in days])),
    }
