from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dialer.bus.memory import MemoryBus
from dialer.ports import BusMessage, EventBus


def message(topic: str, number: int = 0) -> BusMessage:
    return BusMessage(topic=topic, payload={"n": number})


class Collector:
    def __init__(self) -> None:
        self.got: list[BusMessage] = []

    async def __call__(self, received: BusMessage) -> None:
        self.got.append(received)

    @property
    def numbers(self) -> list[object]:
        return [received.payload["n"] for received in self.got]


class Gate(Collector):
    """Handles nothing until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self, received: BusMessage) -> None:
        self.entered.set()
        await self.open.wait()
        await super().__call__(received)


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    bus = MemoryBus(queue_size=3)
    yield bus
    await bus.close(settle_s=0)


async def test_a_subscriber_gets_what_matches_in_the_order_of_publishing(bus: MemoryBus) -> None:
    calls = Collector()
    port: EventBus = bus
    port.subscribe("+/call.dialed", calls, name="calls")
    for number in range(3):
        await port.publish(message("mora/call.dialed", number))
        await port.publish(message("mora/call.closed", number))
    assert await bus.settle()
    assert calls.numbers == [0, 1, 2]
    assert bus.counts["calls"].delivered == 3


async def test_a_slow_subscriber_loses_the_oldest_and_delays_nobody_else(bus: MemoryBus) -> None:
    slow, quick = Gate(), Collector()
    bus.subscribe("#", slow, name="slow")
    bus.subscribe("#", quick, name="quick")
    await bus.publish(message("a/state", 0))
    await slow.entered.wait()
    for number in range(1, 7):
        await bus.publish(message("a/state", number))
        if number % 3 == 0:
            await asyncio.sleep(0)
    assert quick.numbers == [0, 1, 2, 3, 4, 5, 6]
    slow.open.set()
    assert await bus.settle()
    assert slow.numbers == [0, 4, 5, 6]
    assert bus.counts["slow"].dropped == 3
    assert bus.counts["quick"].dropped == 0


async def test_a_handler_that_raises_is_counted_and_goes_on_with_the_next(bus: MemoryBus) -> None:
    got: list[object] = []

    async def picky(received: BusMessage) -> None:
        if received.payload["n"] == 1:
            raise LookupError("not this one")
        got.append(received.payload["n"])

    bus.subscribe("#", picky, name="picky")
    for number in range(3):
        await bus.publish(message("a/state", number))
    assert await bus.settle()
    assert got == [0, 2]
    assert (bus.counts["picky"].failed, bus.counts["picky"].delivered) == (1, 2)


async def test_a_handler_that_never_ends_is_cut_off() -> None:
    bus = MemoryBus(handler_timeout_s=0.01)
    bus.subscribe("#", Gate(), name="stuck")
    await bus.publish(message("a/state"))
    assert await bus.settle()
    assert bus.counts["stuck"].failed == 1
    await bus.close()


async def test_nothing_arrives_after_the_subscription_has_ended(bus: MemoryBus) -> None:
    gate = Gate()
    unsubscribe = bus.subscribe("#", gate, name="gate")
    for number in range(3):
        await bus.publish(message("a/state", number))
    await gate.entered.wait()
    unsubscribe()
    unsubscribe()
    gate.open.set()
    await bus.publish(message("a/state", 9))
    await bus.close()
    assert gate.numbers in ([], [0])  # the call under way may finish; nothing that was queued behind it comes


async def test_a_handler_may_end_its_own_subscription(bus: MemoryBus) -> None:
    got: list[object] = []

    async def once(received: BusMessage) -> None:
        unsubscribe()
        got.append(received.payload["n"])

    unsubscribe = bus.subscribe("#", once, name="once")
    await bus.publish(message("a/state", 0))
    await bus.publish(message("a/state", 1))
    await bus.close()
    assert got == [0]


async def test_a_handler_may_publish(bus: MemoryBus) -> None:
    answers = Collector()

    async def answer(received: BusMessage) -> None:
        await bus.publish(message("a/command.done", 7))

    bus.subscribe("+/command", answer, name="engine")
    bus.subscribe("+/command.done", answers, name="console")
    await bus.publish(message("a/command"))
    assert await bus.settle()
    assert answers.numbers == [7]


async def test_closing_delivers_what_is_queued_and_leaves_no_task_behind() -> None:
    bus = MemoryBus()
    last = Collector()
    bus.subscribe("#", last, name="last")
    await bus.publish(message("a/call.closed", 1))
    await bus.close()
    assert last.numbers == [1]
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("bus:")] == []


async def test_closing_does_not_wait_for_ever_for_a_stuck_handler() -> None:
    bus = MemoryBus()
    gate = Gate()
    bus.subscribe("#", gate, name="stuck")
    await bus.publish(message("a/state"))
    await gate.entered.wait()
    await bus.close(settle_s=0.01)
    assert gate.got == []


async def test_a_closed_bus_takes_no_subscriber() -> None:
    bus = MemoryBus()
    await bus.close()
    await bus.close()
    with pytest.raises(RuntimeError, match="closed"):
        bus.subscribe("#", Collector(), name="late")


async def test_each_subscription_has_a_task_of_its_name(bus: MemoryBus) -> None:
    bus.subscribe("#", Collector(), name="console")
    assert "bus:console" in {task.get_name() for task in asyncio.all_tasks()}
