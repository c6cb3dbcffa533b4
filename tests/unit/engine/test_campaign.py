"""A campaign from start to drain, in virtual time on the fake PBX."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from dialer.domain.agent import AgentState
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction, Campaign, CampaignState, DialMode
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory
from dialer.engine.messages import (
    AcceptPreview,
    Dispose,
    DrainCampaign,
    HangUp,
    Pause,
    PauseCampaign,
    SetMode,
    SignOut,
    SkipPreview,
    StartCampaign,
    StopCampaign,
)
from dialer.engine.runner import TICK_S
from dialer.pbx.fake import Conduct, Manner
from dialer.ports import Reservation
from dialer.virtual_time import run_virtually
from pacing.decision import Decision, Reason
from tests.support.engine import PERSON, engine, everyone
from tests.support.memory_log import MemoryLog

CAMPAIGN = Campaign(id=1, name="cobranza", wrap_up_s=5.0, announce_recording=False)
AGENT = AgentId("agent000")


def test_a_person_is_bridged_to_an_agent_within_milliseconds_of_the_verdict() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=1)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CONVERSATION
        assert closing.agent_id == AGENT
        assert closing.talk_s == pytest.approx(30.0, abs=0.1)
        assert closing.verdict_to_bridge_ms is not None
        assert closing.verdict_to_bridge_ms < 50
        assert bench.pbx.recorded == [closing.call_id]

    run_virtually(story())


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        (Manner.BUSY, Outcome.BUSY),
        (Manner.NO_ANSWER, Outcome.NO_ANSWER),
        (Manner.UNALLOCATED, Outcome.UNALLOCATED),
        (Manner.CONGESTION, Outcome.CONGESTION),
        (Manner.MACHINE, Outcome.MACHINE),
        (Manner.EARLY_VOICEMAIL, Outcome.ANNOUNCEMENT),
        (Manner.HANGS_UP, Outcome.HUNG_UP_EARLY),
        (Manner.SILENT, Outcome.CONVERSATION),  # a silent line is given to a person to judge
    ],
)
def test_each_manner_of_answering_has_its_outcome(manner: Manner, outcome: Outcome) -> None:
    async def story() -> None:
        conduct = Conduct(manner=manner, ring_s=5.0)
        async with engine(CAMPAIGN, everyone(conduct), log=MemoryLog(debtors=1)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert closing.outcome is outcome
        assert not bench.log.unaccounted

    run_virtually(story())


def test_a_person_whom_no_agent_takes_hears_the_message_and_counts_as_abandoned() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, mode=DialMode.POWER, ratio=3.0)
        log = MemoryLog(debtors=5)
        async with engine(campaign, agents=1, log=log) as bench:
            await bench.until_idle()
        outcomes = bench.log.outcomes()
        # The governor lets the ratio in little by little: the first minute passes one call at a time.
        assert outcomes[Outcome.CONVERSATION] == 3
        assert outcomes[Outcome.ABANDONED] == 2
        abandoned = [one for one in bench.log.closings.values() if one.outcome is Outcome.ABANDONED]
        assert all(closing.abandoned_message_played for closing in abandoned)
        waited = [message.payload["waited_s"] for message in bench.bus.named("call.abandoned")]
        assert waited == [pytest.approx(2.0, abs=0.3)] * 2
        assert bench.core.floor.tally.abandonment_rate == pytest.approx(2 / 5)

    run_virtually(story())


def test_a_machine_takes_a_message_after_its_beep_where_the_campaign_says_so() -> None:
    async def story() -> None:
        actions = {**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE}
        campaign = replace(CAMPAIGN, actions=actions)
        async with engine(campaign, everyone(Conduct(manner=Manner.MACHINE)), log=MemoryLog(debtors=1)) as bench:
            await bench.until_idle()
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.MESSAGE_LEFT

    run_virtually(story())


def test_progressive_never_has_more_calls_out_than_idle_agents() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=5, log=MemoryLog(debtors=60)) as bench:
            for _ in range(600):
                await asyncio.sleep(0.5)
                out = sum(call.bridged is None for call in bench.core.floor.calls.values())
                free = sum(seat.state in (AgentState.READY, AgentState.RESERVED) for seat in bench.core.floor.roster)
                assert out <= free
            await bench.until_idle()
        assert bench.log.outcomes() == {Outcome.CONVERSATION: 60}

    run_virtually(story())


def test_nothing_is_dialed_without_an_agent() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=0) as bench:
            await asyncio.sleep(60)
        assert bench.pbx.placed == []
        assert bench.core.floor.last_decision is not None
        assert bench.core.floor.last_decision.reason.value == "no-agent-signed-in"

    run_virtually(story())


def test_a_drain_places_nothing_more_and_lets_talks_end() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=3, log=MemoryLog(debtors=100)) as bench:
            await asyncio.sleep(20)
            placed = len(bench.pbx.placed)
            bench.tell(DrainCampaign())
            await bench.until_idle()
            await asyncio.sleep(5)
            assert bench.core.floor.state is CampaignState.STOPPED
        assert len(bench.pbx.placed) == placed
        assert set(bench.log.outcomes()) == {Outcome.CONVERSATION}
        assert not bench.log.unaccounted

    run_virtually(story())


def test_a_pause_places_nothing_more_until_the_campaign_is_resumed() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=3, log=MemoryLog(debtors=100)) as bench:
            await asyncio.sleep(20)
            bench.tell(PauseCampaign())
            await asyncio.sleep(0.1)
            placed = len(bench.pbx.placed)
            await bench.until_idle()
            await asyncio.sleep(60)
            assert bench.core.floor.state is CampaignState.PAUSED
            assert bench.core.floor.last_decision is None
            assert len(bench.pbx.placed) == placed
            assert {seat.state for seat in bench.core.floor.roster} == {AgentState.READY}
            assert set(bench.log.outcomes()) == {Outcome.CONVERSATION}
            bench.tell(StartCampaign())
            await asyncio.sleep(20)
            assert len(bench.pbx.placed) > placed
            assert bench.core.floor.state is CampaignState.RUNNING
            bench.tell(PauseCampaign())
            await bench.until_idle()
        assert not bench.log.unaccounted

    run_virtually(story())


def test_a_campaign_that_an_earlier_run_left_paused_says_so_once_and_waits() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, start=False) as bench:
            bench.tell(StartCampaign(paused=True))
            await asyncio.sleep(30)
            told = [each.payload["state"] for each in bench.bus.messages if each.topic.endswith("/campaign.changed")]
            assert told == ["paused"]
            assert bench.pbx.placed == []

    run_virtually(story())


def test_a_stopped_campaign_is_not_paused() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, start=False) as bench:
            bench.tell(PauseCampaign(request_id="r-1"))
            await asyncio.sleep(1)
            refused = [each for each in bench.bus.messages if each.topic.endswith("/command.refused")]
            assert [each.payload["code"] for each in refused] == ["not-running"]
            assert bench.core.floor.state is CampaignState.STOPPED

    run_virtually(story())


def test_a_stop_hangs_up_what_rings_once_it_has_rung_long_enough() -> None:
    async def story() -> None:
        async with engine(
            CAMPAIGN, everyone(Conduct(manner=Manner.NO_ANSWER)), agents=3, log=MemoryLog(debtors=9)
        ) as bench:
            await asyncio.sleep(5)
            bench.tell(StopCampaign())
            await bench.until_idle(20)
        assert bench.log.outcomes() == {Outcome.CANCELLED: 3}
        rang = [(one.ended_at - one.ringing_at).total_seconds() for one in bench.log.closings.values()]
        assert rang == [pytest.approx(15.0, abs=0.1)] * 3
        assert [one.breaches for one in bench.log.closings.values()] == [()] * 3

    run_virtually(story())


def test_a_preview_is_dialed_only_when_the_agent_accepts_it() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, mode=DialMode.PREVIEW)
        async with engine(campaign, agents=1, log=MemoryLog(debtors=3)) as bench:
            await asyncio.sleep(2)
            assert bench.pbx.placed == []
            bench.tell(SkipPreview(agent_id=AGENT))
            await asyncio.sleep(2)
            assert len(bench.log.released) == 1
            bench.tell(AcceptPreview(agent_id=AGENT))
            await asyncio.sleep(60)
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CONVERSATION
        assert closing.verdict is not None
        assert closing.verdict.reason == "amd-off"
        assert closing.agent_id == AGENT

    run_virtually(story())


def test_a_pause_during_a_call_begins_after_its_wrap_up() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=5)) as bench:
            await asyncio.sleep(15)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.TALKING
            bench.tell(Pause(agent_id=AGENT, reason="lunch"))
            await asyncio.sleep(60)
            assert seat.state is AgentState.PAUSED
        assert len(bench.log.closings) == 1

    run_virtually(story())


def test_a_disposition_ends_the_wrap_up_and_is_written() -> None:
    async def story() -> None:
        campaign = replace(CAMPAIGN, wrap_up_s=300.0)
        async with engine(campaign, agents=1, log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(60)
            (call_id,) = bench.log.closings
            bench.tell(Dispose(agent_id=AGENT, call_id=call_id, code="PTP", notes="pays on Friday"))
            await asyncio.sleep(1)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            assert seat.state is AgentState.READY
        (disposition,) = bench.log.disposed
        assert (disposition.code, disposition.notes) == ("PTP", "pays on Friday")

    run_virtually(story())


def test_an_agent_may_hang_up_and_sign_out() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(12)
            bench.tell(HangUp(agent_id=AGENT))
            await asyncio.sleep(10)
            bench.tell(SignOut(agent_id=AGENT))
            await asyncio.sleep(1)
            assert len(bench.core.floor.roster) == 0
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CONVERSATION
        assert closing.talk_s is not None
        assert closing.talk_s < 10

    run_virtually(story())


def test_an_agent_whose_phone_drops_is_offline_and_their_debtor_is_not_kept_on_the_line() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=1, log=MemoryLog(debtors=1)) as bench:
            await asyncio.sleep(12)
            seat = bench.core.floor.roster.get(AGENT)
            assert seat is not None
            await bench.pbx.hang_up(seat.leg_id)
            await bench.until_idle(10)
            assert len(bench.core.floor.roster) == 0
        (closing,) = bench.log.closings.values()
        assert closing.outcome is Outcome.CONVERSATION

    run_virtually(story())


def test_a_lost_link_stops_dialing_and_a_restored_one_resumes_it() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=4, log=MemoryLog(debtors=200)) as bench:
            await asyncio.sleep(10)
            bench.pbx.cut_link()
            placed = len(bench.pbx.placed)
            await asyncio.sleep(30)
            assert len(bench.pbx.placed) == placed
            bench.pbx.restore_link()
            await asyncio.sleep(60)
            assert len(bench.pbx.placed) > placed
            bench.tell(DrainCampaign())
            await bench.until_idle()
        assert not bench.log.unaccounted
        assert not bench.log.closed_twice

    run_virtually(story())


def test_when_asterisk_dies_every_call_is_closed_as_lost_or_as_the_talk_it_was() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=4, log=MemoryLog(debtors=200)) as bench:
            await asyncio.sleep(9.2)
            bench.pbx.crash()
            await asyncio.sleep(5)
            bench.pbx.restore_link()
            await bench.until_idle(10)
            assert len(bench.core.floor.roster) == 0
        assert not bench.log.unaccounted
        assert set(bench.log.outcomes()) <= {Outcome.LOST, Outcome.CONVERSATION}

    run_virtually(story())


def test_the_ratio_can_be_changed_while_the_campaign_runs() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.NO_ANSWER)
        async with engine(CAMPAIGN, everyone(conduct), agents=2, log=MemoryLog(debtors=100)) as bench:
            await asyncio.sleep(40)
            bench.tell(SetMode(mode=DialMode.POWER, ratio=3.0))
            await asyncio.sleep(55)
            assert len(bench.core.floor.calls) == 6

    run_virtually(story())


def test_a_debtor_the_gate_denies_is_never_dialed_and_the_reason_is_counted() -> None:
    async def story() -> None:
        log = MemoryLog(debtors=4, denials={2: "co-ley-2300/window", 3: "engine/do-not-call"})
        async with engine(CAMPAIGN, everyone(PERSON), agents=4, log=log) as bench:
            await bench.until_idle()
        assert {str(call.number)[-1] for call in bench.pbx.placed} == {"1", "4"}
        assert bench.core.floor.tally.denied == {"co-ley-2300/window": 1, "engine/do-not-call": 1}

    run_virtually(story())


def test_refusals_of_the_carrier_slow_the_dialing_down() -> None:
    async def story() -> None:
        conduct = Conduct(manner=Manner.CONGESTION, ring_s=0.3)
        async with engine(CAMPAIGN, everyone(conduct), agents=10, log=MemoryLog(debtors=5000)) as bench:
            await asyncio.sleep(20)
            assert bench.core.floor.trunk.limiter.health.value == "probing"
        # Six quick refusals, then a probe every three seconds.
        assert len(bench.pbx.placed) < 20

    run_virtually(story())


def test_a_carrier_that_refuses_everything_costs_one_debtor_a_minute_and_is_found_again_when_it_is_back() -> None:
    async def story() -> None:
        back = asyncio.Event()

        def conduct(number: PhoneNumber) -> Conduct:
            return Conduct(manner=Manner.NO_ANSWER if back.is_set() else Manner.CONGESTION, ring_s=0.3)

        async with engine(CAMPAIGN, conduct, agents=10, log=MemoryLog(debtors=5000)) as bench:
            await asyncio.sleep(120)
            floor = bench.core.floor
            assert floor.trunk.limiter.health.value == "down"
            assert floor.last_decision is not None
            assert floor.last_decision.reason is Reason.TRUNK_DOWN
            before = len(bench.pbx.placed)
            await asyncio.sleep(600)
            assert 9 <= len(bench.pbx.placed) - before <= 11
            back.set()
            await asyncio.sleep(90)
            assert floor.trunk.limiter.health.value == "open"
            assert len(floor.calls) >= 10

    run_virtually(story())


class UnhurriedLog(MemoryLog):
    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        await asyncio.sleep(0.02)
        return await super().reserve(campaign_id, count, now)


def test_nearly_the_whole_rate_of_the_trunk_is_used_and_never_more() -> None:
    async def story() -> None:
        busy = everyone(Conduct(manner=Manner.BUSY, ring_s=0.1))
        async with engine(CAMPAIGN, busy, agents=60, log=UnhurriedLog(debtors=2500), calls_per_second=100) as bench:
            await asyncio.sleep(20.0)
        dialed = sorted(closing.dialed_at for closing in bench.log.closings.values() if closing.dialed_at)
        assert len(dialed) > 20 * 92
        in_a_second = zip(dialed, dialed[100:], strict=False)
        assert all((later - sooner).total_seconds() > 0.999 for sooner, later in in_a_second)

    run_virtually(story())


def test_deadlines_between_two_beats_do_not_ask_the_pacer() -> None:
    async def story() -> None:
        async with engine(CAMPAIGN, agents=10, log=MemoryLog(debtors=200), max_lines=50) as bench:
            asked = 0
            decide = bench.core.floor.pacers.governor.decide

            def counting(*arguments: Any) -> Decision:
                nonlocal asked
                asked += 1
                return decide(*arguments)

            bench.core.floor.pacers.governor.decide = counting  # type: ignore[method-assign]
            began = bench.clock.monotonic()
            await bench.until_idle()
            assert asked <= (bench.clock.monotonic() - began) / TICK_S + 1

    run_virtually(story())
