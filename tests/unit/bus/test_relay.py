from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from dialer.bus.memory import MemoryBus
from dialer.bus.relay import OutboxRelay, Waiting
from dialer.clock import ManualClock
from dialer.errors import StoreError
from dialer.ports import BusMessage

CLOCK = ManualClock(datetime(2026, 11, 22, 13, tzinfo=UTC))


@dataclass(frozen=True)
class Row:
    seq: int
    message: BusMessage


class FakeOutbox:
    """Rows in memory. ``fail_marks`` marks fail, ``fail_reads`` reads fail, one after the other."""

    def __init__(self, count: int = 0) -> None:
        self.rows: dict[int, BusMessage] = {}
        self.marked: list[int] = []
        self.fail_marks = 0
        self.fail_reads = 0
        self.empty = asyncio.Event()
        for _ in range(count):
            self.add()

    def add(self) -> None:
        seq = len(self.rows) + 1
        self.rows[seq] = BusMessage(topic="mora/call.closed", payload={"seq": seq})
        self.empty.clear()

    async def pending(self, limit: int) -> Sequence[Waiting]:
        if self.fail_reads:
            self.fail_reads -= 1
            raise StoreError()
        waiting = [seq for seq in sorted(self.rows) if seq not in self.marked][:limit]
        if not waiting:
            self.empty.set()
        return [Row(seq=seq, message=self.rows[seq]) for seq in waiting]

    async def mark_published(self, seqs: Collection[int], now: datetime) -> None:
        if self.fail_marks:
            self.fail_marks -= 1
            raise StoreError()
        assert now == CLOCK.now()
        self.marked += seqs
        if len(self.marked) == len(self.rows):
            self.empty.set()


class Seen:
    def __init__(self, bus: MemoryBus) -> None:
        self.seqs: list[object] = []
        bus.subscribe("#", self._take, name="seen")

    async def _take(self, message: BusMessage) -> None:
        self.seqs.append(message.payload["seq"])


async def test_everything_that_waits_is_published_in_order_and_marked() -> None:
    bus, outbox = MemoryBus(), FakeOutbox(7)
    seen = Seen(bus)
    assert await OutboxRelay(outbox, bus, CLOCK, batch=3).drain() == 7
    await bus.close()
    assert seen.seqs == outbox.marked == [1, 2, 3, 4, 5, 6, 7]


async def test_an_event_that_could_not_be_marked_is_published_again() -> None:
    bus, outbox = MemoryBus(), FakeOutbox(2)
    seen = Seen(bus)
    relay = OutboxRelay(outbox, bus, CLOCK)
    outbox.fail_marks = 1
    with pytest.raises(StoreError):
        await relay.drain()
    await relay.drain()
    await bus.close()
    assert seen.seqs == [1, 2, 1, 2]
    assert outbox.marked == [1, 2]


async def test_the_relay_outlives_a_failing_database_and_hears_a_poke() -> None:
    bus, outbox = MemoryBus(), FakeOutbox(1)
    outbox.fail_reads = 2
    relay = OutboxRelay(outbox, bus, CLOCK, poll_s=0.001)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await outbox.empty.wait()
        outbox.add()
        relay.poke()
        await outbox.empty.wait()
        running.cancel()
    assert outbox.marked == [1, 2]
    await bus.close()


async def test_a_poke_is_enough_where_the_next_look_is_far_away() -> None:
    bus, outbox = MemoryBus(), FakeOutbox()
    relay = OutboxRelay(outbox, bus, CLOCK, poll_s=3600)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await outbox.empty.wait()
        outbox.add()
        relay.poke()
        await outbox.empty.wait()
        running.cancel()
    assert outbox.marked == [1]
    await bus.close()
