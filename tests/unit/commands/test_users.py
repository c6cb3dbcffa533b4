"""``cadencia user`` and ``cadencia token`` as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dialer.cli import app
from dialer.errors import AccountExists, InputError, LastAdmin, UnknownAccount

PASSWORD = "correcto caballo bateria\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("CADENCIA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CADENCIA_LANGUAGE", "en")
    return CliRunner()


def create(run: CliRunner, login: str, role: str, *more: str) -> object:
    made = run.invoke(app, ["user", "create", login, "--role", role, "--password-stdin", *more], input=PASSWORD)
    if made.exception is not None and not isinstance(made.exception, SystemExit):
        raise made.exception
    return made.output


def test_people_are_made_listed_disabled_and_enabled(run: CliRunner) -> None:
    create(run, "luis", "admin")
    create(run, "ana", "agent", "--agent", "ana", "--name", "Ana Vélez")
    listed = json.loads(run.invoke(app, ["user", "list", "--json"]).output)
    assert [(each["login"], each["role"], each["agent_id"], each["state"]) for each in listed] == [
        ("luis", "admin", None, "active"),
        ("ana", "agent", "ana", "active"),
    ]
    assert run.invoke(app, ["user", "disable", "ana"]).exit_code == 0
    assert "disabled" in run.invoke(app, ["user", "list"]).output
    assert run.invoke(app, ["user", "enable", "ana"]).exit_code == 0
    assert run.invoke(app, ["user", "password", "ana", "--password-stdin"], input=PASSWORD).exit_code == 0
    for wrong in (["user", "disable", "nobody"], ["user", "disable", "luis"]):
        assert isinstance(run.invoke(app, wrong).exception, (UnknownAccount, LastAdmin))
    with pytest.raises(AccountExists):
        create(run, "a-n-a", "auditor")


def test_a_password_is_typed_twice_and_never_an_argument(run: CliRunner) -> None:
    twice = run.invoke(app, ["user", "create", "eva", "--role", "auditor"], input=PASSWORD * 2)
    assert twice.exit_code == 0
    assert PASSWORD.strip() not in twice.output
    differ = run.invoke(app, ["user", "create", "pia", "--role", "auditor"], input=PASSWORD + "other password\n")
    assert isinstance(differ.exception, InputError)
    short = run.invoke(app, ["user", "create", "pia", "--role", "auditor", "--password-stdin"], input="short\n")
    assert isinstance(short.exception, InputError)


def test_a_programs_token_is_shown_once(run: CliRunner) -> None:
    made = run.invoke(app, ["token", "create", "prometheus", "--scope", "metrics"])
    token = made.stdout.strip()
    assert token.startswith("cad_")
    listed = run.invoke(app, ["token", "list", "--json"]).output
    assert token not in listed
    (one,) = json.loads(listed)
    assert (one["name"], one["scopes"], one["revoked_at"]) == ("prometheus", ["metrics"], None)
    assert run.invoke(app, ["token", "revoke", "prometheus"]).exit_code == 0
    assert isinstance(run.invoke(app, ["token", "revoke", "prometheus"]).exception, UnknownAccount)
