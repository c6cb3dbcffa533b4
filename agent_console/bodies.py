"""The body of a request: read whole before anything is done, never larger than it may be, never waited for too long."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from dialer.errors import BodyTooLarge, InputError

MOST_BYTES = 2_000_000
READ_WITHIN_S = 30.0


async def read_body(headers: Headers, receive: Receive) -> bytes:
    """Raises BodyTooLarge, InputError where it does not come."""
    told = headers.get("content-length", "")
    if told.isdigit() and int(told) > MOST_BYTES:
        raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise InputError("The request broke off.")
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > MOST_BYTES:
                    raise BodyTooLarge
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError as exc:
        raise InputError("The request did not come to its end in time.") from exc


class Body:
    """Hands a body that was read to whoever comes next, then whatever else the connection tells."""

    def __init__(self, content: bytes, receive: Receive) -> None:
        self._content: bytes | None = content
        self._receive = receive

    async def __call__(self) -> Message:
        if self._content is not None:
            content, self._content = self._content, None
            return {"type": "http.request", "body": content, "more_body": False}
        return await self._receive()
