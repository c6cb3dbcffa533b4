"""A campaign's hours: their edges in the campaign's zone, carried out once, late rather than never."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialer.clock import ManualClock
from dialer.domain.campaign import Campaign
from dialer.domain.schedule import Edge, Hours, Schedule
from dialer.keepers.schedule import ScheduleKeeper
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from tests.support.store import add_campaign

BOGOTA = ZoneInfo("America/Bogota")
SANTIAGO = ZoneInfo("America/Santiago")
TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
WORKDAYS = Schedule(hours=tuple(Hours(weekday=day, start=time(8), stop=time(18)) for day in range(5)))


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_the_edges_around_an_instant_are_local_to_the_campaign() -> None:
    assert WORKDAYS.last_edge(TUESDAY_NOON, BOGOTA) == Edge(at=at(2026, 11, 24, 13), starts=True)
    assert WORKDAYS.next_edge(TUESDAY_NOON, BOGOTA) == Edge(at=at(2026, 11, 24, 23), starts=False)
    saturday = at(2026, 11, 28, 15)
    assert WORKDAYS.last_edge(saturday, BOGOTA) == Edge(at=at(2026, 11, 27, 23), starts=False)
    assert WORKDAYS.next_edge(saturday, BOGOTA) == Edge(at=at(2026, 11, 30, 13), starts=True)


def test_hours_stay_on_the_wall_clock_when_the_clocks_are_changed() -> None:
    before, after = at(2026, 9, 4, 12), at(2026, 9, 7, 12)  # Chile goes over on 6 September
    first, second = WORKDAYS.last_edge(before, SANTIAGO), WORKDAYS.last_edge(after, SANTIAGO)
    assert first is not None
    assert second is not None
    assert (first.at.hour, second.at.hour) == (12, 11)


def test_a_span_that_follows_at_once_goes_on() -> None:
    both = Schedule(
        hours=(Hours(weekday=1, start=time(8), stop=time(12)), Hours(weekday=1, start=time(12), stop=time(18)))
    )
    edge = both.last_edge(TUESDAY_NOON, BOGOTA)
    assert edge == Edge(at=TUESDAY_NOON, starts=True)


def test_without_hours_nothing_happens_by_itself() -> None:
    assert Schedule().last_edge(TUESDAY_NOON, BOGOTA) is None
    assert Schedule().next_edge(TUESDAY_NOON, BOGOTA) is None


@pytest.mark.parametrize(
    "spans",
    [
        [(1, time(18), time(8))],
        [(7, time(8), time(18))],
        [(1, time(8), time(12)), (1, time(11), time(18))],
    ],
)
def test_hours_that_make_no_sense_are_refused(spans: list[tuple[int, time, time]]) -> None:
    with pytest.raises(ValueError, match="must"):
        Schedule(hours=tuple(Hours(weekday=day, start=start, stop=stop) for day, start, stop in spans))


# ------------------------------------------------------------------------------------------ carried out


class Floor:
    """Takes orders while it is ``open``."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, bool]] = []
        self.open = True

    def order(self, name: str, *, starts: bool) -> bool:
        if self.open:
            self.orders.append((name, starts))
        return self.open


@pytest.fixture
async def campaigns(tmp_path: Path) -> AsyncIterator[Campaigns]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'schedule.sqlite'}")
    await database.migrate()
    await add_campaign(database, "norte", schedule=WORKDAYS)
    await add_campaign(database, "sur")
    yield Campaigns(database)
    await database.close()


async def test_each_edge_is_carried_out_once(campaigns: Campaigns) -> None:
    clock, floor = ManualClock(TUESDAY_NOON), Floor()
    keeper = ScheduleKeeper(campaigns, clock, floor.order)
    await keeper.look()
    assert floor.orders == []  # what was before the first look is left alone
    clock.advance(6 * 3600 + 1)
    await keeper.look()
    await keeper.look()
    assert floor.orders == [("norte", False)]
    clock.advance(14 * 3600)
    await keeper.look()
    assert floor.orders == [("norte", False), ("norte", True)]


async def test_what_nobody_took_is_ordered_again_even_by_the_next_process(campaigns: Campaigns) -> None:
    clock, floor = ManualClock(TUESDAY_NOON), Floor()
    await ScheduleKeeper(campaigns, clock, floor.order).look()
    clock.advance(7 * 3600)
    floor.open = False
    await ScheduleKeeper(campaigns, clock, floor.order).look()
    floor.open = True
    await ScheduleKeeper(campaigns, clock, floor.order).look()
    assert floor.orders == [("norte", False)]


async def test_a_changed_schedule_begins_with_its_next_edge(campaigns: Campaigns) -> None:
    clock, floor = ManualClock(TUESDAY_NOON), Floor()
    keeper = ScheduleKeeper(campaigns, clock, floor.order)
    await keeper.look()
    clock.advance(24 * 3600)
    seen = await campaigns.get("norte")
    early = Schedule(hours=tuple(Hours(weekday=day, start=time(6), stop=time(19)) for day in range(5)))
    await campaigns.change(_with(seen, early), seen, clock.now())
    await keeper.look()
    assert floor.orders == []
    clock.advance(timedelta(hours=8).total_seconds())
    await keeper.look()
    assert floor.orders == [("norte", False)]


def _with(campaign: Campaign, schedule: Schedule) -> Campaign:
    return replace(campaign, schedule=schedule)
