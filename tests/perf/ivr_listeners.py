"""People who listen to self-service calls in a process of their own, and note when each packet came.

    python -m tests.perf.ivr_listeners LOG KEYS

LOG is SIPp's log, which names the port of each call's media; KEYS is a JSON list of [keys, seconds of speech before
them]. It prints its UDP port, listens until its input ends, and prints what it noted as JSON. Times of packets are the
kernel's.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialer.clock import SystemClock

_TIMESTAMPNS = 35  # SO_TIMESTAMPNS, which the socket module does not name
_NANOSECONDS = struct.Struct("qq")
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_TELEPHONE_EVENT = 101
_FRAME_S = 0.02
_FRAMES_A_KEY = 10
_HOLE_S = 0.06  # two packets that did not come
_DEAF_S = 0.3
_KEYS = "0123456789*#"
_VOICED = 8  # different bytes in a packet
_RECEIVE_BYTES = 1 << 22


@dataclass(slots=True)
class Listener:
    port: int
    script: list[tuple[str, float]]
    first: float = 0.0
    last: float = 0.0
    voiced: int = 0
    deaf_until: float = 0.0
    key_ended: float = 0.0
    due: list[tuple[float, bytes]] = field(default_factory=list)
    sequence: int = 0
    gaps: list[float] = field(default_factory=list)  #: holes while something was being said
    answers: list[float] = field(default_factory=list)  #: from the end of a key to the next words

    def hear(self, payload: bytes, at: float) -> None:
        if not self.last:
            self.first = at
        elif at - self.last > _HOLE_S:
            if self.key_ended > self.last - _DEAF_S:
                self.answers.append(at - self.key_ended)
            else:
                self.gaps.append(at - self.last - _FRAME_S)
        self.last = at
        if at < self.deaf_until or self.due:
            return
        self.voiced += len(set(payload)) > _VOICED
        if self.script and self.voiced * _FRAME_S >= self.script[0][1]:
            self._press(self.script.pop(0)[0], at)

    def _press(self, keys: str, at: float) -> None:
        self.voiced = 0
        for key in keys:
            start = self.sequence * 160
            for frame in range(_FRAMES_A_KEY):
                end = frame >= 4
                if frame < 7:
                    self.due.append((at, self._event(key, start, frame, end=end)))
                at += 0.0 if end and frame < 6 else _FRAME_S
        self.key_ended = at
        self.deaf_until = at + _DEAF_S

    def _event(self, key: str, start: int, frame: int, *, end: bool) -> bytes:
        self.sequence += 1
        header = _HEADER.pack(0x80, _TELEPHONE_EVENT | (0x80 if frame == 0 else 0), self.sequence, start, self.port)
        return header + _EVENT.pack(_KEYS.index(key), 0x8A if end else 0x0A, min(frame + 1, 4) * 160)

    def send(self, out: socket.socket, now: float) -> None:
        while self.due and self.due[0][0] <= now:
            _, packet = self.due.pop(0)
            out.sendto(packet, ("127.0.0.1", self.port))
            if not self.due:
                self.key_ended = now


def listen(log: Path, script: list[tuple[str, float]]) -> dict[str, Any]:
    people: dict[int, Listener] = {}
    clock = SystemClock()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        wire.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
        wire.bind(("127.0.0.1", 0))
        print(wire.getsockname()[1], flush=True)
        wire.setblocking(False)
        listening = True
        while listening:
            ready, _, _ = select.select([sys.stdin], [], [], _FRAME_S / 2)
            listening = not ready
            with contextlib.suppress(BlockingIOError):
                while True:
                    data, ancillary, _, (_, port) = wire.recvmsg(2048, 64)
                    if data[1] & 0x7F == 0:
                        seconds, nanoseconds = _NANOSECONDS.unpack(ancillary[0][2])
                        person = people.get(port)
                        if person is None:
                            person = people[port] = Listener(port, list(script))
                        person.hear(data[_HEADER.size :], seconds + nanoseconds / 1e9)
            now = clock.now().timestamp()
            for person in people.values():
                if person.due:
                    person.send(wire, now)
    text = log.read_text(encoding="utf-8")
    numbers = {int(port): number for number, port in re.findall(r"^(\d+) media (\d+)$", text, flags=re.MULTILINE)}
    return {
        numbers[person.port]: {
            "first": person.first, "last": person.last, "gaps": person.gaps, "answers": person.answers,
            "left": len(person.script),
        }
        for person in people.values()
        if person.port in numbers
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(listen(Path(sys.argv[1]), [tuple(step) for step in json.loads(sys.argv[2])])), flush=True)
