"""Long questions to the database beside the engine: in a thread with an event loop and connections of its own, one at
a time, so that asking about a whole list or a whole audit trail never holds up a call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dialer.errors import TookTooLong
from dialer.store.database import Database

T = TypeVar("T")

PATIENCE_S = 60.0
_START_S = 10.0
_END_S = 10.0


class Beside:
    """``url`` is the database's. The thread begins with the first question; the owner calls ``close``."""

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._patience_s = patience_s
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._over: asyncio.Event
        self._one_at_a_time: asyncio.Lock

    async def ask(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Do ``work`` with a database of its own, in the thread. Raises TookTooLong where it, and what was asked before
        it, take longer than the patience; it is broken off then."""
        loop = await self._running()
        asked = asyncio.run_coroutine_threadsafe(self._do(work), loop)
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.wrap_future(asked)
        except TimeoutError as exc:
            raise TookTooLong from exc

    async def close(self) -> None:
        """Break off what runs, and end the thread."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._over.set)
        await asyncio.to_thread(self._thread.join, _END_S)
        self._thread = self._loop = None
        self._started.clear()

    async def _running(self) -> asyncio.AbstractEventLoop:
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="beside", daemon=True)
            self._thread.start()
        if self._loop is None:
            await asyncio.to_thread(self._started.wait, _START_S)
        if self._loop is None:
            raise TookTooLong
        return self._loop

    def _live(self) -> None:
        async def until_over() -> None:
            self._over, self._one_at_a_time = asyncio.Event(), asyncio.Lock()
            self._loop = asyncio.get_running_loop()
            self._started.set()
            await self._over.wait()

        asyncio.run(until_over())  # which ends with cancelling whatever is still asked

    async def _do(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async with self._one_at_a_time:
            database = Database(self._url)
            try:
                return await work(database)
            finally:
                await database.close()
