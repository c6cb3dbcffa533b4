"""Zones from the pinned package, zones of numbers, and local days on which the clocks change."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialer.compliance.localtime import local_day, ordinal_at, whole_minute
from dialer.compliance.zones import TZ_VERSION, number_zones, possible_zones, zone, zone_names


def named(name: str) -> ZoneInfo:
    found = zone(name)
    assert found is not None
    return found


def hours(name: str, day: str, opens: str, closes: str) -> list[str]:
    """When the wall clock shows opens..closes on a day, as UTC hours and minutes."""
    wall = tuple(int(text[:2]) * 3600 + int(text[3:]) * 60 for text in (opens, closes))
    spans = local_day(named(name), date.fromisoformat(day).toordinal()).spans(((wall[0], wall[1]),))
    return ["-".join(f"{datetime.fromtimestamp(instant, UTC):%d.%H:%M}" for instant in span) for span in spans]


def test_the_version_is_that_of_the_package() -> None:
    assert (resources.files("tzdata.zoneinfo") / "tzdata.zi").read_text("utf-8").startswith(f"# version {TZ_VERSION}\n")
    assert TZ_VERSION >= "2026b"


def test_a_stale_copy_on_the_machine_is_not_read(tmp_path: Path) -> None:
    stale = tmp_path / "America" / "Bogota"
    stale.parent.mkdir()
    stale.write_bytes((resources.files("tzdata.zoneinfo.Asia") / "Tokyo").read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zone.cache_clear()
    try:
        offset = datetime(2026, 11, 24, tzinfo=named("America/Bogota")).utcoffset()
    finally:
        zoneinfo.reset_tzpath(to=before)
        zone.cache_clear()
    assert offset is not None
    assert offset.total_seconds() == -5 * 3600


@pytest.mark.parametrize("name", ["", "Etc/Unknown", "America/Macondo", "../../etc/passwd", "/etc/localtime"])
def test_a_name_that_is_no_zone_gives_none(name: str) -> None:
    assert zone(name) is None


def test_every_zone_of_the_package_can_be_read() -> None:
    assert len(zone_names()) > 400
    assert all(zone(name) is not None for name in zone_names())


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+573101234567", ("America/Bogota",)),
        ("+12125550101", ("America/New_York",)),
        ("+18504321234", ("America/Chicago",)),
        ("+18502241234", ("America/New_York",)),
        ("+56612212345", ("America/Santiago", "America/Punta_Arenas")),
        ("+593991234567", ("America/Guayaquil", "Pacific/Galapagos")),
        ("+447700900123", ()),
        ("not a number", ()),
    ],
)
def test_the_zones_of_a_number(number: str, zones: tuple[str, ...]) -> None:
    assert number_zones(number) == zones


def test_a_toll_free_number_may_be_anywhere_in_its_plan() -> None:
    assert len(number_zones("+18005550101")) > 30


def test_the_address_is_added_to_the_zones_of_the_number() -> None:
    assert possible_zones("+12125550101", "America/Chicago") == ("America/New_York", "America/Chicago")
    assert possible_zones("+12125550101", "America/New_York") == ("America/New_York",)
    assert possible_zones("+447700900123", "") == ()
    assert possible_zones("", "America/Bogota") == ("America/Bogota",)


def test_an_ordinary_day_has_its_hours_once() -> None:
    assert hours("America/New_York", "2026-11-24", "08:00", "21:00") == ["24.13:00-25.02:00"]


def test_hours_that_the_clock_skips_do_not_come() -> None:
    assert hours("America/New_York", "2026-03-08", "01:00", "04:00") == ["08.06:00-08.07:00", "08.07:00-08.08:00"]
    assert hours("America/New_York", "2026-03-08", "02:00", "03:00") == []


def test_hours_that_the_clock_shows_twice_come_twice() -> None:
    assert hours("America/New_York", "2026-11-01", "01:15", "01:45") == ["01.05:15-01.05:45", "01.06:15-01.06:45"]


def test_a_change_of_half_an_hour() -> None:
    assert hours("Australia/Lord_Howe", "2026-10-04", "01:00", "03:00") == ["03.14:30-03.15:30", "03.15:30-03.16:00"]


def test_a_day_whose_midnight_is_skipped_begins_with_the_change() -> None:
    day = local_day(named("America/Santiago"), date(2026, 9, 6).toordinal())
    assert datetime.fromtimestamp(day.start, UTC) == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert day.end - day.start == 23 * 3600
    assert day.weekday == 6


def test_a_day_on_which_midnight_is_put_off_has_twenty_five_hours() -> None:
    day = local_day(named("America/Santiago"), date(2027, 4, 3).toordinal())
    assert day.end - day.start == 25 * 3600
    assert len(day.segments) == 2


def test_the_local_date_at_an_instant() -> None:
    at = datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC).timestamp()
    assert ordinal_at(named("America/New_York"), at) == date(2026, 11, 23).toordinal()
    assert ordinal_at(named("America/New_York"), at + 1) == date(2026, 11, 24).toordinal()


def test_a_whole_minute_is_never_earlier() -> None:
    assert [whole_minute(at) for at in (120.0, 120.000001, 179.9)] == [120.0, 180.0, 180.0]
