"""Calendars: snapshots, overrides, and a digest that changes with the days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialer.compliance.holiday import load_calendars, shipped_calendars
from dialer.compliance.loader import shipped_packs
from dialer.compliance.rules import WindowRule
from dialer.errors import ComplianceError, InvalidPack

SNAPSHOT = """\
id: XX
source: holidays 0.0
first: "2026-01-01"
last: "2026-12-31"
days:
  "2026-01-01": New Year
  "2026-12-25": Christmas
"""


def folder(path: Path, overrides: str = "") -> Path:
    (path / "XX.yaml").write_text(SNAPSHOT)
    if overrides:
        (path / "overrides.yaml").write_text(f"changes:\n{overrides}")
    return path


def is_holiday(calendar: str, day: str) -> bool:
    return date.fromisoformat(day).toordinal() in shipped_calendars().get(calendar).days


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        ("CO", "2026-11-02"), ("CO", "2026-11-16"), ("CO", "2026-12-08"), ("CO", "2027-01-11"), ("CO", "2027-03-25"),
        ("CL", "2026-09-18"), ("PE", "2026-07-28"), ("EC", "2026-11-03"), ("AR", "2026-11-23"), ("BR-SP", "2026-07-09"),
    ],
)  # fmt: skip
def test_a_day_that_is_known_to_be_one(calendar: str, day: str) -> None:
    assert is_holiday(calendar, day)


def test_a_day_that_moved_is_a_working_day() -> None:
    assert not is_holiday("CO", "2026-11-01")
    assert not is_holiday("CO", "2026-11-23")


def test_every_calendar_a_pack_names_is_there_to_the_end_of_2030() -> None:
    named = {
        rule.calendar
        for pack in shipped_packs().values()
        for rule in pack.rules
        if isinstance(rule, WindowRule) and rule.calendar
    }
    for calendar in named:
        assert shipped_calendars().get(calendar).covers(date(2030, 12, 31).toordinal())
    assert named == set(shipped_calendars().by_id)


def test_a_calendar_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ComplianceError, match="no holiday calendar ZZ"):
        shipped_calendars().get("ZZ")


def test_overrides_add_and_remove_days_and_change_the_digest(tmp_path: Path) -> None:
    plain = load_calendars(folder(tmp_path))
    changed = load_calendars(
        folder(
            tmp_path,
            '  - {calendar: XX, day: "2026-05-04", holiday: true, why: decree}\n'
            '  - {calendar: XX, day: "2026-12-25", holiday: false, why: mistake}\n',
        )
    )
    days = {date.fromordinal(day).isoformat() for day in changed.get("XX").days}
    assert days == {"2026-01-01", "2026-05-04"}
    assert plain.digest != changed.digest
    assert load_calendars(tmp_path).digest == changed.digest


def test_an_override_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(InvalidPack, match=r"overrides\.yaml, line 2: why is missing"):
        load_calendars(folder(tmp_path, '  - {calendar: XX, day: "2026-05-04", holiday: true}\n'))


def test_an_override_of_no_calendar_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ComplianceError, match="corrects a calendar that does not exist: YY"):
        load_calendars(folder(tmp_path, '  - {calendar: YY, day: "2026-05-04", holiday: true, why: decree}\n'))


def test_a_date_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "XX.yaml").write_text(SNAPSHOT.replace("2026-12-25", "2026-13-25"))
    with pytest.raises(InvalidPack, match=r"calendars/XX\.yaml, line 7: 2026-13-25 is not a date"):
        load_calendars(tmp_path)
