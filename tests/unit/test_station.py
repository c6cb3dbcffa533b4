"""The composition of a process, on the PBX without Asterisk."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from dialer.app import Station
from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.engine.messages import PauseCampaign, StartCampaign
from dialer.ports import BusMessage
from dialer.settings import Settings
from dialer.wiring import fake_kit

PATIENCE_S = 30.0  # only ever used up by a test that fails


async def test_what_is_loaded_at_the_start_is_not_searched_for_garbage_while_calls_are_up(tmp_path: Path) -> None:
    before = gc.get_freeze_count()
    async with Station(Settings(data_dir=tmp_path), clock=SystemClock(), make_pbx=fake_kit().make):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() <= before


async def test_a_paused_campaign_is_paused_after_a_restart_too_and_one_that_runs_goes_on(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    now = SystemClock().now()
    async with Station(settings, clock=SystemClock(), make_pbx=fake_kit().make) as station:
        for name in ("norte", "sur"):
            await station.host(await station.campaigns.create(Campaign(id=0, name=name), now))
            station.command(name, StartCampaign())
        station.command("norte", PauseCampaign())
        await _until_paused_and_running(station)
    async with Station(settings, clock=SystemClock(), make_pbx=fake_kit().make) as station:
        await station.host_all()
        await _until_paused_and_running(station)


async def test_what_was_just_saved_outlives_an_order_to_start(tmp_path: Path) -> None:
    async with Station(Settings(data_dir=tmp_path), clock=SystemClock(), make_pbx=fake_kit().make) as station:
        now = SystemClock().now()
        campaign = await station.campaigns.create(Campaign(id=0, name="norte"), now)
        await station.host(campaign)
        await station.campaigns.change(replace(campaign, mode=DialMode.PREDICTIVE), campaign, now)
        told: dict[str, object] = {"campaign": "norte", "state": "running", "paced": False}
        await station.hosting.on_campaign_changed(BusMessage(topic="norte/campaign.changed", payload=told))
        assert (await station.campaigns.get("norte")).mode is DialMode.PREDICTIVE
        assert await station.campaigns.state(campaign.id) is CampaignState.RUNNING


async def _until_paused_and_running(station: Station) -> None:
    wanted = {"norte": CampaignState.PAUSED, "sur": CampaignState.RUNNING}
    async with asyncio.timeout(PATIENCE_S):
        while await _states(station) != (wanted, wanted):  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.02)


async def _states(station: Station) -> tuple[dict[str, CampaignState], dict[str, CampaignState]]:
    """On the floor and in the database."""
    stored = {each.name: await station.campaigns.state(each.id) for each in await station.campaigns.all()}
    return {name: runner.core.floor.state for name, runner in station.runners.items()}, stored


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
