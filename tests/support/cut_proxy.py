"""A link that can be cut: a TCP proxy that resets what passes through it, or lets it vanish as a dead network does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

PATIENCE_S = 30.0  # only ever used up by a test that fails


@dataclass(slots=True)
class _Pair:
    heard: asyncio.StreamReader  #: from the near side
    near: asyncio.StreamWriter
    far: asyncio.StreamWriter


class CutProxy:
    """Listens on ``port`` and passes everything on to ``far_port`` of the same host, unless it is cut."""

    def __init__(self, far_port: int) -> None:
        self._far_port = far_port
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        self._pairs: list[_Pair] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def reset(self) -> None:
        """Cut every connection, seen by both sides, and every new one."""
        self._refuses = True
        for pair in self._pairs:
            _abort(pair.near)
            _abort(pair.far)

    def swallow(self) -> None:
        """From now on nothing comes through in either direction, and nobody is told."""
        self._open.clear()

    def mend(self) -> None:
        """Let everything through again. What a side has sent in the meantime and not taken back by a reset arrives
        now, as after any outage of a network: TCP sends it again and again."""
        for pair in self._pairs:
            if pair.heard.exception() is not None:
                _abort(pair.far)
        self._refuses = False
        self._open.set()

    async def given_up(self) -> None:
        """Return when the near side has closed the connections that it had."""
        async with asyncio.timeout(PATIENCE_S):
            for pair in self._pairs:
                while not (pair.heard._eof or pair.heard.exception()):  # noqa: ASYNC110 - a stream has no event for it
                    await asyncio.sleep(0.01)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for pair in self._pairs:
            _abort(pair.near)
            _abort(pair.far)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _abort(writer)
            return
        await self._open.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far_port)
        except OSError:
            _abort(writer)
            return
        self._pairs.append(_Pair(reader, writer, far_writer))
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink), name="pump")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        await self._open.wait()
        sink.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """With a reset, as a crashed peer or a firewall does it."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def cut_proxy(far_port: int) -> AsyncIterator[CutProxy]:
    proxy = CutProxy(far_port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
