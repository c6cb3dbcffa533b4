"""Requests of a campaign that run side by side, begun in the order in which they were given."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine

import structlog

from dialer.errors import CadenciaError

log = structlog.get_logger(__name__)

RESTING_AT_MOST = 64  # runners who stay for the next burst

Errand = Coroutine[object, object, None]


class Errands:
    """Most requests are done without any waiting, and a task for each would cost more than they do. Here a runner
    takes one after another; where one has to wait, another runner goes on with the rest."""

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self._given: deque[tuple[str, Errand]] = deque()
        self._resting: list[asyncio.Future[None]] = []
        self._coming = False  # a runner has been called and is not here yet
        self._runners: asyncio.TaskGroup | None = None

    def open(self, runners: asyncio.TaskGroup) -> None:
        """From now on errands are run, as tasks of that group. What they raise but CadenciaError ends it."""
        self._runners = runners

    def close(self) -> None:
        """None is begun any more, not even of those given."""
        self._runners = None
        while self._given:
            self._given.popleft()[1].close()

    def give(self, name: str, errand: Errand) -> None:
        """``name`` is for the log. Where none is run the errand is dropped."""
        if self._runners is None:
            errand.close()
            return
        self._given.append((name, errand))
        self._call_runner(self._runners)

    def _call_runner(self, runners: asyncio.TaskGroup) -> None:
        if self._coming:
            return
        self._coming = True
        if self._resting:
            self._resting.pop().set_result(None)
        else:
            runners.create_task(self._run(runners), name=f"errands of {self._campaign}")

    async def _run(self, runners: asyncio.TaskGroup) -> None:
        while True:
            self._coming = False
            while self._given:
                name, errand = self._given.popleft()
                if self._given:
                    self._call_runner(runners)  # this one may have to wait
                try:
                    await errand
                except CadenciaError as exc:
                    # What a failure means for the call, deadlines and events tell.
                    log.warning(
                        "request.failed", request=name, campaign=self._campaign, code=exc.code, error=exc.message
                    )
            if len(self._resting) >= RESTING_AT_MOST:
                return
            rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._resting.append(rest)
            await rest
