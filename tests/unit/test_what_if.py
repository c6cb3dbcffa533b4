"""The supervisor's what-if, from the log to the answer: in the room, on the command line and over the API."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dialer.beside import Beside
from dialer.commands.pacing_replay import replay
from dialer.console.pacing import ConsolePacing
from dialer.domain.campaign import DialMode
from dialer.errors import InputError, TookTooLong
from dialer.settings import Settings
from dialer.store.database import Database
from dialer.what_if import Effort
from dialer.what_if_worker import Chosen, Work, known_pacers, make_pacer, play
from pacing.power import PowerPacer
from pacing.scenario import Scenario, Spread
from pacing.trace import Trace
from tests.support.console_app import make_console
from tests.support.console_client import signed_in
from tests.support.store import add_campaign
from tests.support.traces import recorded, write_trace

NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
EFFORT = Effort(plays=3, patience_s=60.0)
FLOOR = Scenario(agents=6, hours=0.5, drift=0.0, machine_passed=0.0, work=1e9, talk=Spread(mean=40.0, cv=0.5))
CAMPAIGN = "cartera-bogota"
URL = f"/api/v1/campaigns/{CAMPAIGN}/pacing/what-if"


@pytest.fixture(scope="module")
def half_hour() -> Trace:
    trace, _ = recorded(FLOOR, PowerPacer(2.0), seed=3)
    return trace


@pytest.fixture
async def settings(tmp_path: Path, half_hour: Trace) -> Settings:
    """An installation whose log holds half an hour of power dialing with two lines for each idle agent."""
    settings = Settings(data_dir=tmp_path)
    database = Database(settings.effective_database_url)
    try:
        await database.migrate()
        campaign = await add_campaign(database, CAMPAIGN, mode=DialMode.POWER, ratio=2.0)
        await write_trace(database, campaign, half_hour, NINE)
    finally:
        await database.close()
    return settings


async def ask(settings: Settings, *, effort: Effort = EFFORT, **question: Any) -> Any:
    beside = Beside(settings.effective_database_url)
    try:
        wanted = {"since": NINE, "until": TEN, "target": None, "pacer": None, **question}
        return await ConsolePacing(beside, settings, effort=effort).what_if(CAMPAIGN, **wanted)
    finally:
        await beside.close()


async def test_what_happened_stands_beside_what_the_simulator_makes_of_it(settings: Settings, half_hour: Trace) -> None:
    made = await ask(settings)
    assert (made.pacer, made.target, made.agents, made.calls) == ("power", 0.03, 6, len(half_hour.fates))
    assert made.happened.abandoned == len(half_hour.abandoned_at)
    assert made.agreement.utilisation
    assert made.same.plays == 3
    assert (made.other, made.change) == (None, None)


async def test_under_another_pacer_the_same_people_come_to_something_else(settings: Settings) -> None:
    made = await ask(settings, pacer="progressive", target=0.01)
    assert (made.other_pacer, made.other_target) == ("progressive", 0.01)
    assert made.other.abandonment.mean < made.same.abandonment.mean
    assert made.change.utilisation.mean < 0.0
    assert made.change.dialed.mean < 0.0


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"pacer": "nonsense"}, "there is no pacer 'nonsense'; there are progressive, power, predictive"),
        ({"pacer": "preview"}, "agents decide"),
        ({"since": TEN}, "ends before it begins"),
        ({"until": NINE + timedelta(days=2)}, "at most 24 hours"),
        ({"target": 0.5}, "at most 0.2"),
        ({"since": NINE - timedelta(days=3), "until": NINE - timedelta(days=2)}, "no calls and agents"),
    ],
)
async def test_what_cannot_be_replayed_is_said_before_anything_is_played(
    settings: Settings, question: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        await ask(settings, **question)


async def test_who_waits_too_long_is_sent_to_the_command_line(settings: Settings) -> None:
    with pytest.raises(TookTooLong, match="cadencia pacing replay"):
        await ask(settings, effort=Effort(plays=3, patience_s=0.01))


def test_plays_end_with_the_time_they_were_given_and_there_is_one_at_least(half_hour: Trace) -> None:
    work = Work(trace=half_hour, pacers=[Chosen(name="progressive", target=0.03)], plays=50, budget_s=0.0)
    (days,) = play(work)
    assert len(days) == 1


@pytest.mark.parametrize("name", [*known_pacers(), "fixed-ratio-1.5"])
def test_every_pacer_that_is_offered_can_be_replayed(half_hour: Trace, name: str) -> None:
    short = replace(half_hour, t_end=120.0)
    (days,) = play(Work(trace=short, pacers=[Chosen(name=name, target=0.03, ratio=1.5)], plays=1))
    assert days[0].dials_per_person > 0


def test_no_pacer_that_sees_the_future_is_offered(half_hour: Trace) -> None:
    assert "clairvoyant" not in known_pacers()
    with pytest.raises(ValueError, match="clairvoyant"):
        make_pacer(Chosen(name="clairvoyant", target=0.03), half_hour)


# ------------------------------------------------------------------------------------------ where it is asked


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.chdir(settings.data_dir)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(settings.data_dir))
    app = typer.Typer()
    app.command()(replay)
    return app


def said(command: typer.Typer, *arguments: str) -> str:
    asked = ["--campaign", CAMPAIGN, "--since", "2026-11-24", "--until", "2026-11-24T15:00:00Z", "--plays", "2"]
    result = CliRunner().invoke(command, [*asked, *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_prints_one_object(command: typer.Typer) -> None:
    found = json.loads(said(command, "--pacer", "progressive", "--json"))
    assert (found["pacer"], found["other_pacer"]) == ("power", "progressive")
    assert found["same"]["utilisation"]["low"] <= found["same"]["utilisation"]["high"]
    assert found["other"]["plays"] == 2
    assert found["agreement"]["utilisation"] in (True, False)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("lo que pasó", "Abandono", "simulado:", "progressive", "ocupación")),
        ("en", ("what happened", "Abandonment", "simulated:", "progressive", "utilisation")),
    ],
)
def test_the_command_speaks_both_languages(command: typer.Typer, language: str, words: tuple[str, ...]) -> None:
    text = " ".join(said(command, "--pacer", "progressive", "--lang", language).split())
    assert [word for word in words if word not in text] == []


class Listening:
    """A room that remembers what it was asked, and has nothing to say."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def what_if(self, campaign: str, **question: Any) -> Any:
        self.asked.append((campaign, question))
        raise InputError("There were no calls.")


async def test_the_console_asks_for_the_last_eight_hours_unless_told_otherwise(tmp_path: Path) -> None:
    room = Listening()
    console = make_console(tmp_path, pacing=room)
    now = console.clock.now()
    async with signed_in(console.app) as client:
        silent = await client.get(URL)
        await client.get(URL, params={"until": TEN.isoformat(), "target": "0.02", "pacer": "vicidial"})
    assert (silent.status_code, silent.json()["code"]) == (422, "invalid-input")
    eight = timedelta(hours=8)
    assert room.asked == [
        (CAMPAIGN, {"since": now - eight, "until": now, "target": None, "pacer": None}),
        (CAMPAIGN, {"since": TEN - eight, "until": TEN, "target": 0.02, "pacer": "vicidial"}),
    ]


async def test_the_console_answers_with_the_whole_comparison(settings: Settings, tmp_path: Path) -> None:
    beside = Beside(settings.effective_database_url)
    console = make_console(tmp_path, pacing=ConsolePacing(beside, settings, effort=EFFORT))
    asked = {"since": NINE.isoformat(), "until": TEN.isoformat(), "target": "0.02"}
    try:
        async with signed_in(console.app) as client:
            found = (await client.get(URL, params=asked)).json()
            refused = [
                (await client.get(url, params=params)).status_code
                for url, params in (
                    (URL, {"target": "0.9"}),
                    (URL, {"since": "2026-11-24T09:00:00"}),
                    ("/api/v1/campaigns/nobody/pacing/what-if", {}),
                )
            ]
    finally:
        await beside.close()
    assert (found["target"], found["other_target"]) == (0.03, 0.02)
    assert found["happened"]["people"] > 0
    assert set(found["change"]) == {"utilisation", "abandonment", "people_connected", "dialed"}
    assert refused == [422, 422, 404]
