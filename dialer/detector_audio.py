"""Keeps what was heard of the calls of the random share, for review: asks whether it may, writes the file, notes it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PurePosixPath

import structlog

from dialer.amd.audio_keeping import AudioShare, may_keep, seconds_of, wav_of
from dialer.errors import StoreError
from dialer.ports import BusMessage
from dialer.store.database import Database
from dialer.store.detector_evidence import keep_audio

log = structlog.get_logger(__name__)

#: Under the folder of the recordings, whose backup, rights and retention it shares.
FOLDER = "detector"


def place_of(call_id: str) -> str:
    """Where the beginning of a call is kept, under the folder of the recordings. Names sort by time, and a folder holds
    the calls of some four hours: a call id begins with its time."""
    return str(PurePosixPath(FOLDER, call_id[:6], f"{call_id}.wav"))


class DetectorAudio:
    """``root`` is the folder of the recordings."""

    def __init__(self, share: AudioShare, database: Database, root: Path) -> None:
        self._share = share
        self._database = database
        self._root = root

    async def on_call_closed(self, message: BusMessage) -> None:
        """For the bus: ``call.closed``. The evidence of the call is in the store by then."""
        call_id = str(message.payload.get("call_id"))
        heard = self._share.take(call_id)
        if heard is None:
            return
        place = place_of(call_id)
        path = self._root / place
        try:
            await asyncio.to_thread(_write, path, wav_of(heard))
            # Written before it is noted: a note without a file would be a promise that nobody can keep.
            kept = await self._database.write(keep_audio, call_id, place, seconds_of(heard), may_keep)
        except (OSError, StoreError) as exc:
            log.warning("amd.audio_not_kept", call_id=call_id, error=str(exc))
            kept = False
        if kept:
            log.info("amd.audio_kept", call_id=call_id, seconds=seconds_of(heard))
        else:
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    part = path.with_name(f".part-{path.name}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as out:
        out.write(content)
    part.replace(path)
