"""The installation's health at the console: figures, the doctor's findings in both languages, trunks."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from dialer.console import health
from dialer.console.health import ConsoleHealth
from dialer.doctor.finding import Finding, found
from dialer.settings import AmiSettings, Settings, TrunkSettings
from tests.support.console_compliance import House


@pytest.fixture
def room(home: House, tmp_path: Path) -> ConsoleHealth:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # nobody listens there once this is closed
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        trunks={"default": TrunkSettings()},
        ami=AmiSettings(host="127.0.0.1", port=port),
    )
    return ConsoleHealth(home.database, home.clock, settings, version="1.2.3")


async def test_quick_figures_are_of_this_process_and_its_disk(room: ConsoleHealth, home: House) -> None:
    now = await room.now()
    assert (now.version, now.database, now.up_since) == ("1.2.3", "sqlite", home.clock.now())
    assert 0 < now.disk_free_bytes <= now.disk_total_bytes


async def test_an_asterisk_that_is_not_there_is_said_with_what_to_do(room: ConsoleHealth) -> None:
    spanish, english = await room.trunks("es"), await room.trunks("en")
    (told,) = spanish.checks
    assert told.status == "failure"
    assert told.mend
    assert told.found != english.checks[0].found
    assert spanish.registrations == ()


async def test_many_who_ask_at_once_get_one_examination(
    room: ConsoleHealth, home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def examine(*_: object) -> list[Finding]:
        asked.append(1)
        return [found("modules.loaded", count=3)]

    monkeypatch.setattr(health, "examine", examine)
    answers = await asyncio.gather(*(room.examine("es") for _ in range(5)))
    assert len(asked) == 1
    assert {each.checks[0].check for each in answers} == {"modules"}
    home.clock.advance(60)
    await room.examine("en")
    assert len(asked) == 2


async def test_health_is_read_over_the_api_in_both_languages(officer: httpx.AsyncClient) -> None:
    assert (await officer.get("/api/v1/health")).json()["outbox_waiting"] == 3
    spanish = (await officer.get("/api/v1/health/checks")).json()
    english = (await officer.get("/api/v1/health/checks", params={"lang": "en"})).json()
    assert [each["title"] for each in (spanish["checks"][0], english["checks"][0])] == ["Disco", "Disk"]
    assert (await officer.get("/api/v1/trunks")).json()["registrations"][0]["status"] == "Registered"
