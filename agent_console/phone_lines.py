"""Browsers' telephones that may register: each is revoked when its session is over, or when nobody uses it any more.

Whoever is signed in and comes back is admitted again, so that a bound of time costs nobody anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from agent_console.context import ConsoleContext
from dialer.errors import StoreError

log = structlog.get_logger(__name__)

MOST_LINES = 500  #: browsers whose signalling is passed on at once
UNUSED_S = 600.0  #: without a line for so long, a browser was closed
LOOK_EVERY_S = 60.0


@dataclass(slots=True)
class _Phone:
    used_at: float  # monotonic
    lines: int = 0


class PhoneLines:
    """The telephones that this console admitted, by session."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self._phones: dict[str, _Phone] = {}
        self._free = asyncio.Semaphore(MOST_LINES)

    @property
    def full(self) -> bool:
        return self._free.locked()

    async def admit(self, session: str) -> None:
        """It may register from now on. Raises NoBrowserPhones, TelephonyError."""
        self._used(session)
        await self._context.phones.admit(session)

    async def revoke(self, session: str) -> None:
        """It may register no longer; tried again later where that cannot be done now."""
        done = await self._context.phones.revoke(session)
        phone = self._phones.get(session)
        if done and phone is not None and not phone.lines:
            del self._phones[session]

    @asynccontextmanager
    async def line(self, session: str) -> AsyncIterator[None]:
        """While a browser's signalling is passed on."""
        async with self._free:
            self._used(session).lines += 1
            try:
                yield
            finally:
                self._used(session).lines -= 1

    def _used(self, session: str) -> _Phone:
        now = self._context.clock.monotonic()
        phone = self._phones.setdefault(session, _Phone(now))
        phone.used_at = now
        return phone

    async def watch(self) -> None:
        """Look after them until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except StoreError as exc:
                log.warning("phones.not_looked_after", error=exc.message)

    async def look(self) -> None:
        """Revoke those that nobody uses and those whose session is over. Raises StoreError."""
        now = self._context.clock.monotonic()
        for session, phone in list(self._phones.items()):
            if phone.lines:
                continue  # the line itself asks whether its session is over
            unused = now - phone.used_at >= UNUSED_S
            if unused or await self._context.people.person(session, used=False) is None:
                await self.revoke(session)
