"""Forecasts kept by the interval, and what a campaign's past tells its pacer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dialer.domain.campaign import Campaign
from dialer.domain.ids import uuid7
from dialer.ports import NOTHING_PAST
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from dialer.store.forecasts import ForecastInterval, Forecasts, interval_from
from dialer.store.tables import attempts, debtors, phones
from pacing.calibration import Bin

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
INTERVAL = ForecastInterval(
    since=NOON,
    until=NOON + timedelta(minutes=5),
    mode="predictive",
    target=0.03,
    people=60,
    abandoned=2,
    forecast_people=58,
    expected=1.7,
    bins=(Bin(low=0.02, calls=190, people=58, expected=1.7, abandoned=2),),
)


async def test_intervals_are_found_by_campaign_and_time(database: Database) -> None:
    campaigns, forecasts = Campaigns(database), Forecasts(database)
    first = await campaigns.create(Campaign(id=0, name="first"), NOON)
    other = await campaigns.create(Campaign(id=0, name="other"), NOON)
    later = replace(INTERVAL, since=NOON + timedelta(minutes=5), until=NOON + timedelta(minutes=10))
    await forecasts.add(first.id, later)
    await forecasts.add(first.id, INTERVAL)
    await forecasts.add(other.id, replace(INTERVAL, people=1))
    assert await forecasts.since(first.id, NOON) == (INTERVAL, later)
    assert await forecasts.since(first.id, NOON + timedelta(minutes=5)) == (later,)


def test_an_interval_is_read_from_its_message() -> None:
    payload: dict[str, Any] = {
        "campaign": "c",
        "since": NOON.isoformat(),
        "until": (NOON + timedelta(minutes=5)).isoformat(),
        "mode": "predictive",
        "target": 0.03,
        "people": 60,
        "abandoned": 2,
        "forecast_people": 58,
        "expected": 1.7,
        "bins": [{"low": 0.02, "calls": 190, "people": 58, "expected": 1.7, "abandoned": 2}],
    }
    assert interval_from(payload) == INTERVAL


def fill(connection: sa.Connection, campaign_id: int, outcomes: dict[str, int]) -> None:
    """So many closed calls of each outcome, an hour ago, one every second."""
    debtor = connection.execute(
        debtors.insert().values(identity="r", country="CO", custom={}).returning(debtors.c.id)
    ).scalar_one()
    phone = connection.execute(
        phones.insert().values(debtor_id=debtor, e164="+573101234567", position=0).returning(phones.c.id)
    ).scalar_one()
    begun = NOON - timedelta(hours=1)
    for outcome, count in outcomes.items():
        for _ in range(count):
            begun += timedelta(seconds=1)
            talked = outcome == "conversation"
            connection.execute(
                attempts.insert().values(
                    call_id=uuid7(begun, bytes(10)),
                    state="closed",
                    campaign_id=campaign_id,
                    debtor_id=debtor,
                    phone_id=phone,
                    number="+573101234567",
                    language="es",
                    reserved_at=begun,
                    dialed_at=begun,
                    answered_at=begun if outcome in ("conversation", "abandoned", "machine") else None,
                    outcome=outcome,
                    talk_s=90.0 if talked else None,
                    wrap_up_s=12.0 if talked else None,
                )
            )


@pytest.mark.parametrize(
    ("outcomes", "rate", "talk_s"),
    [
        ({"conversation": 48, "abandoned": 2, "no_answer": 150, "machine": 50}, 0.2, 90.0),
        ({"conversation": 10, "no_answer": 20}, None, None),
    ],
    ids=["enough", "too little"],
)
async def test_the_past_is_what_the_log_says_where_it_says_enough(
    database: Database, outcomes: dict[str, int], rate: float | None, talk_s: float | None
) -> None:
    campaign = await Campaigns(database).create(Campaign(id=0, name="first"), NOON)
    await database.write(fill, campaign.id, outcomes)
    forecasts = Forecasts(database)
    await forecasts.add(campaign.id, INTERVAL)  # of today: the log itself is counted
    old = replace(INTERVAL, since=NOON - timedelta(days=3), until=NOON - timedelta(days=3))
    await forecasts.add(campaign.id, old)
    past = await forecasts.past(campaign.id, NOON)
    assert (past.answer_rate, past.talk_s) == (rate, talk_s)
    assert past.wrap_up_s == (12.0 if talk_s else None)
    people = outcomes["conversation"] + outcomes.get("abandoned", 0)
    assert sum(one.people for one in past.intervals) == people + 60
    assert sum(one.abandoned for one in past.intervals) == outcomes.get("abandoned", 0) + 2


async def test_a_new_campaign_has_no_past(database: Database) -> None:
    campaign = await Campaigns(database).create(Campaign(id=0, name="first"), NOON)
    assert await Forecasts(database).past(campaign.id, NOON) == NOTHING_PAST
