"""``cadencia amd model``: what it says of the models that are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.amd.model_card import ModelCard, Origin, checksum, write_card
from dialer.cli import app
from dialer.voskmini.folder import write_model
from tests.support.small_models import ABOVE_OR_BELOW, ten_word_model, threshold_layer


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["amd", "model", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_without_models_it_says_what_decides_instead(data_dir: Path) -> None:
    assert "timing and tones decide alone" in run("list")


def test_a_model_that_was_added_is_listed_and_the_setting_for_it_is_told(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("add", "es", str(ten_word_model()))
    assert "Licence, as its own files have it:\nnothing." in said
    assert "Heard: por favor deje su mensaje despues del tono" in said
    setting = next(line for line in said.splitlines() if "CADENCIA_AMD__VOSK_MODEL_ES=" in line)
    folder = Path(setting.partition("=")[2])
    assert checksum(folder) == checksum(ten_word_model())

    monkeypatch.setenv("CADENCIA_AMD__VOSK_MODEL_ES", str(folder))
    (document,) = map(json.loads, run("list", "--json").splitlines())
    assert (document["language"], document["origin"], document["in_use"]) == ("es", "published", True)
    assert document["folder"] == str(folder)


def test_a_synthetic_model_is_never_shown_without_saying_that_it_does_not_understand_people(
    data_dir: Path, tmp_path: Path
) -> None:
    model = tmp_path / "mini"
    write_model(model, ABOVE_OR_BELOW, [threshold_layer(0, 1.0)], [["above"], ["below"]])
    card = ModelCard(
        name="mini", language="es", licence="", origin=Origin.SYNTHETIC, may_decide=False, checksum=checksum(model)
    )
    write_card(model, card)
    assert "does NOT understand people" in run("check", "es", str(model))
    assert "does NOT understand people" in run("add", "es", str(model))
    assert "may not decide about people" in run("list")
