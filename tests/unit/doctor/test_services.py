"""Databases, brokers and speech models that are wrong in the ways they usually are."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from dialer.amd.model_card import ModelCard, Origin, write_card
from dialer.doctor import services
from dialer.doctor.finding import Finding, Grade
from dialer.doctor.flows import flows
from dialer.settings import AmdSettings, MqttSettings, Settings
from dialer.store.database import Database
from dialer.voskmini.folder import write_model
from tests.support.asterisk import free_port
from tests.support.small_models import ABOVE_OR_BELOW, ten_word_model, threshold_layer


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def case(findings: list[Finding]) -> str:
    assert len(findings) == 1
    return findings[0].case


async def test_a_database_that_is_not_there_yet_is_told_and_not_made(tmp_path: Path) -> None:
    assert case(await services.database(Settings(data_dir=tmp_path))) == "database.absent"
    assert files_in(tmp_path) == []


async def test_a_database_of_this_release_is_ready_and_one_of_a_later_release_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = Database(settings.effective_database_url)
    await store.migrate()
    await store.close()
    assert case(await services.database(settings)) == "database.ready"

    with sqlite3.connect(tmp_path / "cadencia.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert case(await services.database(settings)) == "database.newer"


@pytest.mark.parametrize(
    "url",
    [
        "no url at all",
        "mysql://root@localhost/x",
        "postgresql://nobody:secret@127.0.0.1:{port}/cadencia",
        "sqlite:////proc/cadencia.sqlite/x",
    ],
)
async def test_a_database_that_cannot_be_used_is_a_failure_and_its_password_is_not_told(
    url: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=url.format(port=free_port()))

    findings = await services.database(settings)

    assert case(findings) in ("database.unusable", "database.absent")
    assert (case(findings) == "database.absent") == url.startswith("sqlite")
    assert "secret" not in str(findings[0].facts)


async def test_a_file_that_is_no_database_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "cadencia.sqlite").write_text("not a database, only a text of some length " * 100)

    assert case(await services.database(Settings(data_dir=tmp_path))) == "database.unusable"


async def test_no_broker_is_well_and_a_broker_that_does_not_answer_is_a_failure(tmp_path: Path) -> None:
    assert case(await services.broker(Settings(data_dir=tmp_path))) == "broker.none"

    settings = Settings(data_dir=tmp_path, mqtt=MqttSettings(host="127.0.0.1", port=free_port()))
    assert case(await services.broker(settings)) == "broker.unreachable"


def test_without_a_speech_model_it_says_so_and_a_folder_without_a_model_is_a_failure(tmp_path: Path) -> None:
    assert case(services.words(Settings(data_dir=tmp_path))) == "words.none"

    settings = Settings(data_dir=tmp_path, amd=AmdSettings(vosk_model_es=tmp_path / "none"))
    assert case(services.words(settings)) == "words.unusable"


def test_a_speech_model_is_told_by_what_it_understands_of_a_spoken_phrase(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, amd=AmdSettings(vosk_model_es=ten_word_model()))
    findings = services.words(settings)
    assert case(findings) == "words.understood"
    assert "despues del tono" in str(findings[0].facts["heard"])

    deaf = tmp_path / "deaf"
    write_model(deaf, ABOVE_OR_BELOW, [threshold_layer(0, 1.0)], [["above"], ["below"]])
    settings = Settings(data_dir=tmp_path, amd=AmdSettings(vosk_model_es=deaf))
    assert case(services.words(settings)) == "words.deaf"


def test_a_synthetic_speech_model_is_a_warning_however_well_it_understands(tmp_path: Path) -> None:
    model = tmp_path / "mini"
    shutil.copytree(ten_word_model(), model)
    card = ModelCard(name="mini", language="es", licence="", origin=Origin.SYNTHETIC, may_decide=False)
    write_card(model, card)
    findings = services.words(Settings(data_dir=tmp_path, amd=AmdSettings(vosk_model_es=model)))
    assert [finding.case for finding in findings] == ["words.understood", "words.synthetic"]
    assert findings[1].grade is Grade.WARNING


def test_without_a_speech_program_a_model_that_loads_is_all_that_can_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(data_dir=tmp_path, amd=AmdSettings(vosk_model_es=ten_word_model()))
    assert case(services.words(settings)) == "words.loaded"


def test_flows_of_ones_own_that_are_broken_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert case(flows(settings)) == "flows.shipped"
    of_ours = settings.model_copy(update={"ivr": settings.ivr.model_copy(update={"flows_dir": tmp_path / "flows"})})
    assert case(flows(of_ours)) == "flows.absent"
    file = tmp_path / "flows" / "corto.yaml"
    file.parent.mkdir()
    file.write_text("flow: corto\nstart: bye\nnodes:\n  bye: {kind: hang_up, prompts: farewell}\n", encoding="utf-8")
    assert case(flows(of_ours)) == "flows.usable"
    file.write_text("flow: corto\nstart: nobody\nnodes:\n  bye: {kind: hang_up}\n", encoding="utf-8")
    (broken,) = flows(of_ours)
    assert (broken.case, broken.facts["file"]) == ("flows.broken", str(file))
