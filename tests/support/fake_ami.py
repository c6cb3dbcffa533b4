"""A manager interface on loopback that does what a test tells it to, rude things included."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

Headers = Mapping[str, str]

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
PATIENCE_S = 30.0  # only ever used up by a test that fails


def encode(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


class FakeAmi:
    """Logs in whoever has the secret, answers pings, and answers other actions with ``answer``.

    ``answer`` gets an action and returns the messages to send; None leaves the action unanswered.
    """

    def __init__(self) -> None:
        self.secret = "correct"
        self.booted = True
        self.mute = False  #: read everything, answer nothing
        self.answer: Callable[[dict[str, str]], list[Headers] | None] = lambda action: [
            {"Response": "Success", "ActionID": action["actionid"]}
        ]
        self.received: list[dict[str, str]] = []
        self.logins = 0
        self.connections = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.reset_connections()
            self._server = None

    def names(self) -> list[str]:
        """The actions received so far, without logins and pings."""
        return [action["action"] for action in self.received if action["action"] not in ("Login", "Ping")]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(condition), PATIENCE_S)

    async def until_received(self, name: str, count: int = 1) -> None:
        await self.until(lambda: sum(action["action"] == name for action in self.received) >= count)

    def emit(self, *messages: Headers) -> None:
        self.emit_bytes(b"".join(encode(message) for message in messages))

    def emit_bytes(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)

    async def flush(self) -> None:
        for writer in list(self._writers):
            await writer.drain()

    def reset_connections(self) -> None:
        """Cut every connection as a crashed peer does: with a TCP reset."""
        for writer in list(self._writers):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await self._note(connected=True)
        if not self.mute:
            writer.write(GREETING)
        try:
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                action = {
                    name.lower(): value
                    for name, _, value in (line.partition(": ") for line in block.decode().split("\r\n") if line)
                }
                self.received.append(action)
                if not self.mute:
                    for message in self._respond(action):
                        writer.write(encode(message))
                await self._note(login=action["action"] == "Login")
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _note(self, *, connected: bool = False, login: bool = False) -> None:
        async with self._news:
            self.connections += connected
            self.logins += login
            self._news.notify_all()

    def _respond(self, action: dict[str, str]) -> list[Headers]:
        if action["action"] == "Login":
            if action["secret"] != self.secret:
                return [
                    {"Response": "Error", "ActionID": action["actionid"], "Message": "Authentication failed"},
                ]
            welcome: list[Headers] = [{"Response": "Success", "ActionID": action["actionid"]}]
            if self.booted:
                welcome.append({"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"})
            return welcome
        if action["action"] == "Ping":
            return [{"Response": "Success", "ActionID": action["actionid"], "Ping": "Pong"}]
        return self.answer(action) or []


@asynccontextmanager
async def fake_ami() -> AsyncIterator[FakeAmi]:
    server = FakeAmi()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
