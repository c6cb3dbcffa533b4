"""The composition of a process, on the PBX without Asterisk."""

from __future__ import annotations

import gc
from datetime import timedelta
from pathlib import Path

from dialer.app import Station
from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign
from dialer.ports import BusMessage
from dialer.settings import Settings
from dialer.wiring import fake_kit


async def test_what_is_loaded_at_the_start_is_not_searched_for_garbage_while_calls_are_up(tmp_path: Path) -> None:
    before = gc.get_freeze_count()
    async with Station(Settings(data_dir=tmp_path), clock=SystemClock(), make_pbx=fake_kit().make):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() <= before


async def test_forecasts_are_kept_and_outlive_the_process_that_made_them(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    now = SystemClock().now()
    told = {
        "campaign": "cartera",
        "at": now.isoformat(),
        "v": 1,
        "since": now.isoformat(),
        "until": now.isoformat(),
        "mode": "predictive",
        "target": 0.03,
        "people": 40,
        "abandoned": 1,
        "forecast_people": 40,
        "expected": 1.1,
        "bins": [{"low": 0.02, "calls": 120, "people": 40, "expected": 1.1, "abandoned": 1}],
    }
    async with Station(settings, clock=SystemClock(), make_pbx=fake_kit().make) as station:
        campaign = await station.campaigns.create(Campaign(id=0, name="cartera"), now)
        await station.host(campaign)
        await station.bus.publish(BusMessage(topic="cartera/pacing.compared", payload=told))
        await station.bus.publish(
            BusMessage(topic="stranger/pacing.compared", payload={**told, "campaign": "stranger"})
        )
    async with Station(settings, clock=SystemClock(), make_pbx=fake_kit().make) as station:
        (kept,) = await station.forecasts.since(campaign.id, now - timedelta(hours=1))
    assert (kept.people, kept.abandoned, kept.expected, kept.bins[0].calls) == (40, 1, 1.1, 120)
