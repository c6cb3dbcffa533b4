"""Brings each recording home when its call is over: converted, measured, and noted in the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from dialer.domain.ids import CallId
from dialer.errors import MediaError
from dialer.ports import BusMessage
from dialer.store.database import Database
from dialer.store.recordings import RecordingIndex
from dialer.store.views import Recording
from recordings.library import RecordingInfo, RecordingLibrary

log = structlog.get_logger(__name__)


class RecordingKeeper:
    """``spool`` is where Asterisk writes, as this process sees it; None where no recording will come."""

    def __init__(self, database: Database, *, spool: Path | None, root: Path) -> None:
        self._database = database
        self._library = RecordingLibrary(spool, root) if spool is not None else None
        self._root = root
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def root(self) -> Path:
        return self._root

    async def find(self, call_id: str) -> Path | None:
        """The finished recording of a call, or None."""
        return await asyncio.to_thread(RecordingLibrary(self._root, self._root).find, call_id)

    async def on_call_closed(self, message: BusMessage) -> None:
        """For the bus: ``call.closed``."""
        if self._library is not None and message.payload.get("recorded") is True:
            self._keep(CallId(str(message.payload.get("call_id"))))

    def catch_up(self) -> None:
        """Finish what an earlier run left in the spool."""
        if self._library is not None:
            for call_id in self._library.unfinished():
                self._keep(call_id)

    def _keep(self, call_id: CallId) -> None:
        task = asyncio.create_task(self._finish(call_id), name=f"keep recording {call_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, call_id: CallId) -> None:
        if self._library is None:
            return
        try:
            info: RecordingInfo = await self._library.finish(call_id)
        except MediaError as exc:
            log.warning("recording.lost", call_id=call_id, error=exc.message)
            return
        await RecordingIndex(self._database).add(
            Recording(
                call_id=info.call_id,
                file=info.file,
                size_bytes=info.bytes,
                sha256=info.sha256,
                duration_s=info.duration_s,
            )
        )

    async def close(self, at_most_s: float = 20.0) -> None:
        """Let what is under way end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=at_most_s)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._library is not None:
            await self._library.close()
