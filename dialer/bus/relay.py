"""From the outbox to the bus.

An event is written to the outbox in the transaction that it tells of; from there it is published and then marked, so
that a crash between the two repeats it and none is ever lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from dialer.clock import Clock
from dialer.errors import StoreError
from dialer.ports import BusMessage, EventBus

log = structlog.get_logger(__name__)


class Waiting(Protocol):
    """An event that was committed and is not yet marked as published. ``seq`` grows with the order of writing."""

    @property
    def seq(self) -> int: ...

    @property
    def message(self) -> BusMessage: ...


class Outbox(Protocol):
    async def pending(self, limit: int) -> Sequence[Waiting]:
        """The oldest that wait, in the order of ``seq``. Raises StoreError."""
        ...

    async def mark_published(self, seqs: Collection[int], now: datetime) -> None:
        """Raises StoreError."""
        ...


class OutboxRelay:
    """Run ``run`` in a task of its own. ``poke`` it after a commit; it looks every ``poll_s`` seconds anyway."""

    def __init__(self, outbox: Outbox, bus: EventBus, clock: Clock, *, batch: int = 200, poll_s: float = 1.0) -> None:
        self._outbox = outbox
        self._bus = bus
        self._clock = clock
        self._batch = batch
        self._poll_s = poll_s
        self._poked = asyncio.Event()
        self.published = 0

    def poke(self) -> None:
        self._poked.set()

    async def run(self) -> None:
        """Relay until cancelled. A database that fails is tried again, less and less often, at most every 30 s."""
        wait_s = self._poll_s
        while True:
            self._poked.clear()
            try:
                await self.drain()
                wait_s = self._poll_s
            except StoreError as exc:
                wait_s = min(30.0, wait_s * 2)
                log.warning("outbox.relay_failed", code=exc.code, again_in_s=wait_s)
                await asyncio.sleep(wait_s)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._poked.wait()
            except TimeoutError:
                pass

    async def drain(self) -> int:
        """Publish and mark everything that waits; returns how many rows. Call it a last time before the bus closes."""
        total = 0
        while rows := await self._outbox.pending(self._batch):
            for row in rows:
                await self._bus.publish(row.message)
            await self._outbox.mark_published([row.seq for row in rows], self._clock.now())
            total += len(rows)
            self.published += len(rows)
            if len(rows) < self._batch:
                break
        return total
