"""The console over the bus that a single process really uses, where every message takes a task of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent_console.app import create_app
from agent_console.context import ConsoleContext
from dialer.bus.memory import MemoryBus
from tests.support.console_app import make_console
from tests.support.console_client import AsgiSocket, cookie_header, signed_in
from tests.support.console_engine import ConsoleEngine


async def test_a_command_comes_back_done_and_the_state_reaches_the_browser(tmp_path: Path) -> None:
    bus = MemoryBus()
    double = make_console(tmp_path)
    context: ConsoleContext = replace(double.app.state.rooms.context, bus=bus, command_timeout_s=5.0)
    app = create_app(context)
    ConsoleEngine(bus, double.clock)
    async with signed_in(app) as client:
        headers = {"origin": "http://console.test", "cookie": cookie_header(client)}
        async with AsgiSocket(app, "/api/v1/live", headers) as socket:
            first = await socket.message()
            assert (first["type"], first["campaigns"]) == ("snapshot", {})
            assert (await client.post("/api/v1/campaigns/cartera-bogota/drain")).json() == {"done": True}
            state = await socket.message()
    assert (state["type"], state["state"]["state"]) == ("state", "draining")
    await bus.close()
