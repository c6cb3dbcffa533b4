"""An event loop whose clock moves only when there is nothing left to do.

A day of a call centre passes in seconds and always the same way: for tests, and for simulations through the fake PBX.
Nothing in it may wait for a real socket or thread: the clock would run past it.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_YOUNG = 100_000  # objects more than were given back, before the collector looks through them
_LONGEST_IDLE_S = 7 * 86_400.0  # a loop that sleeps longer than this waits for something that never comes


class _Handle(asyncio.Handle):
    """Without what is only for debugging: there are millions of them."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: tuple[object, ...], loop: VirtualTimeLoop, context: Context | None
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class _Timer(asyncio.TimerHandle):
    """Likewise."""

    __slots__ = ()

    def __init__(
        self, when: float, callback: Callable[..., object], args: tuple[object, ...], loop: VirtualTimeLoop,
        context: Context | None,
    ) -> None:  # fmt: skip
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = self._scheduled = False
        self._when = when
        self._repr = None
        self._source_traceback = None


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """``time()`` is virtual seconds since the loop was made. What is due at one instant happens in the order in which
    it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._asked = count()

    def time(self) -> float:
        return self._now

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._asked), timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def _run_once(self) -> None:
        """One turn of the loop: what is ready, and the timers that are due. The clock moves where nothing else can."""
        ready = self._ready
        if not ready:
            self._go_on()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001  # a loop is what runs them

    def _go_on(self) -> None:
        """To the next instant for which anything is left to do."""
        ready, timers = self._ready, self._timers
        while timers and not ready:
            when, _, timer = heapq.heappop(timers)
            if timer.cancelled():
                continue
            if when > self._now + _LONGEST_IDLE_S:
                break
            self._now = max(self._now, when)
            ready.append(timer)
            while timers and timers[0][0] <= self._now:
                ready.append(heapq.heappop(timers)[2])
        if not ready:
            raise RuntimeError("nothing left to wait for: some task waits for an event that cannot come")

    def _write_to_self(self) -> None:
        """An interrupt wakes a loop that sleeps; this one never does."""


class LoopClock:
    """A Clock that follows the time of an event loop, virtual or not."""

    def __init__(self, loop: asyncio.AbstractEventLoop, starts_at: datetime) -> None:
        if starts_at.tzinfo is None:
            raise ValueError("starts_at must be an aware datetime")
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
    with _seldom_collecting(), asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """A day's log is kept and has no cycles: to look through it for garbage, again and again, finds nothing."""
    usual = gc.get_threshold()
    gc.set_threshold(_YOUNG, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
