"""Periods: what lies within one and when it leaves say the same thing, in any zone and across any change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.compliance.limits import counted_after, leaves_at
from dialer.compliance.rules import Period, PeriodKind
from dialer.compliance.zones import zone

ZONES = tuple(
    found
    for name in ("America/Santiago", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")
    if (found := zone(name)) is not None
)
#: Whole seconds from 2025 to 2030.
instants = st.integers(1_735_689_600, 1_909_000_000)
periods = st.builds(Period, st.sampled_from((PeriodKind.ROLLING_HOURS, PeriodKind.CALENDAR_DAYS)), st.integers(1, 30))
calendar_periods = st.sampled_from((Period(PeriodKind.WEEK), Period(PeriodKind.MONTH)))


@settings(deadline=None)
@given(periods | calendar_periods, st.lists(st.sampled_from(ZONES), min_size=1), instants, st.integers(0, 40 * 86_400))
def test_an_event_is_within_the_period_until_it_leaves_it(
    period: Period, zones: list[ZoneInfo], event: int, later: int
) -> None:
    leaves = leaves_at(period, zones, event)
    for at in (event + later, leaves - 1, leaves):
        counted = datetime.fromtimestamp(event, UTC) > counted_after(period, zones, at)
        assert counted == (at < leaves)


@settings(deadline=None)
@given(st.sampled_from(ZONES), instants)
def test_weeks_begin_on_monday_and_months_on_the_first(where: ZoneInfo, event: int) -> None:
    today = datetime.fromtimestamp(event, where).date()
    ends = {
        PeriodKind.WEEK: today + timedelta(days=7 - today.weekday()),
        PeriodKind.MONTH: date(today.year + (today.month == 12), today.month % 12 + 1, 1),
    }
    for kind, end in ends.items():
        leaves = leaves_at(Period(kind), [where], event)
        assert datetime.fromtimestamp(leaves, where).date() == end
        assert datetime.fromtimestamp(leaves - 1, where).date() < end
