"""People at a telephone over RTP: they hear what Asterisk plays to them, and press keys (RFC 2833) or make sounds by a
script.

SIPp does their signalling and names this port for the media. A person does what is next in the script once they have
heard enough of what is being said, or all of it. Who makes sounds sends audio from the
beginning on, as telephones do.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from dialer.clock import SystemClock
from tests.support.mu_law import Signal, decoded, encoded

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_PCMU, _TELEPHONE_EVENT = 0, 101
_FRAME = 160
_FRAME_S = 0.02
_VOICED = 0.01  # of 1: above it somebody speaks
_KEYS = "0123456789*#"
_SILENCE = b"\xff"
_KEYPAD = "123456789*0#"
_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)
_KEY_FRAMES = 4
_DEAF_S = 0.3  # after a key: what was being said ends, the next begins
_QUIET_S = 1.5  # so long after a word, all was said
_SO_RCVBUFFORCE = 33  # which the socket module does not name
_RECEIVE_BYTES = 1 << 24  # the usual buffer is full after a tenth of a second of sixty calls: a busy loop loses packets


@dataclass(frozen=True, slots=True)
class Press:
    """``after_s`` seconds of speech, or with None when all was said. From one key to the next it is ``every_s``."""

    keys: str
    after_s: float | None = 0.5
    every_s: float = 0.16


@dataclass(frozen=True, slots=True)
class Sound:
    """``audio`` is mu-law; ``after_s`` as of ``Press``."""

    audio: bytes
    after_s: float | None = None


def tones(keys: str, *, after_s: float | None = 0.5, each_s: float = 0.1) -> Sound:
    """Keys as their pairs of tones (ITU-T Q.23), each ``each_s`` long with as much silence."""
    times = np.arange(round(8000 * each_s)) / 8000
    silence = np.zeros(times.size)
    parts = [silence]
    for key in keys:
        row, column = divmod(_KEYPAD.index(key), 3)
        pair = np.sin(2 * np.pi * _ROWS_HZ[row] * times) + np.sin(2 * np.pi * _COLUMNS_HZ[column] * times)
        parts += [0.2 * pair, silence]
    return Sound(encoded(np.concatenate(parts)), after_s)


@dataclass(slots=True)
class Person:
    """One call. ``heard`` are stretches of samples by their place in the stream."""

    port: int
    script: list[Press | Sound]
    heard: dict[int, bytes] = field(default_factory=dict)
    voiced: int = 0
    last_voice: float = 0.0
    deaf_until: float = 0.0
    pressing: asyncio.Task[None] | None = None
    pressed: list[str] = field(default_factory=list)
    first: int | None = None
    sequence: int = 0
    sent_at: int = 0
    talks: bool = False
    mouth: deque[bytes] = field(default_factory=deque)

    def audio(self) -> Signal:
        """All that they heard by its time, silence where nothing came."""
        if not self.heard:
            return np.zeros(0)
        whole = np.zeros(max(self.heard) + _FRAME)
        for at, data in self.heard.items():
            samples = decoded(data)
            whole[at : at + samples.size] = samples[: whole.size - at]
        return whole

    def speech(self) -> Signal:
        """What was sent to them, one packet behind the other: a sender that falters leaves no mark."""
        return np.concatenate([np.zeros(0), *(decoded(self.heard[at]) for at in sorted(self.heard))])


class KeyPressers(asyncio.DatagramProtocol):
    """``script_of`` says what the person at that media port of Asterisk's will press; None: not known yet."""

    def __init__(self, script_of: Callable[[int], Sequence[Press | Sound] | None]) -> None:
        self._script_of = script_of
        self._clock = SystemClock()
        self._transport: asyncio.DatagramTransport | None = None
        self.people: dict[int, Person] = {}

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= _HEADER.size or data[1] & 0x7F != _PCMU:
            return
        person = self.people.get(addr[1])
        if person is None:
            script = self._script_of(addr[1])
            if script is None:
                return
            talks = any(isinstance(step, Sound) for step in script)
            person = self.people[addr[1]] = Person(addr[1], list(script), talks=talks)
        timestamp = _HEADER.unpack_from(data)[3]
        person.first = timestamp if person.first is None else person.first
        place = (timestamp - person.first) & 0xFFFFFFFF
        if place > 8000 * 600:  # another stream: it goes on where this one was
            person.first = (timestamp - (max(person.heard, default=0) + _FRAME)) & 0xFFFFFFFF
            place = max(person.heard, default=0) + _FRAME
        person.heard[place] = data[_HEADER.size :]
        now = self._clock.monotonic()
        if now >= person.deaf_until and float(np.sqrt(np.mean(decoded(data[_HEADER.size :]) ** 2))) > _VOICED:
            person.voiced += 1
            person.last_voice = now
            self._act(person, now)

    def _act(self, person: Person, now: float) -> None:
        if not person.script or person.pressing is not None:
            return
        after_s = person.script[0].after_s
        if after_s is not None and person.voiced * _FRAME_S >= after_s:
            self._press(person)

    def look(self) -> None:
        """Whoever waits for the end of what is said."""
        now = self._clock.monotonic()
        for person in self.people.values():
            waits = person.script and person.script[0].after_s is None and person.pressing is None
            if waits and person.voiced > 10 and now - person.last_voice > _QUIET_S:
                self._press(person)

    def _press(self, person: Person) -> None:
        step = person.script.pop(0)
        if isinstance(step, Press):
            person.pressing = asyncio.create_task(self._send(person, step), name=f"keys {step.keys}")
            return
        person.pressing = asyncio.create_task(self._say(person, step.audio), name="a sound")

    async def _say(self, person: Person, audio: bytes) -> None:
        person.mouth.extend(audio[at : at + _FRAME].ljust(_FRAME, _SILENCE) for at in range(0, len(audio), _FRAME))
        while person.mouth:  # noqa: ASYNC110 - it is emptied frame by frame
            await asyncio.sleep(_FRAME_S)
        self._done(person)

    async def _send(self, person: Person, step: Press) -> None:
        for key in step.keys:
            person.pressed.append(key)
            person.sent_at += 8000
            for frame in range(_KEY_FRAMES + 3):
                end = frame >= _KEY_FRAMES
                self._event(person, _KEYS.index(key), min(frame + 1, _KEY_FRAMES) * _FRAME, first=frame == 0, end=end)
                if not end:
                    await asyncio.sleep(_FRAME_S)
            await asyncio.sleep(step.every_s - _KEY_FRAMES * _FRAME_S)
        self._done(person)

    def _done(self, person: Person) -> None:
        person.deaf_until = self._clock.monotonic() + _DEAF_S
        person.voiced, person.pressing = 0, None

    def talk(self) -> None:
        """The next frame of everybody who talks."""
        assert self._transport is not None
        for person in self.people.values():
            if person.talks:
                person.sequence, person.sent_at = person.sequence + 1, person.sent_at + _FRAME
                header = self._header(person, _PCMU)
                frame = person.mouth.popleft() if person.mouth else _SILENCE * _FRAME
                self._transport.sendto(header + frame, ("127.0.0.1", person.port))

    def _header(self, person: Person, kind: int) -> bytes:
        return _HEADER.pack(0x80, kind, person.sequence & 0xFFFF, person.sent_at & 0xFFFFFFFF, 0x1234 + person.port)

    def _event(self, person: Person, event: int, duration: int, *, first: bool, end: bool) -> None:
        assert self._transport is not None
        person.sequence += 1
        header = self._header(person, _TELEPHONE_EVENT | (0x80 if first else 0))
        self._transport.sendto(header + _EVENT.pack(event, 0x8A if end else 0x0A, duration), ("127.0.0.1", person.port))


@asynccontextmanager
async def key_pressers(
    scripts: Mapping[str, Sequence[Press | Sound]], media_ports: Callable[[], Mapping[str, int]]
) -> AsyncIterator[KeyPressers]:
    """People by their numbers (digits), on a free port; ``media_ports`` says where Asterisk's media of each comes
    from."""

    def script_of(port: int) -> Sequence[Press | Sound] | None:
        return next((scripts.get(number, ()) for number, theirs in media_ports().items() if theirs == port), None)

    transport, pressers = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: KeyPressers(script_of), local_addr=("127.0.0.1", 0)
    )

    with contextlib.suppress(PermissionError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BYTES)

    async def looks() -> None:
        while True:
            await asyncio.sleep(0.1)
            pressers.look()

    async def talks() -> None:
        clock = SystemClock()
        due = clock.monotonic()
        while True:
            due += _FRAME_S
            await asyncio.sleep(max(0.0, due - clock.monotonic()))
            pressers.talk()

    tasks = [
        asyncio.create_task(looks(), name="people who hear all of it"),
        asyncio.create_task(talks(), name="people who talk"),
    ]
    try:
        yield pressers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        transport.close()
