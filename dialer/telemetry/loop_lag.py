"""How late the event loop wakes up: the first sign that something blocks it or that the machine is too small."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable


class LoopLagProbe:
    """Sleeps ``interval_s`` again and again and tells ``observe`` by how many seconds it was late, 0 or more.

    The latest ``keep`` figures stay for ``percentile``: ten minutes by default.
    """

    def __init__(
        self, observe: Callable[[float], object] | None = None, *, interval_s: float = 0.1, keep: int = 6000
    ) -> None:
        if interval_s <= 0:
            raise ValueError("interval_s must be above 0")
        self._observe = observe
        self._interval_s = interval_s
        self._lags: deque[float] = deque(maxlen=keep)

    async def run(self) -> None:
        """Probe until cancelled. Give it a task of its own."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._interval_s
            await asyncio.sleep(self._interval_s)
            self.record(loop.time() - due)

    def record(self, lag_s: float) -> None:
        lag_s = max(0.0, lag_s)
        self._lags.append(lag_s)
        if self._observe is not None:
            self._observe(lag_s)

    def percentile(self, percent: float) -> float | None:
        """The lag in seconds that ``percent`` (above 0, at most 100) of the kept figures do not exceed; None where
        there is none yet."""
        if not 0 < percent <= 100:
            raise ValueError("percent must be above 0 and at most 100")
        if not self._lags:
            return None
        ordered = sorted(self._lags)
        return ordered[math.ceil(len(ordered) * percent / 100) - 1]
