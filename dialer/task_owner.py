"""Owns the long-running tasks of a process: each has a name, none is lost, a failed one is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from dialer.errors import CadenciaError

log = structlog.get_logger(__name__)


class TaskOwner:
    """Tasks live until ``close`` cancels them. ``failed`` completes with the first exception that ended one."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def failed(self) -> None:
        """Wait until a task fails, and raise what it raised."""
        await asyncio.shield(self._failure)

    async def close(self) -> None:
        """Cancel everything and wait for it to end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._failure.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            expected = isinstance(error, CadenciaError)  # it says itself what to do
            log.error("task.failed", task=task.get_name(), error=str(error), exc_info=None if expected else error)
            if not self._failure.done():
                self._failure.set_exception(error)
                self._failure.exception()  # seen: it is raised again where somebody waits in failed()
