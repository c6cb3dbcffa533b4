"""``cadencia amd classify``, ``eval`` and ``train``, as a person at a terminal meets them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dialer.amd import training
from dialer.amd.timing_model import Bounds, as_document, load_timing_model
from dialer.cli import app
from dialer.domain.campaign import Campaign
from dialer.errors import CadenciaError, ConfigurationError, InputError
from dialer.installation import EngineLock
from dialer.store.campaigns import Campaigns
from dialer.store.database import Database
from tests.support.console_compliance import house
from tests.support.heard_calls import heard_call
from tests.support.small_models import ten_word_model
from tests.support.telephone_audio import call, silence, speech, tone
from tests.unit.amd.test_offline import write_wave
from tests.unit.amd.test_timing_model import STUMP

NOW = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
PERSON = (silence(400), speech(600), silence(2500))
MACHINE = (silence(400), speech(6500))
VOICEMAIL = (silence(400), speech(900), silence(300), tone(400, 1000), silence(500))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "data").mkdir()
    return tmp_path


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["amd", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def refused(*arguments: str) -> CadenciaError:
    result = CliRunner().invoke(app, ["amd", *arguments])
    assert isinstance(result.exception, CadenciaError), result.output
    return result.exception


def wave(home: Path, name: str, parts: Any) -> str:
    return str(write_wave(home / name, call(*parts)))


# ------------------------------------------------------------------------------------------------ classify


def test_it_prints_who_answered_with_the_time_of_the_decision_and_of_the_beep(home: Path) -> None:
    files = [wave(home, "person.wav", PERSON), wave(home, "voicemail.wav", VOICEMAIL)]
    person, voicemail = map(json.loads, run("classify", "--json", *files).stdout.splitlines())
    assert (person["label"], person["reason"], person["beep_ms"]) == ("human", "short-greeting", None)
    assert (voicemail["label"], voicemail["reason"]) == ("beep", "beep")
    assert voicemail["beep_ms"] == pytest.approx(400 + 900 + 300 + 400, abs=60)
    assert voicemail["decision_ms"] >= voicemail["beep_ms"]
    assert voicemail["cpu_ms"] > 0
    assert person["decision_ms"] % 20 == 0  # whole frames, each of them charged


def test_a_table_is_for_people_in_their_language(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = wave(home, "person.wav", PERSON)
    assert "etiqueta" in run("classify", person).stdout
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    said = run("classify", person).stdout
    assert "label" in said
    assert "short-greeting" in said


def test_files_that_cannot_be_read_are_named_and_the_others_judged(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "notes.txt").write_text("no audio", encoding="utf-8")
    (home / "broken.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVE")
    (home / "empty.ulaw").write_bytes(b"")
    wrong = ["gone.wav", "notes.txt", "broken.wav", "empty.ulaw"]
    result = run("classify", "--json", *wrong, wave(home, "person.wav", PERSON), code=1)
    assert [json.loads(line)["label"] for line in result.stdout.splitlines()] == ["human"]
    for said in (
        "No existe el archivo gone.wav",
        "notes.txt no es audio",
        "broken.wav es un WAV dañado",
        "empty.ulaw no",
    ):
        assert said in result.stderr
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    assert "There is no file gone.wav" in run("classify", "gone.wav", code=1).stderr


def test_words_need_a_model_and_are_left_out_where_they_are_not_wanted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = wave(home, "person.wav", PERSON)
    said = refused("classify", "--words", person)
    assert isinstance(said, ConfigurationError)
    assert "CADENCIA_AMD__VOSK_MODEL_ES" in said.message
    monkeypatch.setenv("CADENCIA_AMD__VOSK_MODEL_ES", str(ten_word_model()))
    assert json.loads(run("classify", "--json", "--no-words", person).stdout)["words"] == ""
    assert run("classify", "--json", "--words", person).exit_code == 0


def test_strict_is_less_patient(home: Path) -> None:
    long = wave(home, "long.wav", (silence(400), speech(1500), silence(400), speech(1500), silence(3000)))
    careful = json.loads(run("classify", "--json", long).stdout)
    strict = json.loads(run("classify", "--json", "--mode", "strict", long).stdout)
    assert (careful["label"], strict["label"]) == ("human", "machine")


def test_a_timing_model_of_the_settings_has_its_say(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = wave(home, "person.wav", PERSON)
    model = home / "timing.json"
    model.write_text(json.dumps(as_document(0.0, [STUMP], Bounds(machine_above=0.01), {})), encoding="utf-8")
    monkeypatch.setenv("CADENCIA_AMD__TIMING_MODEL", str(model))
    found = json.loads(run("classify", "--json", person).stdout)
    assert (found["label"], found["reason"]) == ("machine", "timing-model")
    model.write_text("{}", encoding="utf-8")
    assert "cadencia amd train" in refused("classify", person).message


# ------------------------------------------------------------------------------------------------ eval


def manifest(home: Path) -> str:
    lines = ["file,label,language"]
    for number, (label, parts) in enumerate((("human", PERSON), ("machine", MACHINE), ("human", MACHINE))):
        wave(home, f"{number}.wav", parts)
        lines.append(f"{number}.wav,{label},es")
    (home / "list.csv").write_text("\n".join([*lines, "0.wav,unclear,es"]) + "\n", encoding="utf-8")
    return str(home / "list.csv")


def test_a_manifest_is_counted_with_intervals(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = json.loads(run("eval", manifest(home), "--json").stdout)
    assert found["table"] == {"human": {"human": 1, "machine": 1}, "machine": {"machine": 1}}
    assert (found["people_lost"]["count"], found["people_lost"]["total"]) == (1, 2)
    assert found["false_positives"]["share"] == 0.5
    assert found["silence"]["p50"] == 480
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    said = run("eval", manifest(home)).stdout
    assert "3 labelled calls." in said
    assert "1 that are unclear" in said
    assert "False-positive share that the abandonment ledger adds: 50.00% (95 %: 9.45% to 90.55%; 1 of 2)." in said
    assert "A manifest seldom has a campaign's mix" in said


def test_one_of_manifest_and_campaign_is_named(home: Path) -> None:
    for wrong in ((), ("list.csv", "--campaign", "norte"), ("list.csv", "--apply")):
        assert isinstance(refused("eval", *wrong), InputError)


def reviewed_campaign(home: Path) -> None:
    """Ten machines and a person taken for one, in the installation's database."""

    async def fill() -> None:
        url = f"sqlite+aiosqlite:///{home / 'data' / 'cadencia.sqlite'}"
        empty = Database(url)
        await empty.migrate()
        await empty.close()
        async with house(home, url=url, now=NOW) as made:
            from dialer.domain.review import Label
            from dialer.store.amd_reviews import review

            for number in range(11):
                verdict = await heard_call(made, home / "data" / "recordings", "machine")
                label = Label.HUMAN if number == 0 else Label.MACHINE
                await made.database.write(review, verdict, label, by="Ana", at=NOW)

    asyncio.run(fill())


def share_of(home: Path) -> float:
    async def read() -> Campaign:
        database = Database(f"sqlite+aiosqlite:///{home / 'data' / 'cadencia.sqlite'}")
        try:
            return await Campaigns(database).get("cartera-bogota")
        finally:
            await database.close()

    return asyncio.run(read()).amd_false_positive_share


def test_a_campaigns_reviewed_calls_give_its_share_and_it_can_be_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    assert "no campaign named 'norte'" in refused("eval", "--campaign", "norte").message
    reviewed_campaign(home)
    said = run("eval", "--campaign", "cartera-bogota").stdout
    assert "9.09% (95 %: 1.62% to 37.74%; 1 of 11)" in said
    assert "cadencia amd eval --campaign cartera-bogota --apply" in said
    assert share_of(home) == 0.01
    run("eval", "--campaign", "cartera-bogota", "--apply")
    assert share_of(home) == 0.0909
    lock = EngineLock(home / "data")
    lock.acquire()
    try:
        assert "Another engine" in refused("eval", "--campaign", "cartera-bogota", "--apply").message
    finally:
        lock.release()


# ------------------------------------------------------------------------------------------------ train


def listed(home: Path, people: int, machines: int) -> str:
    wave(home, "person.wav", PERSON)
    wave(home, "machine.wav", (silence(900), speech(900), silence(700), speech(3000)))
    lines = ["file,label,group"]
    lines += [f"person.wav,human,p{number}" for number in range(people)]
    lines += [f"machine.wav,machine,m{number}" for number in range(machines)]
    (home / "calls.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(home / "calls.csv")


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = training.Recipe(folds=2, inner_folds=2, trees=3)
    usual = training.train
    monkeypatch.setattr("dialer.commands.amd_learning.train", lambda *a, **more: usual(*a, recipe=quick, **more))


@pytest.mark.usefixtures("quickly")
def test_a_better_model_is_written_and_the_setting_for_it_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    said = run("train", listed(home, 40, 40)).stdout
    written = home / "data" / "models" / "timing.json"
    assert f"CADENCIA_AMD__TIMING_MODEL={written}" in said
    assert load_timing_model(written).facts["rules_machines_passed"] == 40
    monkeypatch.setenv("CADENCIA_AMD__TIMING_MODEL", str(written))
    machine, person = (
        json.loads(line)
        for line in run("classify", "--json", str(home / "machine.wav"), str(home / "person.wav")).stdout.splitlines()
    )
    assert (machine["label"], person["label"]) == ("machine", "human")


@pytest.mark.usefixtures("quickly")
def test_a_model_that_is_no_better_is_not_written(home: Path) -> None:
    path = Path(listed(home, 40, 40))
    text = path.read_text("utf-8").replace("machine.wav,machine", "person.wav,machine")
    path.write_text(text, encoding="utf-8")
    found = json.loads(run("train", str(path), "--json", "--out", "mine.json", code=1).stdout)
    assert (found["better"], found["file"]) == (False, None)
    assert not (home / "mine.json").exists()


def test_too_few_labelled_calls_are_refused(home: Path) -> None:
    assert "at least 40 of each kind" in refused("train", listed(home, 5, 5)).message
