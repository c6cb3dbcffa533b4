"""A wrap-up is extended once for each call; a break has a reason, also one that is to begin."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId
from dialer.engine.live import Seat
from dialer.engine.messages import ExtendWrapUp, GoReady, Pause
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=30.0, wrap_up_extension_s=60.0, announce_recording=False)
AGENT = AgentId("agent000")


async def until(seat: Seat, state: AgentState) -> None:
    async with asyncio.timeout(120):
        while seat.state is not state:  # noqa: ASYNC110 - the time is virtual
            await asyncio.sleep(0.1)


def seat_of(bench: Bench) -> Seat:
    seat = bench.core.floor.roster.get(AGENT)
    assert seat is not None
    return seat


def refusals(bench: Bench) -> list[object]:
    return [message.payload["code"] for message in bench.bus.named("command.refused")]


def test_a_wrap_up_goes_on_for_the_extension_and_no_further() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=1)) as bench:
            seat = seat_of(bench)
            await until(seat, AgentState.WRAP_UP)
            began = seat.since.at
            assert seat.ends is not None
            assert (seat.ends.at - began).total_seconds() == 30
            assert (seat.row()["until"], seat.row()["extended"]) == (seat.ends.at.isoformat(), False)
            bench.tell(ExtendWrapUp(agent_id=AGENT, request_id="once"))
            await asyncio.sleep(1)
            assert (seat.ends.at - began).total_seconds() == 90
            assert (seat.row()["until"], seat.row()["extended"]) == (seat.ends.at.isoformat(), True)
            bench.tell(ExtendWrapUp(agent_id=AGENT, request_id="twice"))
            await asyncio.sleep(80)
            assert seat.state is AgentState.WRAP_UP
            await asyncio.sleep(11)
            assert seat.state is AgentState.READY
            assert seat.row()["until"] is None
            assert refusals(bench) == ["no-more-wrap-up"]

    run_virtually(story())


def test_the_next_call_has_an_extension_of_its_own() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=2)) as bench:
            seat = seat_of(bench)
            for _ in range(2):
                await until(seat, AgentState.WRAP_UP)
                assert not seat.extended
                bench.tell(ExtendWrapUp(agent_id=AGENT))
                await asyncio.sleep(1)
                assert seat.extended
                bench.tell(GoReady(agent_id=AGENT))
                await until(seat, AgentState.READY)
            assert refusals(bench) == []

    run_virtually(story())


def test_without_a_wrap_up_or_where_the_campaign_has_no_extension_there_is_none() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, wrap_up_extension_s=0.0)
        async with engine(campaign, agents=1, log=MemoryLog(debtors=1)) as bench:
            seat = seat_of(bench)
            await until(seat, AgentState.TALKING)
            bench.tell(ExtendWrapUp(agent_id=AGENT))
            await until(seat, AgentState.WRAP_UP)
            bench.tell(ExtendWrapUp(agent_id=AGENT))
            await asyncio.sleep(31)
            assert seat.state is AgentState.READY
            assert refusals(bench) == ["no-wrap-up", "no-more-wrap-up"]

    run_virtually(story())


def test_the_reason_of_a_break_is_told_before_and_while_it_lasts_and_may_change() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=1)) as bench:
            seat = seat_of(bench)
            await until(seat, AgentState.TALKING)
            bench.tell(Pause(agent_id=AGENT, reason="lunch"))
            await asyncio.sleep(1)
            assert (seat.row()["wants"], seat.row()["reason"]) == ("paused", "lunch")
            await until(seat, AgentState.PAUSED)
            began = seat.since
            bench.tell(Pause(agent_id=AGENT, reason="training"))
            await asyncio.sleep(1)
            assert seat.since.at > began.at
            bench.tell(Pause(agent_id=AGENT, reason="training"))
            bench.tell(GoReady(agent_id=AGENT))
            await asyncio.sleep(1)
            assert (seat.state, seat.row()["reason"]) == (AgentState.READY, "")
        told = [message.payload["reason"] for message in bench.bus.named("agent.paused")]
        assert told == ["lunch", "training"]

    run_virtually(story())
