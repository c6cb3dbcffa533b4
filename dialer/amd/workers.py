"""Recognition of words on live calls: processes with a model each, and the calls shared out among them.

The event loop never waits for a recogniser: it writes into pipes what they have room for, and reads what comes. Where
all recognisers are busy, or one falls behind, a call goes on without words, and it is counted.

Processes and not threads, by measurement (docs/amd.md): Vosk lets go of the interpreter's lock while it decodes, but
takes it back for every result, and two threads of it make the loop late where two processes do not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from dialer.amd.transcript import PIECE_BYTES, Heard, require_model
from dialer.amd.worker_protocol import Kind, decode_heard, encode, encode_grammar, messages
from dialer.clock import Clock
from dialer.errors import ConfigurationError

log = structlog.get_logger(__name__)

START_TIMEOUT_S: Final = 60.0  # a large model takes its time
STUCK_S: Final = 10.0  # a process that owes an answer for so long is ended
STOP_TIMEOUT_S: Final = 5.0
_STEADY_S: Final = 60.0  # whoever lived so long did not fail at the start
_BACK_OFF_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
_PIECES_AHEAD: Final = 3  # of a call, sent and not answered: more would only wait in the pipe
_MOST_BEHIND_BYTES: Final = 20 * PIECE_BYTES  # 2 s: words that late decide nothing
_READ_BYTES: Final = 65_536


class WorkerStream:
    """One call's audio on its way to its process. Implements ``TranscriptStream``."""

    def __init__(self, number: int, worker: _Worker, on_heard: Callable[[Heard], None]) -> None:
        self.number = number
        self._worker = worker
        self._on_heard = on_heard
        self._waiting = bytearray()
        self._unanswered = 0
        self._closed = False

    def accept(self, frame: bytes) -> None:
        if self._closed:
            return
        self._waiting += frame
        if len(self._waiting) > _MOST_BEHIND_BYTES:
            self._worker.give_up(self)
        elif len(self._waiting) >= PIECE_BYTES:
            self._send()

    def _send(self) -> None:
        """All that waits, where the process has answered enough of what it got."""
        if self._unanswered < _PIECES_AHEAD:
            self._unanswered += 1
            self._worker.send(Kind.AUDIO, self.number, bytes(self._waiting))
            self._waiting.clear()

    def answered(self, heard: Heard | None) -> None:
        self._unanswered -= 1
        if len(self._waiting) >= PIECE_BYTES:
            self._send()
        if heard is not None:
            self._on_heard(heard)

    @property
    def waits_for_answer(self) -> bool:
        return self._unanswered > 0

    def end(self) -> None:
        """No more words, from whichever side."""
        self._closed = True
        self._waiting.clear()

    def close(self) -> None:
        if not self._closed:
            self.end()
            self._worker.closed(self)


class _Worker:
    """One process, started again whenever it ends."""

    def __init__(self, command: Sequence[str], owner: WorkerTranscriber, clock: Clock) -> None:
        self._command = command
        self._owner = owner
        self._clock = clock
        self._process: asyncio.subprocess.Process | None = None
        self._numbers = 0
        self.streams: dict[int, WorkerStream] = {}
        self.up = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.up.is_set() else None

    def open(self, on_heard: Callable[[Heard], None], grammar: Sequence[str] = ()) -> WorkerStream:
        self._numbers += 1
        stream = WorkerStream(self._numbers, self, on_heard)
        self.streams[stream.number] = stream
        self.send(Kind.OPEN, stream.number, encode_grammar(grammar))
        return stream

    def closed(self, stream: WorkerStream) -> None:
        if self.streams.pop(stream.number, None) is not None:
            self.send(Kind.CLOSE, stream.number)

    def give_up(self, stream: WorkerStream) -> None:
        """It is too far behind to be of use."""
        stream.close()
        self._owner.without_words["late"] += 1
        log.warning("amd.recogniser_behind", language=self._owner.language)

    def send(self, kind: Kind, stream: int, payload: bytes = b"") -> None:
        if self._process is None or self._process.stdin is None or not self.up.is_set():
            return
        self._process.stdin.write(encode(kind, stream, payload))

    async def run(self) -> None:
        """Until cancelled: start, read, and start again."""
        failures = 0
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    await self._live()
                except (OSError, ValueError, TimeoutError) as exc:
                    log.warning("amd.worker_failed", language=self._owner.language, error=repr(exc))
                failures = 0 if self._clock.monotonic() - began >= _STEADY_S else failures + 1
                await self._bury()
                self._owner.restarts += 1
                self._owner.news.set()
                await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
        finally:
            await self._bury()

    async def _live(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        buffer = bytearray()
        while received := await self._read(self._process):
            buffer += received
            for kind, number, payload in messages(buffer):
                if kind is Kind.READY:
                    self.up.set()
                    self._owner.news.set()
                elif kind is Kind.HEARD:
                    stream = self.streams.get(number)
                    if stream is not None:
                        stream.answered(decode_heard(payload))
        log.warning("amd.worker_ended", language=self._owner.language, calls=len(self.streams))

    async def _read(self, process: asyncio.subprocess.Process) -> bytes:
        """What it says next; nothing where it has ended. Raises TimeoutError where it is stuck."""
        if process.stdout is None:
            return b""
        reading = asyncio.ensure_future(process.stdout.read(_READ_BYTES))
        try:
            while True:
                limit_s = STUCK_S if self.up.is_set() else START_TIMEOUT_S
                done, _ = await asyncio.wait([reading], timeout=limit_s)
                if done:
                    return reading.result()
                if not self.up.is_set() or any(stream.waits_for_answer for stream in self.streams.values()):
                    raise TimeoutError("it does not answer")
        finally:
            reading.cancel()

    async def _bury(self) -> None:
        """Its calls go on without words."""
        was_up, streams, process = self.up.is_set(), list(self.streams.values()), self._process
        self.up.clear()
        self.streams.clear()
        self._process = None
        for stream in streams:
            stream.end()
        if was_up:
            self._owner.without_words["worker"] += len(streams)
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()


class WorkerTranscriber:
    """Implements ``Transcriber`` with ``workers`` processes of ``recognisers`` calls each."""

    def __init__(
        self,
        folder: Path,
        language: str,
        *,
        clock: Clock,
        workers: int = 2,
        recognisers: int = 10,
        may_decide: bool = True,
        command: Sequence[str] | None = None,
    ) -> None:
        self.language = language
        self.may_decide = may_decide
        self._recognisers = recognisers
        self._folder = folder
        self.name = folder.name
        command = command or (sys.executable, "-m", "dialer.amd.worker_process", str(folder))
        self._workers = [_Worker(command, self, clock) for _ in range(workers)]
        self._tasks: list[asyncio.Task[None]] = []
        #: Calls that went on without words, by why: ``busy``, ``late``, ``worker``.
        self.without_words: Counter[str] = Counter()
        self.restarts = 0
        #: Set whenever a process has come up or has been started again.
        self.news = asyncio.Event()

    async def start(self) -> None:
        """Return when every process has its model. Raises ConfigurationError where one does not get it."""
        require_model(self._folder)
        self._tasks = [
            asyncio.create_task(worker.run(), name=f"recogniser {number} of {self.language}")
            for number, worker in enumerate(self._workers)
        ]
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                for worker in self._workers:
                    await worker.up.wait()
        except TimeoutError as exc:
            await self.close()
            raise ConfigurationError(
                f"The processes that recognise words do not start with the Vosk model in {self._folder}. "
                "Try it: cadencia amd model check"
            ) from exc

    async def close(self) -> None:
        """End the processes."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * STOP_TIMEOUT_S)
        self._tasks = []

    def open(self, on_heard: Callable[[Heard], None], grammar: Sequence[str] = ()) -> WorkerStream | None:
        """See ``Transcriber``. ``grammar``: the phrases to which the recogniser is limited."""
        free = [worker for worker in self._workers if worker.up.is_set() and len(worker.streams) < self._recognisers]
        if not free:
            self.without_words["busy"] += 1
            return None
        return min(free, key=lambda worker: len(worker.streams)).open(on_heard, grammar)

    @property
    def busy(self) -> int:
        """Recognisers at work now."""
        return sum(len(worker.streams) for worker in self._workers)

    @property
    def room(self) -> int:
        """How many more calls could have one now."""
        return sum(max(0, self._recognisers - len(worker.streams)) for worker in self._workers if worker.up.is_set())

    @property
    def pids(self) -> list[int]:
        """The processes that are up."""
        return [worker.pid for worker in self._workers if worker.pid is not None]
