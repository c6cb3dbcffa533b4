"""Which recording belongs to which call."""

from __future__ import annotations

import sqlalchemy as sa

from dialer.errors import UnknownAttempt
from dialer.store.database import Database
from dialer.store.tables import attempts
from dialer.store.views import Recording


class RecordingIndex:
    """The recordings in the log of attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, recording: Recording) -> None:
        """Note the finished recording of a call. Raises UnknownAttempt."""
        change = (
            attempts.update()
            .where(attempts.c.call_id == recording.call_id)
            .values(
                recorded=True,
                recording_file=recording.file,
                recording_bytes=recording.size_bytes,
                recording_sha256=recording.sha256,
                recording_s=recording.duration_s,
            )
        )
        if await self._database.write(lambda connection: connection.execute(change).rowcount) == 0:
            raise UnknownAttempt

    async def find(self, call_id: str) -> Recording | None:
        """The finished recording of a call, or None where there is none."""
        statement = sa.select(attempts).where(attempts.c.call_id == call_id, attempts.c.recording_file.is_not(None))
        row = await self._database.read(lambda connection: connection.execute(statement).first())
        if row is None:
            return None
        return Recording(
            call_id=row.call_id,
            file=row.recording_file,
            size_bytes=row.recording_bytes,
            sha256=row.recording_sha256,
            duration_s=row.recording_s,
        )
