"""``cadencia ivr sounds``, with a voice that says beep."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.commands import ivr_sounds
from ivr_flows.spoken.sound_plan import sound_name
from ivr_flows.spoken.templates import pieces
from ivr_flows.voice import Samples, write_wav

PROMPTS = {"es": [{"hello": "Hola.", "owed": "Debe {amount:money}."}], "en": [{"hello": "Hello."}]}
BEEP: Samples = np.array([8000, -8000] * 400, dtype=np.int16)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CADENCIA_VOICE__RECORDINGS_DIR", str(tmp_path / "recordings"))
    monkeypatch.setattr("dialer.provision.ivr_sounds.speak", lambda text, voice, command: BEEP)
    monkeypatch.setattr("ivr_flows.spoken.sound_plan.value_phrases", lambda language: ("uno", "pesos"))
    monkeypatch.setattr(ivr_sounds, "prompts_of", lambda flows, language, say: _prompts(language, say))
    return tmp_path / "sounds"


def _prompts(language: str | None, say: list[str] | None) -> dict[str, list[dict[str, str]]]:
    chosen = {one: texts for one, texts in PROMPTS.items() if language in (None, one)}
    return {one: [*texts, dict(enumerate(say or ()))] for one, texts in chosen.items()}  # type: ignore[dict-item]


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["ivr", "sounds", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def names(said: str) -> set[str]:
    return {json.loads(line)["text"] for line in said.splitlines()}


def test_what_is_missing_is_told_until_it_was_built(folder: Path) -> None:
    needed = {",", "Hola.", "Debe", "uno", "pesos"}
    assert names(run("missing", str(folder), "--language", "es", "--json", code=1)) == needed
    assert "5 sounds are in" in run("build", str(folder), "--language", "es")
    assert run("missing", str(folder), "--language", "es") == ""
    assert "missing" in run("list", str(folder))
    assert names(run("missing", str(folder), "--json", code=1)) == {",", "Hello.", "uno", "pesos"}


def test_another_text_can_be_built_and_a_recording_takes_a_place(folder: Path, tmp_path: Path) -> None:
    write_wav(tmp_path / "recordings" / "es" / f"{sound_name('Hola.')}.wav", BEEP)
    run("build", str(folder), "--language", "es", "--say", "Aurora")

    assert (folder / "es" / "ivr" / f"{sound_name('Aurora')}.wav").is_file()
    shown = [json.loads(line) for line in run("list", str(folder), "--language", "es", "--json").splitlines()]
    assert [one["text"] for one in shown if one["recorded"]] == ["Hola."]
    assert "Hola." not in names(run("missing", str(folder), "--language", "es", "--to-record", "--json"))


def test_the_prompts_of_all_shipped_flows_can_be_taken_apart_in_both_languages() -> None:
    prompts = ivr_sounds.prompts_of()
    slots = {
        language: {key: sorted(map(repr, _slots(text))) for one in catalogues for key, text in one.items()}
        for language, catalogues in prompts.items()
    }
    assert len(slots["es"]) > 20
    assert slots["es"] == slots["en"]


def _slots(text: str) -> list[object]:
    return [piece for piece in pieces(text) if not isinstance(piece, str)]
