"""Looks after promises while a station runs: those whose payment is late are decided within a minute."""

from __future__ import annotations

import asyncio

import structlog

from dialer.clock import Clock
from dialer.errors import StoreError
from dialer.store.database import Database
from dialer.store.promise_keeping import PromiseKeeping

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 30.0
AT_ONCE = 200


class PromiseKeeper:
    """A failure is logged, and the next look finds the same promises again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._keeping = PromiseKeeping(database, clock)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while len(decided := await self._keeping.settle_due(AT_ONCE)) == AT_ONCE:
                    log.info("promises.decided", count=len(decided))
            except StoreError as exc:
                log.warning("promises.not_decided", error=str(exc))
            await asyncio.sleep(LOOK_EVERY_S)
