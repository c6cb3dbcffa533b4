from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from dialer.commands.day_chart import abandonment_lines
from dialer.commands.simulate import simulate
from pacing.measures import Tally

QUICK = ["--agents", "4", "--hours", "1", "--pacer", "progressive"]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(simulate)
    return app


def said(command: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(command, [*QUICK, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_says_what_was_asked_and_what_was_found(command: typer.Typer) -> None:
    found = json.loads(said(command, "--answer-rate", "0.5", "--talk-mean", "60", "--target", "0.01", "--json"))

    asked = {
        name: found[name] for name in ("pacer", "scenario", "agents", "answer_rate", "hours", "target", "talk_mean")
    }
    assert asked == {
        "pacer": "progressive", "scenario": "base", "agents": 4, "answer_rate": 0.5, "hours": 1.0, "target": 0.01,
        "talk_mean": 60.0,
    }  # fmt: skip
    assert 0.5 < found["utilisation"] < 0.9
    assert 1.5 < found["dials_per_person"] < 3.0
    assert found["days_over"] in (0.0, 1.0)


def test_the_same_seed_prints_the_same_and_another_seed_something_else(command: typer.Typer) -> None:
    first, again, other = (said(command, "--seed", seed, "--json") for seed in ("5", "5", "6"))
    assert first == again != other


def test_several_days_are_pooled(command: typer.Typer) -> None:
    one, two, both = (
        json.loads(said(command, "--json", *more)) for more in ((), ("--seed", "2"), ("--days", "2", "--seed", "1"))
    )
    assert both["days"] == 2
    assert both["utilisation"] == pytest.approx((one["utilisation"] + two["utilisation"]) / 2)


def test_a_measure_that_few_people_do_not_allow_is_null_and_is_said_to_be_unknown(command: typer.Typer) -> None:
    assert json.loads(said(command, "--answer-rate", "0.05", "--json"))["worst_hour"] is None
    assert "pocas personas para decirlo" in said(command, "--answer-rate", "0.05")


def test_the_command_speaks_the_language_of_the_settings(command: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Ocupación de los agentes" in said(command)
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    assert "Agents' utilisation" in said(command)


def test_the_day_is_drawn(command: typer.Typer, tmp_path: Path) -> None:
    said(command, "--plot", "day.svg", "--scenario", "rate-doubles", "--answer-rate", "0.3")

    picture = ET.parse(tmp_path / "day.svg").getroot()
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "progressive: 4 agentes, 1 h, contesta el 30 %, objetivo 3 %" in texts
    assert {"Abandono", "acumulado del día", "última hora", "objetivo"} <= set(texts)
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}polyline"))) >= 4


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--pacer", "nobody"], "there is no pacer"),
        (["--scenario", "flood"], "flood"),
        (["--plot", "nowhere/day.svg"], "there is no folder"),
        (["--agents", "0"], "--agents"),
        (["--answer-rate", "1.5"], "--answer-rate"),
    ],
)
def test_a_wrong_use_ends_with_2_and_says_what_is_wrong(command: typer.Typer, arguments: list[str], hint: str) -> None:
    result = CliRunner().invoke(command, [*QUICK, *arguments])
    assert result.exit_code == 2
    assert hint in " ".join(result.output.split())


def test_the_lines_of_abandonment_count_minute_by_minute() -> None:
    tally = Tally(t_end=7200.0, target=0.03)
    tally.connected_at = [60.0 * minute + 1 for minute in range(120)]
    tally.abandoned_at = [3605.0, 3606.0]

    so_far, hour = (dict(line) for line in abandonment_lines(tally))
    assert so_far[3600.0] == 0.0
    assert so_far[3660.0] == pytest.approx(2 / 63)
    assert so_far[7200.0] == pytest.approx(2 / 122)
    assert hour[7200.0] == pytest.approx(2 / 62)
    assert so_far[60.0] != so_far[60.0]  # too few people to say
