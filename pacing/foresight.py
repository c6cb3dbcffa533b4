"""A simulation that lets a pacer look into the future, to find out what knowing more would be worth.

Only the bounds of ``pacing.rivals.bounds`` use it. What they see is the day's luck as it will be; what they do changes
nothing of it, because the luck belongs to leads and agents.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, runtime_checkable

from pacing.interface import Pacer
from pacing.leads import Lead
from pacing.measures import Measures
from pacing.scenario import Scenario
from pacing.simulation import Action, Simulation
from pacing.watch import FloorWatch, Watched


@dataclass(frozen=True, slots=True)
class Landing:
    """When a call will need an agent, for how long; ``at`` is infinite for a call that will not."""

    at: float
    handle: float = 0.0


class Foresight(Protocol):
    """What may be asked, at the time of a decision."""

    scenario: Scenario

    def answer_rate(self) -> float:
        """How likely a person answers a call that is dialed now."""
        ...

    def landing(self, call: str) -> Landing:
        """What becomes of a call that rings or waits for its verdict."""
        ...

    def next_landing(self, ahead: int) -> Landing:
        """What would become of the lead ``ahead`` places down the list (0: the next) if it were dialed now."""
        ...

    def free_at(self, agent: str) -> float:
        """When a busy agent takes the next call; infinite if a break comes first."""
        ...

    def stays_until(self, agent: str) -> float:
        """When the agent's next break is due."""
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A pacer that wants to know."""

    def foresee(self, future: Foresight) -> None:
        """Called once, before ``start``."""
        ...


class SeeingSimulation(Simulation):
    """Answers the questions of ``Foresight`` from the day's own heap and list."""

    def __init__(self, scenario: Scenario, pacer: Pacer, *, seed: int) -> None:
        super().__init__(scenario, pacer, seed=seed)
        self._drawn = self._leads
        self._ahead: deque[Lead] = deque()
        self._leads = self._from_ahead()
        self._break_at: dict[str, float] = {}
        self._talk_until: dict[str, float] = {}
        self._wrap_until: dict[str, float] = {}
        self._leaves_at: dict[str, float] = {}

    def answer_rate(self) -> float:
        return self.scenario.answer_rate_at(self._now, self._phase)

    def landing(self, call: str) -> Landing:
        lead, person, rings = self._calls[call]
        begun = self._amd[call][0] - rings if call in self._amd else self._ringing[call]
        return self._landing(lead, person, begun, rings)

    def next_landing(self, ahead: int) -> Landing:
        while len(self._ahead) <= ahead:
            self._ahead.extend(islice(self._drawn, 256))
        lead, now, scenario = self._ahead[ahead], self._now, self.scenario
        if any(step.holds(now) for step in scenario.trunk_down) or any(
            lead.refused < step.share for step in scenario.refusals if step.holds(now)
        ):
            return Landing(math.inf)
        if lead.chance < self.answer_rate() * lead.segment_factor:
            return self._landing(lead, True, now, lead.person_ring)
        if lead.kind < scenario.machines:
            return self._landing(lead, False, now, lead.machine_ring)
        return Landing(math.inf)

    def free_at(self, agent: str) -> float:
        if agent in self._wrap:
            free = self._wrap_until[agent]
        elif agent in self._talk:
            lead, person = self._with[agent]
            wrap = lead.wrap * self._agents[agent].luck.speed if person else self.scenario.machine_wrap
            free = self._talk_until[agent] + wrap
        else:
            free = self._now
        return free if free < self.stays_until(agent) else math.inf

    def stays_until(self, agent: str) -> float:
        if self._agents[agent].break_due:
            return -math.inf
        return min(self._break_at.get(agent, math.inf), self._leaves_at.get(agent, math.inf))

    def _landing(self, lead: Lead, person: bool, dialed_at: float, rings: float) -> Landing:
        scenario = self.scenario
        wrong = scenario.person_taken_for_machine if person else scenario.machine_passed
        reaches_answer = person or lead.kind < scenario.machines
        if not reaches_answer or person == (lead.mistake < wrong):
            return Landing(math.inf)
        low, high = scenario.verdict_after
        at = dialed_at + rings + low + lead.verdict * (high - low)
        if not person:
            return Landing(at, scenario.machine_talk + scenario.machine_wrap)
        return Landing(at, lead.talk * scenario.talk_factor_at(at) + lead.wrap)

    def _from_ahead(self) -> Iterator[Lead]:
        while True:
            if not self._ahead:
                self._ahead.extend(islice(self._drawn, 256))
            yield self._ahead.popleft()

    def _at(self, t: float, action: Action, ident: str) -> None:
        if action == self._break_due:
            self._break_at[ident] = t
        elif action == self._talk_end:
            self._talk_until[ident] = t
        elif action == self._wrap_end:
            self._wrap_until[ident] = t
        elif action == self._go_home:
            self._leaves_at[ident] = t
        super()._at(t, action, ident)


def play(scenario: Scenario, pacer: Pacer, *, seed: int, watch: FloorWatch | None = None) -> Measures:
    """One day of ``scenario``, with foresight for a pacer that asks for it; ``watch`` keeps what the floor was like."""
    dialing: Pacer = pacer if watch is None else Watched(pacer, watch)
    if isinstance(pacer, Foreseeing):
        seeing = SeeingSimulation(scenario, dialing, seed=seed)
        pacer.foresee(seeing)
        day: Simulation = seeing
    else:
        day = Simulation(scenario, dialing, seed=seed)
    measures = day.run()
    if watch is not None:
        watch.tally = day.tally
    return measures
