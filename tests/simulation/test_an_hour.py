"""The whole engine through an hour of work, in virtual time, against the demo carrier's numbers on the fake PBX."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from dialer.clock import seeded_random
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.messages import DrainCampaign
from dialer.pbx.fake import Conduct, Manner
from dialer.virtual_time import run_virtually
from dialer.wiring import demo_conduct
from tests.support.engine import engine
from tests.support.memory_log import MemoryLog

HOURS = 1
CAMPAIGN = Campaign(id=1, name="hour", wrap_up_s=20.0, announce_recording=False)


def as_the_demo_carrier(number: PhoneNumber) -> Conduct:
    return demo_conduct(number)


def as_a_list_of_debtors(number: PhoneNumber) -> Conduct:
    """Three in ten are there and talk for a minute and a half or so; what the others do, and when, is chance too."""
    chance = seeded_random(number.e164)
    lot, ring_s = chance.random(), min(24.0, 2.0 + chance.gammavariate(4.0, 2.5))
    if lot < 0.3:
        talk_s = max(5.0, chance.lognormvariate(4.2, 0.8))
        return Conduct(manner=Manner.PERSON, ring_s=ring_s, detect_s=chance.uniform(1.0, 2.0), talk_s=talk_s)
    if lot < 0.55:
        return Conduct(manner=Manner.MACHINE, ring_s=ring_s + 4.0, detect_s=chance.uniform(1.5, 2.5))
    if lot < 0.85:
        return Conduct(manner=Manner.NO_ANSWER)
    return Conduct(manner=Manner.BUSY if lot < 0.93 else Manner.UNALLOCATED, ring_s=chance.uniform(1.0, 3.0))


@pytest.mark.parametrize(("mode", "ratio"), [(DialMode.PROGRESSIVE, 1.0), (DialMode.POWER, 1.5), (DialMode.POWER, 3.0)])
def test_after_an_hour_every_attempt_is_accounted_for(mode: DialMode, ratio: float) -> None:
    async def hour() -> None:
        log = MemoryLog(debtors=100_000)
        campaign = replace(CAMPAIGN, mode=mode, ratio=ratio)
        async with engine(campaign, as_the_demo_carrier, agents=20, log=log, max_lines=110) as bench:
            await asyncio.sleep(HOURS * 3600)
            bench.tell(DrainCampaign())
            await bench.until_idle()
            tally = bench.core.floor.tally
            placed = Counter(call.call_id for call in bench.pbx.placed)
            assert max(placed.values()) == 1
            assert set(placed) == set(log.closings)
            assert not log.unaccounted
            assert not log.closed_twice
            # The running counts are those of the log.
            assert dict(tally.outcomes) == log.outcomes()
            assert tally.bridged == log.outcomes()[Outcome.CONVERSATION]
            assert tally.abandoned == log.outcomes().get(Outcome.ABANDONED, 0)
            abandoned = [one for one in log.closings.values() if one.outcome is Outcome.ABANDONED]
            assert all(one.abandoned_message_played for one in abandoned)
            # Power mode falls back to one line an agent above the target; the calls that are out by then are its error.
            assert tally.abandonment_rate <= 1.5 * campaign.target_abandonment
            if mode is DialMode.PROGRESSIVE:
                assert not abandoned

    run_virtually(hour())


def test_an_hour_of_predictive_dialing_keeps_its_promise_and_tells_what_it_forecast() -> None:
    async def hour() -> None:
        log = MemoryLog(debtors=100_000)
        campaign = replace(CAMPAIGN, mode=DialMode.PREDICTIVE, target_abandonment=0.03)
        async with engine(campaign, as_a_list_of_debtors, agents=20, log=log, max_lines=110) as bench:
            await asyncio.sleep(HOURS * 3600)
            bench.tell(DrainCampaign())
            await bench.until_idle()
            tally = bench.core.floor.tally
            placed = Counter(call.call_id for call in bench.pbx.placed)
            assert set(placed) == set(log.closings)
            assert not log.unaccounted
            assert not log.closed_twice
            assert dict(tally.outcomes) == log.outcomes()
            assert tally.given_up == log.outcomes().get(Outcome.CANCELLED, 0)
            assert tally.abandonment_rate <= campaign.target_abandonment
            compared = [message.payload for message in bench.bus.named("pacing.compared")]
            assert sum(one["people"] for one in compared) == tally.bridged + tally.abandoned
            assert sum(one["abandoned"] for one in compared) == tally.abandoned
            bins = [each for one in compared for each in one["bins"]]
            assert sum(each["calls"] for each in bins) == tally.placed
            decided = bench.bus.named("pacing.decided")
            assert {message.payload["reason"] for message in decided} >= {"learning", "predicted"}

    run_virtually(hour())


def test_the_same_hour_twice_is_the_same_hour() -> None:
    async def hour() -> list[tuple[str, str]]:
        log = MemoryLog(debtors=2_000)
        async with engine(
            replace(CAMPAIGN, mode=DialMode.POWER, ratio=2.0), as_the_demo_carrier, agents=10, log=log
        ) as bench:
            await asyncio.sleep(600)
            bench.tell(DrainCampaign())
            await bench.until_idle()
        return [(str(call_id), closing.outcome.value) for call_id, closing in log.closings.items()]

    assert run_virtually(hour()) == run_virtually(hour())
