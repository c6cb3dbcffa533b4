"""What a campaign's core makes of Asterisk's list of channels, after a restart and after a time of blindness."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict, TypeVar

import pytest

from dialer.clock import seeded_random
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.campaign import Campaign
from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    CallAnswered,
    CallBridged,
    CallEnded,
    LinkLost,
    LinkRestored,
    ThirdLeft,
    VerdictReached,
)
from dialer.domain.ids import AgentId, CallId, LegId, new_call_id, third_leg_id
from dialer.domain.outcome import Outcome
from dialer.domain.talk import TalkVerb
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.engine.call_end import HANG_UP_REQUESTS, HANG_UP_TIMEOUT_S
from dialer.engine.core import LIST_TIMEOUT_S, CampaignCore
from dialer.engine.effects import (
    Bridge,
    ConnectLeg,
    Effect,
    Expect,
    Forget,
    HangUpChannel,
    ListChannels,
    PlayMessage,
    Reserve,
    WriteClosing,
    WriteProgress,
)
from dialer.engine.floor import Trunk
from dialer.engine.joining import BRIDGE_TIMEOUT_S
from dialer.engine.messages import (
    AttemptsReserved,
    ChannelsListed,
    HangUp,
    Instant,
    InTalk,
    Message,
    OpenAttemptsFound,
    Pause,
    SignIn,
    StartCampaign,
    Tick,
)
from dialer.ports import AttemptClosing, LegPhase, LiveChannel, MessageKind, OpenAttempt, Reservation
from pacing.trunk import TrunkLimiter
from tests.support.memory_log import attempt_for

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ANA = AgentId("ana")
E = TypeVar("E", bound=Effect)


class _Stamp(TypedDict):
    at: datetime
    monotonic: float


class Story:
    """A core with one agent, told what happens step by step."""

    def __init__(self) -> None:
        limiter = TrunkLimiter(10, 20.0)
        trunk = Trunk(name="t", dial_string="Fake/{number}", caller_id="", limiter=limiter)
        self.core = CampaignCore(Campaign(id=1, name="c", wrap_up_s=5.0), trunk, entropy=seeded_random(1).randbytes)
        self.effects: list[Effect] = []
        self.elapsed_s = 1000.0
        self._random = seeded_random(2)

    @property
    def stamp(self) -> _Stamp:
        return {"at": START + timedelta(seconds=self.elapsed_s), "monotonic": self.elapsed_s}

    def tell(self, message: Message) -> None:
        stamp = self.stamp
        self.effects += self.core.handle(message, Instant(stamp["at"], stamp["monotonic"]))

    def wait(self, seconds: float) -> None:
        self.elapsed_s += seconds
        self.tell(Tick())

    def asked(self, kind: type[E]) -> list[E]:
        """The effects of that kind since the last question, which are then forgotten."""
        found = [effect for effect in self.effects if isinstance(effect, kind)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, kind)]
        return found

    def closings(self) -> list[AttemptClosing]:
        return [effect.closing for effect in self.asked(WriteClosing)]

    # ------------------------------------------------------------------------------------- how it stands

    def open_attempt(self, *, talking: bool = False) -> OpenAttempt:
        """An attempt that an engine left open ten seconds ago."""
        began = self.stamp["at"] - timedelta(seconds=10)
        attempt = attempt_for(1, new_call_id(began, self._random.randbytes(10)))
        bridged = began + timedelta(seconds=4) if talking else None
        return OpenAttempt(
            attempt=attempt, reserved_at=began, dialed_at=None, answered_at=began + timedelta(seconds=3),
            verdict=None, bridged_at=bridged, agent_id=ANA if talking else None,
        )  # fmt: skip

    def restart(self, *records: OpenAttempt, channels: tuple[LiveChannel, ...] = ()) -> None:
        self.tell(OpenAttemptsFound(attempts=records, channels=channels))

    def agent(self) -> LegId:
        """Signed in and ready."""
        self.tell(SignIn(agent_id=ANA, name="Ana", dial_string="Fake/ana", ready=True))
        (seat,) = self.core.floor.roster
        self.tell(AgentLegUp(**self.stamp, agent_id=ANA, leg_id=seat.leg_id))
        return seat.leg_id

    def dialed_call(self) -> CallId:
        attempt = attempt_for(7, new_call_id(self.stamp["at"], self._random.randbytes(10)), at=self.stamp["at"])
        self.tell(StartCampaign())
        self.tell(
            AttemptsReserved(reservation=Reservation(attempts=(attempt,), denials=(), exhausted=False), requested=1)
        )
        return attempt.call_id

    def person(self, call_id: CallId) -> None:
        verdict = AmdVerdict(category=AmdCategory.HUMAN, reason="x", confidence=1.0, delay_ms=1)
        self.tell(CallAnswered(**self.stamp, call_id=call_id))
        self.tell(VerdictReached(**self.stamp, call_id=call_id, verdict=verdict))


def channel(channel_id: str, *, bridge: str = "", agent: AgentId | None = None, up: bool = True) -> LiveChannel:
    phase = LegPhase.UP if up else LegPhase.RINGING
    return LiveChannel(
        channel_id=channel_id, name="x", phase=phase, bridge_id=bridge, duration_s=1, agent_id=agent
    )  # fmt: skip


def held(call_id: CallId) -> LiveChannel:
    return replace(channel(call_id), held=True)


@pytest.fixture
def story() -> Story:
    return Story()


# ------------------------------------------------------------------------------------------ after a restart


@pytest.mark.parametrize("logged", [True, False])
def test_two_who_talk_are_left_to_talk_even_where_the_log_had_no_time_to_learn_of_it(
    story: Story, logged: bool
) -> None:
    record = story.open_attempt(talking=logged)
    call_id, leg = record.attempt.call_id, "leg-1"
    both = (channel(call_id, bridge="b"), channel(leg, bridge="b", agent=ANA))
    story.restart(record, channels=both)
    story.tell(ChannelsListed(channels=both))
    assert story.asked(HangUpChannel) == []
    told = [(effect.progress.bridged_at, effect.progress.agent_id) for effect in story.asked(WriteProgress)]
    assert told == ([] if logged else [(story.stamp["at"], ANA)])  # the next engine shall know
    (seat,) = story.core.floor.roster
    assert (seat.agent_id, seat.leg_id, seat.state) == (ANA, leg, AgentState.TALKING)
    story.elapsed_s += 20.0
    story.tell(CallEnded(**story.stamp, call_id=call_id, cause=16))
    (closing,) = story.closings()
    assert (closing.outcome, closing.agent_id, closing.recorded) == (Outcome.CONVERSATION, ANA, True)
    assert closing.talk_s == pytest.approx(26.0 if logged else 20.0)  # over the restart, where it is known
    assert seat.state is AgentState.WRAP_UP


def test_whoever_is_on_hold_stays_so_for_their_agent_and_whoever_was_consulted_is_let_go(story: Story) -> None:
    record = story.open_attempt(talking=True)
    call_id, leg, bank = record.attempt.call_id, LegId("leg-1"), third_leg_id(record.attempt.call_id, 2)
    there = (held(call_id), channel(leg, bridge="b", agent=ANA), channel(bank, bridge="b"))
    story.restart(record, channels=there)
    story.tell(ChannelsListed(channels=there))
    assert [effect.channel_id for effect in story.asked(HangUpChannel)] == [bank]
    (seat,) = story.core.floor.roster
    assert (seat.state, seat.call_id, (seat.talk or {})["state"]) == (AgentState.TALKING, call_id, "held")
    story.tell(InTalk(agent_id=ANA, verb=TalkVerb.RESUME))
    assert story.asked(Bridge) == [Bridge(call_id, leg)]


def test_whoever_is_on_hold_hears_why_where_their_agent_has_gone(story: Story) -> None:
    record = story.open_attempt(talking=True)
    call_id = record.attempt.call_id
    there = (held(call_id),)
    story.restart(record, channels=there)
    story.tell(ChannelsListed(channels=there))
    assert [(effect.call_id, effect.kind) for effect in story.asked(PlayMessage)] == [(call_id, MessageKind.ABANDONED)]
    assert story.asked(HangUpChannel) == []
    story.tell(CallEnded(**story.stamp, call_id=call_id, cause=16))
    (closing,) = story.closings()
    assert (closing.outcome, closing.agent_id) == (Outcome.CONVERSATION, ANA), "they did speak with somebody"


def test_who_was_handed_over_is_left_with_whoever_has_them(story: Story) -> None:
    record = story.open_attempt(talking=True)
    call_id, bank = record.attempt.call_id, third_leg_id(record.attempt.call_id, 1)
    there = (channel(call_id, bridge="b"), channel(bank, bridge="b"))
    story.restart(record, channels=there)
    story.tell(ChannelsListed(channels=there))
    assert story.asked(HangUpChannel) == []
    assert story.core.floor.calls[call_id].state is CallState.HANDED_OVER
    story.tell(ThirdLeft(**story.stamp, call_id=call_id, leg_id=bank))
    assert [effect.channel_id for effect in story.asked(HangUpChannel)] == [call_id]


def test_three_who_talk_go_on_talking(story: Story) -> None:
    record = story.open_attempt(talking=True)
    call_id, leg, bank = record.attempt.call_id, LegId("leg-1"), third_leg_id(record.attempt.call_id, 1)
    there = (channel(call_id, bridge="b"), channel(bank, bridge="b"), channel(leg, bridge="b", agent=ANA))
    story.restart(record, channels=there)
    story.tell(ChannelsListed(channels=there))
    assert story.asked(HangUpChannel) == []
    story.tell(InTalk(agent_id=ANA, verb=TalkVerb.CANCEL))
    assert [effect.channel_id for effect in story.asked(HangUpChannel)] == [bank]
    assert story.asked(Bridge) == [Bridge(call_id, leg)]


def test_whoever_is_not_talking_is_hung_up_and_the_attempt_is_lost(story: Story) -> None:
    record = story.open_attempt()
    there = (channel(record.attempt.call_id),)
    story.restart(record, channels=there)
    assert [effect.channel_id for effect in story.asked(HangUpChannel)] == [record.attempt.call_id]
    story.tell(CallEnded(**story.stamp, call_id=record.attempt.call_id, cause=16))
    assert [closing.outcome for closing in story.closings()] == [Outcome.LOST]


def test_a_call_that_asterisk_does_not_have_is_closed_and_not_dialed_again(story: Story) -> None:
    story.restart(story.open_attempt())
    (closing,) = story.closings()
    assert closing.outcome is Outcome.LOST
    assert story.core.idle


def test_a_talk_that_ended_while_it_was_being_taken_over_is_closed_by_the_second_list(story: Story) -> None:
    record = story.open_attempt(talking=True)
    both = (channel(record.attempt.call_id, bridge="b"), channel("leg-1", bridge="b", agent=ANA))
    story.restart(record, channels=both)
    assert len(story.asked(ListChannels)) == 1
    story.tell(ChannelsListed(channels=()))
    assert [closing.outcome for closing in story.closings()] == [Outcome.CONVERSATION]
    assert len(story.core.floor.roster) == 0


def test_nothing_is_asked_of_the_log_before_the_second_list(story: Story) -> None:
    story.restart()
    story.agent()
    story.tell(StartCampaign())
    story.wait(1.0)
    assert story.asked(Reserve) == []
    story.tell(ChannelsListed(channels=[channel(seat.leg_id, agent=ANA) for seat in story.core.floor.roster]))
    story.wait(1.0)
    assert len(story.asked(Reserve)) == 1


def test_a_list_that_does_not_come_is_asked_for_again(story: Story) -> None:
    story.restart()
    assert len(story.asked(ListChannels)) == 1
    story.wait(LIST_TIMEOUT_S)
    assert len(story.asked(ListChannels)) == 1
    story.tell(ChannelsListed(channels=()))
    story.wait(LIST_TIMEOUT_S)
    assert story.asked(ListChannels) == []


# ------------------------------------------------------------------------------------------ after blindness


@pytest.fixture
def running(story: Story) -> Story:
    """Signed in, seeing and dialing."""
    story.restart()
    leg = story.agent()
    story.tell(ChannelsListed(channels=(channel(leg, agent=ANA),)))
    return story


def leg_of(story: Story) -> LegId:
    (seat,) = story.core.floor.roster
    return seat.leg_id


def regain_sight(story: Story, *channels: LiveChannel) -> None:
    story.tell(LinkRestored(**story.stamp))
    story.tell(ChannelsListed(channels=channels))


def test_whoever_cannot_be_served_is_let_go_at_once_so_that_the_dialplan_speaks_to_them(running: Story) -> None:
    call_id = running.dialed_call()
    running.tell(LinkLost(**running.stamp))
    assert [effect.call_id for effect in running.asked(Forget)] == [call_id]


def test_two_who_talk_notice_nothing_of_a_lost_link(running: Story) -> None:
    call_id = running.dialed_call()
    running.person(call_id)
    running.tell(CallBridged(**running.stamp, call_id=call_id, leg_id=leg_of(running)))
    running.asked(Forget)
    running.tell(LinkLost(**running.stamp))
    regain_sight(running, channel(call_id, bridge="b"), channel(leg_of(running), bridge="b", agent=ANA))
    assert running.asked(Forget) == running.asked(HangUpChannel) == []
    assert running.core.floor.calls[call_id].state is CallState.TALKING


def test_somebody_who_answered_meanwhile_is_given_to_an_agent_without_more_listening(running: Story) -> None:
    call_id = running.dialed_call()
    running.tell(LinkLost(**running.stamp))
    regain_sight(running, channel(call_id), channel(leg_of(running), agent=ANA))
    assert [(effect.call_id, effect.leg_id) for effect in running.asked(Bridge)] == [(call_id, leg_of(running))]


def test_a_call_that_still_rings_is_listened_to_again(running: Story) -> None:
    call_id = running.dialed_call()
    running.asked(Expect)
    running.tell(LinkLost(**running.stamp))
    regain_sight(running, channel(call_id, up=False), channel(leg_of(running), agent=ANA))
    assert [effect.call_id for effect in running.asked(Expect)] == [call_id]


def test_two_who_were_joined_meanwhile_are_talking(running: Story) -> None:
    call_id = running.dialed_call()
    running.person(call_id)
    running.tell(LinkLost(**running.stamp))
    running.wait(BRIDGE_TIMEOUT_S + 1.0)  # the word of it cannot come
    regain_sight(running, channel(call_id, bridge="b"), channel(leg_of(running), bridge="b", agent=ANA))
    assert running.core.floor.calls[call_id].state is CallState.TALKING
    assert [seat.state for seat in running.core.floor.roster] == [AgentState.TALKING]


def test_nobody_is_joined_on_the_strength_of_an_old_list(running: Story) -> None:
    call_id = running.dialed_call()
    running.tell(LinkLost(**running.stamp))
    running.tell(LinkRestored(**running.stamp))
    running.person(call_id)
    running.wait(0.25)
    assert running.asked(Bridge) == []
    running.tell(ChannelsListed(channels=(channel(call_id), channel(leg_of(running), agent=ANA))))
    assert len(running.asked(Bridge)) == 1


def test_a_list_asked_for_one_stuck_call_does_not_end_the_young_ones(running: Story) -> None:
    stuck = running.dialed_call()
    running.person(stuck)
    running.tell(CallBridged(**running.stamp, call_id=stuck, leg_id=leg_of(running)))
    running.tell(HangUp(agent_id=ANA))
    running.asked(ListChannels)
    for _ in range(HANG_UP_REQUESTS):
        running.wait(HANG_UP_TIMEOUT_S)
    assert len(running.asked(ListChannels)) == 1
    young = running.dialed_call()
    running.tell(ChannelsListed(channels=()))  # from a moment before the young one got its channel
    assert [closing.call_id for closing in running.closings()] == [stuck]
    assert young in running.core.floor.calls


def test_a_break_asked_for_while_the_phone_is_lost_begins_when_it_is_back(running: Story) -> None:
    (seat,) = running.core.floor.roster
    running.tell(AgentLegDown(**running.stamp, agent_id=ANA, leg_id=seat.leg_id, cause=41))
    assert seat.state is AgentState.CONNECTING
    running.tell(Pause(agent_id=ANA, reason="lunch"))
    running.tell(AgentLegUp(**running.stamp, agent_id=ANA, leg_id=seat.leg_id))
    assert (seat.state, seat.pause_reason) == (AgentState.PAUSED, "lunch")


@pytest.mark.parametrize(
    ("name", "phone"), [("PJSIP/web-ana-0000001f", "PJSIP/web-ana"), ("Local/7@phones-0000001f;1", "Local/7@phones")]
)
def test_the_lost_phone_of_an_agent_who_was_taken_over_is_called_where_it_was(
    story: Story, name: str, phone: str
) -> None:
    record = story.open_attempt(talking=True)
    leg = LegId("leg-1")
    theirs = replace(channel(leg, bridge="b", agent=ANA), name=name)
    both = (channel(record.attempt.call_id, bridge="b"), theirs)
    story.restart(record, channels=both)
    story.tell(ChannelsListed(channels=both))
    story.tell(AgentLegDown(**story.stamp, agent_id=ANA, leg_id=leg, cause=41))
    assert [each.dial_string for each in story.asked(ConnectLeg)] == [phone]
