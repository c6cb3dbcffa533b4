"""What agents do with the call in hand: who hears whom, whose call it is, and what the log keeps of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.campaign import Campaign
from dialer.domain.events import AgentWanted
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.talk import TalkVerb
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Dispose, HangUp, InTalk, Pause
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import Notice, ServiceMode
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine
from tests.support.memory_log import MemoryLog
from tests.unit.engine.test_serving import Flows

BANK, AWAY, BUSY = "+576015550001", "+576015550002", "+576015550003"
CAMPAIGN = Campaign(
    id=1,
    name="cobranza",
    wrap_up_s=5.0,
    announce_recording=False,
    second_look_s=0.0,
    transfer_numbers={"Banco": BANK, "Nadie": AWAY, "Ocupado": BUSY},
)
TALKER = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=1.2, talk_s=600.0)
THIRDS = {
    BANK: Conduct(manner=Manner.PERSON, ring_s=4.0, talk_s=900.0),
    AWAY: Conduct(manner=Manner.NO_ANSWER),
    BUSY: Conduct(manner=Manner.BUSY),
}


def conduct(number: PhoneNumber) -> Conduct:
    return THIRDS.get(number.e164, TALKER)


class Desk:
    """A floor on which one agent talks and the others are ready."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.requests = 0

    @property
    def call(self) -> LiveCall:
        (call,) = self.bench.core.floor.calls.values()
        return call

    @property
    def owner(self) -> Seat:
        seat = self.bench.core.floor.roster.get(self.call.agent_id)
        assert seat is not None
        return seat

    def seat(self, agent_id: AgentId) -> Seat:
        seat = self.bench.core.floor.roster.get(agent_id)
        assert seat is not None
        return seat

    def other(self) -> Seat:
        return next(seat for seat in self.bench.core.floor.roster if seat.state is AgentState.READY)

    async def order(self, verb: TalkVerb, *, of: AgentId | None = None, wait_s: float = 0.5, **more: object) -> str:
        """The refusal's code, or an empty text where it was followed."""
        self.requests += 1
        request_id = f"request-{self.requests}"
        order = InTalk(request_id=request_id, agent_id=of or self.owner.agent_id, verb=verb, **more)  # type: ignore[arg-type]
        self.bench.tell(order)
        await asyncio.sleep(wait_s)
        answers = [
            message
            for message in self.bench.bus.messages
            if message.topic.endswith(("/command.done", "/command.refused"))
            and message.payload["request_id"] == request_id
        ]
        (answer,) = answers
        return str(answer.payload.get("code", ""))

    async def heard_by(self) -> dict[str, str]:
        """The bridge of each channel that is in one."""
        live = await self.bench.pbx.live_channels()
        return {channel.channel_id: channel.bridge_id for channel in live if channel.bridge_id}

    async def together(self) -> set[str]:
        """Everybody whom the person hears."""
        bridges = await self.heard_by()
        here = bridges.get(self.call.call_id)
        return {channel for channel, bridge in bridges.items() if bridge == here and channel != self.call.call_id}

    async def over(self) -> CallId:
        call_id = self.call.call_id
        await self.bench.pbx.hang_up(call_id)
        await asyncio.sleep(1.0)
        return call_id

    def did(self, call_id: CallId) -> list[str]:
        return [note.what for note in self.bench.log.closings[call_id].talk]


def tell(
    story: Callable[[Desk], Awaitable[None]], *, campaign: Campaign = CAMPAIGN, flows: Flows | None = None
) -> None:
    async def run() -> None:
        log = MemoryLog(debtors=1)
        async with engine(campaign, conduct, agents=3, log=log, service=flows) as bench:
            desk = Desk(bench)
            await asyncio.sleep(10.0)
            assert desk.call.state is CallState.TALKING
            await story(desk)
            await bench.until_idle()
            floor = bench.core.floor
            assert floor.trunk.limiter.lines_used == 0
            assert not [seat for seat in floor.roster if seat.state in (AgentState.TALKING, AgentState.RESERVED)]
            assert not await desk.heard_by()
            assert not [each for each in await bench.pbx.live_channels() if each.channel_id.startswith("third-")]
            assert (floor.tally.bridged, floor.tally.abandoned) == (1, 0)
            assert [closing.outcome for closing in log.closings.values()] == [Outcome.CONVERSATION]

    run_virtually(run())


def test_a_person_waits_on_hold_and_the_desk_says_so() -> None:
    async def story(desk: Desk) -> None:
        assert await desk.order(TalkVerb.HOLD) == ""
        assert await desk.together() == set()
        assert desk.owner.row()["talk"] == {
            "state": "held",
            "since": desk.call.talk.since.at.isoformat() if desk.call.talk.since else None,
            "role": "owner",
            "other": None,
            "number": "",
            "muted": False,
        }
        await asyncio.sleep(60.0)
        assert desk.call.state is CallState.TALKING
        assert await desk.order(TalkVerb.HOLD) == "not-in-this-state"
        assert await desk.order(TalkVerb.RESUME) == ""
        assert await desk.together() == {desk.owner.leg_id}
        call_id = await desk.over()
        assert desk.did(call_id) == ["joined", "held", "resumed"]
        assert desk.bench.log.closings[call_id].talk_s == pytest.approx(65, abs=3)

    tell(story)


def test_a_call_given_to_another_agent_is_theirs_with_its_outcome() -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        assert await desk.order(TalkVerb.TRANSFER, to_agent=second.agent_id) == ""
        assert desk.owner is second
        assert (first.state, first.call_id, first.row()["talk"]) == (AgentState.READY, None, None)
        assert (second.state, second.call_id) == (AgentState.TALKING, desk.call.call_id)
        assert await desk.together() == {second.leg_id}
        call_id = await desk.over()
        assert second.state is AgentState.WRAP_UP
        closing = desk.bench.log.closings[call_id]
        assert closing.agent_id == second.agent_id
        assert [(note.what, note.agent_id, note.other) for note in closing.talk] == [
            ("joined", first.agent_id, ""),
            ("handing", first.agent_id, second.agent_id),
            ("handed-over", first.agent_id, second.agent_id),
            ("joined", second.agent_id, ""),
        ]
        for seat in (first, second):
            desk.bench.tell(Dispose(agent_id=seat.agent_id, call_id=call_id, code="NI"))
        await asyncio.sleep(0.5)
        assert [one.agent_id for one in desk.bench.log.disposed] == [second.agent_id]

    tell(story)


def test_nobody_is_given_a_call_who_is_not_ready() -> None:
    async def story(desk: Desk) -> None:
        other = desk.other()
        desk.bench.tell(Pause(agent_id=other.agent_id))
        await asyncio.sleep(0.5)
        for verb in (TalkVerb.TRANSFER, TalkVerb.CONSULT):
            for whom in (other.agent_id, desk.owner.agent_id, AgentId("nobody")):
                assert await desk.order(verb, to_agent=whom) == "target-not-ready"
            assert await desk.order(verb) == "number-not-listed"
            assert await desk.order(verb, to_number="+57300000000") == "number-not-listed"
        assert await desk.together() == {desk.owner.leg_id}
        await desk.over()

    tell(story)


def test_agents_consult_and_the_first_may_take_the_person_back() -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        assert await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id) == ""
        bridges = await desk.heard_by()
        assert bridges[first.leg_id] == bridges[second.leg_id]
        assert desk.call.call_id not in bridges
        assert second.state is AgentState.TALKING
        talk = second.row()["talk"]
        assert isinstance(talk, dict)
        assert (talk["role"], talk["state"], talk["other"]) == ("guest", "consulting", first.name)
        assert await desk.order(TalkVerb.HOLD, of=second.agent_id) == "only-whose-call-it-is"
        assert await desk.order(TalkVerb.CANCEL) == ""
        assert (second.state, second.call_id, second.last_call_id) == (AgentState.READY, None, None)
        assert await desk.together() == {first.leg_id}
        call_id = await desk.over()
        assert desk.did(call_id) == ["joined", "reaching", "consulting", "returned"]
        assert first.state is AgentState.WRAP_UP

    tell(story)


@pytest.mark.parametrize("how", ["complete", "hang up", "phone gone"])
def test_whoever_leaves_after_a_consultation_leaves_the_person_to_the_other(how: str) -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id)
        if how == "complete":
            await desk.order(TalkVerb.COMPLETE)
        elif how == "hang up":
            desk.bench.tell(HangUp(agent_id=first.agent_id))
        else:
            await desk.bench.pbx.hang_up(first.leg_id)
        await asyncio.sleep(0.5)
        assert desk.owner is second
        assert await desk.together() == {second.leg_id}
        assert first.state is (AgentState.OFFLINE if how == "phone gone" else AgentState.READY)
        await desk.over()

    tell(story)


@pytest.mark.parametrize("leaver", ["first", "second", "phone of the second"])
def test_three_talk_until_one_of_them_leaves(leaver: str) -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        assert await desk.order(TalkVerb.CONFERENCE) == "not-in-this-state"
        await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id)
        assert await desk.order(TalkVerb.CONFERENCE) == ""
        assert await desk.together() == {first.leg_id, second.leg_id}
        if leaver == "first":
            assert await desk.order(TalkVerb.COMPLETE) == ""
        elif leaver == "second":
            desk.bench.tell(HangUp(agent_id=second.agent_id))
        else:
            await desk.bench.pbx.hang_up(second.leg_id)
        await asyncio.sleep(0.5)
        assert await desk.together() == {second.leg_id if leaver == "first" else first.leg_id}
        assert desk.owner is (second if leaver == "first" else first)
        await desk.over()

    tell(story)


def test_a_person_who_hangs_up_in_a_conference_ends_it_for_all() -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id)
        await desk.order(TalkVerb.CONFERENCE)
        await desk.over()
        assert not await desk.heard_by()
        assert (first.state, second.state) == (AgentState.WRAP_UP, AgentState.READY)

    tell(story)


def test_a_number_of_the_campaigns_list_is_consulted_and_given_the_person() -> None:
    async def story(desk: Desk) -> None:
        first = desk.owner
        assert await desk.order(TalkVerb.CONSULT, to_number="Banco") == ""
        (third,) = desk.bench.pbx.thirds
        assert third.dial_string.endswith(BANK)
        assert desk.bench.core.floor.trunk.limiter.lines_used == 2
        assert await desk.heard_by() == {}
        await asyncio.sleep(5.0)
        bridges = await desk.heard_by()
        assert bridges[first.leg_id] == bridges[third.leg_id]
        assert await desk.order(TalkVerb.CONFERENCE) == ""
        assert await desk.together() == {first.leg_id, third.leg_id}
        assert await desk.order(TalkVerb.COMPLETE) == ""
        assert await desk.together() == {third.leg_id}
        assert desk.call.state is CallState.HANDED_OVER
        assert first.state is AgentState.WRAP_UP
        await asyncio.sleep(20.0)
        await desk.bench.pbx.hang_up(third.leg_id)
        call_id = desk.call.call_id
        await asyncio.sleep(1.0)
        closing = desk.bench.log.closings[call_id]
        assert closing.agent_id == first.agent_id
        assert closing.talk[-1].what == "handed-over"
        assert closing.talk[-1].other == "Banco"
        assert closing.talk_s == pytest.approx(10, abs=4)

    tell(story)


@pytest.mark.parametrize("verb", [TalkVerb.CONSULT, TalkVerb.TRANSFER])
@pytest.mark.parametrize("number", ["Nadie", "Ocupado"])
def test_a_number_that_does_not_answer_gives_the_person_back(verb: TalkVerb, number: str) -> None:
    async def story(desk: Desk) -> None:
        first = desk.owner
        assert await desk.order(verb, to_number=number, wait_s=0.1) == ""
        await asyncio.sleep(32.0)
        assert await desk.together() == {first.leg_id}
        assert first.state is AgentState.TALKING
        call_id = await desk.over()
        assert desk.did(call_id)[-1] == "returned"

    tell(story)


def test_a_transfer_outside_is_taken_back_while_it_rings() -> None:
    async def story(desk: Desk) -> None:
        assert await desk.order(TalkVerb.TRANSFER, to_number="Banco") == ""
        assert await desk.order(TalkVerb.CANCEL) == ""
        assert await desk.together() == {desk.owner.leg_id}
        await desk.over()

    tell(story)


def test_the_other_agents_phone_that_vanishes_gives_the_person_back() -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id)
        await desk.bench.pbx.hang_up(second.leg_id)
        await asyncio.sleep(0.5)
        assert await desk.together() == {first.leg_id}
        await desk.over()

    tell(story)


def test_keys_announcements_and_silence_reach_who_they_should() -> None:
    async def story(desk: Desk) -> None:
        pbx, call_id, first = desk.bench.pbx, desk.call.call_id, desk.owner
        assert await desk.order(TalkVerb.KEYPAD, digits="12#") == ""
        assert await desk.order(TalkVerb.KEYPAD, digits="1a") == "keys-unknown"
        assert await desk.order(TalkVerb.ANNOUNCE, notice=Notice.DISCLOSURE) == ""
        assert pbx.pressed == [(call_id, "12#")]
        assert pbx.notices == [(call_id, Notice.DISCLOSURE, "es")]
        assert await desk.order(TalkVerb.MUTE) == ""
        assert pbx.muted(first.leg_id)
        talk = first.row()["talk"]
        assert isinstance(talk, dict)
        assert talk["muted"] is True
        await desk.order(TalkVerb.HOLD)
        assert await desk.order(TalkVerb.KEYPAD, digits="1") == "not-in-this-state"
        await desk.over()
        assert not pbx.muted(first.leg_id)

    tell(story)


def test_orders_about_another_call_or_none_are_refused() -> None:
    async def story(desk: Desk) -> None:
        elsewhere = CallId("019aa000-0000-7000-8000-000000000001")
        assert await desk.order(TalkVerb.HOLD, call_id=elsewhere) == "not-the-agents-call"
        assert await desk.order(TalkVerb.HOLD, call_id=desk.call.call_id) == ""
        assert await desk.order(TalkVerb.HOLD, of=desk.other().agent_id) == "agent-has-no-call"
        assert await desk.order(TalkVerb.TO_IVR) == "ivr-not-available"
        await desk.over()

    tell(story)


def test_whom_the_agent_knows_is_sent_to_the_flow_and_comes_back_to_any_agent() -> None:
    flows = Flows()

    async def story(desk: Desk) -> None:
        first, call_id = desk.owner, desk.call.call_id
        assert await desk.order(TalkVerb.TO_IVR) == ""
        assert first.state is AgentState.WRAP_UP
        assert desk.call.state is CallState.SELF_SERVICE
        (served,) = flows.served
        assert (served.flow, served.mode, served.identified) == ("promise-only", ServiceMode.HANDED, True)
        now = desk.bench.runner.now()
        desk.bench.tell(AgentWanted(at=now.at, monotonic=now.monotonic, call_id=call_id, reason="asked", wait_s=60.0))
        await asyncio.sleep(1.0)
        assert desk.owner.state is AgentState.TALKING
        assert await desk.together() == {desk.owner.leg_id}
        last = desk.owner.agent_id
        await desk.over()
        closing = desk.bench.log.closings[call_id]
        assert closing.agent_id == last
        assert closing.served_at is None
        assert desk.did(call_id) == ["joined", "to-ivr", "joined"]

    tell(story, flows=flows)


def test_a_lost_link_refuses_orders_and_the_talk_goes_on_after_it() -> None:
    async def story(desk: Desk) -> None:
        first, second = desk.owner, desk.other()
        await desk.order(TalkVerb.CONSULT, to_agent=second.agent_id)
        desk.bench.pbx.cut_link()
        await asyncio.sleep(0.5)
        assert await desk.order(TalkVerb.CONFERENCE) == "link-down"
        desk.bench.pbx.restore_link()
        await asyncio.sleep(1.0)
        assert await desk.order(TalkVerb.CONFERENCE) == ""
        assert await desk.together() == {first.leg_id, second.leg_id}
        await desk.over()

    tell(story)


def test_a_person_on_hold_is_not_counted_twice_when_they_come_back() -> None:
    async def story(desk: Desk) -> None:
        for _ in range(3):
            await desk.order(TalkVerb.HOLD)
            await desk.order(TalkVerb.RESUME)
        assert len(desk.bench.bus.named("call.bridged")) == 1
        await desk.over()

    tell(story, campaign=replace(CAMPAIGN, record=True))
