"""A limit on calls a second that holds in any second, not only on average."""

from __future__ import annotations

import math
from collections import deque

_ROUNDING_S = 1e-9  # so that a call due exactly now is not put off by the last bit of a float


class RateLimit:
    """At most ``per_second`` in any second, spread so that one tick takes about one tick's share.

    A broken rate holds over a little more than a second: 1.5 is two in any 1.33 s, 0.5 one in any 2 s. Two limits act
    together: a token bucket keeps bursts short, and the times of the latest takings keep any second within the rate,
    which a bucket alone exceeds.
    """

    def __init__(self, per_second: float, *, tick_s: float = 0.25) -> None:
        if not per_second > 0 or not tick_s > 0:
            raise ValueError("per_second and tick_s must be above 0")
        self._per_second = per_second
        self._most = math.ceil(per_second)
        self._window_s = self._most / per_second
        self._capacity = max(1.0, per_second * tick_s + 1.0)
        self._tokens = self._capacity
        self._latest = -math.inf  # time that was asked about
        self._takings: deque[float] = deque(maxlen=self._most)  # in order
        self.share = 1.0  #: fraction of the rate to use, above 0 and at most 1

    def available(self, now: float) -> int:
        """How many may be taken at ``now``. Time that goes back gives nothing."""
        now = self._fill(now)
        takings = self._takings
        over = now - self._window_s + _ROUNDING_S
        while takings and takings[0] <= over:
            takings.popleft()
        most = max(1, math.floor(self._most * self.share))
        return max(0, min(math.floor(self._tokens + _ROUNDING_S), most - len(takings)))

    def take(self, now: float, count: int = 1) -> bool:
        """Take ``count`` if so many are available; otherwise take none."""
        if count > self.available(now):
            return False
        self._tokens -= count
        self._takings.extend([self._latest] * count)
        return True

    def _fill(self, now: float) -> float:
        """Tokens until ``now``; the latest time that was ever asked about."""
        elapsed = now - self._latest
        if elapsed > 0:
            self._tokens = min(self._capacity, self._tokens + elapsed * self._per_second * self.share)
            self._latest = now
        return self._latest
