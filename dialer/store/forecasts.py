"""What the pacer forecast and what came, kept by the interval; and what a pacer may know of a campaign's past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from dialer.domain.ids import uuid7
from dialer.domain.outcome import Outcome
from dialer.ports import PastCalls, PastInterval
from dialer.store.database import Database
from dialer.store.pacing_tables import pacing_forecasts
from dialer.store.tables import attempts
from pacing.calibration import Bin

_PAST = timedelta(days=14)  # a list and its hours change: older calls say little of today's
_MOST_CALLS = 5_000
_ENOUGH_CALLS, _ENOUGH_TALKS = 200, 30
_WINDOWS = timedelta(days=30)
_BY_CALL = timedelta(hours=25)  # so far back people are counted from the log itself, one by one
_PEOPLE = tuple(str(outcome) for outcome in Outcome if outcome.reached_person)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastInterval:
    """One interval of a campaign. See ``pacing_tables`` for the fields."""

    since: datetime
    until: datetime
    mode: str
    target: float
    people: int
    abandoned: int
    forecast_people: int
    expected: float
    bins: tuple[Bin, ...]


class Forecasts:
    """The intervals of one database. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, campaign_id: int, interval: ForecastInterval) -> None:
        await self._database.write(_add, campaign_id, interval)

    async def since(self, campaign_id: int, since: datetime) -> Sequence[ForecastInterval]:
        """The intervals that began at ``since`` or later, the oldest first."""
        return await self._database.read(_between, campaign_id, since, None)

    async def past(self, campaign_id: int, now: datetime) -> PastCalls:
        """What a pacer may believe of the campaign before its first call."""
        return await self._database.read(_past, campaign_id, now)


def interval_from(payload: Mapping[str, Any]) -> ForecastInterval:
    """The interval that a ``pacing.compared`` message tells of."""
    return ForecastInterval(
        since=datetime.fromisoformat(payload["since"]),
        until=datetime.fromisoformat(payload["until"]),
        mode=str(payload["mode"]),
        target=float(payload["target"]),
        people=int(payload["people"]),
        abandoned=int(payload["abandoned"]),
        forecast_people=int(payload["forecast_people"]),
        expected=float(payload["expected"]),
        bins=_bins(payload["bins"]),
    )


def _bins(rows: Sequence[Mapping[str, Any]]) -> tuple[Bin, ...]:
    return tuple(
        Bin(
            low=row["low"],
            calls=row["calls"],
            people=row["people"],
            expected=row["expected"],
            abandoned=row["abandoned"],
        )
        for row in rows
    )


def _add(connection: sa.Connection, campaign_id: int, interval: ForecastInterval) -> None:
    connection.execute(
        pacing_forecasts.insert().values(
            campaign_id=campaign_id,
            since=interval.since,
            until=interval.until,
            mode=interval.mode,
            target=interval.target,
            people=interval.people,
            abandoned=interval.abandoned,
            forecast_people=interval.forecast_people,
            expected=interval.expected,
            bins=[
                {
                    "low": one.low,
                    "calls": one.calls,
                    "people": one.people,
                    "expected": one.expected,
                    "abandoned": one.abandoned,
                }
                for one in interval.bins
            ],
        )
    )


def _between(
    connection: sa.Connection, campaign_id: int, since: datetime, until: datetime | None
) -> tuple[ForecastInterval, ...]:
    table = pacing_forecasts.c
    chosen = sa.select(pacing_forecasts).where(table.campaign_id == campaign_id, table.since >= since)
    if until is not None:
        chosen = chosen.where(table.since < until)
    return tuple(
        ForecastInterval(
            since=row.since,
            until=row.until,
            mode=row.mode,
            target=row.target,
            people=row.people,
            abandoned=row.abandoned,
            forecast_people=row.forecast_people,
            expected=row.expected,
            bins=_bins(row.bins),
        )
        for row in connection.execute(chosen.order_by(table.since, table.id)).all()
    )


def _past(connection: sa.Connection, campaign_id: int, now: datetime) -> PastCalls:
    table = attempts.c
    latest = (
        sa.select(table.outcome, table.talk_s, table.wrap_up_s)
        .where(
            table.campaign_id == campaign_id,
            table.call_id >= uuid7(now - _PAST, bytes(10)),
            table.state == "closed",
            table.dialed_at.is_not(None),
        )
        .order_by(table.call_id.desc())
        .limit(_MOST_CALLS)
    )
    calls = connection.execute(latest).all()
    people = sum(row.outcome in _PEOPLE for row in calls)
    return PastCalls(
        answer_rate=people / len(calls) if len(calls) >= _ENOUGH_CALLS else None,
        talk_s=_mean([row.talk_s for row in calls if row.talk_s]),
        wrap_up_s=_mean([row.wrap_up_s for row in calls if row.wrap_up_s]),
        intervals=(*_older(connection, campaign_id, now), *_one_by_one(connection, campaign_id, now)),
    )


def _mean(seconds: list[float]) -> float | None:
    return sum(seconds) / len(seconds) if len(seconds) >= _ENOUGH_TALKS else None


def _older(connection: sa.Connection, campaign_id: int, now: datetime) -> list[PastInterval]:
    kept = _between(connection, campaign_id, now - _WINDOWS, now - _BY_CALL)
    return [PastInterval(at=one.since, people=one.people, abandoned=one.abandoned) for one in kept]


def _one_by_one(connection: sa.Connection, campaign_id: int, now: datetime) -> list[PastInterval]:
    table = attempts.c
    answered = sa.select(table.answered_at, table.outcome).where(
        table.campaign_id == campaign_id,
        table.answered_at >= now - _BY_CALL,
        table.state == "closed",
        table.outcome.in_(_PEOPLE),
    )
    return [
        PastInterval(at=row.answered_at, people=1, abandoned=int(row.outcome == Outcome.ABANDONED))
        for row in connection.execute(answered).all()
    ]
