"""The engine's promises, with events in any order, doubled, late and lost.

The core is fed at random: for each of its requests the outside may answer at once, later, twice or never, and events
that make no sense may come at any time. Whatever happens, the promises hold.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.clock import seeded_random
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallRinging,
    CallUnbridged,
    EarlyMediaStarted,
    LinkLost,
    LinkRestored,
    MessagePlayed,
    MessageStarted,
    OriginateRefused,
    VerdictReached,
)
from dialer.domain.ids import AgentId, CallId, LegId, new_call_id
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.engine.core import CampaignCore
from dialer.engine.effects import Bridge, ConnectLeg, ListChannels, Place, Release, Reserve, WriteClosing
from dialer.engine.floor import Trunk
from dialer.engine.messages import (
    AttemptsReserved,
    ChannelsListed,
    Dispose,
    DrainCampaign,
    GoReady,
    Instant,
    Message,
    Pause,
    PlacingFailed,
    SignIn,
    SignOut,
    StartCampaign,
    StopCampaign,
    Tick,
)
from dialer.ports import LegPhase, LiveChannel, Reservation
from pacing.trunk import TrunkLimiter
from tests.support.memory_log import attempt_for

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
AGENTS = tuple(AgentId(f"a{index}") for index in range(3))
MAX_LINES = 6

# Which step comes next, by the number of times it stands here: ordinary progress often, disasters seldom.
STEPS = (
    (0, 0, 1)
    + (2,) * 5
    + (3,) * 3
    + (4, 4, 5, 6, 6, 6)
    + (7,) * 4
    + (8, 9, 9, 9, 10, 10)
    + tuple(range(11, 19))
    + (18, 18, 19, 20, 20, 21, 22, 22, 23, 24, 25, 26, 27, 27, 28, 28, 28, 29, 30, 30)
)
LATEST = 200  # a pick from here on means the newest call


class World:
    """The outside, as unreliable as ``choices`` says."""

    def __init__(self, mode: DialMode) -> None:
        limiter = TrunkLimiter(MAX_LINES, 20.0)
        trunk = Trunk(name="t", dial_string="Fake/{number}", caller_id="", limiter=limiter)
        campaign = Campaign(id=1, name="c", mode=mode, ratio=3.0, wrap_up_s=5.0)
        self.core = CampaignCore(campaign, trunk, entropy=seeded_random(1).randbytes, seats=3)
        self.random = seeded_random(2)
        self.monotonic = 0.0
        self.next_debtor = 1
        self.reserved: list[CallId] = []
        self.placed: Counter[CallId] = Counter()
        self.closed: Counter[CallId] = Counter()
        self.released: Counter[CallId] = Counter()
        self.asked_for: list[Reserve] = []
        self.legs: dict[LegId, AgentId] = {}
        self.bridges: list[tuple[CallId, LegId]] = []
        self.lists_due = 0
        self.blind = True
        self.may_place = False

    @property
    def now(self) -> Instant:
        return Instant(START + timedelta(seconds=self.monotonic), self.monotonic)

    def stamp(self) -> dict[str, object]:
        return {"at": self.now.at, "monotonic": self.monotonic}

    def tell(self, message: Message) -> None:
        placed_before = self.placed.total()
        for effect in self.core.handle(message, self.now):
            match effect:
                case Reserve():
                    self.asked_for.append(effect)
                case Place(call=call):
                    self.placed[call.call_id] += 1
                case Release(call_id=call_id):
                    self.released[call_id] += 1
                case WriteClosing(closing=closing):
                    self.closed[closing.call_id] += 1
                case ConnectLeg(agent_id=agent_id, leg_id=leg_id):
                    self.legs[leg_id] = agent_id
                case Bridge(call_id=call_id, leg_id=leg_id):
                    self.bridges.append((call_id, leg_id))
                case ListChannels():
                    self.lists_due += 1
        if not self.may_place:
            assert self.placed.total() == placed_before, "a call left while blind, stopped or draining"
        self.check()

    def check(self) -> None:
        holders = Counter(seat.call_id for seat in self.core.floor.roster if seat.call_id is not None)
        assert all(count == 1 for count in holders.values()), "a call is held by two agents"
        talking = [call.agent_id for call in self.core.floor.calls.values() if call.state.value == "talking"]
        assert len(talking) == len(set(talking)), "an agent holds two calls"
        assert all(count == 1 for count in self.placed.values()), "a call was placed twice"
        assert all(count == 1 for count in self.closed.values()), "an attempt was closed twice"
        assert not set(self.placed) & set(self.released), "a placed call was taken back"
        assert self.core.floor.trunk.limiter.lines_used <= MAX_LINES

    # --------------------------------------------------------------------------------- what may happen next

    def step(self, kind: int, pick: int) -> None:
        calls = list(self.placed)
        index = -1 if pick >= LATEST else pick % (len(calls) or 1)
        call = calls[index] if calls else CallId("nobody")
        legs = list(self.legs)
        leg = legs[pick % len(legs)] if legs else LegId("leg-nobody")
        agent = AGENTS[pick % len(AGENTS)]
        stamp = self.stamp()
        match kind:
            case 0 | 1:
                self.monotonic += 0.25 * (1 + pick % 12)
                self.tell(Tick())
            case 2 | 3:
                self.answer_reservation(pick)
            case 4:
                self.tell(CallRinging(**stamp, call_id=call))
            case 5:
                self.tell(EarlyMediaStarted(**stamp, call_id=call))
            case 6:
                self.tell(CallAnswered(**stamp, call_id=call))
            case 7 | 8:
                categories = list(AmdCategory)
                category = AmdCategory.HUMAN if kind == 7 else categories[pick % len(categories)]
                verdict = AmdVerdict(category=category, reason="x", confidence=1.0, delay_ms=1)
                self.tell(VerdictReached(**stamp, call_id=call, verdict=verdict))
            case 9 | 10:
                if self.bridges:
                    bridged, leg_id = self.bridges[pick % len(self.bridges)]
                    self.tell(CallBridged(**stamp, call_id=bridged, leg_id=leg_id))
            case 11:
                if self.bridges:
                    bridged, leg_id = self.bridges[pick % len(self.bridges)]
                    self.tell(BridgeFailed(**stamp, call_id=bridged, leg_id=leg_id, detail="gone"))
            case 12:
                self.tell(CallUnbridged(**stamp, call_id=call))
            case 13 | 14:
                self.tell(CallEnded(**stamp, call_id=call, cause=(16, 17, 34, 1, 0)[pick % 5]))
            case 15:
                self.tell(OriginateRefused(**stamp, call_id=call, detail="no"))
            case 16:
                self.tell(PlacingFailed(call_id=call, detail="", certain=pick % 2 == 0))
            case 17:
                self.tell(MessageStarted(**stamp, call_id=call, kind="abandoned"))
                self.tell(MessagePlayed(**stamp, call_id=call, kind="abandoned"))
            case 18:
                self.tell(AgentLegUp(**stamp, agent_id=self.legs.get(leg, agent), leg_id=leg))
            case 19:
                self.tell(AgentLegDown(**stamp, agent_id=self.legs.get(leg, agent), leg_id=leg))
            case 20 | 21:
                self.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True))
            case 22:
                self.tell(GoReady(agent_id=agent))
            case 23:
                self.tell(Pause(agent_id=agent))
            case 24:
                self.tell(SignOut(agent_id=agent))
            case 25:
                self.tell(Dispose(agent_id=agent, call_id=call, code="NI"))
            case 26:
                self.blind, self.may_place = True, False
                self.tell(LinkLost(**stamp))
            case 27:
                self.blind, self.may_place = True, False
                self.tell(LinkRestored(**stamp))
            case 28:
                if self.lists_due:
                    self.lists_due -= 1
                    self.see(pick)
            case 29:
                self.may_place = False
                self.tell(DrainCampaign() if pick % 2 else StopCampaign())
            case _:
                self.may_place = not self.blind
                self.tell(StartCampaign())

    def see(self, pick: int) -> None:
        """Asterisk's list: each live call is there, or not, as chance has it."""
        channels = [
            LiveChannel(
                channel_id=call_id,
                name="x",
                phase=(LegPhase.DIALING, LegPhase.RINGING, LegPhase.UP)[(pick + index) % 3],
                bridge_id="b" if (pick + index) % 2 else "",
                duration_s=1,
            )
            for index, call_id in enumerate(self.core.floor.calls)
            if (pick >> (index % 8)) & 1
        ]
        if self.core.floor.link_up:
            self.blind = False
            self.may_place = self.core.floor.state.value == "running"
        self.tell(ChannelsListed(channels=channels))

    def answer_reservation(self, pick: int) -> None:
        if not self.asked_for:
            return
        asked = self.asked_for.pop(0)
        attempts = []
        for _ in range(min(asked.count, pick % 4)):
            call_id = new_call_id(self.now.at, self.random.randbytes(10))
            attempts.append(attempt_for(self.next_debtor, call_id))
            self.reserved.append(call_id)
            self.next_debtor += 1
        reservation = Reservation(attempts=tuple(attempts), denials=(), exhausted=False)
        self.tell(AttemptsReserved(reservation=reservation, requested=asked.count, for_agent=asked.for_agent))

    def finish(self) -> None:
        """The link comes back, Asterisk has nothing, the campaign stops: every attempt must have ended."""
        self.may_place = False
        self.tell(StopCampaign())
        while self.asked_for:
            self.answer_reservation(3)
        self.tell(LinkRestored(**self.stamp()))
        self.tell(ChannelsListed(channels=[]))
        for _ in range(80):
            self.monotonic += 5.0
            self.tell(Tick())
        unaccounted = [call_id for call_id in self.reserved if self.closed[call_id] + self.released[call_id] != 1]
        assert not unaccounted
        assert not self.core.floor.calls
        floor = self.core.floor
        assert floor.trunk.limiter.lines_used == 0
        assert not [seat for seat in floor.roster if seat.state in (AgentState.TALKING, AgentState.RESERVED)]
        assert floor.tally.outcomes.total() == self.closed.total()
        assert floor.tally.abandoned == floor.tally.outcomes["abandoned"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    mode=st.sampled_from(list(DialMode)),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 255)), min_size=40, max_size=400),
)
def test_the_promises_hold_whatever_happens(mode: DialMode, steps: list[tuple[int, int]]) -> None:
    world = World(mode)
    world.tell(LinkRestored(**world.stamp()))
    world.lists_due = 0
    world.see(0)
    for agent in AGENTS:
        world.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True))
    for leg in list(world.legs):
        world.tell(AgentLegUp(**world.stamp(), agent_id=world.legs[leg], leg_id=leg))
    world.may_place = True
    world.tell(StartCampaign())
    for kind, pick in steps:
        world.step(kind, pick)
    world.finish()
