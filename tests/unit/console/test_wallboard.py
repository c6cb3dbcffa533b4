"""The wallboard's figures: of nobody, for a session or a token that opens nothing else."""

from __future__ import annotations

import httpx
import pytest

from agent_console.ports_people import Machine
from dialer.domain.people import Scope
from tests.support.console_app import ConsoleUnderTest
from tests.support.console_client import anonymous

BOARD = "/api/v1/wallboard"


async def test_figures_are_counts_and_name_nobody(console: ConsoleUnderTest, client: httpx.AsyncClient) -> None:
    before = (await client.get(BOARD)).json()["campaigns"][0]
    assert (before["state"], before["at"]) == ("stopped", None)
    console.engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "ready", "since": "2026-11-24T15:00:00Z"}
    await console.engine.publish()
    answer = await client.get(BOARD)
    (board,) = answer.json()["campaigns"]
    assert (board["ready"], board["ringing"], board["waiting"], board["people"]) == (1, 8, 0, 214)
    assert board["limit"] == 0.03
    assert "Ana" not in answer.text
    assert not any(isinstance(value, list | dict) for value in board.values())


@pytest.mark.parametrize("path", ["/api/v1/campaigns", "/api/v1/attempts", "/api/v1/promises", "/metrics"])
async def test_a_televisions_token_opens_the_figures_and_nothing_else(console: ConsoleUnderTest, path: str) -> None:
    machine = Machine(name="television", scopes=frozenset({Scope.WALLBOARD}))
    console.people.machines["television-0123456789abcdef"] = machine
    async with anonymous(console.app) as television:
        television.headers["authorization"] = "Bearer television-0123456789abcdef"
        assert (await television.get(BOARD)).status_code == 200
        assert (await television.get(path)).status_code in (403, 404)
