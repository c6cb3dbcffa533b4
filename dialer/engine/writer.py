"""Writes what happened to calls, in batches: a transaction costs more than what is written in it."""

from __future__ import annotations

import asyncio

import structlog

from dialer.errors import InputError, StoreError, UnknownAttempt
from dialer.ports import AttemptClosing, AttemptLog, AttemptProgress, Disposition

log = structlog.get_logger(__name__)

RETRY_S = 1.0
GATHER_S = 0.05  # what happens meanwhile goes into the same transaction; a crash forgets no more than so much
BATCH = 500


class LogWriter:
    """Owned by one runner. Nothing is dropped: what cannot be written now is tried again, in order."""

    def __init__(self, attempts: AttemptLog, *, name: str) -> None:
        self._attempts = attempts
        self._name = name
        self._progress: list[AttemptProgress] = []
        self._closings: list[AttemptClosing] = []
        self._dispositions: list[Disposition] = []
        self._wake = asyncio.Event()
        self._gathering = False
        self._over = False
        self._busy = asyncio.Lock()

    @property
    def idle(self) -> bool:
        return not (self._progress or self._closings or self._dispositions or self._busy.locked())

    def add_progress(self, progress: AttemptProgress) -> None:
        self._progress.append(progress)
        self._gather()

    def add_closing(self, closing: AttemptClosing) -> None:
        self._closings.append(closing)
        self._gather()

    def add_disposition(self, disposition: Disposition) -> None:
        self._dispositions.append(disposition)
        self._gather()

    def _gather(self) -> None:
        if not self._gathering:
            self._gathering = True
            asyncio.get_running_loop().call_later(GATHER_S, self._wake.set)

    async def run(self) -> None:
        """Until cancelled; what is being written then is written to its end. Call ``flush`` afterwards."""
        work = asyncio.create_task(self._work(), name=f"batches of {self._name}")
        try:
            await asyncio.shield(work)
        finally:
            self._over = True
            if not self._busy.locked():
                work.cancel()

    async def _work(self) -> None:
        while not self._over:
            await self._wake.wait()
            self._wake.clear()
            self._gathering = False
            try:
                await self.flush()
            except StoreError as exc:
                log.error("log.write_failed", campaign=self._name, error=exc.message, waiting=len(self._closings))
                await asyncio.sleep(0.0 if self._over else RETRY_S)
                self._wake.set()

    async def flush(self) -> None:
        """Write everything that waits. Raises StoreError; what was not written is kept."""
        async with self._busy:
            while self._progress or self._closings or self._dispositions:
                # Progress of a call goes before its closing: a closed attempt takes no more progress.
                progress, closings, dispositions = (
                    self._progress[:BATCH],
                    self._closings[:BATCH],
                    self._dispositions[:1],
                )
                if progress:
                    await self._attempts.progress(progress)
                    del self._progress[: len(progress)]
                elif closings:
                    await self._attempts.close(closings)
                    del self._closings[: len(closings)]
                else:
                    await self._dispose(dispositions[0])
                    del self._dispositions[:1]

    async def _dispose(self, disposition: Disposition) -> None:
        try:
            await self._attempts.dispose(disposition)
        except (InputError, UnknownAttempt) as exc:  # a code that nobody knows must not hold up the log behind it
            log.error("disposition.refused", call_id=disposition.call_id, code=disposition.code, error=exc.message)
