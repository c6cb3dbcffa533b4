"""Public holidays as pinned snapshots: data files made by ``scripts/make-calendars``, corrected by ``overrides.yaml``.

A decision must be the same tomorrow and in court, so nothing is computed at run time; the digest of what was used is
part of every verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

import yaml

from dialer.compliance.canonical import calendars_content, digest_of
from dialer.compliance.yamlfile import Section, parse
from dialer.errors import ComplianceError

OVERRIDES = "overrides.yaml"


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """``days`` are ordinals. Outside ``first..last`` nothing is known, and every day is taken for closed."""

    id: str
    first: int
    last: int
    days: frozenset[int]

    def covers(self, ordinal: int) -> bool:
        return self.first <= ordinal <= self.last


@dataclass(frozen=True, slots=True, eq=False)
class Calendars:
    """All calendars. ``content`` is their canonical form, overrides included, and ``digest`` its SHA-256."""

    by_id: dict[str, Calendar]
    digest: str
    content: bytes

    def get(self, calendar_id: str) -> Calendar:
        """Raises ComplianceError where there is no such calendar."""
        try:
            return self.by_id[calendar_id]
        except KeyError:
            raise ComplianceError(
                f"There is no holiday calendar {calendar_id}. Add it to scripts/make-calendars and run that.",
                calendar=calendar_id,
            ) from None


def calendars_of(calendars: list[Calendar]) -> Calendars:
    content = calendars_content({each.id: (each.first, each.last, each.days) for each in calendars})
    return Calendars({each.id: each for each in calendars}, digest_of(content), content)


@lru_cache(maxsize=1)
def shipped_calendars() -> Calendars:
    """The calendars beside this module."""
    return load_calendars(resources.files("dialer.compliance") / "calendars")


def load_calendars(folder: Traversable) -> Calendars:
    """Read every snapshot of a folder and apply its overrides. Raises InvalidPack."""
    changes = _overrides(folder / OVERRIDES)
    calendars = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml") and file.name != OVERRIDES:
            calendar = _read(parse(file.read_text("utf-8"), f"calendars/{file.name}"))
            added, removed = changes.pop(calendar.id, (frozenset(), frozenset()))
            days = (calendar.days | added) - removed
            calendars.append(Calendar(calendar.id, calendar.first, calendar.last, days))
    if changes:
        raise ComplianceError(f"{OVERRIDES} corrects a calendar that does not exist: {', '.join(sorted(changes))}")
    return calendars_of(calendars)


def _read(file: Section) -> Calendar:
    calendar_id = file.text("id")
    file.text("source")
    first, last = _day(file, file.take("first"), "first"), _day(file, file.take("last"), "last")
    days = file.section("days")
    ordinals = frozenset(_day_key(days, key) for key in days.rest())
    file.finish()
    return Calendar(calendar_id, first, last, ordinals)


def _overrides(file: Traversable) -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    if not file.is_file():
        return {}
    top = parse(file.read_text("utf-8"), f"calendars/{OVERRIDES}")
    changes: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
    for change in top.sections("changes", empty=True):
        calendar_id = change.text("calendar")
        change.text("why")
        day = frozenset({_day(change, change.take("day"), "day")})
        added, removed = changes.get(calendar_id, (frozenset(), frozenset()))
        if change.boolean("holiday"):
            changes[calendar_id] = (added | day, removed)
        else:
            changes[calendar_id] = (added, removed | day)
        change.finish()
    top.finish()
    return changes


def _day(section: Section, node: yaml.Node, key: str) -> int:
    return _ordinal(section, node, section.text_of(node, key))


def _day_key(section: Section, key: str) -> int:
    node = section.take(key)
    section.text_of(node, key)
    return _ordinal(section, node, key)


def _ordinal(section: Section, node: yaml.Node, text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise section.place.error(node, f'{text} is not a date; write it as "2026-12-25"') from None
