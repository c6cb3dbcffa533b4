"""The whole engine through an hour of work, in virtual time, against the demo carrier's numbers on the fake PBX."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.messages import DrainCampaign
from dialer.pbx.fake import Conduct
from dialer.virtual_time import run_virtually
from dialer.wiring import demo_conduct
from tests.support.engine import engine
from tests.support.memory_log import MemoryLog

HOURS = 1
CAMPAIGN = Campaign(id=1, name="hour", wrap_up_s=20.0, announce_recording=False)


def as_the_demo_carrier(number: PhoneNumber) -> Conduct:
    return demo_conduct(number)


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
