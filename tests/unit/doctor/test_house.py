"""What the doctor says of a machine on which something is wrong."""

from __future__ import annotations

import fcntl
import socket
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dialer.doctor import house
from dialer.doctor.finding import Finding
from dialer.settings import ConsoleSettings, RecordingSettings, Settings


def cases(findings: list[Finding]) -> list[str]:
    return [finding.case for finding in findings]


def test_a_folder_that_does_not_exist_yet_is_well_where_it_could_be_made_and_is_not_made(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "a" / "b")

    assert cases(house.data_folder(settings)) == ["data-folder.writable"]
    assert cases(house.disk_space(settings))[0].startswith("disk-space.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/proc"])
def test_a_folder_that_cannot_be_written_is_a_failure_that_names_it(folder: str) -> None:
    finding = house.data_folder(Settings(data_dir=Path(folder)))[0]

    assert finding.case == "data-folder.unwritable"
    assert finding.facts["folder"] == folder


def test_a_file_in_the_place_of_the_folder_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert cases(house.data_folder(Settings(data_dir=tmp_path / "file" / "data"))) == ["data-folder.unwritable"]


@pytest.mark.parametrize(
    ("today", "case"),
    [("2026-12-31", "current"), ("2027-06-30", "current"), ("2027-07-01", "old"), ("2029-01-01", "old")],
)
def test_time_zones_of_last_year_are_old_from_july_on(today: str, case: str) -> None:
    now = datetime.fromisoformat(today).replace(tzinfo=UTC)

    assert cases(house.time_zones(now, version="2026b")) == [f"time-zones.{case}"]


def test_calendars_are_said_to_end_two_months_before_they_do() -> None:
    packs, calendars = house.rules(date(2026, 11, 1))
    assert (packs.case, calendars.case) == ("rule-packs.loaded", "calendars.covered")

    last = date.fromisoformat(str(calendars.facts["last"]))
    assert cases(house.rules(date(last.year, 12, 1)))[1] == "calendars.ending"


def test_each_program_that_is_not_installed_is_named(tmp_path: Path) -> None:
    sox = tmp_path / "sox"
    sox.write_text("#!/bin/sh\n")
    sox.chmod(0o755)

    assert cases(house.programs(search_path=str(tmp_path))) == [
        "program.espeak-ng-missing",
        "program.present",
        "program.ffmpeg-missing",
    ]


def test_recordings_need_a_folder_that_is_there(tmp_path: Path) -> None:
    for folder, case in ((None, "unset"), (tmp_path / "none", "unreachable"), (tmp_path, "collected")):
        settings = Settings(data_dir=tmp_path, recordings=RecordingSettings(spool_dir=folder))
        assert cases(house.recordings(settings)) == [f"recordings.{case}"]


def test_a_port_in_use_is_ours_only_while_our_engine_holds_its_lock(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        settings = Settings(data_dir=tmp_path, console=ConsoleSettings(port=number))
        assert cases(house.console_port(settings)) == ["console-port.taken"]

        with (tmp_path / "engine.lock").open("a+") as lock:
            assert cases(house.console_port(settings)) == ["console-port.taken"]
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert cases(house.console_port(settings)) == ["console-port.ours"]

    assert cases(house.console_port(settings)) == ["console-port.free"]


def test_an_address_that_is_not_this_machines_is_a_failure(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, console=ConsoleSettings(host="192.0.2.1", port=0))

    assert cases(house.console_port(settings)) == ["console-port.taken"]


def test_the_modules_asked_for_are_those_that_the_shipped_configuration_requires() -> None:
    wanted = house.required_modules()

    assert {"app_audiosocket", "chan_audiosocket", "res_audiosocket", "app_mixmonitor", "chan_pjsip"} <= set(wanted)
    assert not any(name.endswith(".so") for name in wanted)
