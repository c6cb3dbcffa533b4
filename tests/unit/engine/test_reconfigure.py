"""Settings changed while a campaign runs: at once where that is safe, after a new start where it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dialer.domain.campaign import SETTLED_AT_START, AnswerAction, Campaign, DialMode
from dialer.domain.verdict import AmdCategory
from dialer.engine.messages import Reconfigure
from dialer.virtual_time import run_virtually
from tests.support.engine import engine

RUNNING = Campaign(id=1, name="c", announce_recording=False)


def test_a_running_engine_keeps_what_it_was_started_with() -> None:
    wanted = replace(RUNNING, trunk="other", packs=("house",), country="MX", wrap_up_s=5.0, record=False)
    made = RUNNING.reconfigured(wanted)
    assert {name: getattr(made, name) for name in SETTLED_AT_START} == {
        name: getattr(RUNNING, name) for name in SETTLED_AT_START
    }
    assert (made.wrap_up_s, made.record) == (5.0, False)


def test_new_settings_hold_from_the_next_moment_on() -> None:
    async def story() -> None:
        async with engine(RUNNING) as bench:
            changed = replace(
                RUNNING, mode=DialMode.POWER, ratio=4.0, wrap_up_s=3.0, target_abandonment=0.01, patience_s=1.0
            )
            bench.tell(Reconfigure(campaign=changed))
            await asyncio.sleep(1)
            assert bench.core.floor.campaign == changed
            assert bench.core.floor.pacers.info.target == 0.01
            assert bench.core.floor.pacers.info.patience == 1.0

    run_virtually(story())


def test_settings_that_would_send_people_where_nobody_takes_them_are_left_out() -> None:
    async def story() -> None:
        async with engine(RUNNING) as bench:
            nowhere = replace(RUNNING, actions={**RUNNING.actions, AmdCategory.HUMAN: AnswerAction.IVR})
            bench.tell(Reconfigure(campaign=nowhere))
            await asyncio.sleep(1)
            assert bench.core.floor.campaign == RUNNING

    run_virtually(story())
