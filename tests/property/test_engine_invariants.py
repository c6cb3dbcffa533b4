"""The engine's promises, with events in any order, doubled, late and lost.

The core is fed at random: for each of its requests the outside may answer at once, later, twice or never, and events
that make no sense may come at any time. Whatever happens, the promises hold.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.clock import seeded_random
from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    AgentWanted,
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallHeld,
    CallRinging,
    CallUnbridged,
    ConferenceBegan,
    ConsultBegan,
    ConsultFailed,
    EarlyMediaStarted,
    LinkLost,
    LinkRestored,
    MessagePlayed,
    MessageStarted,
    OriginateRefused,
    ThirdAnswered,
    ThirdLeft,
    VerdictReached,
)
from dialer.domain.ids import AgentId, CallId, LegId, new_call_id
from dialer.domain.talk import TalkState, TalkVerb
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.engine.core import CampaignCore
from dialer.engine.crew import Crew
from dialer.engine.effects import (
    Bridge,
    ConnectLeg,
    Effect,
    HangUpChannel,
    ListChannels,
    Place,
    Publish,
    Recheck,
    Release,
    Reserve,
    ReserveContact,
    SettleCallBack,
    WriteClosing,
)
from dialer.engine.floor import Trunk
from dialer.engine.messages import (
    AcceptPreview,
    AttemptsReserved,
    CallBacksDue,
    ChannelsListed,
    ContactAnswered,
    ContactFailed,
    DeadlineCame,
    Dial,
    Dispose,
    DrainCampaign,
    GoReady,
    HangUp,
    Instant,
    InTalk,
    Message,
    Pause,
    PauseCampaign,
    PlacingFailed,
    Rechecked,
    SignIn,
    SignOut,
    SkipPreview,
    StandingsRead,
    StartCampaign,
    StopCampaign,
    Tick,
)
from dialer.engine.talk_effects import CallThird, Consult
from dialer.ports import (
    CallBack,
    ContactAnswer,
    Denial,
    LegPhase,
    LiveChannel,
    PlaceThird,
    Reservation,
    ReservedAttempt,
)
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
    + (31, 31, 31, 32, 32, 33, 34, 34, 34, 35, 35, 35, 36, 37)
    + (38,) * 8
    + (39,) * 6
)
# A floor where most goes well: many calls, many answers, a supervisor who stops and starts.
BUSY_STEPS = (0,) * 6 + (2,) * 5 + (4,) * 4 + (6,) * 4 + (7,) * 6 + (9,) * 2 + (31,) * 3 + (32,) * 3 + (5, 8, 11, 13)
BUSY_STEPS += (19, 22, 22, 29, 30, 30, 30, 33, 34, 34, 35, 36, 37, 38, 38, 39)
# Agents who hardly do anything but hand their calls around.
TALK_STEPS = (0, 0, 2, 2, 22, 25, 31) + (9,) * 4 + (38,) * 9 + (39,) * 7 + (40,) * 4
TALK_TROUBLE = (11, 12, 13, 19, 24, 26, 27, 28, 28, 36)  # one of these in as many as the others
FRESH_S = 2.0
LAW_S = 2.0
RING_MINIMUM_S = 15.0
BRIDGE_SLACK_S = 0.75
LATEST = 200  # a pick from here on means the newest call


class World:
    """The outside, as unreliable as ``choices`` says."""

    def __init__(
        self, mode: DialMode, *, name: str = "c", crew: Crew | None = None, seed: int = 1, flows: bool = False
    ) -> None:
        limiter = TrunkLimiter(MAX_LINES, 20.0)
        trunk = Trunk(name="t", dial_string="Fake/{number}", caller_id="", limiter=limiter)
        listed = {"bank": "+576015550001"}
        campaign = Campaign(id=1, name=name, mode=mode, ratio=3.0, wrap_up_s=5.0, transfer_numbers=listed)
        self.core = CampaignCore(
            campaign, trunk, entropy=seeded_random(seed).randbytes, seats=3, crew=crew, has_service=flows
        )
        self.random = seeded_random(seed + 1)
        self.also: tuple[str, ...] = ()  #: campaigns that agents who sign in here serve besides
        self.monotonic = 0.0
        self.next_debtor = 1
        self.reserved: list[CallId] = []
        self.placed: Counter[CallId] = Counter()
        self.closed: Counter[CallId] = Counter()
        self.released: Counter[CallId] = Counter()
        self.asked_for: list[Reserve] = []
        self.legs: dict[LegId, AgentId] = {}
        self.bridges: list[tuple[CallId, LegId]] = []
        self.asked_to_bridge: dict[CallId, float] = {}
        self.consults: list[Consult] = []
        self.thirds: list[PlaceThird] = []
        self.lists_due = 0
        self.blind = True
        self.may_place = False
        self.orderly = False  #: events come of calls that they mean something to
        # What the gate said of each call: when it last said yes, and until when that holds.
        self.decided: dict[CallId, tuple[float, float | None]] = {}
        self.rechecks: list[tuple[CallId, Instant]] = []
        self.contacts: list[ReserveContact] = []
        self.promises = 0
        self.settled: Counter[int] = Counter()
        self.asked_back: Counter[int] = Counter()
        self.orders: list[str] = []
        self.answers: Counter[str] = Counter()
        self.dialed_at: dict[CallId, float] = {}
        self.rang_at: dict[CallId, float] = {}
        self.announced: set[CallId] = set()
        self.early: set[CallId] = set()
        self.limits: dict[CallId, tuple[AmdVerdict, float]] = {}
        self.attempts: dict[CallId, ReservedAttempt] = {}

    @property
    def now(self) -> Instant:
        return Instant(START + timedelta(seconds=self.monotonic), self.monotonic)

    def stamp(self) -> dict[str, object]:
        return {"at": self.now.at, "monotonic": self.monotonic}

    def tell(self, message: Message) -> None:
        placed_before = self.placed.total()
        for effect in self.core.handle(message, self.now):
            self.heard(effect)
            match effect:
                case Reserve():
                    self.asked_for.append(effect)
                case Place(call=call):
                    self.placed[call.call_id] += 1
                    self.left(call.call_id)
                case Recheck(call_id=call_id):
                    self.rechecks.append((call_id, self.now))
                case ReserveContact():
                    self.contacts.append(effect)
                    if effect.call_back_id is not None:
                        self.asked_back[effect.call_back_id] += 1
                case SettleCallBack(call_back_id=ident):
                    self.settled[ident] += 1
                case HangUpChannel(channel_id=channel_id):
                    self.hung_up(CallId(channel_id))
                case Publish(message=told) if told.topic.endswith(("/command.done", "/command.refused")):
                    self.answers[str(told.payload["request_id"])] += 1
                case Release(call_id=call_id):
                    self.released[call_id] += 1
                case WriteClosing(closing=closing):
                    self.closed[closing.call_id] += 1
                case ConnectLeg(agent_id=agent_id, leg_id=leg_id):
                    self.legs[leg_id] = agent_id
                case Bridge(call_id=call_id, leg_id=leg_id):
                    self.bridges.append((call_id, leg_id))
                    self.asked_to_bridge[call_id] = self.monotonic
                case Consult():
                    self.consults.append(effect)
                case CallThird(third=third):
                    self.thirds.append(third)
                case ListChannels():
                    self.lists_due += 1
        assert self.core.next_deadline > 0  # asked for after every turn, as the runner does
        if not self.may_place:
            assert self.placed.total() == placed_before, "a call left while blind, stopped or draining"
        self.check()

    def heard(self, effect: Effect) -> None:
        """For others who look on."""

    def left(self, call_id: CallId) -> None:
        """A call was dialed: on a decision that is fresh, and that time has not overtaken."""
        decided, until = self.decided[call_id]
        assert self.monotonic - decided <= FRESH_S, "a call left on an old decision"
        assert until is None or self.monotonic < until or decided >= until, "a call left after its window had closed"
        self.dialed_at[call_id] = self.monotonic

    def hung_up(self, call_id: CallId) -> None:
        call = self.core.floor.calls.get(call_id)
        if call is None or call.answered is not None or call_id in self.announced or call_id not in self.dialed_at:
            return
        since = self.rang_at.get(call_id, self.dialed_at[call_id])
        assert self.monotonic >= since + RING_MINIMUM_S, "a ringing phone was cut too early"

    def check_time(self) -> None:
        """Nobody waits past the law's time, nor past the campaign's patience."""
        for call_id, (verdict, limit) in self.limits.items():
            call = self.core.floor.calls.get(call_id)
            if call is None or call.verdict is not verdict or call.served is not None:
                continue
            if call.state.value == "waiting":
                assert self.monotonic < limit, "a person waits too long"
            if call.state.value == "bridging" and self.core.floor.synced:  # blind, nobody knows whether they are joined
                assert self.monotonic < max(limit, self.asked_to_bridge[call_id]) + BRIDGE_SLACK_S + 1e-6

    def check(self) -> None:
        self.check_time()
        holders = Counter(seat.call_id for seat in self.core.floor.roster if seat.call_id is not None)
        for call_id, count in holders.items():
            call = self.core.floor.calls.get(call_id)
            both = call is not None and call.talk.target is not None and call.talk.target.agent_id is not None
            assert count == 1 or (both and count == 2), "a call is held by two agents, and is not being handed over"
        calls = self.core.floor.calls.values()
        talking = [call.agent_id for call in calls if call.state.value == "talking" and call.agent_id is not None]
        assert len(talking) == len(set(talking)), "an agent holds two calls"
        assert all(count == 1 for count in self.placed.values()), "a call was placed twice"
        assert all(count == 1 for count in self.closed.values()), "an attempt was closed twice"
        assert not set(self.placed) & set(self.released), "a placed call was taken back"
        assert self.core.floor.trunk.limiter.lines_used <= MAX_LINES
        self.check_talks()

    def check_talks(self) -> None:
        """Whoever is in a talk sits on its call; nobody is muted, or shown as talking, who is not."""
        floor = self.core.floor
        for call in floor.calls.values():
            target = call.talk.target
            if call.state.value not in ("talking", "handed_over", "ending"):
                assert target is None, "somebody was left in a conversation that is over"
            if call.state.value != "talking":
                continue
            assert (target is None) == (call.talk.state in (TalkState.JOINED, TalkState.HELD))
            seat = floor.roster.get(target.agent_id) if target is not None else None
            assert seat is None or seat.call_id == call.call_id, "the other agent has another call"
        for seat in floor.roster:
            assert seat.call_id is not None or not seat.muted, "an agent is muted for good"

    # --------------------------------------------------------------------------------- what may happen next

    def step(self, kind: int, pick: int) -> None:
        calls = [call for call in self.placed if not self.orderly or self.means_something(kind, call)]
        index = -1 if pick >= LATEST else pick % (len(calls) or 1)
        call = calls[index] if calls else CallId("nobody")
        legs = list(self.legs)
        leg = legs[pick % len(legs)] if legs else LegId("leg-nobody")
        agent = AGENTS[pick % len(AGENTS)]
        stamp = self.stamp()
        match kind:
            case 0 | 1:
                self.pass_time(0.25 * (1 + pick % (24 if self.orderly else 12)))
            case 2 | 3:
                self.answer_reservation(pick)
            case 4:
                self.rang_at.setdefault(call, self.monotonic)
                self.tell(CallRinging(**stamp, call_id=call))
            case 5:
                self.early.add(call)
                self.tell(EarlyMediaStarted(**stamp, call_id=call))
            case 6:
                self.tell(CallAnswered(**stamp, call_id=call))
            case 7 | 8:
                categories = list(AmdCategory)
                category = AmdCategory.HUMAN if kind == 7 else categories[pick % len(categories)]
                self.decide(call, category, pick)
            case 9 | 10:
                if self.bridges:
                    bridged, leg_id = self.bridges[-1 if self.orderly else pick % len(self.bridges)]
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
                self.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True, also=self.also))
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
                self.tell((DrainCampaign(), StopCampaign(), PauseCampaign())[pick % 3])
            case 30:
                self.may_place = not self.blind
                self.tell(StartCampaign())
            case 31:
                self.answer_recheck(pick)
            case 32:
                self.answer_contact(pick)
            case 33:
                self.tell(StandingsRead(standings=(), asked=self.now))
            case 34:
                self.order(AcceptPreview(agent_id=agent, request_id=self.request()))
            case 35:
                self.next_debtor += 1
                self.order(Dial(agent_id=agent, debtor_id=self.next_debtor, request_id=self.request()))
            case 36:
                self.tell(SkipPreview(agent_id=agent) if pick % 2 else HangUp(agent_id=agent))
            case 38:
                self.talk_order(agent, pick)
            case 39:
                self.talk_event(call, pick)
            case _:
                self.promises += 1
                self.next_debtor += 1
                self.tell(
                    CallBacksDue(call_backs=[CallBack(id=self.promises, debtor_id=self.next_debtor, at=self.now.at)])
                )

    def talk_order(self, agent: AgentId, pick: int) -> None:
        """Something that an agent wants done with the call in hand, whether it can be or not."""
        verbs = list(TalkVerb)
        self.order(
            InTalk(
                agent_id=agent,
                verb=verbs[(pick // 3) % len(verbs)],
                to_agent=AGENTS[(pick + 1 + pick % 2) % len(AGENTS)] if pick % 5 else None,
                to_number="bank" if pick % 7 else "nobody",
                digits="12#" if pick % 2 else "x",
                request_id=self.request(),
            )
        )

    def talk_event(self, call: CallId, pick: int) -> None:
        """What the telephone system says of a talk: of one that was asked for, or out of the blue."""
        stamp = self.stamp()
        third = self.thirds[-1] if self.thirds and pick % 2 else None
        consult = self.consults[-1 if pick % 3 else 0] if self.consults else None
        match pick % 9:
            case 8:
                self.tell(AgentWanted(**stamp, call_id=call, reason="asked", wait_s=20.0))
            case 0:
                self.tell(CallHeld(**stamp, call_id=call))
            case 1 | 2 if third is not None:
                self.tell(ThirdAnswered(**stamp, call_id=third.call_id, leg_id=third.leg_id))
            case 3 if third is not None:
                self.tell(ThirdLeft(**stamp, call_id=third.call_id, leg_id=third.leg_id))
            case 4 | 5 | 6 if consult is not None:
                began = {"call_id": consult.call_id, "target": consult.target}
                self.tell(ConsultBegan(**stamp, **began, leg_id=consult.leg_id))
            case 7 if consult is not None:
                self.tell(ConsultFailed(**stamp, call_id=consult.call_id, target=consult.target, detail="gone"))
            case _:
                self.tell(ConferenceBegan(**stamp, call_id=call))

    def means_something(self, kind: int, call_id: CallId) -> bool:
        call = self.core.floor.calls.get(call_id)
        if call is None:
            return False
        ringing = call.state.value in ("dialing", "ringing", "early")
        return ringing if kind in (4, 5, 6) else call.state.value == "detecting" if kind in (7, 8) else True

    def request(self) -> str:
        self.orders.append(f"order-{len(self.orders)}")
        return self.orders[-1]

    def order(self, order: AcceptPreview | Dial | InTalk) -> None:
        self.tell(order)

    def pass_time(self, seconds: float) -> None:
        """Every deadline comes at its instant; a beat at the end."""
        target = self.monotonic + seconds
        while (due := self.core.next_deadline) <= target:
            self.monotonic = max(self.monotonic, due)
            self.tell(DeadlineCame())
        self.monotonic = target
        self.tell(Tick())

    def decide(self, call_id: CallId, category: AmdCategory, pick: int) -> None:
        """The detector's verdict, on somebody who began to greet up to two seconds ago and may have ended."""
        began, ended = (pick * 37) % 2000, (pick * 11) % 1500
        verdict = AmdVerdict(
            category=category,
            reason="x",
            confidence=1.0,
            delay_ms=1,
            greeting_started_ms_ago=max(began, ended) if pick % 5 else None,
            greeting_ended_ms_ago=min(began, ended) if pick % 5 and pick % 3 else None,
        )
        attempt = self.attempts.get(call_id)
        if attempt is not None:
            from_start = attempt.deadline_from == "greeting_start"
            ago = verdict.greeting_started_ms_ago if from_start else verdict.greeting_ended_ms_ago
            limit = self.monotonic + self.core.floor.campaign.patience_s
            if attempt.connect_deadline_s is not None:
                limit = min(limit, self.monotonic - (ago or 0) / 1000 + attempt.connect_deadline_s)
            self.limits[call_id] = (verdict, limit)
        if call_id in self.early and category in (AmdCategory.MACHINE, AmdCategory.ANNOUNCEMENT, AmdCategory.FAX):
            self.announced.add(call_id)
        self.tell(VerdictReached(**self.stamp(), call_id=call_id, verdict=verdict))

    def reserved_attempt(self, pick: int, mode: str = "") -> ReservedAttempt:
        """Decided on a moment ago, with obligations of one law or the other, or of none."""
        age = 0.75 * (pick % 5)
        until = self.monotonic + 0.5 * (pick % 7) if pick % 3 == 0 else None
        call_id = new_call_id(self.now.at, self.random.randbytes(10))
        self.reserved.append(call_id)
        attempt = replace(
            attempt_for(self.next_debtor, call_id, at=self.now.at - timedelta(seconds=age)),
            mode=mode,
            ring_minimum_s=RING_MINIMUM_S,
            holds_until=None if until is None else START + timedelta(seconds=until),
            connect_deadline_s=LAW_S if pick % 4 else None,
            deadline_from=("greeting_start", "greeting_end")[pick % 2],
        )
        self.next_debtor += 1
        self.decided[call_id] = (self.monotonic - age, until)
        self.attempts[call_id] = attempt
        return attempt

    def answer_recheck(self, pick: int) -> None:
        if not self.rechecks:
            return
        call_id, asked = self.rechecks.pop(0)
        denial = None
        if pick % 3 == 0:
            denial = Denial(debtor_id=1, reasons=("house/gap",), next_allowed_at=None)
            self.released[call_id] += 1
        elif pick % 3 == 1:
            self.decided[call_id] = (asked.monotonic, self.decided[call_id][1])
        self.tell(Rechecked(call_id=call_id, asked=asked, denial=denial, failed=pick % 3 == 2))

    def answer_contact(self, pick: int) -> None:
        if not self.contacts:
            return
        asked = self.contacts.pop(0)
        if pick % 7 == 0:
            self.tell(ContactFailed(asked=asked, code="store", detail="away"))
            return
        answer = ContactAnswer(busy=True)
        if pick % 7 == 1:
            answer = ContactAnswer(denial=Denial(debtor_id=1, reasons=("house/gap",), next_allowed_at=None))
        elif pick % 7 > 2:
            answer = ContactAnswer(attempt=self.reserved_attempt(pick, asked.request.mode))
        self.tell(ContactAnswered(asked=asked, answer=answer))

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
        self.tell(ChannelsListed(channels=[*channels, *self.legs_there()]))

    def legs_there(self) -> list[LiveChannel]:
        """The agents' legs that Asterisk lists: every agent has to sign in again."""
        return []

    def answer_reservation(self, pick: int) -> None:
        if not self.asked_for:
            return
        asked = self.asked_for.pop(0)
        mode = "preview" if asked.for_agent else ""
        attempts = [self.reserved_attempt(pick, mode) for _ in range(min(asked.count, pick % 4))]
        reservation = Reservation(attempts=tuple(attempts), denials=(), exhausted=False)
        self.tell(AttemptsReserved(reservation=reservation, requested=asked.count, for_agent=asked.for_agent))

    def finish(self) -> None:
        """The link comes back, Asterisk has nothing, the campaign stops: every attempt must have ended."""
        self.stop()
        for _ in range(80):
            self.pass_time(5.0)
        self.check_over()

    def stop(self) -> None:
        self.may_place = False
        self.tell(StopCampaign())
        while self.asked_for or self.contacts or self.rechecks:
            self.answer_reservation(3)
            self.answer_contact(3)
            self.answer_recheck(1)
        self.tell(LinkRestored(**self.stamp()))
        self.tell(ChannelsListed(channels=self.legs_there()))

    def check_over(self) -> None:
        assert [order for order in self.orders if self.answers[order] != 1] == [], "an order was not answered once"
        assert self.settled == self.asked_back, "a promise was forgotten, or settled twice"
        unaccounted = [call_id for call_id in self.reserved if self.closed[call_id] + self.released[call_id] != 1]
        assert not unaccounted
        assert not self.core.floor.calls
        floor = self.core.floor
        assert floor.trunk.limiter.lines_used == 0
        assert not [seat for seat in floor.roster if seat.state in (AgentState.TALKING, AgentState.RESERVED)]
        assert floor.tally.outcomes.total() == self.closed.total()
        assert floor.tally.abandoned == floor.tally.outcomes["abandoned"]


def steps_of(kinds: tuple[int, ...]) -> st.SearchStrategy[list[tuple[int, int]]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 255)), min_size=40, max_size=400)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mode=st.sampled_from(list(DialMode)), steps=steps_of(STEPS))
def test_the_promises_hold_whatever_happens(mode: DialMode, steps: list[tuple[int, int]]) -> None:
    play(World(mode), steps)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mode=st.sampled_from(list(DialMode)), steps=steps_of(BUSY_STEPS))
def test_the_promises_hold_on_a_busy_floor(mode: DialMode, steps: list[tuple[int, int]]) -> None:
    world = World(mode)
    world.orderly = True
    play(world, steps)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    mode=st.sampled_from([DialMode.POWER, DialMode.PROGRESSIVE]),
    steps=steps_of(TALK_STEPS * 4 + TALK_TROUBLE),
    flows=st.booleans(),
)
def test_the_promises_hold_while_calls_are_handed_around(
    mode: DialMode, steps: list[tuple[int, int]], flows: bool
) -> None:
    world = TalkWorld(mode, flows=flows)
    world.orderly = True
    play(world, steps)


def test_the_walk_gets_wherever_a_talk_can_get() -> None:
    """Else the promises would be kept by doing nothing."""
    did: set[str] = set()
    for seed in range(60):
        chance = seeded_random(seed)
        world = TalkWorld(DialMode.POWER, flows=True, seed=seed)
        world.orderly, world.did = True, did
        kinds = TALK_STEPS * 4 + TALK_TROUBLE
        play(world, [(kinds[chance.randrange(len(kinds))], chance.randrange(256)) for _ in range(400)])
    assert did >= {
        "joined", "held", "resumed", "reaching", "consulting", "conference", "handing", "handed-over", "returned",
        "to-ivr", "announced",
    }  # fmt: skip


class TalkWorld(World):
    """Agents' phones stay up through a lost link; ``did`` is what was done in talks."""

    did: set[str]

    def heard(self, effect: Effect) -> None:
        if isinstance(effect, Publish) and effect.message.topic.endswith("/call.talk"):
            getattr(self, "did", set()).add(str(effect.message.payload["did"]))

    def step(self, kind: int, pick: int) -> None:
        if kind == 40:
            self.go_well(pick)
        else:
            super().step(kind, pick)

    def go_well(self, pick: int) -> None:
        """Agents are there, people answer, and whoever is to be joined is; sometimes whoever is to be reached, too."""
        stamp = self.stamp()
        if self.blind and self.lists_due:
            self.lists_due = 0
            self.see(255)
        for agent in AGENTS:
            if self.core.floor.roster.get(agent) is None:
                self.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True))
        for leg, agent in self.legs.items():
            self.tell(AgentLegUp(**stamp, agent_id=agent, leg_id=leg))
        for call in list(self.core.floor.calls.values()):
            self.tell(CallAnswered(**stamp, call_id=call.call_id))
            if call.state.value == "detecting":
                self.decide(call.call_id, AmdCategory.HUMAN, 0)
        for call_id, leg_id in self.bridges[-3:]:
            self.tell(CallBridged(**stamp, call_id=call_id, leg_id=leg_id))
        for third in self.thirds[-2:] if pick % 2 else ():
            self.tell(ThirdAnswered(**stamp, call_id=third.call_id, leg_id=third.leg_id))
        for asked in self.consults[-2:] if pick % 2 else ():
            self.tell(ConsultBegan(**stamp, call_id=asked.call_id, target=asked.target, leg_id=asked.leg_id))

    def talk_order(self, agent: AgentId, pick: int) -> None:
        talking = sorted(seat.agent_id for seat in self.core.floor.roster.in_state(AgentState.TALKING))
        super().talk_order(talking[pick % len(talking)] if talking and pick % 8 else agent, pick)

    def legs_there(self) -> list[LiveChannel]:
        return [
            LiveChannel(channel_id=leg, name=leg, phase=LegPhase.UP, bridge_id="", duration_s=1, agent_id=agent)
            for leg, agent in self.legs.items()
        ]


def play(world: World, steps: list[tuple[int, int]]) -> None:
    world.tell(LinkRestored(**world.stamp()))
    world.lists_due = 0
    world.see(0)
    for agent in AGENTS:
        world.tell(SignIn(agent_id=agent, name=agent, dial_string="Fake/x", ready=True))
    for leg in list(world.legs):
        world.tell(AgentLegUp(**world.stamp(), agent_id=world.legs[leg], leg_id=leg))
    world.may_place = True
    world.tell(StandingsRead(standings=(), asked=world.now))
    world.tell(StartCampaign())
    for kind, pick in steps:
        world.step(kind, pick)
    world.finish()
