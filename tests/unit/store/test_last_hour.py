"""The last hour of a campaign, by its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.store.last_hour import calls_since
from tests.support.console_compliance import House, house, spoken_with


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as furnished:
        yield furnished


async def test_calls_of_the_last_hour_are_counted_and_older_ones_are_not(home: House) -> None:
    now = home.clock.now()
    found = await home.database.read(calls_since, home.campaign.id, now - timedelta(hours=1))
    assert (found.dialed, found.answered, found.people, found.abandoned, found.connected) == (1, 1, 1, 0, 1)
    assert found.talk_s == 60.0
    later = await home.database.read(calls_since, home.campaign.id, now - timedelta(minutes=59))
    assert (later.dialed, later.wait_s, later.talk_s) == (0, None, None)


async def test_another_campaigns_calls_are_not_counted(home: House) -> None:
    await spoken_with(home, home.ana, home.clock.now())
    found = await home.database.read(calls_since, home.campaign.id + 1, home.clock.now() - timedelta(hours=2))
    assert found.dialed == 0
