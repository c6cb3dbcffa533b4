"""Two campaigns that share agents, with orders and events in any order: a seat is in one roster and never lost."""

from __future__ import annotations

from collections import Counter, deque

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DialMode
from dialer.domain.events import AgentLegUp, LinkRestored
from dialer.engine.crew import Crew
from dialer.engine.effects import Effect, Forward, Publish
from dialer.engine.messages import DeadlineCame, SignIn, StandingsRead, StartCampaign, Tick
from dialer.ports import LegPhase, LiveChannel
from tests.property.test_engine_invariants import AGENTS, BUSY_STEPS, STEPS, World

NAMES = ("a", "b")
ANSWERED_STEPS = BUSY_STEPS + (2, 6, 6, 7, 7, 7) * 2  # many people who wait, for few agents


class Side(World):
    """One of the two campaigns."""

    def __init__(self, pair: Pair, mode: DialMode, name: str, seed: int) -> None:
        self._pair = pair
        super().__init__(mode, name=name, crew=pair.crew, seed=seed)
        self.also = NAMES

    def heard(self, effect: Effect) -> None:
        if isinstance(effect, Forward):
            self._pair.inbox.append(effect)
        if isinstance(effect, Publish):
            self._pair.told(effect)

    def check(self) -> None:
        super().check()
        self._pair.check()

    def pass_time(self, seconds: float) -> None:
        self._pair.pass_time(seconds)

    def legs_there(self) -> list[LiveChannel]:
        return [
            LiveChannel(channel_id=leg, name=leg, phase=LegPhase.UP, bridge_id="", duration_s=1, agent_id=agent)
            for side in self._pair.sides
            for leg, agent in side.legs.items()
        ]


class Pair:
    def __init__(self, modes: tuple[DialMode, DialMode]) -> None:
        self.crew = Crew()
        self.inbox: deque[Forward] = deque()
        self.there: set[str] = set()  #: who has signed in and not left, as far as was told
        self.lent = 0
        self.sides: list[Side] = []
        for index, (name, mode) in enumerate(zip(NAMES, modes, strict=True)):
            self.sides.append(Side(self, mode, name, seed=10 * index + 1))
        first, second = self.sides
        second.orders, second.answers = first.orders, first.answers  # an order may be answered by the other core

    def told(self, effect: Publish) -> None:
        what, agent = effect.message.topic.partition("/")[2], str(effect.message.payload.get("agent_id"))
        if what == "agent.connecting":
            self.there.add(agent)
        elif what == "agent.offline":
            self.there.discard(agent)
        elif what == "agent.moved":
            self.lent += 1

    def check(self) -> None:
        floors = [side.core.floor for side in self.sides]
        seats = Counter(str(seat.agent_id) for floor in floors for seat in floor.roster)
        assert seats == Counter(self.there), "a seat is in two rosters, or lost"
        held = Counter(seat.call_id for floor in floors for seat in floor.roster if seat.call_id is not None)
        guests = {
            call.call_id
            for floor in floors
            for call in floor.calls.values()
            if call.talk.target is not None and call.talk.target.agent_id is not None
        }
        assert all(count == 1 or (count == 2 and call in guests) for call, count in held.items()), "held by two agents"
        for floor in floors:
            for seat in floor.roster:
                assert seat.call_id is None or seat.call_id in floor.calls or seat.state is AgentState.WRAP_UP
        counted: Counter[str] = Counter()
        for side in self.sides:
            state = side.core.floor.snapshot(side.now)
            counted.update([*state.idle, *state.talk, *state.wrap])
        assert all(count == 1 for count in counted.values()), "an agent is counted by two pacers"

    def deliver(self, most: int) -> None:
        for _ in range(min(most, len(self.inbox))):
            forwarded = self.inbox.popleft()
            self.sides[NAMES.index(forwarded.campaign)].tell(forwarded.message)

    def pass_time(self, seconds: float) -> None:
        """Every deadline of either comes at its instant; a beat of both at the end."""
        target = self.sides[0].monotonic + seconds
        while True:
            due = [side for side in self.sides if (at := side.core.next_deadline) is not None and at <= target]
            if not due:
                break
            side = min(due, key=lambda one: one.core.next_deadline or 0.0)
            self._set_time(max(side.monotonic, side.core.next_deadline or 0.0))
            side.tell(DeadlineCame())
        self._set_time(target)
        for side in self.sides:
            side.tell(Tick())

    def _set_time(self, monotonic: float) -> None:
        for side in self.sides:
            side.monotonic = monotonic

    def begin(self) -> None:
        for side, agents in zip(self.sides, (AGENTS[:2], AGENTS[2:]), strict=True):
            side.tell(LinkRestored(**side.stamp()))
            side.lists_due = 0
            side.see(0)
            for agent in agents:
                side.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True, also=NAMES))
            for leg, agent in side.legs.items():
                side.tell(AgentLegUp(**side.stamp(), agent_id=agent, leg_id=leg))
            side.may_place = True
            side.tell(StandingsRead(standings=(), asked=side.now))
            side.tell(StartCampaign())

    def finish(self) -> None:
        for side in self.sides:
            side.stop()
        for _ in range(80):
            self.pass_time(5.0)
            self.deliver(100)
        for side in self.sides:
            side.check_over()
        for side in self.sides:
            for seat in side.core.floor.roster:
                assert seat.home == side.core.floor.campaign.name, "an agent did not come home"


def play(pair: Pair, steps: list[tuple[int, int, int]]) -> None:
    pair.begin()
    for which, kind, pick in steps:
        pair.sides[which].step(kind, pick)
        pair.deliver(pick % 3)
    pair.finish()


#: A campaign without agents has none to share.
WITH_AGENTS = [mode for mode in DialMode if mode is not DialMode.AGENTLESS]
MODES = st.tuples(st.sampled_from(WITH_AGENTS), st.sampled_from(WITH_AGENTS))


def steps_of(kinds: tuple[int, ...]) -> st.SearchStrategy[list[tuple[int, int, int]]]:
    step = st.tuples(st.integers(0, 1), st.sampled_from(kinds), st.integers(0, 255))
    return st.lists(step, min_size=40, max_size=300)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(modes=MODES, steps=steps_of(STEPS))
def test_a_seat_is_in_one_roster_whatever_happens(
    modes: tuple[DialMode, DialMode], steps: list[tuple[int, int, int]]
) -> None:
    play(Pair(modes), steps)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps_of(ANSWERED_STEPS))
def test_a_seat_is_in_one_roster_while_two_campaigns_dial_ahead(steps: list[tuple[int, int, int]]) -> None:
    pair = Pair((DialMode.POWER, DialMode.POWER))
    for side in pair.sides:
        side.orderly = True
    play(pair, steps)
