"""A real Mosquitto on a free port of the loopback interface, for one test, and a wire to it that can be cut."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

_START_S = 10.0


def program() -> str:
    """The broker's program; Debian puts it where an ordinary user's PATH may not look."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("mosquitto is not installed; run: scripts/setup")
    return found


class Mosquitto:
    """``async with Mosquitto(folder) as broker`` starts it and ends it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        config = self._folder / "mosquitto.conf"
        # Without nodelay Mosquitto waits for more to send, and small messages crawl.
        lines = [f"listener {self.port} 127.0.0.1", "set_tcp_nodelay true", "allow_anonymous true", "log_dest stderr"]
        config.write_text("\n".join(lines) + "\n")
        self._process = await asyncio.create_subprocess_exec(
            program(), "-c", str(config), stderr=asyncio.subprocess.PIPE
        )
        assert self._process.stderr is not None
        said = b""
        async with asyncio.timeout(_START_S):
            while b"running" not in said:
                line = await self._process.stderr.readline()
                if not line:
                    raise RuntimeError(f"mosquitto did not start: {said.decode(errors='replace')}")
                said += line

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        async with asyncio.timeout(_START_S):
            await process.communicate()


class Wire:
    """A TCP relay: clients that connect to ``port`` talk to ``target``, until the wire is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection without a farewell and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        if self._server is not None:
            async with asyncio.timeout(_START_S):
                await self._server.wait_closed()
        self._server = None

    async def _connected(self, near_reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {near, far}
        self._writers |= ends
        try:
            await asyncio.gather(_pour(near_reader, far), _pour(far_reader, near))
        except ConnectionError:
            pass
        finally:
            self._writers -= ends
            for writer in ends:
                writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()
