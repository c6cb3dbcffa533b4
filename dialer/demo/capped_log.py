"""An attempt log that stops giving out debtors after so many calls: how a demonstration ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from dialer.compliance.ratios import RatioStanding
from dialer.domain.ids import CallId
from dialer.ports import (
    AttemptClosing,
    AttemptLog,
    AttemptProgress,
    ContactAnswer,
    ContactRequest,
    Denial,
    Disposition,
    OpenAttempt,
    Reservation,
)


class CappedLog:
    """Delegates to another AttemptLog; the campaign reserves at most ``calls`` attempts that are not released.

    Calls that somebody asks for by name are never refused here; each takes one from those the campaign has left.
    """

    def __init__(self, log: AttemptLog, calls: int) -> None:
        self._log = log
        self._left = calls
        self._spent = asyncio.Event()

    @property
    def spent(self) -> bool:
        return self._left <= 0

    async def wait_spent(self) -> None:
        """Return when the last of the calls was given out. A release may take that back."""
        await self._spent.wait()

    async def reserve(self, campaign_id: int, count: int, now: datetime) -> Reservation:
        wanted = min(count, self._left)
        if wanted <= 0:
            return Reservation(attempts=(), denials=(), exhausted=True)
        self._left -= wanted
        try:
            reservation = await self._log.reserve(campaign_id, wanted, now)
        except BaseException:
            self._left += wanted
            raise
        self._give_back(wanted - len(reservation.attempts))
        return reservation

    async def reserve_contact(self, request: ContactRequest, now: datetime) -> ContactAnswer:
        answer = await self._log.reserve_contact(request, now)
        if answer.attempt is not None:
            self._give_back(-1)
        return answer

    async def recheck(self, call_id: CallId, now: datetime) -> Denial | None:
        denial = await self._log.recheck(call_id, now)
        if denial is not None:
            self._give_back(1)
        return denial

    async def standings(self, campaign_id: int, now: datetime) -> Sequence[RatioStanding]:
        return await self._log.standings(campaign_id, now)

    async def progress(self, milestones: Sequence[AttemptProgress]) -> None:
        await self._log.progress(milestones)

    async def close(self, closings: Sequence[AttemptClosing]) -> None:
        await self._log.close(closings)

    async def release(self, call_ids: Sequence[CallId], now: datetime) -> None:
        await self._log.release(call_ids, now)
        self._give_back(len(call_ids))

    async def dispose(self, disposition: Disposition) -> None:
        await self._log.dispose(disposition)

    async def open_attempts(self, campaign_id: int) -> Sequence[OpenAttempt]:
        return await self._log.open_attempts(campaign_id)

    def _give_back(self, calls: int) -> None:
        self._left += calls
        if self.spent:
            self._spent.set()
        else:
            self._spent.clear()
