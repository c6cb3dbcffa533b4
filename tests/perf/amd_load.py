"""Many detections at once, as Asterisk would send them: frames from another process, in real time, over AudioSocket.

Each line plays one call after the other, a new one as soon as the last has its verdict, so that as many detections as
there are lines go on all the time.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

import numpy as np

from dialer.amd.features import FRAME_BYTES, FRAME_MS
from dialer.amd.offline import classify_file, read_audio
from dialer.amd.service import AmdService
from dialer.amd.session import Session
from dialer.amd.workers import WorkerTranscriber
from dialer.clock import SystemClock
from dialer.domain.events import TelephonyEvent, VerdictReached
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdMode
from dialer.pbx.audiosocket import AudioSocketServer, MediaLink
from dialer.pbx.audiosocket_codec import FrameType, encode
from tests.perf.processes import cpu_s

LATE_MS: Final = 100.0
_AFTER_VERDICT_FRAMES: Final = 3
_LAG_EVERY_S: Final = 0.01
_PATIENCE_S: Final = 30.0
_FRAME_S: Final = FRAME_MS / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A model, and how many calls may be listened to for words: ``workers`` processes of ``recognisers`` each."""

    model: Path
    workers: int = 2
    recognisers: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """``late_ms`` is from the sending of a frame to the end of its evaluation, ``lag_ms`` by how much the event loop
    woke up late: median, 99th percentile and maximum of each. ``cpu_ms_per_s`` is what a second of one call cost the
    engine, ``words_ms_per_s`` what a second of one recogniser did. ``without_words`` is by why."""

    lines: int
    words: Words | None
    calls: int
    verdicts_equal: int
    frames: int
    late_frames: int
    late_ms: tuple[float, float, float]
    lag_ms: tuple[float, float, float]
    cpu_ms_per_s: float
    words_ms_per_s: float | None
    most_busy: int
    without_words: dict[str, int]
    load: float


@dataclass(frozen=True, slots=True)
class _Call:
    """``first`` is the number of its first frame on its line."""

    call_id: CallId
    clip: int
    first: int
    frames: int


@dataclass(slots=True)
class _Plan:
    """What each line plays; ``audio`` are the clips' frames, encoded; ``due`` the right verdicts."""

    lines: list[list[_Call]]
    audio: list[list[bytes]]
    due: dict[CallId, tuple[str, str]]
    frames: int


@dataclass(slots=True)
class _Seen:
    late_ms: list[float] = field(default_factory=list)
    lag_ms: list[float] = field(default_factory=list)
    equal: int = 0
    verdicts: int = 0
    most_busy: int = 0


def plan(files: Sequence[Path], lines: int, seconds: float) -> _Plan:
    audio: list[list[bytes]] = []
    verdicts: list[tuple[str, str]] = []
    for file in files:
        found = classify_file(file)
        pcm = read_audio(file)
        length = found.decision_ms // FRAME_MS + _AFTER_VERDICT_FRAMES
        pcm = pcm[: length * FRAME_BYTES].ljust(length * FRAME_BYTES, b"\0")
        audio.append([encode(FrameType.AUDIO, pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm), FRAME_BYTES)])
        verdicts.append((found.category.value, found.reason))
    frames = int(seconds / _FRAME_S)
    made: list[list[_Call]] = []
    due: dict[CallId, tuple[str, str]] = {}
    for line in range(lines):
        calls: list[_Call] = []
        first, clip = 0, line * 7
        while first < frames:
            clip = (clip + 1) % len(files)
            call_id = CallId(str(uuid.UUID(int=(line + 1) * 1000 + len(calls))))
            calls.append(_Call(call_id, clip, first, len(audio[clip])))
            due[call_id] = verdicts[clip]
            first += len(audio[clip])
        made.append(calls)
    longest = max(calls[-1].first + calls[-1].frames for calls in made)
    return _Plan(made, audio, due, longest)


def _play(port: int, what: _Plan, sent: SynchronizedArray[float], ready: Event) -> None:
    """The lines are spread over the 20 ms. Notes when each frame was sent."""
    lines = what.lines
    waiting = [list(calls) for calls in lines]
    current: list[_Call | None] = [None] * len(lines)
    links: list[socket.socket | None] = [None] * len(lines)
    times = np.frombuffer(sent.get_obj(), dtype=np.float64).reshape(len(lines), what.frames)
    ready.wait(_PATIENCE_S)
    began = time.monotonic()
    for number in range(what.frames):
        for line in range(len(lines)):
            wait = began + _FRAME_S * (number + line / len(lines)) - time.monotonic()
            if wait > 0.001:
                time.sleep(wait)
            call, link = current[line], links[line]
            if call is None or number >= call.first + call.frames:
                if link is not None:
                    link.close()
                call = current[line] = waiting[line].pop(0) if waiting[line] else None
                links[line] = None
                if call is None:
                    continue
                link = links[line] = socket.create_connection(("127.0.0.1", port))
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link.sendall(encode(FrameType.UUID, uuid.UUID(call.call_id).bytes))
            if link is not None:
                times[line, number] = time.monotonic()
                link.sendall(what.audio[call.clip][number - call.first])


class _Tap:
    """Stands before a call's session and notes when each frame has been evaluated."""

    def __init__(self, call: _Call, session: Session, service: AmdService, times: Sequence[float], seen: _Seen) -> None:
        self._call = call
        self._session = session
        self._service = service
        self._times = times
        self._seen = seen
        self._next = call.first

    def connected(self, link: MediaLink) -> None:
        self._session.connected(link)
        self._service.answered(self._call.call_id)

    def audio(self, pcm: bytes) -> None:
        self._session.audio(pcm)
        if self._next < len(self._times):
            self._seen.late_ms.append((time.monotonic() - float(self._times[self._next])) * 1000)
        self._next += 1

    def dtmf(self, digit: str) -> None:
        self._session.dtmf(digit)

    def disconnected(self, link: MediaLink) -> None:
        self._session.disconnected(link)
        self._service.forget(self._call.call_id)


async def run_load(files: Sequence[Path], *, lines: int, seconds: float, words: Words | None = None) -> LoadResult:
    """``lines`` detections at once for so many seconds and until the last has its verdict."""
    what = plan(files, lines, seconds)
    clock, seen = SystemClock(), _Seen()
    transcriber: WorkerTranscriber | None = None
    if words is not None:
        # The words of our own model decide nothing, as on a real trunk, so that detections take as long as without.
        transcriber = WorkerTranscriber(
            words.model, "es", clock=clock, workers=words.workers, recognisers=words.recognisers, may_decide=False
        )
        await transcriber.start()

    def told(event: TelephonyEvent) -> None:
        assert isinstance(event, VerdictReached)
        seen.verdicts += 1
        seen.equal += (event.verdict.category.value, event.verdict.reason) == what.due[event.call_id]

    service = AmdService(clock, told, transcribers={"es": transcriber} if transcriber is not None else None)
    sent = multiprocessing.Array("d", lines * what.frames)
    times = np.frombuffer(sent.get_obj(), dtype=np.float64).reshape(lines, what.frames)
    calls = {call.call_id: (call, line) for line, calls_of in enumerate(what.lines) for call in calls_of}

    def on_connect(call_id: str) -> _Tap | None:
        call, line = calls[CallId(call_id)]
        service.expect(call.call_id, mode=AmdMode.CAREFUL, wait_for_message=False, language="es")
        session = service.on_connect(call_id)
        return _Tap(call, session, service, times[line], seen) if session is not None else None

    server = AudioSocketServer("127.0.0.1", 0, on_connect, clock=clock)
    await server.start()
    ready = multiprocessing.Event()
    source = multiprocessing.Process(target=_play, args=(server.port, what, sent, ready), daemon=True)
    source.start()
    pids = transcriber.pids if transcriber is not None else []
    cpu, cpu_words = time.process_time(), sum(cpu_s(pid) for pid in pids)
    busy_s = 0.0
    ready.set()
    while source.is_alive():
        before = time.monotonic()
        await asyncio.sleep(_LAG_EVERY_S)
        seen.lag_ms.append((time.monotonic() - before - _LAG_EVERY_S) * 1000)
        if transcriber is not None:
            seen.most_busy = max(seen.most_busy, transcriber.busy)
            busy_s += transcriber.busy * (time.monotonic() - before)
    cpu = time.process_time() - cpu
    cpu_words = sum(cpu_s(pid) for pid in pids) - cpu_words
    service.close()
    await server.close()
    if transcriber is not None:
        await transcriber.close()
    audio_s = len(seen.late_ms) * _FRAME_S
    return LoadResult(
        lines=lines,
        words=words,
        calls=len(calls),
        verdicts_equal=seen.equal,
        frames=len(seen.late_ms),
        late_frames=sum(late > LATE_MS for late in seen.late_ms),
        late_ms=_quantiles(seen.late_ms),
        lag_ms=_quantiles(seen.lag_ms),
        cpu_ms_per_s=cpu * 1000 / audio_s,
        words_ms_per_s=cpu_words * 1000 / busy_s if busy_s else None,
        most_busy=seen.most_busy,
        without_words=dict(transcriber.without_words) if transcriber is not None else {},
        load=os.getloadavg()[0],
    )


def _quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    middle, high, most = np.percentile(values, [50, 99, 100]).tolist() if values else (0.0, 0.0, 0.0)
    return middle, high, most
