from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dialer.bus.memory import MemoryBus
from dialer.bus.signing import signature
from dialer.bus.webhooks import Endpoint, RetrySchedule, WebhookSender
from dialer.clock import ManualClock
from dialer.ports import BusMessage

SECRETS = tuple("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
AT = datetime(2026, 11, 22, 13, tzinfo=UTC)
QUICK = RetrySchedule(attempts=3, first_s=0.001, factor=1.0, longest_s=0.002, jitter_s=0.0)
PATIENCE_S = 30.0


def closed(number: int = 0) -> BusMessage:
    payload: dict[str, object] = {
        "campaign": "mora",
        "at": AT.isoformat(),
        "v": 1,
        "call_id": f"c{number}",
        "outcome": "busy",
    }
    return BusMessage(topic="mora/call.closed", payload=payload)


@dataclass(frozen=True)
class Request:
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A small HTTP server that answers with the given replies in turn, the last of them for ever.

    A reply of None hangs up without a word.
    """

    def __init__(self, replies: Sequence[str | None]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.port = 0
        self._more = asyncio.Condition()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def wait_for(self, count: int) -> list[Request]:
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(lambda: len(self.requests) >= count)
        return self.requests

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        plain = dict(line.split(": ", 1) for line in head[1:] if line)
        headers["webhook-signature"] = plain["webhook-signature"]
        body = await reader.readexactly(int(headers["content-length"]))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply is not None:
            writer.write(f"HTTP/1.1 {reply}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()
        async with self._more:
            self.requests.append(Request(headers, body))
            self._more.notify_all()


def sender_to(receiver: Receiver, schedule: RetrySchedule = QUICK, *topics: str, workers: int = 1) -> WebhookSender:
    endpoint = Endpoint(
        url=f"http://127.0.0.1:{receiver.port}/hook", secrets=SECRETS, topics=topics or ("#",), name="crm"
    )
    sender = WebhookSender([endpoint], ManualClock(AT), schedule=schedule, workers=workers)
    sender.start()
    return sender


async def test_an_event_arrives_signed_with_every_key() -> None:
    async with Receiver(["204 No Content"]).running() as receiver:
        sender = sender_to(receiver)
        await sender.enqueue(closed())
        request = (await receiver.wait_for(1))[0]
        await sender.close()
    assert json.loads(request.body) == {"type": "call.closed", "timestamp": AT.isoformat(), "data": closed().payload}
    event_id, timestamp = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
    assert timestamp == int(AT.timestamp())
    assert request.headers["webhook-signature"] == signature(SECRETS, event_id, timestamp, request.body)
    assert (sender.counts.delivered, sender.counts.dead) == (1, 0)


async def test_a_refused_event_comes_again_under_the_same_id_until_it_is_taken() -> None:
    async with Receiver(["500 Oops", None, "200 OK"]).running() as receiver:
        sender = sender_to(receiver)
        await sender.enqueue(closed())
        requests = await receiver.wait_for(3)
        await sender.close()
    assert len({request.headers["webhook-id"] for request in requests}) == 1
    assert len({request.body for request in requests}) == 1
    assert (sender.counts.delivered, sender.counts.failed_tries, sender.counts.dead) == (1, 2, 0)


async def test_an_event_that_nobody_takes_becomes_a_dead_letter_and_the_next_one_goes() -> None:
    async with Receiver(["500 Oops", "500 Oops", "500 Oops", "200 OK"]).running() as receiver:
        sender = sender_to(receiver)
        await sender.enqueue(closed(1))
        await sender.enqueue(closed(2))
        await receiver.wait_for(4)
        await sender.close()
    (letter,) = sender.dead_letters
    assert (letter.endpoint, letter.type, letter.attempts, letter.problem) == ("crm", "call.closed", 3, "answered 500")
    assert json.loads(letter.body)["data"]["call_id"] == "c1"
    assert (sender.counts.delivered, sender.counts.dead) == (1, 1)


async def test_redirects_are_not_followed() -> None:
    async with Receiver(["302 Found\r\nlocation: http://127.0.0.1:1/"]).running() as receiver:
        sender = sender_to(receiver)
        await sender.enqueue(closed())
        await receiver.wait_for(3)
        await sender.close()
    assert [letter.problem for letter in sender.dead_letters] == ["answered 302"]


async def test_gone_ends_the_endpoint_at_once() -> None:
    async with Receiver(["410 Gone"]).running() as receiver:
        sender = sender_to(receiver)
        await sender.enqueue(closed(1))
        await receiver.wait_for(1)
        await sender.close()
        await sender.enqueue(closed(2))
    assert [letter.attempts for letter in sender.dead_letters] == [1]
    assert len(receiver.requests) == 1


async def test_retry_after_is_obeyed_instead_of_the_schedule() -> None:
    an_hour = RetrySchedule(attempts=3, first_s=3600.0, longest_s=7200.0)
    async with Receiver(["429 Slow Down\r\nretry-after: 0", "200 OK"]).running() as receiver:
        sender = sender_to(receiver, an_hour)
        await sender.enqueue(closed())
        await receiver.wait_for(2)
        await sender.close()
    assert sender.counts.delivered == 1


async def test_an_endpoint_that_is_not_there_leaves_a_dead_letter() -> None:
    receiver = Receiver([])
    with socket.socket() as taken:  # bound and never listening: every connection is refused
        taken.bind(("127.0.0.1", 0))
        receiver.port = taken.getsockname()[1]
        sender = sender_to(receiver)
        await sender.enqueue(closed())
        await sender.close(flush_s=PATIENCE_S)
    assert [letter.problem for letter in sender.dead_letters] == ["ConnectError"]


async def test_only_wanted_events_are_sent_and_never_gauges_nor_orders() -> None:
    async with Receiver(["200 OK"]).running() as receiver:
        sender = sender_to(receiver, QUICK, "+/call.closed", "+/state", "+/command")
        bus = MemoryBus()
        bus.subscribe("#", sender.enqueue, name="webhooks")
        for name in ("call.ringing", "state", "command", "unknown.topic"):
            await bus.publish(BusMessage(topic=f"mora/{name}", payload={}))
        await bus.publish(closed())
        await bus.close()
        await sender.close(flush_s=PATIENCE_S)
    assert [json.loads(request.body)["type"] for request in receiver.requests] == ["call.closed"]


async def test_what_waits_between_two_tries_at_the_end_becomes_a_dead_letter_and_so_does_the_queue() -> None:
    an_hour = RetrySchedule(attempts=3, first_s=3600.0, longest_s=7200.0)
    async with Receiver(["503 Busy"]).running() as receiver:
        sender = sender_to(receiver, an_hour)
        await sender.enqueue(closed(1))
        await sender.enqueue(closed(2))
        await receiver.wait_for(1)
        await sender.close(flush_s=0.05)
    assert [(letter.problem, letter.attempts) for letter in sender.dead_letters] == [
        ("the dialer was stopped", 1),
        ("the dialer was stopped", 0),
    ]


async def test_a_full_queue_loses_the_oldest_to_the_dead_letters() -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9/", secrets=SECRETS)
    sender = WebhookSender([endpoint], ManualClock(AT), queue_size=2)
    for number in range(5):
        await sender.enqueue(closed(number))
    full = [json.loads(letter.body)["data"]["call_id"] for letter in sender.dead_letters]
    assert full == ["c0", "c1", "c2"]
    await sender.close(flush_s=0)
    assert sender.counts.dead == 5
