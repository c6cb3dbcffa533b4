"""A whole engine at work on the base scenario of docs/pacing.md, in virtual time: its people, machines and breaks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory
from dialer.engine.messages import Dispose, DrainCampaign, GoReady, Message, Pause
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import AttemptClosing, BusMessage
from pacing.leads import AgentLuck, Lead, Leads, drift_phase
from pacing.measures import Measures, Tally, measure
from pacing.scenario import Scenario
from tests.support.engine import Bench, ListeningBus, engine
from tests.support.memory_log import MemoryLog

WRAP_UP_LIMIT_S = 120.0  # agents end theirs long before


@dataclass(slots=True)
class Crowd:
    """What becomes of each number: that of the debtor ``n`` is the scenario's lead ``n``."""

    scenario: Scenario
    seed: int
    _drawn: list[Lead] = field(default_factory=list)
    _leads: Iterator[Lead] = field(init=False)

    def __post_init__(self) -> None:
        self._leads = iter(Leads(self.scenario, self.seed))
        self._phase = drift_phase(self.seed)

    _phase: float = field(init=False)

    def lead(self, number: PhoneNumber) -> Lead:
        index = int(number.e164[-7:])
        while len(self._drawn) <= index:
            self._drawn.append(next(self._leads))
        return self._drawn[index]

    def is_person(self, lead: Lead) -> bool:
        """By the rate of the day's mean: a number stays what it is however often it is asked for."""
        return lead.chance < self.scenario.answer_rate

    def conduct(self, number: PhoneNumber) -> Conduct:
        scenario, lead = self.scenario, self.lead(number)
        low, high = scenario.verdict_after
        detect_s = low + lead.verdict * (high - low)
        if self.is_person(lead):
            missed = AmdCategory.MACHINE if lead.mistake < scenario.person_taken_for_machine else None
            return Conduct(
                manner=Manner.PERSON, ring_s=lead.person_ring, detect_s=detect_s, talk_s=lead.talk, taken_for=missed
            )
        if lead.kind < scenario.machines:
            passed = AmdCategory.HUMAN if lead.mistake < scenario.machine_passed else None
            return Conduct(
                manner=Manner.MACHINE, ring_s=lead.machine_ring, detect_s=detect_s, talk_s=scenario.machine_talk,
                taken_for=passed,
            )  # fmt: skip
        if lead.kind < scenario.machines + scenario.no_answers:
            return Conduct(manner=Manner.NO_ANSWER)
        if lead.kind < scenario.machines + scenario.no_answers + scenario.busies:
            return Conduct(manner=Manner.BUSY)
        return Conduct(manner=Manner.UNALLOCATED)

    def wrap_s(self, number: PhoneNumber) -> float:
        lead = self.lead(number)
        return lead.wrap if self.is_person(lead) else self.scenario.machine_wrap


class FloorBus(ListeningBus):
    """Keeps nothing but counts: a day says a million things. Agents wrap up and take their breaks by it."""

    def __init__(self, crowd: Crowd, log: MemoryLog) -> None:
        super().__init__()
        self._crowd = crowd
        self._log = log
        self.said = 0
        self.bench: Bench | None = None

    async def publish(self, message: BusMessage) -> None:
        self.said += 1
        if message.topic.endswith("/agent.wrap_up"):
            agent, call_id = AgentId(str(message.payload["agent_id"])), CallId(str(message.payload["call_id"]))
            wrap_s = self._crowd.wrap_s(self._log.reserved[call_id].number)
            self.after(wrap_s, Dispose(agent_id=agent, call_id=call_id, code="NO_COMMITMENT"))

    def after(self, seconds: float, message: Message) -> None:
        if self.bench is not None:
            asyncio.get_running_loop().call_later(seconds, self.bench.tell, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came of it. ``measures`` tell people from machines as the simulator does; ``said`` counts messages."""

    measures: Measures
    log: MemoryLog = field(repr=False)
    bench: Bench = field(repr=False)
    said: int

    @property
    def closings(self) -> list[AttemptClosing]:
        return list(self.log.closings.values())

    @property
    def outcomes(self) -> Counter[Outcome]:
        return Counter(closing.outcome for closing in self.closings)

    @property
    def abandonment(self) -> float:
        """As the law counts it: the log does not know a machine that passed for a person."""
        abandoned = self.outcomes[Outcome.ABANDONED]
        return abandoned / max(1, abandoned + self.outcomes[Outcome.CONVERSATION])


async def virtual_day(scenario: Scenario, *, seed: int = 1, mode: DialMode = DialMode.PREDICTIVE) -> Day:
    """Dial for ``scenario.hours``, let everything end, and sum up."""
    campaign = Campaign(
        id=1, name="day", mode=mode, target_abandonment=scenario.target, wrap_up_s=WRAP_UP_LIMIT_S,
        announce_recording=False, ring_timeout_s=scenario.ring_timeout, patience_s=scenario.patience,
    )  # fmt: skip
    crowd = Crowd(replace(scenario, drift=0.0), seed)
    log = MemoryLog(debtors=9_000_000)
    bus = FloorBus(crowd, log)
    async with engine(
        campaign, crowd.conduct, agents=scenario.agents, log=log, bus=bus, max_lines=scenario.lines, start=True
    ) as bench:
        bus.bench = bench
        began = bench.clock.monotonic()
        present_s = sum(
            _shift(bus, AgentId(f"agent{index:03d}"), AgentLuck(scenario, seed, index), scenario)
            for index in range(scenario.agents)
        )
        await asyncio.sleep(scenario.t_end)
        ended = bench.clock.monotonic()
        bench.tell(DrainCampaign())
        await bench.until_idle(7200.0)
        start = bench.clock.now().timestamp() - bench.clock.monotonic()
    tally = Tally(t_end=ended - began, target=scenario.target, present_s=present_s, dialed=len(bench.pbx.placed))
    wraps = {each.call_id: each.wrap_up_s for each in log.disposed}
    for closing in log.closings.values():
        person = crowd.is_person(crowd.lead(log.reserved[closing.call_id].number))
        if closing.outcome is Outcome.ABANDONED and closing.verdict_at is not None and person:
            tally.abandoned_at.append(closing.verdict_at.timestamp() - start - began)
        if closing.outcome is Outcome.CONVERSATION and closing.bridged_at is not None:
            at = closing.bridged_at.timestamp() - start - began
            spent = min(tally.t_end - at, (closing.talk_s or 0.0) + wraps.get(closing.call_id, 0.0))
            if person:
                tally.connected_at.append(at)
                tally.work_s += max(0.0, spent)
            else:
                tally.machines_connected += 1
                tally.machine_s += max(0.0, spent)
    return Day(measures=measure(tally), log=log, bench=bench, said=bus.said)


def _shift(bus: FloorBus, agent: AgentId, luck: AgentLuck, scenario: Scenario) -> float:
    """Order an agent's breaks for the day; the seconds that are left of it."""
    at = present_s = 0.0
    while at < scenario.t_end:
        work_s = luck.next_work()
        present_s += min(work_s, scenario.t_end - at)
        at += work_s
        if at < scenario.t_end:
            bus.after(at, Pause(agent_id=agent))
            at += scenario.rest
            bus.after(at, GoReady(agent_id=agent))
    return present_s
