"""A second simulated floor, made apart from ``pacing.simulation`` and unlike it, to find out what a pacer owes to the
floor that it was made on.

One loop over a list of happenings. Other distributions of everything (``Nature``), answers that come in bursts, lists
sorted by segment, agents of different speeds who go to lunch together, a pacer that is asked at odd times, whose events
come late, twice or not at all, and who is told wrong priors. Several campaigns may share a crew, and people may call
in.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np

from pacing import Info, Pacer, State
from pacing.interface import Cancelling, Describing
from pacing.measures import worst_hour
from tests.support.other_nature import Nature, Noise


@dataclass(slots=True, kw_only=True)
class Campaign:
    """One list with its pacer and its agents; what happened to its people is kept here."""

    pacer: Pacer
    agents: int = 20
    nature: Nature = field(default_factory=Nature)
    target: float = 0.03
    patience: float = 2.0
    lines: int = 0  #: 0: four an agent
    prior_wrong: float = 1.0  #: the priors are so many times what they should be
    endless: bool = False  #: the pacer is not told when the day ends
    cancels: bool = False  #: ringing calls may be hung up, after 12 s
    tells_machines: bool = True
    connected_at: list[float] = field(default_factory=list)
    abandoned_at: list[float] = field(default_factory=list)
    dialed: int = 0
    reached: int = 0
    machines: int = 0
    passed_abandoned: int = 0
    ringing: dict[str, float] = field(default_factory=dict)
    listening: dict[str, tuple[float, float]] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)
    fate: dict[str, tuple[bool, bool]] = field(default_factory=dict)  # a person?, taken for a person?
    mood: float = 0.0
    mood_at: float = 0.0

    @property
    def people(self) -> int:
        return len(self.connected_at) + len(self.abandoned_at)

    @property
    def abandonment(self) -> float:
        return len(self.abandoned_at) / max(1, self.people)


class _Doing(Enum):
    AWAY = auto()
    IDLE = auto()
    TALK = auto()
    WRAP = auto()


@dataclass(slots=True)
class _Agent:
    name: str
    home: int
    speed: float
    doing: _Doing = _Doing.AWAY
    since: float = 0.0
    machine: bool = False
    counts: bool = False  # the conversation is with a person
    rest_due: float = math.inf
    rest_for: float = 600.0


@dataclass(kw_only=True)
class OtherFloor:
    """One day. ``inbound_per_hour`` people call in; ``reserve`` idle agents are left to them."""

    campaigns: Sequence[Campaign]
    hours: float = 4.0
    seed: int = 1
    noise: Noise = field(default_factory=Noise)
    lends: bool = False  #: an idle agent of another campaign takes a person whom none of one's own can take
    inbound_per_hour: float = 0.0
    reserve: int = 0
    busy_s: float = 0.0
    present_s: float = 0.0
    inbound_waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.end = self.hours * 3600.0
        self.now = 0.0
        self.agents: dict[str, _Agent] = {}
        self.heap: list[tuple[float, int, Callable[[], None]]] = []
        self.number = itertools.count()
        self.calling_in: list[float] = []

    @property
    def utilisation(self) -> float:
        return self.busy_s / max(1.0, self.present_s)

    def worst_hour(self, campaign: Campaign) -> float:
        return worst_hour(campaign.connected_at, campaign.abandoned_at, self.end)

    def at(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.heap, (when, next(self.number), what))

    def play(self) -> OtherFloor:
        for index, campaign in enumerate(self.campaigns):
            nature = campaign.nature
            campaign.lines = campaign.lines or 4 * campaign.agents
            campaign.pacer.start(
                Info(
                    target=campaign.target,
                    patience=campaign.patience,
                    ring_timeout=nature.ring_timeout,
                    t_end=math.inf if campaign.endless else self.end,
                    seats=campaign.agents,
                    min_ring=12.0,
                    prior_answer_rate=min(0.9, nature.answer_rate * campaign.prior_wrong),
                    prior_talk=150.0 / campaign.prior_wrong,
                    prior_wrap=25.0 / campaign.prior_wrong,
                )
            )
            for n in range(campaign.agents):
                agent = _Agent(f"{index}.{n}", index, float(self.rng.uniform(*nature.speeds)))
                self.agents[agent.name] = agent
                self.at(float(self.rng.random()) * 60, lambda agent=agent: self.come(agent))  # type: ignore[misc]
            self.at(1.0, lambda campaign=campaign: self.ask(campaign))  # type: ignore[misc]
        if self.inbound_per_hour:
            self.at(self.gap(), self.call_in)
        while self.heap and self.heap[0][0] < self.end:
            self.now, _, what = heapq.heappop(self.heap)
            what()
        for agent in self.agents.values():
            if agent.doing is not _Doing.AWAY:
                self.spend(agent, self.end)
        return self

    # The pacer.

    def tell(self, campaign: Campaign, kind: str, ident: str, value: float | str | None = None) -> None:
        chance, noise = self.rng.random(), self.noise
        if chance < noise.lost:
            return
        if chance < noise.lost + noise.late:
            later = self.now + 3.0 * float(self.rng.random())
            self.at(later, lambda: campaign.pacer.on_event(self.now, kind, ident, value))
            return
        for _ in range(2 if chance > 1.0 - noise.doubled else 1):
            campaign.pacer.on_event(self.now, kind, ident, value)

    def ask(self, campaign: Campaign) -> None:
        state = self.state(campaign)
        wanted = campaign.pacer.decide(state).calls_to_place
        if campaign.cancels and isinstance(campaign.pacer, Cancelling):
            for call in campaign.pacer.cancel(state):
                if self.now - campaign.ringing.get(call, self.now) >= 12.0:
                    age = self.now - campaign.ringing.pop(call)
                    self.tell(campaign, "cancelled", call, age)
        for _ in range(min(wanted, state.lines_free)):
            self.dial(campaign)
        self.at(self.now + float(self.rng.uniform(0.2, 1.0)), lambda: self.ask(campaign))

    def state(self, campaign: Campaign) -> State:
        index = self.campaigns.index(campaign)
        own = [agent for agent in self.agents.values() if agent.home == index and agent.doing is not _Doing.AWAY]
        idle = sorted((agent.since, agent.name) for agent in own if agent.doing is _Doing.IDLE)
        idle = idle[: max(0, len(idle) - self.reserve)]
        out = len(campaign.ringing) + len(campaign.listening) + len(campaign.waiting)
        talk = {agent.name: agent.since for agent in own if agent.doing is _Doing.TALK}
        return State(
            now=self.now,
            idle={name: since for since, name in idle},
            talk=talk,
            wrap={agent.name: agent.since for agent in own if agent.doing is _Doing.WRAP},
            ringing=campaign.ringing,
            amd=campaign.listening,
            waiting=campaign.waiting,
            lines_free=max(0, campaign.lines - out - len(talk)),
            dialed=campaign.dialed,
            connected=campaign.reached,
            machine_to_agent=campaign.machines,
            abandoned=len(campaign.abandoned_at) + campaign.passed_abandoned,
            t_end=math.inf if campaign.endless else self.end,
            logged_in=len(own),
            outstanding=out,
        )

    # Calls.

    def dial(self, campaign: Campaign) -> None:
        nature, rng = campaign.nature, self.rng
        call = f"{id(campaign) % 997}-{campaign.dialed}"
        segment = campaign.dialed // nature.run % len(nature.segments)
        campaign.dialed += 1
        if isinstance(campaign.pacer, Describing) and len(nature.segments) > 1:
            campaign.pacer.describe(call, {"segment": str(segment)})
        campaign.ringing[call] = self.now
        self.tell(campaign, "dial", call)
        keep = math.exp(-(self.now - campaign.mood_at) / 120.0)
        campaign.mood = campaign.mood * keep + math.sqrt(1 - keep * keep) * float(rng.normal())
        campaign.mood_at = self.now
        rate = nature.answer_rate * nature.segments[segment] * nature.change(self.now)
        rate *= math.exp(nature.burst * campaign.mood - nature.burst**2 / 2)
        chance = rng.random()
        if chance < rate:
            self.ring(campaign, call, nature.person_ring(rng), True)
        elif chance < rate + nature.machine_rate * (1 - rate):
            self.ring(campaign, call, nature.machine_ring(rng), False)
        elif chance > 1 - nature.quick_end:
            kind = "busy" if rng.random() < 0.5 else "failed"
            self.at(self.now + 4 * float(rng.random()), lambda: self.stop(campaign, call, kind))
        else:
            self.at(self.now + nature.ring_timeout, lambda: self.stop(campaign, call, "noanswer"))

    def ring(self, campaign: Campaign, call: str, rings: float, person: bool) -> None:
        wrong = campaign.nature.person_lost if person else campaign.nature.machine_passes
        campaign.fate[call] = person, person != (self.rng.random() < wrong)
        if rings >= campaign.nature.ring_timeout:
            self.at(self.now + campaign.nature.ring_timeout, lambda: self.stop(campaign, call, "noanswer"))
        else:
            self.at(self.now + rings, lambda: self.pick_up(campaign, call))

    def stop(self, campaign: Campaign, call: str, kind: str) -> None:
        since = campaign.ringing.pop(call, None)
        if since is not None:
            self.tell(campaign, kind, call, self.now - since)

    def pick_up(self, campaign: Campaign, call: str) -> None:
        since = campaign.ringing.pop(call, None)
        if since is not None:
            rang = self.now - since
            campaign.listening[call] = self.now, rang
            self.tell(campaign, "answer", call, rang)
            self.at(self.now + campaign.nature.verdict(self.rng), lambda: self.judge(campaign, call, rang))

    def judge(self, campaign: Campaign, call: str, rang: float) -> None:
        del campaign.listening[call]
        if not campaign.fate[call][1]:
            self.tell(campaign, "machine", call, rang)
            return
        campaign.waiting[call] = self.now
        self.tell(campaign, "live", call, rang)
        self.match()
        if call in campaign.waiting:
            self.at(self.now + campaign.patience, lambda: self.give_up(campaign, call))

    def give_up(self, campaign: Campaign, call: str) -> None:
        since = campaign.waiting.pop(call, None)
        if since is None:
            return
        if campaign.fate[call][0]:
            campaign.abandoned_at.append(self.now)
        else:
            campaign.passed_abandoned += 1
        self.tell(campaign, "abandon", call, self.now - since)

    def gap(self) -> float:
        return self.now + float(self.rng.exponential(3600.0 / self.inbound_per_hour))

    def call_in(self) -> None:
        self.calling_in.append(self.now)
        self.at(self.gap(), self.call_in)
        self.match()

    # Agents.

    def come(self, agent: _Agent) -> None:
        lunch = 0.45 * self.end + (300.0 if int(agent.name.split(".")[1]) % 2 else 2400.0)
        before = self.now < lunch
        agent.rest_due = lunch if before else self.now + float(self.rng.gamma(2.0, 2400.0))
        agent.rest_for = 1800.0 if before else 480.0
        self.tell(self.campaigns[agent.home], "login", agent.name)
        self.now_doing(agent, _Doing.IDLE)
        self.rest_or_match(agent)

    def rest_or_match(self, agent: _Agent) -> None:
        if self.now >= agent.rest_due:
            self.now_doing(agent, _Doing.AWAY)
            self.tell(self.campaigns[agent.home], "leave", agent.name)
            self.at(self.now + agent.rest_for, lambda: self.come(agent))
        else:
            self.match()

    def spend(self, agent: _Agent, until: float) -> None:
        spent = until - agent.since
        self.present_s += spent
        if agent.counts and agent.doing in (_Doing.TALK, _Doing.WRAP):
            self.busy_s += spent

    def now_doing(self, agent: _Agent, what: _Doing) -> float:
        """How long the agent did what they did before."""
        spent = self.now - agent.since
        if agent.doing is not _Doing.AWAY:
            self.spend(agent, self.now)
        agent.doing, agent.since = what, self.now
        return spent

    def match(self) -> None:
        idle = sorted((a.since, a.name) for a in self.agents.values() if a.doing is _Doing.IDLE)
        free = [self.agents[name] for _, name in idle]
        while free and self.calling_in:
            self.inbound_waits.append(self.now - self.calling_in.pop(0))
            agent = free.pop(0)
            agent.machine, agent.counts = False, True
            self.talk(agent, self.campaigns[agent.home].nature)
        for index, campaign in enumerate(self.campaigns):
            for call in list(campaign.waiting):
                able = [agent for agent in free if agent.home == index] or (free if self.lends else [])
                if not able or (self.reserve and len(free) <= self.reserve):
                    break
                agent = able[0]
                free.remove(agent)
                del campaign.waiting[call]
                person = campaign.fate[call][0]
                campaign.reached += 1
                if person:
                    campaign.connected_at.append(self.now)
                agent.machine, agent.counts = not person, person
                self.tell(campaign, "connect", call, agent.name)
                self.talk(agent, campaign.nature, campaign)

    def talk(self, agent: _Agent, nature: Nature, campaign: Campaign | None = None) -> None:
        self.now_doing(agent, _Doing.TALK)
        lasts = 7.0 if agent.machine else agent.speed * nature.talk(self.rng)
        self.at(self.now + lasts, lambda: self.hang_up(agent, campaign))

    def hang_up(self, agent: _Agent, campaign: Campaign | None) -> None:
        home = self.campaigns[agent.home]
        spent = self.now_doing(agent, _Doing.WRAP)
        self.tell(home, "talk_end", agent.name, spent)
        if agent.machine and campaign is not None:
            campaign.machines += 1
            if campaign.tells_machines:
                self.tell(home, "was_machine", agent.name)
        lasts = 4.0 if agent.machine else agent.speed * home.nature.wrap(self.rng)
        self.at(self.now + lasts, lambda: self.wrapped(agent))

    def wrapped(self, agent: _Agent) -> None:
        spent = self.now_doing(agent, _Doing.IDLE)
        self.tell(self.campaigns[agent.home], "wrap_end", agent.name, spent)
        self.rest_or_match(agent)
