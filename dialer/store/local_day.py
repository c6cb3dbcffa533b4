"""When today ends where a campaign's debtors live."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from dialer.compliance.zones import zone

_UTC = ZoneInfo("UTC")


@cache
def zones_of(country: str) -> tuple[ZoneInfo, ...]:
    """The time zones of a country (ISO 3166-1 alpha-2), from the tz database's own table; UTC where it has none."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    names = [line.split("\t")[2] for line in table.splitlines() if not line.startswith("#") and line[:2] == country]
    return tuple(found for name in names if (found := zone(name)) is not None) or (_UTC,)


def end_of_day(country: str, now: datetime) -> datetime:
    """The last instant that is still today in some zone of ``country``, in UTC."""
    ends = [
        datetime.combine(now.astimezone(where).date() + timedelta(days=1), time(), where).astimezone(UTC)
        for where in zones_of(country)
    ]
    return max(ends)
