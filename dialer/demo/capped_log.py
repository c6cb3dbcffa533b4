"""An attempt log that stops giving out debtors after so many calls: how a demonstration ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from dialer.domain.ids import CallId
from dialer.ports import AttemptClosing, AttemptLog, AttemptProgress, Disposition, OpenAttempt, Reservation


class CappedLog:
    """Delegates to another AttemptLog; at most ``calls`` attempts are reserved and not released."""

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
        self._left += wanted - len(reservation.attempts)
        if self.spent:
            self._spent.set()
        return reservation

    async def progress(self, milestones: Sequence[AttemptProgress]) -> None:
        await self._log.progress(milestones)

    async def close(self, closings: Sequence[AttemptClosing]) -> None:
        await self._log.close(closings)

    async def release(self, call_ids: Sequence[CallId], now: datetime) -> None:
        await self._log.release(call_ids, now)
        self._left += len(call_ids)
        self._spent.clear()

    async def dispose(self, disposition: Disposition) -> None:
        await self._log.dispose(disposition)

    async def open_attempts(self, campaign_id: int) -> Sequence[OpenAttempt]:
        return await self._log.open_attempts(campaign_id)
