"""The commands of the trail, as somebody types them."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dialer.audit.checkpoint import HEADS_FILE
from dialer.cli import app
from dialer.commands.audit_words import AUDIT_WORDS
from dialer.errors import CadenciaError
from dialer.store import incidents
from dialer.store.database import Database
from dialer.store.incidents import Incident
from tests.support.store import add_campaign, add_debtor
from tests.support.trail import filled_trail

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with one debtor, number 1, and some decisions about them."""
    shutil.copy(migrated_file, tmp_path / "cadencia.sqlite")
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)

    async def fill() -> None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'cadencia.sqlite'}")
        debtor = await add_debtor(database, await add_campaign(database), "+573100000001")
        await filled_trail(database, tmp_path, (debtor,))
        await database.close()

    asyncio.run(fill())
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compliance", *arguments])


def refusal(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, CadenciaError), result.output
    return result.exception.message


def test_an_export_is_written_and_verified(folder: Path) -> None:
    assert run("export", "--debtor", "1", "--out", "one.json").exit_code == 0
    result = run("verify", "one.json")

    assert (result.exit_code, "VERIFIED" in result.output) == (0, True)
    export = json.loads((folder / "one.json").read_text(encoding="utf-8"))
    (key,) = export["public_keys"].values()
    assert run("verify", "one.json", "--key", key).exit_code == 0
    assert run("verify", "one.json", "--key", f"A{key[1:]}" if key[0] != "A" else f"B{key[1:]}").exit_code == 1
    export["records"][1]["header"]["kind"] = "fact"
    (folder / "one.json").write_text(json.dumps(export), encoding="utf-8")
    assert run("verify", "one.json").exit_code == 1


def test_the_installations_own_trail_is_verified(folder: Path) -> None:
    result = run("verify")
    assert (result.exit_code, "The trail holds." in result.output) == (0, True)

    (folder / HEADS_FILE).write_text('{"number": 1, "hash": "00"}\n', encoding="utf-8")
    result = run("verify")
    assert result.exit_code == 1
    assert "another one now" in result.output


def test_a_person_is_held_and_then_erased(folder: Path) -> None:
    assert run("hold", "--debtor", "1", "--reason", "a lawsuit").exit_code == 0
    assert "legal hold" in refusal("erase", "--debtor", "1", "--reason", "asked")
    assert run("hold", "--debtor", "1", "--lift", "--reason", "settled").exit_code == 0

    result = run("erase", "--debtor", "1", "--reason", "asked")

    assert result.exit_code == 0
    assert "records of the trail" in result.output
    assert run("verify").exit_code == 0


def test_a_purge_says_what_would_go(folder: Path) -> None:
    result = run("purge", "--dry-run")

    assert (result.exit_code, "would go" in result.output) == (0, True)


def test_the_answers_are_in_the_language_of_the_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCIA_LANGUAGE", "es")

    assert "El registro está íntegro." in run("verify").output
    assert "No hay ninguno abierto." in run("incidents").output
    assert "todos los deudores" in run("hold", "--reason", "auditoría").output
    assert "Retención legal" in run("hold", "--lift", "--reason", "fin").output
    assert "Se depurarían 0 grabaciones" in run("purge", "--dry-run").output
    assert "Borrados:" in run("erase", "--debtor", "1", "--reason", "lo pidió").output


def test_both_languages_say_the_same_things() -> None:
    spanish, english = AUDIT_WORDS["es"], AUDIT_WORDS["en"]
    fields = re.compile(r"\{(\w+)\}")

    assert spanish.keys() == english.keys()
    for name, sentence in spanish.items():
        assert set(fields.findall(sentence)) == set(fields.findall(english[name]))


def test_what_an_incident_tells_is_plain_text(folder: Path) -> None:
    """The switch's own words may hold brackets."""
    hostile = Incident(kind="call-past-the-dialer", ref="[/x]1.2", at=NOON, detail={"channel": "[bold]PJSIP/a"})

    async def plant() -> None:
        database = Database(f"sqlite+aiosqlite:///{folder / 'cadencia.sqlite'}")
        await database.write(incidents.report, [hostile])
        await database.close()

    asyncio.run(plant())
    assert "[/x]1.2  channel [bold]PJSIP/a" in run("incidents").output


def test_what_cannot_be_done_is_one_paragraph(folder: Path) -> None:
    assert "no debtor 99" in refusal("export", "--debtor", "99", "--out", "x.json")
    assert "cannot be written" in refusal("export", "--debtor", "1", "--out", "nowhere/x.json")
    assert "CADENCIA_AUDIT__CDR_FILE" in refusal("reconcile")
    assert "cannot be read" in refusal("reconcile", "--cdr", "none.csv")
    assert "--note" in refusal("incidents", "--resolve", "1")
    assert "no open incident 1" in refusal("incidents", "--resolve", "1", "--note", "x")
    assert "Say why" in refusal("hold", "--debtor", "1", "--reason", " ")
    assert "Say why" in refusal("erase", "--debtor", "1", "--reason", "")
    assert "no file" in refusal("verify", "--heads", "none.jsonl")
    assert "Ed25519" in refusal("verify", "--key", "none")


def test_an_empty_file_of_call_records_proves_nothing(folder: Path) -> None:
    (folder / "Master.csv").write_text("", encoding="utf-8")

    result = run("reconcile", "--cdr", "Master.csv", "--day", "2026-11-24")

    assert (result.exit_code, "2026-11-24: log and switch agree." in result.output) == (0, True)
    assert run("incidents").output == "None is open.\n"
