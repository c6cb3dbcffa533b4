"""What a simulated day is made of: the floor, the list, and what goes wrong on it.

The defaults are the base scenario on which the figures of docs/pacing.md were made. Times are seconds from the start
of the day, rates are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A lognormal duration: its ``mean`` in seconds and its coefficient of variation."""

    mean: float
    cv: float

    @property
    def sigma(self) -> float:
        return math.sqrt(math.log1p(self.cv * self.cv))

    @property
    def mu(self) -> float:
        return math.log(self.mean) - self.sigma**2 / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A multiplier that holds from ``start`` to ``end``; ``share`` for things that happen to a part."""

    start: float
    end: float = math.inf
    factor: float = 1.0
    share: float = 0.0

    def holds(self, t: float) -> bool:
        return self.start <= t < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the list: its ``share`` of the leads, and how much more or less often its people answer."""

    share: float
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One day. Same scenario and seed, same leads and breaks, whatever pacer dials.

    ``drift`` is the amplitude of a sine of ``drift_period`` on the answer rate. ``fatigue`` is the part of the answer
    rate that is lost over the day as the list is worked through. ``segment_run`` is how many leads in a row are of one
    segment (1: well mixed; thousands: a list sorted by segment).
    """

    agents: int = 20
    hours: float = 8.0
    target: float = 0.03
    answer_rate: float = 0.3
    drift: float = 0.2
    drift_period: float = 4 * 3600.0
    fatigue: float = 0.0
    segments: tuple[Segment, ...] = ()
    segment_run: int = 1
    # Of the calls that no person answers; the rest fail.
    machines: float = 0.35
    no_answers: float = 0.40
    busies: float = 0.12
    person_ring: Spread = field(default_factory=lambda: Spread(mean=12.0, cv=0.5))
    machine_ring: Spread = field(default_factory=lambda: Spread(mean=17.0, cv=0.25))
    busy_after: tuple[float, float] = (2.0, 4.0)
    failed_after: tuple[float, float] = (1.0, 3.0)
    refused_after: tuple[float, float] = (0.3, 0.8)
    ring_timeout: float = 25.0
    min_ring: float = 15.0
    patience: float = 2.0
    verdict_after: tuple[float, float] = (1.5, 2.5)
    person_taken_for_machine: float = 0.01
    machine_passed: float = 0.05
    talk: Spread = field(default_factory=lambda: Spread(mean=120.0, cv=1.0))
    wrap: Spread = field(default_factory=lambda: Spread(mean=20.0, cv=0.6))
    machine_talk: float = 8.0
    machine_wrap: float = 4.0
    agent_speed_cv: float = 0.0  #: how much agents differ: each one's durations times a lognormal of mean 1
    login_over: float = 120.0
    work: float = 75 * 60.0
    rest: float = 10 * 60.0
    lines_per_agent: int = 5
    lines_more: int = 10
    # What goes wrong.
    rate_steps: tuple[Step, ...] = ()
    talk_steps: tuple[Step, ...] = ()
    trunk_down: tuple[Step, ...] = ()
    refusals: tuple[Step, ...] = ()
    agents_leave: Step | None = None  #: ``share`` of the agents go home at ``start``

    @property
    def t_end(self) -> float:
        return self.hours * 3600.0

    @property
    def lines(self) -> int:
        return self.lines_per_agent * self.agents + self.lines_more

    @property
    def shock_at(self) -> float:
        """When something happens; infinite on a day on which nothing does."""
        leave = () if self.agents_leave is None else (self.agents_leave,)
        steps = (*self.rate_steps, *self.talk_steps, *self.trunk_down, *self.refusals, *leave)
        return min((step.start for step in steps), default=math.inf)

    def answer_rate_at(self, t: float, phase: float) -> float:
        """How likely a person of an average segment answers a call dialed at ``t``."""
        rate = self.answer_rate * (1.0 + self.drift * math.sin(2 * math.pi * (t / self.drift_period + phase)))
        rate *= 1.0 - self.fatigue * min(1.0, t / self.t_end)
        for step in self.rate_steps:
            if step.holds(t):
                rate *= step.factor
        return rate

    def talk_factor_at(self, t: float) -> float:
        return math.prod(step.factor for step in self.talk_steps if step.holds(t))


def shocks(agents: int, *, target: float = 0.03, hours: float = 8.0) -> Mapping[str, Scenario]:
    """The days on which something happens after three eighths of them (the third hour of eight), by name."""
    at = hours * 3600.0 * 3 / 8
    base = Scenario(agents=agents, target=target, hours=hours)
    return {
        "rate-doubles": replace(base, answer_rate=0.2, rate_steps=(Step(start=at, factor=2.0),)),
        "rate-halves": replace(base, answer_rate=0.4, rate_steps=(Step(start=at, factor=0.5),)),
        "agents-leave": replace(base, agents_leave=Step(start=at, share=0.3)),
        "trunk-down": replace(base, trunk_down=(Step(start=at, end=at + 600),)),
        "talk-halves": replace(base, talk_steps=(Step(start=at, factor=0.5),)),
        "drift-50": replace(base, drift=0.5),
        "refusals": replace(base, refusals=(Step(start=at, end=at + 1800, share=0.6),)),
    }


GRID_AGENTS = (5, 10, 20, 50, 100, 300)
GRID_ANSWER_RATES = (0.15, 0.3, 0.5)
GRID_TALKS = (120.0, 240.0)
GRID_TARGETS = (0.03, 0.01)
