"""The examination as a whole, its words, and the command."""

from __future__ import annotations

import asyncio
import json
import re
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import dialer.doctor
from dialer.clock import SystemClock
from dialer.commands.doctor import doctor
from dialer.doctor.examination import bounded, examine
from dialer.doctor.finding import CASES, Finding, Grade, found
from dialer.doctor.words import LANGUAGES, words
from dialer.settings import AmiSettings, ConsoleSettings, MediaSettings, MqttSettings, Settings
from tests.support.asterisk import free_port


def test_both_languages_have_words_for_every_case_and_say_how_to_mend_all_that_is_not_well() -> None:
    for language in LANGUAGES:
        said = words(language)
        assert set(said.found) == set(CASES)
        assert set(said.titles) == {case.partition(".")[0] for case in CASES}
        assert {case for case, grade in CASES.items() if grade is not Grade.OK} <= set(said.mend)
        assert set(said.grades) == {grade.value for grade in Grade}


def test_both_languages_use_the_same_facts() -> None:
    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    one, other = (words(language) for language in LANGUAGES)
    for case in CASES:
        assert blanks(one.found[case]) == blanks(other.found[case]), case
        assert blanks(one.mend.get(case, "")) == blanks(other.mend.get(case, "")), case
        assert bool(one.mend.get(case)) == bool(other.mend.get(case)), case


def test_every_case_is_found_somewhere_in_the_code() -> None:
    folder = Path(dialer.doctor.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name != "finding.py")
    named = set(re.findall(r'"([a-z-]+\.[a-z-]+)"', code))
    for check in ("console-port", "audio-port"):
        named |= {f"{check}.{case}" for case in ("free", "ours", "taken")}
    named |= {f"program.{name}-missing" for name in ("espeak-ng", "sox", "ffmpeg")}

    assert set(CASES) <= named


def test_a_case_that_has_no_words_cannot_be_found() -> None:
    with pytest.raises(ValueError, match="not a case"):
        found("database.on-fire")


async def test_a_check_that_breaks_or_hangs_becomes_a_finding() -> None:
    async def breaks() -> Sequence[Finding]:
        raise KeyError("a bug")

    async def hangs() -> Sequence[Finding]:
        await asyncio.Event().wait()
        return []

    assert [f.case for f in await bounded("bug", breaks)] == ["examination.broken"]
    assert [f.case for f in await bounded("disk", hangs, longest_s=0.01)] == ["examination.overdue"]


async def test_with_everything_wrong_every_failure_is_found_in_one_run(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=Path("/proc/nowhere"),
        database_url="postgresql://u:p@127.0.0.1:1/x",
        ami=AmiSettings(port=free_port(), connect_timeout_s=0.3),
        media=MediaSettings(host="192.0.2.1"),
        mqtt=MqttSettings(host="127.0.0.1", port=free_port()),
        console=ConsoleSettings(host="192.0.2.1"),
    )

    findings = await examine(settings, SystemClock())

    assert {finding.case for finding in findings if finding.grade is Grade.FAILURE} == {
        "data-folder.unwritable",
        "disk-space.full",  # /proc has no space at all
        "database.unusable",
        "ami-port.closed",
        "audio-port.taken",
        "broker.unreachable",
        "console-port.taken",
    }
    for language in LANGUAGES:  # every blank of every sentence has its fact
        assert all(words(language).says(each) and words(language).title(each) for each in findings)
        assert all(words(language).cure(each) for each in findings if each.grade is not Grade.OK)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CADENCIA_AMI__PORT", str(free_port()))
    monkeypatch.setenv("CADENCIA_MEDIA__PORT", str(free_port()))
    monkeypatch.setenv("CADENCIA_CONSOLE__PORT", str(free_port()))
    app = typer.Typer()
    app.command()(doctor)
    return app


def test_the_command_ends_with_1_where_there_is_a_failure_and_json_says_the_same(command: typer.Typer) -> None:
    result = CliRunner().invoke(command, ["--json"])

    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"], document["failures"]) == (1, False, 1)
    failures = [check for check in document["checks"] if check["status"] == "failure"]
    assert [check["case"] for check in failures] == ["ami-port.closed"]
    assert "cadencia run --demo" in failures[0]["mend"]


def test_the_command_speaks_the_language_of_the_settings(command: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    spanish = CliRunner().invoke(command, []).stdout
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    english = CliRunner().invoke(command, []).stdout

    assert "falla" in spanish
    assert "Corrija las fallas" in spanish
    assert "failure" in english
    assert "Mend the failures" in english
