"""``cadencia pacing calibration``: forecasts beside what came."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.clock import SystemClock
from dialer.domain.campaign import Campaign
from dialer.errors import UnknownCampaign
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import ForecastInterval, Forecasts
from pacing.calibration import Bin


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Campaign ``cartera`` with an interval of an hour ago and one of three days ago; and ``nueva`` with nothing."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'cadencia.sqlite'}"
    monkeypatch.setenv("CADENCIA_DATABASE_URL", url)

    async def fill() -> None:
        now = SystemClock().now()
        database = Database(url)
        try:
            await database.migrate()
            made = await Campaigns(database).create(Campaign(id=0, name="cartera"), now)
            await Campaigns(database).create(Campaign(id=0, name="nueva"), now)
            for ago in (timedelta(hours=1), timedelta(days=3)):
                interval = ForecastInterval(
                    since=now - ago,
                    until=now - ago,
                    mode="predictive",
                    target=0.03,
                    people=1010,
                    abandoned=30,
                    forecast_people=1000,
                    expected=29.0,
                    bins=(
                        Bin(low=0.02, calls=2600, people=900, expected=24.3, abandoned=25),
                        Bin(low=0.08, calls=300, people=100, expected=4.7, abandoned=0),
                    ),
                )
                await Forecasts(database).add(made.id, interval)
        finally:
            await database.close()

    asyncio.run(fill())


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["pacing", "calibration", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("kept")
def test_each_chance_stands_beside_the_share_that_came() -> None:
    answer = json.loads(run("--campaign", "cartera", "--json"))
    assert (answer["people"], answer["abandoned"]) == (1010, 30)
    low, high = answer["bins"]
    assert (low["low"], low["forecast"], low["came"], low["true"]) == (0.02, 0.027, 0.02778, True)
    assert (high["people"], high["expected"], high["abandoned"], high["true"]) == (100, 4.7, 0, False)
    whole = answer["whole"]
    assert whole["between"][0] < whole["forecast"] < whole["between"][1]


@pytest.mark.usefixtures("kept")
def test_since_says_from_when_on() -> None:
    assert json.loads(run("--campaign", "cartera", "--since", "7d", "--json"))["people"] == 2020


@pytest.mark.usefixtures("kept")
def test_a_forecast_that_missed_is_marked() -> None:
    lines = run("--campaign", "cartera").splitlines()
    (missed,) = [line for line in lines if "missed" in line]
    assert "8.0%" in missed


@pytest.mark.usefixtures("kept")
def test_without_a_forecast_it_says_why() -> None:
    assert "only predictive mode makes one" in " ".join(run("--campaign", "nueva").split())


@pytest.mark.usefixtures("kept")
def test_a_campaign_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownCampaign):
        run("--campaign", "otra")
