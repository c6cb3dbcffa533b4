"""Finished recordings: taken from where Asterisk writes them, converted, measured and put in their place."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePath

import structlog

from dialer.domain.ids import CallId
from dialer.errors import InvalidCallId, MediaError
from recordings.audio import Measures, convert, measure
from recordings.naming import FORMS, Form, checked, raw_name, relative_path

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.5  # a busy floor has dozens of them settling at once


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingInfo:
    """A finished recording. ``file`` is its path under the library's root; levels are in dB below full scale."""

    call_id: CallId
    file: str
    bytes: int
    sha256: str
    duration_s: float
    debtor_dbfs: float
    agent_dbfs: float


class RecordingLibrary:
    """``spool`` is the folder where Asterisk writes ``<call id>.raw``, ``root`` where finished recordings are kept.

    Ask for a call when it is over. Its raw file counts as complete when it has not grown for ``settle_s``. That must
    be well above one second: Asterisk writes in blocks of 32 KiB (``ast_writefile``), 1.02 s of stereo at 8 kHz.
    Any number of files may be waited for; ``at_once`` are converted at a time.
    """

    def __init__(
        self,
        spool: Path,
        root: Path,
        *,
        form: Form = "wav",
        settle_s: float = 2.0,
        timeout_s: float = 15.0,
        at_once: int = 4,
    ) -> None:
        self._spool = spool
        self._root = root
        self._form = form
        self._settle_s = settle_s
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(at_once)
        self._under_way: dict[CallId, asyncio.Task[RecordingInfo]] = {}

    @property
    def root(self) -> Path:
        return self._root

    async def finish(self, call_id: str) -> RecordingInfo:
        """Wait until the raw file is complete, convert it, and remove it once the recording is in its place.

        Asked twice for one call, it works once; asked again later, it describes what it finds in place. Raises
        InvalidCallId; MediaError where no complete raw file came within ``timeout_s``, or it holds no audio, or the
        disk failed: the raw file then stays where it is.
        """
        wanted = checked(call_id)
        task = self._under_way.get(wanted)
        if task is None:
            task = asyncio.create_task(self._finish(wanted), name=f"recording:{wanted}")
            self._under_way[wanted] = task
            task.add_done_callback(lambda done: self._ended(wanted, done))
        return await asyncio.shield(task)

    def find(self, call_id: str) -> Path | None:
        """The finished recording in whatever form it was kept; None where there is none, or that is no call id."""
        for form in FORMS:
            try:
                path = self._root / relative_path(call_id, form)
            except InvalidCallId:
                return None
            if path.is_file():
                return path
        return None

    def unfinished(self) -> list[CallId]:
        """Calls whose raw file still lies in the spool: live ones, and those left over by a crash."""
        found: list[CallId] = []
        for path in sorted(self._spool.glob("*.raw")):
            try:
                found.append(checked(path.stem))
            except InvalidCallId:
                continue
        return found

    async def close(self, timeout_s: float = 5.0) -> None:
        """Let conversions under way end for at most ``timeout_s`` seconds."""
        if self._under_way:
            _, late = await asyncio.wait(list(self._under_way.values()), timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, call_id: CallId, task: asyncio.Task[RecordingInfo]) -> None:
        self._under_way.pop(call_id, None)
        if not task.cancelled():
            task.exception()  # seen, even where whoever asked has gone

    async def _finish(self, call_id: CallId) -> RecordingInfo:
        raw = self._spool / raw_name(call_id)
        try:
            if await asyncio.to_thread(_size, raw) < 0 and self.find(call_id):
                return await asyncio.to_thread(self._describe, call_id)
            await self._complete(raw)
            async with self._turns:
                info = await asyncio.to_thread(self._convert, call_id, raw)
        except OSError as exc:
            raise MediaError(
                f"The recording could not be read or written: {exc.strerror or type(exc).__name__}."
            ) from exc
        log.info("recording.finished", call_id=call_id, duration_s=round(info.duration_s, 2), bytes=info.bytes)
        return info

    async def _complete(self, raw: Path) -> None:
        """Return when the file has stopped growing. Raises MediaError on time-out."""
        loop = asyncio.get_running_loop()
        size, since = -1, loop.time()
        try:
            async with asyncio.timeout(self._timeout_s):
                while True:
                    now_size = await asyncio.to_thread(_size, raw)
                    if now_size != size:
                        size, since = now_size, loop.time()
                    elif size >= 0 and loop.time() - since >= self._settle_s:
                        return
                    await asyncio.sleep(min(_LOOK_EVERY_S, self._settle_s))
        except TimeoutError as exc:
            what = "Asterisk wrote no recording of this call" if size < 0 else "The recording of this call still grows"
            raise MediaError(f"{what}. Check the spool folder in CADENCIA_RECORDINGS__SPOOL_DIR.") from exc

    def _convert(self, call_id: CallId, raw: Path) -> RecordingInfo:
        place = relative_path(call_id, self._form)
        target = self._root / place
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        # The same folder, so that the rename is atomic; the form stays last, because encoders go by it.
        part = target.with_name(f".part-{target.name}")
        try:
            measures = convert(raw, part, self._form)
            part.chmod(0o640)
            info = self._info(call_id, part, place, measures)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        raw.unlink(missing_ok=True)
        return info

    def _describe(self, call_id: CallId) -> RecordingInfo:
        path = self.find(call_id)
        if path is None:
            raise MediaError("The recording was there a moment ago and is gone.")
        return self._info(call_id, path, path.relative_to(self._root), measure(path))

    def _info(self, call_id: CallId, path: Path, place: PurePath, measures: Measures) -> RecordingInfo:
        digest, size = _digest(path)
        return RecordingInfo(
            call_id=call_id,
            file=place.as_posix(),
            bytes=size,
            sha256=digest,
            duration_s=measures.duration_s,
            debtor_dbfs=measures.debtor_dbfs,
            agent_dbfs=measures.agent_dbfs,
        )


def _size(path: Path) -> int:
    """In bytes; -1 where there is no such file."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return -1


def _digest(path: Path) -> tuple[str, int]:
    """SHA-256 in hex, and the size in bytes, of what is on the disk."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        os.fsync(source.fileno())
        return digest, source.tell()
