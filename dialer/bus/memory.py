"""The bus inside one process: the default, so that a first run needs no broker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from dialer.bus.topics import matches
from dialer.ports import BusHandler, BusMessage

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SubscriberCounts:
    """What became of the messages for one name: ``dropped`` because the handler was too slow, ``failed`` because it
    raised or took longer than it may."""

    delivered: int = 0
    dropped: int = 0
    failed: int = 0


class MemoryBus:
    """Gives each subscriber the messages in the order in which they were published.

    Every subscriber has a queue of ``queue_size`` messages and a task of its own, so that a slow one delays nobody
    else; when its queue is full the oldest message is lost and counted. Payloads are shared: handlers only read them.
    """

    def __init__(self, *, queue_size: int = 1000, handler_timeout_s: float = 30.0) -> None:
        if queue_size < 1:
            raise ValueError("queue_size must be at least 1")
        self._queue_size = queue_size
        self._handler_timeout_s = handler_timeout_s
        self._subscribers: list[_Subscriber] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: dict[str, SubscriberCounts] = {}
        self._closed = False

    @property
    def counts(self) -> Mapping[str, SubscriberCounts]:
        """By the name of the subscription, those that have ended included."""
        return self._counts

    async def publish(self, message: BusMessage) -> None:
        """Queue ``message`` for every subscriber that wants it, without waiting for any of them."""
        self.hand_out(message)

    def hand_out(self, message: BusMessage) -> None:
        """``publish`` for those who cannot wait."""
        for subscriber in self._subscribers:
            if matches(subscriber.pattern, message.topic):
                subscriber.put(message)

    def subscribe(self, pattern: str, handler: BusHandler, *, name: str) -> Callable[[], None]:
        """See dialer.ports.EventBus. A running event loop is needed. After the returned call the handler gets nothing
        more; a call of it that is under way is finished."""
        if self._closed:
            raise RuntimeError("the bus is closed")
        counts = self._counts.setdefault(name, SubscriberCounts())
        subscriber = _Subscriber(pattern, handler, name, counts, self._queue_size, self._handler_timeout_s)
        task = asyncio.create_task(subscriber.run(), name=f"bus:{name}")
        self._subscribers.append(subscriber)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)
                subscriber.stop()

        return unsubscribe

    async def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait until every message published so far, and by handlers meanwhile, was handled. False on time-out."""
        try:
            async with asyncio.timeout(timeout_s):
                while busy := [subscriber for subscriber in self._subscribers if not subscriber.quiet.is_set()]:
                    for subscriber in busy:
                        await subscriber.quiet.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, *, settle_s: float = 2.0) -> None:
        """Let the queues empty for at most ``settle_s`` seconds, then end every subscription."""
        if self._closed:
            return
        if not await self.settle(settle_s):
            log.warning("bus.closed_unsettled", waiting={s.name: len(s.queue) for s in self._subscribers if s.queue})
        self._closed = True
        self._subscribers.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Subscriber:
    def __init__(
        self,
        pattern: str,
        handler: BusHandler,
        name: str,
        counts: SubscriberCounts,
        queue_size: int,
        timeout_s: float,
    ) -> None:
        self.pattern = pattern
        self.name = name
        self.queue: deque[BusMessage] = deque(maxlen=queue_size)
        self.quiet = asyncio.Event()
        self.quiet.set()
        self._handler = handler
        self._counts = counts
        self._timeout_s = timeout_s
        self._wake = asyncio.Event()
        self._stopped = False

    def put(self, message: BusMessage) -> None:
        if len(self.queue) == self.queue.maxlen:
            self._counts.dropped += 1
            if self._counts.dropped.bit_count() == 1:  # at 1, 2, 4, 8, …: a storm of losses must not storm the log
                log.warning("bus.message_dropped", subscriber=self.name, dropped=self._counts.dropped)
        self.queue.append(message)
        self.quiet.clear()
        self._wake.set()

    def stop(self) -> None:
        self._stopped = True
        self.queue.clear()
        self._wake.set()

    async def run(self) -> None:
        while not self._stopped:
            while self.queue:
                await self._handle(self.queue.popleft())
            self.quiet.set()
            self._wake.clear()
            if not self._stopped:
                await self._wake.wait()
        self.quiet.set()

    async def _handle(self, message: BusMessage) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._handler(message)
        except Exception:  # one bad message or handler must not end the subscription
            self._counts.failed += 1
            log.exception("bus.handler_failed", subscriber=self.name, topic=message.topic)
        else:
            self._counts.delivered += 1
