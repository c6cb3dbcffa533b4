"""Orders to the engine over the bus, and the wait for their answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

import structlog

from dialer.clock import Clock
from dialer.domain.ids import uuid7
from dialer.errors import CommandRefused, CommandUnanswered
from dialer.ports import BusMessage, EventBus

log = structlog.get_logger(__name__)

MOST_IN_FLIGHT = 256


class CommandDesk:
    """Sends commands and matches the answers by ``request_id``."""

    def __init__(self, bus: EventBus, clock: Clock, timeout_s: float) -> None:
        self._bus = bus
        self._clock = clock
        self._timeout_s = timeout_s
        self._waiting: dict[str, asyncio.Future[BusMessage]] = {}
        self._unsubscribe: list[Callable[[], None]] = []

    def start(self) -> None:
        for topic in ("+/command.done", "+/command.refused"):
            self._unsubscribe.append(self._bus.subscribe(topic, self._on_answer, name=f"console:{topic}"))

    def stop(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(CommandUnanswered())

    async def send(self, campaign: str, verb: str, **arguments: object) -> dict[str, object]:
        """Carry out ``verb`` and return the engine's answer. Raises CommandRefused, or CommandUnanswered after the
        time-out."""
        if len(self._waiting) >= MOST_IN_FLIGHT:
            raise CommandUnanswered("Too many commands wait for the engine already. Check that it is running.")
        request_id = uuid7(self._clock.now(), secrets.token_bytes(10))
        future: asyncio.Future[BusMessage] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        try:
            payload: dict[str, object] = {"v": 1, "verb": verb, "request_id": request_id, **arguments}
            await self._bus.publish(BusMessage(topic=f"{campaign}/command", payload=payload))
            async with asyncio.timeout(self._timeout_s):
                answer = await future
        except TimeoutError as exc:
            log.warning("console.command_unanswered", campaign=campaign, verb=verb, request_id=request_id)
            raise CommandUnanswered() from exc
        finally:
            del self._waiting[request_id]
        if answer.topic.endswith("/command.refused"):
            code = str(answer.payload.get("code") or "")
            log.info("console.command_refused", campaign=campaign, verb=verb, request_id=request_id, code=code)
            # Of a denial: which rules, and until when.
            more = {name: answer.payload[name] for name in ("reasons", "next_allowed_at") if name in answer.payload}
            raise CommandRefused(str(answer.payload.get("message") or "") or None, code=code, **more)
        log.info("console.command_done", campaign=campaign, verb=verb, request_id=request_id)
        return answer.payload

    async def _on_answer(self, message: BusMessage) -> None:
        future = self._waiting.get(str(message.payload.get("request_id", "")))
        if future is not None and not future.done():
            future.set_result(message)
