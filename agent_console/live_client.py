"""What waits to be sent to one browser. It never piles up: who cannot keep up gets the latest state instead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

CLIENT_QUEUE = 64  # messages; half a minute of one campaign


class LiveClient:
    """One browser's queue. ``dropped`` counts the messages it was too slow for. ``agent_id``: it is shown what concerns
    this agent and nothing else."""

    def __init__(self, snapshot: Callable[[], bytes], agent_id: str | None = None) -> None:
        self.agent_id = agent_id
        self._queue: deque[bytes] = deque()
        self._snapshot = snapshot
        self._wants_snapshot = False
        self._ready = asyncio.Event()
        self.dropped = 0

    def offer(self, message: bytes) -> None:
        if len(self._queue) >= CLIENT_QUEUE:
            self.dropped += len(self._queue) + 1
            self._queue.clear()
            self._wants_snapshot = True
        elif not self._wants_snapshot:
            self._queue.append(message)
        self._ready.set()

    def ask_snapshot(self) -> None:
        self._wants_snapshot = True
        self._ready.set()

    async def next(self) -> bytes:
        """The next message to send. Waits for one; the caller owns the time-out of the connection."""
        await self._ready.wait()
        if self._wants_snapshot:
            self._wants_snapshot = False
            message = self._snapshot()
        else:
            message = self._queue.popleft()
        if not self._queue:
            self._ready.clear()
        return message
