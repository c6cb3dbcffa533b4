"""Looks into the log now and then while a campaign runs: where it stands under the law, and whom it promised a call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from dialer.clock import Clock
from dialer.engine.messages import CallBacksDue, Instant, Message, StandingsRead
from dialer.errors import CadenciaError
from dialer.ports import AttemptLog, CallBackBook

log = structlog.get_logger(__name__)
T = TypeVar("T")

LOOK_EVERY_S = 5.0
LOOK_AT_MOST_S = 4.0
MOST_CALL_BACKS = 20  # looked at in one go


class LedgerWatch:
    """Owned by one runner. A failure changes nothing: the core knows how old its knowledge is."""

    def __init__(
        self,
        campaign_id: int,
        attempts: AttemptLog,
        call_backs: CallBackBook | None,
        clock: Clock,
        post: Callable[[Message], None],
        running: Callable[[], bool],
    ) -> None:
        self._campaign_id = campaign_id
        self._attempts = attempts
        self._call_backs = call_backs
        self._clock = clock
        self._post = post
        self._running = running

    async def run(self) -> None:
        """Until cancelled."""
        await self._read_standings()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._running():
                await self._read_standings()
                await self._look_for_call_backs()

    async def _read_standings(self) -> None:
        asked = Instant(self._clock.now(), self._clock.monotonic())
        standings = await self._ask("standings", self._attempts.standings(self._campaign_id, asked.at))
        if standings is not None:
            self._post(StandingsRead(standings=standings, asked=asked))

    async def _look_for_call_backs(self) -> None:
        if self._call_backs is None:
            return
        due = await self._ask("call backs", self._call_backs.due(self._campaign_id, self._clock.now(), MOST_CALL_BACKS))
        if due:
            self._post(CallBacksDue(call_backs=due))

    async def _ask(self, what: str, question: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(LOOK_AT_MOST_S):
                return await question
        except (CadenciaError, TimeoutError) as exc:
            log.warning("ledger.not_read", campaign_id=self._campaign_id, what=what, error=str(exc) or "time-out")
            return None
