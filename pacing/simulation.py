"""A day on the floor in a second: an event heap, the same people for every pacer.

Nothing here knows how a pacer thinks: it is told what happened and asked how many calls to place, as in the engine.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import Protocol

from pacing.interface import Cancelling, Describing, EventKind, Pacer
from pacing.leads import AgentLuck, Lead, Leads, drift_phase
from pacing.measures import Measures, Tally, measure
from pacing.scenario import Scenario
from pacing.snapshot import Info, State

DECIDE_AT_MOST_EVERY_S = 0.2
DECIDE_AT_LEAST_EVERY_S = 1.0

Action = Callable[[str], None]


class Luck(Protocol):
    """An agent's day, as ``AgentLuck`` draws it or a log has it."""

    login: float
    leaves_early: float
    speed: float

    def next_work(self) -> float:
        """Seconds of work until the next break."""
        ...


class _Agent:
    __slots__ = ("break_due", "gone", "luck", "name", "on_break")

    def __init__(self, name: str, luck: Luck) -> None:
        self.name = name
        self.luck = luck
        self.break_due = False
        self.gone = False
        self.on_break = True


class Simulation:
    """One day of ``scenario`` under ``pacer``. Make one, ``run`` it, read ``tally``."""

    def __init__(self, scenario: Scenario, pacer: Pacer, *, seed: int) -> None:
        self.scenario = scenario
        self.pacer = pacer
        self.dialing_ends = scenario.t_end  #: as far as the pacer knows
        self._cancelling = pacer if isinstance(pacer, Cancelling) else None
        self._describing = pacer if isinstance(pacer, Describing) else None
        self._segments = {segment.factor: f"s{n}" for n, segment in enumerate(scenario.segments)}
        self.tally = Tally(t_end=scenario.t_end, target=scenario.target, shock_at=scenario.shock_at)
        self._phase = drift_phase(seed)
        self._leads = iter(Leads(scenario, seed))
        self._agents = {f"a{n}": _Agent(f"a{n}", AgentLuck(scenario, seed, n)) for n in range(scenario.agents)}
        self._heap: list[tuple[float, int, Action, str]] = []
        self._pushed = 0
        self._now = 0.0
        self._next_decide = 0.0
        self._last_decide = -math.inf
        self._idle: dict[str, float] = {}
        self._talk: dict[str, float] = {}
        self._wrap: dict[str, float] = {}
        self._ringing: dict[str, float] = {}
        self._amd: dict[str, tuple[float, float]] = {}
        self._waiting: dict[str, float] = {}
        self._calls: dict[str, tuple[Lead, bool, float]] = {}  # lead, is a person, seconds it rings
        self._with: dict[str, tuple[Lead, bool]] = {}  # by agent
        self._present_since: dict[str, float] = {}
        self._dialed = self._connected = self._machines = self._abandoned = 0

    def run(self) -> Measures:
        """Plays the day to its end and sums it up."""
        scenario = self.scenario
        self.pacer.start(self.info())
        for agent in self._agents.values():
            self._at(agent.luck.login, self._login, agent.name)
        leave = scenario.agents_leave
        if leave is not None:
            by_luck = sorted(self._agents.values(), key=lambda agent: agent.luck.leaves_early)
            for agent in by_luck[: round(leave.share * len(by_luck))]:
                self._at(leave.start, self._go_home, agent.name)
        heap, t_end = self._heap, scenario.t_end
        while True:
            due = min(heap[0][0] if heap else math.inf, self._next_decide)
            if due >= t_end:
                break
            if heap and heap[0][0] <= self._next_decide:
                self._now, _, action, ident = heapq.heappop(heap)
                action(ident)
                self._next_decide = min(self._next_decide, max(self._now, self._last_decide + DECIDE_AT_MOST_EVERY_S))
            else:
                self._now = due
                self._decide()
        for name, since in self._present_since.items():
            self.tally.present_s += t_end - since
            self._cut_work(name)
        self.tally.dialed = self._dialed
        return measure(self.tally)

    def info(self) -> Info:
        """What the pacer is told before the day begins."""
        scenario = self.scenario
        return Info(
            target=scenario.target,
            patience=scenario.patience,
            ring_timeout=scenario.ring_timeout,
            t_end=self.dialing_ends,
            seats=scenario.agents,
            min_ring=scenario.min_ring,
            prior_talk=scenario.talk.mean,
            prior_wrap=scenario.wrap.mean,
        )

    def add_agent(self, name: str, luck: Luck) -> None:
        """One more on the roster, before the day begins."""
        self._agents[name] = _Agent(name, luck)

    # The pacer's turn.

    def _decide(self) -> None:
        now = self._now
        self._last_decide = now
        self._next_decide = now + DECIDE_AT_LEAST_EVERY_S
        self.tally.decisions += 1
        state = self._state()
        decision = self.pacer.decide(state)
        if self._cancelling is not None:
            for call in list(self._cancelling.cancel(state)):
                if now - self._ringing.get(call, math.inf) >= self.scenario.min_ring:
                    self._cancel(call)
        for _ in range(max(0, min(decision.calls_to_place, state.lines_free))):
            self._dial()

    def _state(self) -> State:
        out = len(self._ringing) + len(self._amd) + len(self._waiting)
        return State(
            now=self._now,
            idle=self._idle,
            talk=self._talk,
            wrap=self._wrap,
            ringing=self._ringing,
            amd=self._amd,
            waiting=self._waiting,
            lines_free=max(0, self.scenario.lines - out - len(self._talk)),
            dialed=self._dialed,
            connected=self._connected,
            machine_to_agent=self._machines,
            abandoned=self._abandoned,
            t_end=self.dialing_ends,
            logged_in=len(self._present_since),
            outstanding=out,
        )

    def _tell(self, kind: EventKind, ident: str, value: float | str | None = None) -> None:
        self.pacer.on_event(self._now, kind.value, ident, value)

    def _at(self, t: float, action: Action, ident: str) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (t, self._pushed, action, ident))

    # Calls.

    def _dial(self) -> None:
        scenario, now = self.scenario, self._now
        lead = next(self._leads)
        call = self._new_call()
        if self._describing is not None and self._segments:
            self._describing.describe(call, {"segment": self._segments[lead.segment_factor]})
        self._tell(EventKind.DIAL, call)
        rate = scenario.answer_rate_at(now, self._phase) * lead.segment_factor
        refused = any(step.holds(now) for step in scenario.trunk_down) or any(
            lead.refused < step.share for step in scenario.refusals if step.holds(now)
        )
        if refused:
            self._end_after(call, lead, scenario.refused_after, self._congestion)
        elif lead.chance < rate:
            self._calls[call] = (lead, True, lead.person_ring)
            self._at(now + lead.person_ring, self._answer, call)
        elif lead.kind < scenario.machines:
            self._calls[call] = (lead, False, lead.machine_ring)
            self._at(now + lead.machine_ring, self._answer, call)
        elif lead.kind < scenario.machines + scenario.no_answers:
            self._calls[call] = (lead, False, scenario.ring_timeout)
            self._at(now + scenario.ring_timeout, self._no_answer, call)
        elif lead.kind < scenario.machines + scenario.no_answers + scenario.busies:
            self._end_after(call, lead, scenario.busy_after, self._busy)
        else:
            self._end_after(call, lead, scenario.failed_after, self._failed)

    def _new_call(self) -> str:
        call = f"c{self._dialed}"
        self._dialed += 1
        self._ringing[call] = self._now
        return call

    def _end_after(self, call: str, lead: Lead, span: tuple[float, float], action: Action) -> None:
        after = span[0] + lead.short * (span[1] - span[0])
        self._calls[call] = (lead, False, after)
        self._at(self._now + after, action, call)

    def _over(self, call: str, kind: EventKind) -> None:
        if self._ringing.pop(call, None) is not None:  # unless it was hung up before
            self._tell(kind, call, self._calls.pop(call)[2])

    def _congestion(self, call: str) -> None:
        self._over(call, EventKind.CONGESTION)

    def _no_answer(self, call: str) -> None:
        self._over(call, EventKind.NOANSWER)

    def _busy(self, call: str) -> None:
        self._over(call, EventKind.BUSY)

    def _failed(self, call: str) -> None:
        self._over(call, EventKind.FAILED)

    def _cancel(self, call: str) -> None:
        age = self._now - self._ringing.pop(call)
        self._calls.pop(call)
        self.tally.cancelled += 1
        self._tell(EventKind.CANCELLED, call, age)

    def _answer(self, call: str) -> None:
        if self._ringing.pop(call, None) is None:
            return
        lead, _, rang = self._calls[call]
        self._amd[call] = (self._now, rang)
        self._tell(EventKind.ANSWER, call, rang)
        low, high = self.scenario.verdict_after
        self._at(self._now + low + lead.verdict * (high - low), self._verdict, call)

    def _verdict(self, call: str) -> None:
        lead, person, rang = self._calls[call]
        del self._amd[call]
        wrong = self.scenario.person_taken_for_machine if person else self.scenario.machine_passed
        if person == (lead.mistake < wrong):
            self.tally.people_hung_up += person
            del self._calls[call]
            self._tell(EventKind.MACHINE, call, rang)
            return
        self._waiting[call] = self._now
        self._tell(EventKind.LIVE, call, rang)
        self._match()
        if call in self._waiting:
            self._at(self._now + self._patience_of(call), self._abandon, call)

    def _patience_of(self, call: str) -> float:
        return self.scenario.patience

    def _abandon(self, call: str) -> None:
        since = self._waiting.pop(call, None)
        if since is None:
            return
        _, person, _ = self._calls.pop(call)
        if person:
            self._abandoned += 1
            self.tally.abandoned_at.append(self._now)
        else:
            self.tally.machines_abandoned += 1
        self._tell(EventKind.ABANDON, call, self._now - since)

    # Agents.

    def _login(self, name: str) -> None:
        agent = self._agents[name]
        if agent.gone:
            return
        self._present_since[name] = self._now
        agent.on_break = agent.break_due = False
        self._at(self._now + agent.luck.next_work(), self._break_due, name)
        self._tell(EventKind.LOGIN, name)
        self._free(name)

    def _break_due(self, name: str) -> None:
        agent = self._agents[name]
        if agent.gone:
            return
        agent.break_due = True
        if name in self._idle:
            self._leave(name)

    def _go_home(self, name: str) -> None:
        agent = self._agents[name]
        agent.gone = agent.break_due = True
        if name in self._idle:
            self._leave(name)

    def _leave(self, name: str) -> None:
        self._idle.pop(name, None)
        self.tally.present_s += self._now - self._present_since.pop(name)
        self._agents[name].on_break = True
        self._tell(EventKind.LEAVE, name)
        if not self._agents[name].gone:
            self._at(self._back_at(name), self._login, name)

    def _back_at(self, name: str) -> float:
        return self._now + self.scenario.rest

    def _free(self, name: str) -> None:
        if self._agents[name].break_due:
            self._leave(name)
            return
        self._idle[name] = self._now
        self._match()

    def _match(self) -> None:
        while self._idle and self._waiting:
            name, call = next(iter(self._idle)), next(iter(self._waiting))
            del self._idle[name], self._waiting[call]
            lead, person, _ = self._calls.pop(call)
            self._with[name] = (lead, person)
            self._talk[name] = self._now
            self._connected += 1
            if person:
                self.tally.connected_at.append(self._now)
                talk = lead.talk * self.scenario.talk_factor_at(self._now) * self._agents[name].luck.speed
            else:
                self.tally.machines_connected += 1
                talk = self.scenario.machine_talk
            self._tell(EventKind.CONNECT, call, name)
            self._at(self._now + talk, self._talk_end, name)

    def _talk_end(self, name: str) -> None:
        spent = self._now - self._talk.pop(name)
        lead, person = self._with[name]
        self._account(person, spent)
        self._wrap[name] = self._now
        if not person:
            self._machines += 1
        self._tell(EventKind.TALK_END, name, spent)
        if not person:
            self._tell(EventKind.WAS_MACHINE, name)
        wrap = lead.wrap * self._agents[name].luck.speed if person else self.scenario.machine_wrap
        self._at(self._now + wrap, self._wrap_end, name)

    def _wrap_end(self, name: str) -> None:
        spent = self._now - self._wrap.pop(name)
        self._account(self._with.pop(name)[1], spent)
        self._tell(EventKind.WRAP_END, name, spent)
        self._free(name)

    def _cut_work(self, name: str) -> None:
        """Counts the part of a conversation that lies within the day."""
        since = self._talk.get(name, self._wrap.get(name))
        if since is not None:
            self._account(self._with[name][1], self.scenario.t_end - since)

    def _account(self, person: bool, seconds: float) -> None:
        if person:
            self.tally.work_s += seconds
        else:
            self.tally.machine_s += seconds


def simulate(scenario: Scenario, pacer: Pacer, *, seed: int) -> Measures:
    """One day of ``scenario`` under a fresh ``pacer``."""
    return Simulation(scenario, pacer, seed=seed).run()
