"""Local time, the zones a number may be in, and holidays: the plainest way each can be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import yaml
from phonenumbers import timezone as numbering

CALENDARS = Path(__file__).parents[3] / "dialer" / "compliance" / "calendars"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)


@cache
def zone(name: str) -> ZoneInfo | None:
    """From the tzdata package, whatever the machine has; None where there is no such zone."""
    try:
        with resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as file:
            return ZoneInfo.from_file(file, key=name)
    except (FileNotFoundError, IsADirectoryError, ModuleNotFoundError):
        return None


@cache
def zones_of_number(e164: str) -> tuple[str, ...]:
    """Where the numbering plan says a phone of this number may be. Magallanes is missing from the plan's data."""
    try:
        names = numbering.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    found = [name for name in names if name != "Etc/Unknown"]
    return (*found, "America/Punta_Arenas") if e164.startswith("+5661") else tuple(found)


def local(at: datetime, where: ZoneInfo) -> datetime:
    return at.astimezone(where)


def day(at: datetime, where: ZoneInfo) -> date:
    return at.astimezone(where).date()


def seconds_of_day(moment: datetime) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


@cache
def holidays(calendar: str) -> frozenset[date]:
    """The snapshot beside the packs, with the local corrections."""
    days = {date.fromisoformat(str(each)) for each in _yaml(f"{calendar}.yaml")["days"]}
    for change in _yaml("overrides.yaml").get("changes") or ():
        if change["calendar"] == calendar:
            changed = date.fromisoformat(str(change["day"]))
            days = days | {changed} if change["holiday"] else days - {changed}
    return frozenset(days)


def _yaml(name: str) -> dict[str, object]:
    read: dict[str, object] = yaml.safe_load((CALENDARS / name).read_text("utf-8"))
    return read


def first_minute(at: datetime) -> datetime:
    """The first whole minute at or after ``at``."""
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + MINUTE


def instant(stored: str | None) -> datetime | None:
    """A time as SQLite keeps it, or as JSON writes it."""
    if stored is None:
        return None
    read = datetime.fromisoformat(stored)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
