"""An AudioSocket on which only the call is heard: what we send back is lost on the way, and lines may be cut.

Asterisk ends AudioSocket when two seconds pass in which neither side has sent anything. Our server sends silence to
prevent it; here that never arrives.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from dialer.pbx.audiosocket_codec import FrameType

_HEADER_BYTES: Final = 3


class OneWay:
    """Passes frames on to ``far_port``. ``cut_after`` is asked with the call id of a first connection, and answers
    after how many frames of audio it is cut, or None; ``on_end`` is told where Asterisk has ended one. ``connections``
    counts them by call id, ``keys`` are what was pressed."""

    def __init__(
        self, far_port: int, cut_after: Callable[[str], Awaitable[int | None]], on_end: Callable[[str], None]
    ) -> None:
        self._far_port = far_port
        self._cut_after = cut_after
        self._on_end = on_end
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.connections: Counter[str] = Counter()
        self.keys: defaultdict[str, str] = defaultdict(str)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        far, on = await asyncio.open_connection("127.0.0.1", self._far_port)
        deaf = asyncio.create_task(_until_closed(far), name="what nobody hears")
        heard = asyncio.create_task(self._pass_on(near, on), name="what is heard")
        try:
            await asyncio.wait([deaf, heard], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in (deaf, heard):
                part.cancel()
            await asyncio.wait([deaf, heard])
            on.close()
            back.close()

    async def _pass_on(self, near: asyncio.StreamReader, on: asyncio.StreamWriter) -> None:
        left: int | None = None
        call_id = ""
        try:
            while left is None or left > 0:
                header = await near.readexactly(_HEADER_BYTES)
                payload = await near.readexactly(int.from_bytes(header[1:], "big"))
                on.write(header + payload)
                if header[0] == FrameType.UUID:
                    call_id = str(UUID(bytes=payload))
                    self.connections[call_id] += 1
                    left = await self._cut_after(call_id) if self.connections[call_id] == 1 else None
                elif header[0] == FrameType.DTMF:
                    self.keys[call_id] += payload.decode("ascii")
                elif header[0] == FrameType.AUDIO and left is not None:
                    left -= 1
        except (OSError, asyncio.IncompleteReadError):
            self._on_end(call_id)


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(4096):
            pass


@asynccontextmanager
async def one_way(
    far_port: int, cut_after: Callable[[str], Awaitable[int | None]], on_end: Callable[[str], None]
) -> AsyncIterator[OneWay]:
    proxy = OneWay(far_port, cut_after, on_end)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
