"""The mouths of people at a telephone: a process of its own, with real-time priority where the machine allows it.

A telephone speaks evenly whatever the machine under test does. Sent from the process of the engine, every voice is held
up with it; tried with the spoken promises, 0.15 s do no harm, and after 0.4 s whose packets then come all at once words
are missing at the other end.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dialer.clock import SystemClock

PCMU, TELEPHONE_EVENT = 0, 101
HEADER = struct.Struct("!BBHII")
FRAME = 160  # bytes of mu-law in 20 ms
FRAME_S = 0.02
SILENCE = b"\xff"
KEYS = "0123456789*#"
_EVENT = struct.Struct("!BBH")
_KEY_FRAMES = 4
_PRIORITY = 5
_END_S = 5.0


class Mouths:
    """The other process, as the people see it. ``port`` is that of Asterisk's media to the person."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._orders = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def talks(self, port: int) -> None:
        """Sends audio from now on, silence mostly, as telephones do."""
        self._write({"do": "talk", "port": port})

    async def say(self, port: int, audio: bytes) -> None:
        """Returns when it is said. ``audio`` is mu-law."""
        await self._done({"do": "say", "port": port, "audio": base64.b64encode(audio).decode()})

    async def press(self, port: int, key: str, every_s: float) -> None:
        """One key by RFC 2833. Returns ``every_s`` after its beginning."""
        await self._done({"do": "press", "port": port, "key": key, "every_s": every_s})

    async def listen(self) -> None:
        """Until the process ends: what is done."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            waiting = self._waiting.pop(int(line), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    async def _done(self, order: dict[str, object]) -> None:
        self._orders += 1
        waiting = self._waiting[self._orders] = asyncio.get_running_loop().create_future()
        self._write(order | {"id": self._orders})
        await waiting

    def _write(self, order: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")


@asynccontextmanager
async def mouths(sends_from: socket.socket) -> AsyncIterator[Mouths]:
    """All of it leaves through this UDP socket, which goes on to belong to the caller."""
    descriptor = sends_from.fileno()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(descriptor), stdin=PIPE, stdout=PIPE, pass_fds=(descriptor,)
    )
    ours = Mouths(process)
    listening = asyncio.create_task(ours.listen(), name="mouths")
    try:
        yield ours
    finally:
        assert process.stdin is not None
        process.stdin.close()  # by which it ends
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        await listening


# ------------------------------------------------------------------------------------------- inside the process


@dataclass(slots=True)
class _Mouth:
    port: int
    sequence: int = 0
    sent_at: int = 0
    talks: bool = False
    frames: deque[bytes] = field(default_factory=deque)


class _Speaker:
    def __init__(self, sends_from: socket.socket) -> None:
        self._socket = sends_from
        self._clock = SystemClock()
        self._mouths: dict[int, _Mouth] = {}

    async def speak(self) -> None:
        """The next frame of everybody who talks, each 20 ms, until cancelled."""
        due = self._clock.monotonic()
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - self._clock.monotonic()))
            for mouth in self._mouths.values():
                if mouth.talks:
                    mouth.sequence, mouth.sent_at = mouth.sequence + 1, mouth.sent_at + FRAME
                    frame = mouth.frames.popleft() if mouth.frames else SILENCE * FRAME
                    self._send(mouth, PCMU, frame)

    async def obey(self, order: dict[str, object]) -> None:
        mouth = self._mouths.setdefault(int(str(order["port"])), _Mouth(int(str(order["port"]))))
        match order["do"]:
            case "talk":
                mouth.talks = True
                return
            case "say":
                audio = base64.b64decode(str(order["audio"]))
                mouth.frames.extend(audio[at : at + FRAME].ljust(FRAME, SILENCE) for at in range(0, len(audio), FRAME))
                while mouth.frames:  # noqa: ASYNC110 - it is emptied frame by frame
                    await asyncio.sleep(FRAME_S)
            case "press":
                await self._press(mouth, KEYS.index(str(order["key"])), float(str(order["every_s"])))
        print(order["id"], flush=True)

    async def _press(self, mouth: _Mouth, event: int, every_s: float) -> None:
        mouth.sent_at += 8000
        for frame in range(_KEY_FRAMES + 3):
            end = frame >= _KEY_FRAMES
            duration = min(frame + 1, _KEY_FRAMES) * FRAME
            mouth.sequence += 1
            self._send(
                mouth,
                TELEPHONE_EVENT | (0x80 if frame == 0 else 0),
                _EVENT.pack(event, 0x8A if end else 0x0A, duration),
            )
            if not end:
                await asyncio.sleep(FRAME_S)
        await asyncio.sleep(every_s - _KEY_FRAMES * FRAME_S)

    def _send(self, mouth: _Mouth, kind: int, payload: bytes) -> None:
        header = HEADER.pack(0x80, kind, mouth.sequence & 0xFFFF, mouth.sent_at & 0xFFFFFFFF, 0x1234 + mouth.port)
        self._socket.sendto(header + payload, ("127.0.0.1", mouth.port))


async def _serve(descriptor: int) -> None:
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    speaker = _Speaker(socket.socket(fileno=descriptor))
    orders = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    tasks = {asyncio.create_task(speaker.speak())}
    async for line in orders:
        task = asyncio.create_task(speaker.obey(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
