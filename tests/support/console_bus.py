"""A bus that hands each message over at once, in the caller's own task: nothing to wait for in a test."""

from __future__ import annotations

from collections.abc import Callable

from dialer.ports import BusHandler, BusMessage


def topic_matches(pattern: str, topic: str) -> bool:
    wanted, given = pattern.split("/"), topic.split("/")
    for index, part in enumerate(wanted):
        if part == "#":
            return True
        if index >= len(given) or part not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


class DirectBus:
    def __init__(self) -> None:
        self.published: list[BusMessage] = []
        self._handlers: dict[int, tuple[str, BusHandler]] = {}
        self._next = 0

    async def publish(self, message: BusMessage) -> None:
        self.published.append(message)
        for pattern, handler in list(self._handlers.values()):
            if topic_matches(pattern, message.topic):
                await handler(message)

    def subscribe(self, pattern: str, handler: BusHandler, *, name: str) -> Callable[[], None]:
        key, self._next = self._next, self._next + 1
        self._handlers[key] = (pattern, handler)
        return lambda: self._handlers.pop(key, None) and None

    @property
    def subscriptions(self) -> int:
        return len(self._handlers)
