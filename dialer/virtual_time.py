"""An event loop whose clock moves only when there is nothing left to do.

A day of a call centre passes in seconds and always the same way: for tests, and for simulations through the fake PBX.
Nothing in it may wait for a real socket or thread: the clock would run past it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

_LONGEST_IDLE_S = 7 * 86_400.0  # a loop that sleeps longer than this waits for something that never comes


class _LeapingSelector(selectors.DefaultSelector):
    """Instead of sleeping until the next timer, moves the loop's clock to it."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > _LONGEST_IDLE_S:
            raise RuntimeError("nothing left to wait for: some task waits for an event that cannot come")
        self.elapsed_s += timeout
        return []  # nothing is asked of the machine: no socket is waited for


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """``time()`` is virtual seconds since the loop was made."""

    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.elapsed_s


class LoopClock:
    """A Clock that follows the time of an event loop, virtual or not."""

    def __init__(self, loop: asyncio.AbstractEventLoop, starts_at: datetime) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("starts_at must be an aware datetime")
        self._loop = loop
        self._starts_at = starts_at
        self.monotonic = loop.time
        self._origin = self._read_at = loop.time()
        self._read = starts_at

    def now(self) -> datetime:
        at = self.monotonic()
        if at != self._read_at:  # much happens at one instant, and time is asked for at each turn
            self._read_at, self._read = at, self._starts_at + timedelta(seconds=at - self._origin)
        return self._read


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
