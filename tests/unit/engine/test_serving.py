"""People who serve themselves: campaigns without agents, overflow, and the way from the flow to an agent."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field, replace

from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.events import AgentNotWanted, AgentWanted
from dialer.domain.ids import AgentId, CallId
from dialer.domain.outcome import Outcome
from dialer.engine.messages import CallCameIn, GoReady, Pause
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import AgentJoined, CallOver, NobodyCame, PlaceInLine, ServedCall, ServiceMode, ServiceNews
from dialer.virtual_time import run_virtually
from tests.support.engine import Bench, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False, second_look_s=0.0)
ALONE = replace(CAMPAIGN, mode=DialMode.AGENTLESS, ivr_lines=3)
OVERFLOW = replace(CAMPAIGN, overflow=True)
TALKER = Conduct(manner=Manner.PERSON, ring_s=6.0, detect_s=1.2, talk_s=60.0)


@dataclass
class Flows:
    """``dialer.ports.SelfService`` that only keeps what it is told."""

    served: list[ServedCall] = field(default_factory=list)
    news: dict[CallId, list[ServiceNews]] = field(default_factory=lambda: defaultdict(list))

    def expect(self, call: ServedCall) -> None:
        self.served.append(call)

    def tell(self, call_id: CallId, news: ServiceNews) -> None:
        self.news[call_id].append(news)


async def two_leave(bench: Bench) -> None:
    """Three phones ring for three agents, and two agents go."""
    await asyncio.sleep(3.0)
    assert len(bench.pbx.placed) == 3
    for agent in ("agent001", "agent002"):
        bench.tell(Pause(agent_id=AgentId(agent)))


def want(bench: Bench, call_id: CallId, wait_s: float = 60.0) -> None:
    now = bench.runner.now()
    bench.tell(AgentWanted(at=now.at, monotonic=now.monotonic, call_id=call_id, reason="asked", wait_s=wait_s))


def test_a_campaign_without_agents_keeps_its_lines_busy_and_counts_conversations() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(ALONE, everyone(TALKER), agents=0, log=MemoryLog(debtors=9), service=flows) as bench:
            await asyncio.sleep(30.0)
            assert len(flows.served) == 3
            await bench.until_idle()
        assert {each.mode for each in flows.served} == {ServiceMode.AGENTLESS}
        assert [closing.outcome for closing in bench.log.closings.values()] == [Outcome.CONVERSATION] * 9
        assert all(closing.served_at and closing.bridged_at is None for closing in bench.log.closings.values())
        assert (bench.core.floor.tally.served, bench.core.floor.tally.abandoned) == (9, 0)
        assert all(news == [CallOver()] for news in flows.news.values())

    run_virtually(story())


def test_who_finds_nobody_free_gets_the_flow_and_is_abandoned_all_the_same() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(OVERFLOW, everyone(TALKER), agents=3, log=MemoryLog(debtors=3), service=flows) as bench:
            await two_leave(bench)
            await bench.until_idle()
            state = bench.core.state_payload(bench.runner.now())
        outcomes = sorted(closing.outcome.value for closing in bench.log.closings.values())
        assert outcomes == ["abandoned", "abandoned", "conversation"]
        assert {each.mode for each in flows.served} == {ServiceMode.OVERFLOW}
        assert bench.pbx.messages == []
        today = state["today"]
        assert isinstance(today, dict)
        assert (today["abandoned"], today["overflow"], today["self_service"]) == (2, 2, 2)
        assert len(bench.bus.named("call.abandoned")) == 2
        assert all(closing.breaches == () for closing in bench.log.closings.values())

    run_virtually(story())


def test_without_overflow_they_hear_the_recorded_message() -> None:
    flows = Flows()

    async def story() -> None:
        campaign = replace(OVERFLOW, overflow=False)
        async with engine(campaign, everyone(TALKER), agents=3, log=MemoryLog(debtors=3), service=flows) as bench:
            await two_leave(bench)
            await bench.until_idle()
        assert flows.served == []
        assert len(bench.pbx.messages) == 2

    run_virtually(story())


def test_an_agent_who_is_free_takes_who_asks_for_one() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(ALONE, everyone(TALKER), agents=1, log=MemoryLog(debtors=1), service=flows) as bench:
            await asyncio.sleep(10.0)
            (served,) = flows.served
            assert served.agents
            want(bench, served.call_id)
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert (closing.outcome, closing.agent_id) == (Outcome.CONVERSATION, "agent000")
        assert closing.verdict_to_bridge_ms is None
        assert flows.news[served.call_id] == [AgentJoined(), CallOver()]
        assert bench.core.floor.tally.abandonment_rate == 0.0

    run_virtually(story())


def test_who_waits_is_told_their_place_and_that_nobody_came() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(ALONE, everyone(TALKER), agents=0, log=MemoryLog(debtors=2), service=flows) as bench:
            await asyncio.sleep(10.0)
            first, second = (each.call_id for each in flows.served)
            want(bench, first, wait_s=8.0)
            want(bench, second, wait_s=30.0)
            await asyncio.sleep(9.0)
            assert flows.news[first] == [PlaceInLine(1), NobodyCame()]
            assert flows.news[second] == [PlaceInLine(2), PlaceInLine(1)]
            now = bench.runner.now()
            bench.tell(AgentNotWanted(at=now.at, monotonic=now.monotonic, call_id=second))
            await bench.sign_in(1)
            await bench.until_idle()
        assert all(closing.bridged_at is None for closing in bench.log.closings.values())

    run_virtually(story())


def test_who_was_abandoned_stays_so_though_an_agent_speaks_with_them_later() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(OVERFLOW, everyone(TALKER), agents=3, log=MemoryLog(debtors=3), service=flows) as bench:
            await two_leave(bench)
            await asyncio.sleep(9.0)
            assert len(flows.served) == 2
            want(bench, flows.served[0].call_id)
            bench.tell(GoReady(agent_id=AgentId("agent001")))
            await bench.until_idle()
        assert flows.news[flows.served[0].call_id] == [PlaceInLine(1), AgentJoined(), CallOver()]
        outcomes = sorted(closing.outcome.value for closing in bench.log.closings.values())
        assert outcomes == ["abandoned", "abandoned", "conversation"]  # whoever spoke with them later

    run_virtually(story())


def test_a_call_that_comes_in_reaches_an_agent_and_is_not_in_the_log_of_attempts() -> None:
    flows = Flows()

    async def story() -> None:
        async with engine(CAMPAIGN, everyone(TALKER), agents=1, log=MemoryLog(debtors=0), service=flows) as bench:
            call_id = CallId("01936a4c-0000-7000-8000-000000000001")
            bench.pbx.take_in(call_id, "17000.1", "PJSIP/carrier-1")
            bench.switchboard.placed("cobranza", call_id)
            bench.tell(CallCameIn(call_id=call_id, debtor_id=7, number="+573101234567", language="es"))
            await asyncio.sleep(1.0)
            want(bench, call_id)
            await asyncio.sleep(1.0)
            assert flows.news[call_id] == [AgentJoined()]
            await bench.pbx.hang_up(call_id)
            await bench.until_idle()
            assert flows.news[call_id] == [AgentJoined(), CallOver()]
        assert bench.log.closings == {}
        assert (bench.core.floor.tally.bridged, bench.core.floor.tally.attempts) == (0, 0)
        assert [message.payload["agent_id"] for message in bench.bus.named("agent.wrap_up")] == ["agent000"]

    run_virtually(story())
