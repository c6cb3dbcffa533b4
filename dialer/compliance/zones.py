"""Time zones from the pinned tzdata package alone, and the zones a phone number may be in.

``zoneinfo.ZoneInfo(name)`` prefers whatever copy the operating system has, which is often a year old; a rule read by
a stale clock is a call at the wrong hour. Here zones are read from the package, whatever the machine's set-up.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import phonenumbers
import tzdata  # type: ignore[import-untyped]
from phonenumbers import timezone as number_timezones

#: Release of the time-zone database in use, such as ``2026b``. Releases sort as text.
TZ_VERSION: str = tzdata.IANA_VERSION

_UNKNOWN = "Etc/Unknown"  # what phonenumbers says of a number outside every numbering plan

# Zones that the numbering data leaves out: the Chilean region of Magallanes keeps summer time all year.
_ADDED_ZONES = {"+5661": ("America/Punta_Arenas",)}


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every zone name the package knows."""
    return frozenset((resources.files(tzdata) / "zones").read_text("utf-8").split())


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The zone of that IANA name, or None where there is none. The same name gives the same object."""
    if name not in zone_names():
        return None
    with (resources.files(tzdata) / "zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache(maxsize=32_768)
def number_zones(e164: str) -> tuple[str, ...]:
    """All zones in which a phone of this number may be: many for mobile and toll-free numbers of large countries,
    none for a number that no plan knows. It is a guess (numbers are ported, phones travel): add the address."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    found = [name for name in number_timezones.time_zones_for_number(number) if name != _UNKNOWN]
    for prefix, names in _ADDED_ZONES.items():
        if e164.startswith(prefix):
            found.extend(names)
    return tuple(dict.fromkeys(found))


def possible_zones(e164: str, address_zone: str) -> tuple[str, ...]:
    """Every zone the debtor may be in: those of the number and that of the address (empty: not known)."""
    zones = number_zones(e164) if e164 else ()
    if address_zone and address_zone not in zones:
        return (*zones, address_zone)
    return zones
