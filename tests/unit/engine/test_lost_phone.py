"""A phone that is lost is called again, and the person on the call waits for it; one that is hung up is not."""

from __future__ import annotations

import asyncio

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign
from dialer.domain.events import CallUnbridged
from dialer.domain.ids import AgentId, CallId
from dialer.engine.call_flow import UNBRIDGED_S
from dialer.engine.leg_return import RETURN_S
from dialer.engine.live import Seat
from dialer.engine.messages import Pause
from dialer.pbx.fake_conduct import Conduct, Manner
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

LOST, HUNG_UP = 41, 16
AGENT = AgentId("agent000")
LONG_TALK = everyone(Conduct(manner=Manner.PERSON, ring_s=2.0, detect_s=1.0, talk_s=3600.0))
CAMPAIGN = Campaign(id=1, name="test", country="CO", wrap_up_s=20.0)


def seat(bench: Bench) -> Seat | None:
    return bench.core.floor.roster.get(AGENT)


async def until_talking(bench: Bench) -> Seat:
    await bench.sign_in(1)
    async with asyncio.timeout(60):
        while (sitting := seat(bench)) is None or sitting.state is not AgentState.TALKING:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return sitting


def test_a_talk_waits_for_a_lost_phone_and_goes_on() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            sitting = await until_talking(bench)
            call = sitting.call_id
            bench.pbx.lose_leg(sitting.leg_id, LOST, away_s=30.0)
            await asyncio.sleep(3)
            assert call is not None
            assert bench.pbx.bridged_with(call) == []
            assert sitting.state is AgentState.TALKING
            assert sitting.call_id == call
            await asyncio.sleep(35)
            assert seat(bench) is sitting
            assert sitting.state is AgentState.TALKING
            assert bench.pbx.bridged_with(call) == [sitting.leg_id]
            assert len(bench.bus.named("agent.phone_back")) == 1
            did = [message.payload["did"] for message in bench.bus.named("call.talk")]
            assert did == ["joined", "phone-lost", "phone-back"]

    run_virtually(story())


def test_whoever_hangs_their_phone_up_has_gone() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            sitting = await until_talking(bench)
            bench.pbx.lose_leg(sitting.leg_id, HUNG_UP)
            await asyncio.sleep(3)
            assert seat(bench) is None
            assert not bench.core.floor.calls
            assert bench.bus.named("agent.phone_lost") == []

    run_virtually(story())


def test_a_phone_that_does_not_come_back_ends_the_call_and_the_agents_day() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            sitting = await until_talking(bench)
            bench.pbx.lose_leg(sitting.leg_id, LOST, away_s=3600.0)
            await asyncio.sleep(RETURN_S - 2)
            assert bench.core.floor.calls
            await asyncio.sleep(10)
            assert seat(bench) is None
            assert not bench.core.floor.calls

    run_virtually(story())


def test_a_debtor_who_hangs_up_while_they_wait_leaves_the_agent_their_wrap_up() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            sitting = await until_talking(bench)
            call = sitting.call_id
            assert call is not None
            bench.pbx.lose_leg(sitting.leg_id, LOST, away_s=30.0)
            await asyncio.sleep(2)
            await bench.pbx.hang_up(call)
            await asyncio.sleep(1)
            assert sitting.state is AgentState.WRAP_UP
            await asyncio.sleep(CAMPAIGN.wrap_up_s)
            assert sitting.state is AgentState.CONNECTING, "nobody is connected to an agent without a phone"
            await asyncio.sleep(15)
            assert sitting.state is AgentState.READY

    run_virtually(story())


def test_an_idle_agent_is_connected_to_nobody_until_their_phone_is_back() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=0)) as bench:
            await bench.sign_in(1)
            sitting = seat(bench)
            assert sitting is not None
            bench.pbx.lose_leg(sitting.leg_id, LOST, away_s=10.0)
            await asyncio.sleep(2)
            assert sitting.state is AgentState.CONNECTING
            await asyncio.sleep(15)
            assert sitting.state is AgentState.READY

    run_virtually(story())


def test_a_break_that_was_asked_for_begins_though_the_phone_is_lost() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            sitting = await until_talking(bench)
            call = sitting.call_id
            assert call is not None
            bench.tell(Pause(agent_id=AGENT))
            bench.pbx.lose_leg(sitting.leg_id, LOST, away_s=40.0)
            await asyncio.sleep(1)
            await bench.pbx.hang_up(call)
            await asyncio.sleep(CAMPAIGN.wrap_up_s + 2)
            assert sitting.state is AgentState.CONNECTING
            await asyncio.sleep(25)
            assert sitting.state is AgentState.PAUSED

    run_virtually(story())


@pytest.mark.parametrize("hangs_up", [True, False])
def test_only_a_debtor_who_has_not_hung_up_is_asked_to_stay(*, hangs_up: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asterisk tells first that they have left the conversation, and of an agent's end only when they are held."""

    async def story() -> None:
        async with engine(CAMPAIGN, LONG_TALK, log=MemoryLog(debtors=1)) as bench:
            held: list[CallId] = []

            async def hold(call_id: CallId) -> None:
                held.append(call_id)

            monkeypatch.setattr(bench.pbx, "hold", hold)
            call = (await until_talking(bench)).call_id
            assert call is not None
            bench.pbx._emit(CallUnbridged(**bench.pbx._stamp(), call_id=call))
            if hangs_up:
                await bench.pbx.hang_up(call)
            await asyncio.sleep(UNBRIDGED_S + 1)
            assert held == ([] if hangs_up else [call])
            assert call not in bench.core.floor.calls

    run_virtually(story())
