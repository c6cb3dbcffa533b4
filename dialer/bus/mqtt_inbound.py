"""What comes from the broker: checked by the table of topics before anybody in this process sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiomqtt
import orjson

from dialer.bus.topics import TOPICS, Sort, name_of, problems
from dialer.ports import BusMessage

LARGEST_PAYLOAD = 128 * 1024  #: bytes; the state of a floor of 300 agents takes about 50 kB


def read(received: aiomqtt.Message, prefix: str) -> tuple[BusMessage | None, tuple[str, ...]]:
    """The message, its topic without ``prefix``; or None and what is wrong with it."""
    topic, payload = received.topic.value, received.payload
    if not isinstance(payload, bytes) or len(payload) > LARGEST_PAYLOAD:
        return None, ("payload: is missing or too large",)
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None, ("payload: is not JSON",)
    if not isinstance(content, dict):
        return None, ("payload: is not a JSON object",)
    message = BusMessage(topic=topic.removeprefix(prefix), payload=content)
    found = problems(message)
    if found:
        return None, found
    if received.retain and TOPICS[name_of(topic)].sort is not Sort.GAUGE:
        return None, ("retained: an old order or event must not happen again",)
    return message, ()


def straight_to(take: Callable[[aiomqtt.Message], None]) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue for aiomqtt that keeps nothing and hands on at once.

    aiomqtt's own reader makes two tasks a message, is slower than a broker, and loses what does not fit without a
    count. The subscribers' queues are bounded and counted already.
    """

    class Straight(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            take(item)

    return Straight
