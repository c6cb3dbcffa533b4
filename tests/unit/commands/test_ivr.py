"""``cadencia ivr``: what it says, and how it ends."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.commands.ivr_words import WORDS


@pytest.fixture(autouse=True)
def a_place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CADENCIA_LANGUAGE", "es")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str, typed: str = "", code: int = 0) -> str:
    result = CliRunner().invoke(app, ["ivr", *arguments], input=typed, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def broken(folder: Path) -> str:
    file = folder / "mine.yaml"
    file.write_text(
        "flow: mine\nstart: a\nnodes:\n  a: {kind: balance, next: b}\n  b: {kind: hang_up}\n  c: {kind: hang_up}\n",
        encoding="utf-8",
    )
    return str(file)


def test_a_good_flow_is_said_to_be_good() -> None:
    assert "self-service: sin errores. 20 nodos, 2 flujos, es, en." in run("validate", "self-service")
    assert "inbound: no errors." in run("validate", "inbound", "--lang", "en")


def test_what_is_wrong_is_told_with_its_place_and_the_exit_code(tmp_path: Path) -> None:
    said = run("validate", broken(tmp_path), code=1)
    assert "error mine.yaml, línea 4, nodo a: habla de la deuda (balance) sin haber identificado" in said
    assert "aviso mine.yaml, línea 6, nodo c: a este nodo no llega ningún camino" in said
    assert "1 errores, 1 avisos." in said


def test_plain_data_for_scripts(tmp_path: Path) -> None:
    document = json.loads(run("validate", broken(tmp_path), "--json", "--lang", "en", code=1))
    assert (document["valid"], [each["code"] for each in document["findings"]]) == (
        False, ["debt-without-identity", "unreachable"],
    )  # fmt: skip
    (tmp_path / "mine.yaml").write_text("flow: [", encoding="utf-8")
    document = json.loads(run("validate", str(tmp_path / "mine.yaml"), "--json", code=1))
    assert [each["code"] for each in document["findings"]] == ["not-yaml"]
    assert json.loads(run("validate", "settle", "--json")) == {"flow": "settle", "valid": True, "findings": []}


def test_a_picture_goes_to_a_file_or_to_standard_output(tmp_path: Path) -> None:
    assert ET.fromstring(run("graph", "settle")).tag.endswith("svg")
    assert "Dibujo en" in run("graph", broken(tmp_path), "--out", str(tmp_path / "flow.svg"))
    assert ET.parse(tmp_path / "flow.svg").getroot().tag.endswith("svg")


def test_a_flow_is_tried_with_keys_and_words_and_the_promise_is_told() -> None:
    said = run("try", "self-service", typed="1\n4050\n1\n1\n1\nmañana\n1\n3\n2\n")
    assert "¿Hablo con Ana Pérez?" in said
    assert "identidad: passed" in said
    assert "un millón doscientos cinco mil pesos" in said
    assert "promesa guardada (ensayo):" in said
    assert "Fin: completed" in said


def test_wrong_answers_a_machine_and_the_end_of_the_input_are_played_too() -> None:
    locked = run("try", "self-service", typed="1\n1111\n1111\n1111\n\n1\n")
    assert "autoservicio bloqueado" in locked
    assert "llamada de vuelta: tomorrow-morning" in locked
    machine = run("try", "self-service", "--machine", "--language", "en")
    assert "Please call us back at" in machine
    assert "message_left" in machine
    assert "Fin: hung_up" in run("try", "inbound", typed="1\n")
    assert "Fin: hung_up" in run("try", "inbound", typed="colgar\n")


def test_a_code_is_pretended_and_languages_and_countries_are_played() -> None:
    said = run(
        "try", "self-service", "--language", "en", "--country", "us", "--identity", "code", typed="yes\n271828\n9\n"
    )
    assert "código enviado: 271828" in said
    assert "This is an attempt to collect a debt" in said
    assert "dollars" in said


def test_a_debtor_of_the_installation_is_only_read(tmp_path: Path) -> None:
    runner = CliRunner()
    (tmp_path / "l.csv").write_text(
        "telefono,nombre,documento,monto,moneda,acreedor,referencia\n"
        "+573101234567,Luis Gómez,80123456,350000,COP,Banco Sol,F-1\n",
        encoding="utf-8",
    )
    assert runner.invoke(app, ["campaign", "create", "one", "--creditor", "Sol"]).exit_code == 0
    assert runner.invoke(app, ["import", "l.csv", "--campaign", "one"]).exit_code == 0
    said = run("try", "self-service", "--debtor", "1", "--campaign", "one", typed="sí\n3456\n1\n1\nmañana\n1\n")
    assert "Le llama Sol" in said
    assert "trescientos cincuenta mil pesos" in said
    assert "promesa guardada (ensayo)" in said
    listed = runner.invoke(app, ["promises", "list", "--campaign", "one"]).output
    assert "no tiene promesas" in listed


def test_a_broken_or_unknown_flow_is_not_tried(tmp_path: Path) -> None:
    for flow in (broken(tmp_path), "nowhere"):
        result = CliRunner().invoke(app, ["ivr", "try", flow])
        assert result.exception is not None
        assert result.exit_code == 1


def test_the_words_are_the_same_in_both_languages() -> None:
    assert WORDS["es"].keys() == WORDS["en"].keys()
