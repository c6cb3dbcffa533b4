"""The bus, as everybody needs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BusMessage:
    """``topic`` is ``{campaign}/{noun.verb}`` or ``{noun.verb}``; ``payload`` is plain JSON data."""

    topic: str
    payload: dict[str, object]


BusHandler = Callable[[BusMessage], Awaitable[None]]


class EventBus(Protocol):
    async def publish(self, message: BusMessage) -> None: ...

    def subscribe(self, pattern: str, handler: BusHandler, *, name: str) -> Callable[[], None]:
        """Call ``handler`` for every message whose topic matches ``pattern`` (``+`` one level, ``#`` the rest).
        A slow handler loses the oldest messages, counted. Returns the call that ends the subscription."""
        ...
