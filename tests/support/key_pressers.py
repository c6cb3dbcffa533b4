"""People at a telephone over RTP: they hear what Asterisk plays to them, and press keys (RFC 2833) or make sounds by a
script.

SIPp does their signalling and names this port for the media. A person does what is next in the script once they have
heard enough of what is being said, or all of it; or answers whatever they are asked, as often as they are asked, once
they have heard enough of the question. Who makes sounds sends audio from the beginning on, as telephones do;
what they send leaves by ``tests.support.mouths``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from dialer.clock import SystemClock
from tests.support.mouths import FRAME, FRAME_S, HEADER, PCMU, Mouths, mouths
from tests.support.mu_law import Signal, decoded, encoded

_VOICED = 0.01  # of 1: above it somebody speaks
_KEYPAD = "123456789*0#"
_ROWS_HZ, _COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)
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


@dataclass(frozen=True, slots=True)
class Question:
    """``place``: the node of the flow, and where in it. ``heard``: how much the flow had heard before it asked."""

    place: str
    heard: int


@dataclass(frozen=True, slots=True)
class Answers:
    """By the place of the question, the last of them again and again. ``asked`` says what is being asked now."""

    by_place: Mapping[str, Sequence[Press | Sound]]
    asked: Callable[[], Question | None]

    def __iter__(self) -> Iterator[Press | Sound]:
        return (step for steps in self.by_place.values() for step in steps)


Script = Sequence[Press | Sound] | Answers


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
    answers: Answers | None = None
    question: Question | None = None
    answered: Counter[str] = field(default_factory=Counter)

    def notice(self) -> None:
        """Whether another question is being asked than before, which is then what the script is about."""
        question = self.answers.asked() if self.answers is not None else None
        if self.answers is None or question is None or question == self.question:
            return
        self.question, self.voiced = question, 0
        steps = self.answers.by_place.get(question.place, ())
        at = min(self.answered[question.place], len(steps) - 1)
        self.script = list(steps[at : at + 1]) if steps else []
        self.answered[question.place] += 1

    def audio(self) -> Signal:
        """All that they heard by its time, silence where nothing came."""
        if not self.heard:
            return np.zeros(0)
        whole = np.zeros(max(self.heard) + FRAME)
        for at, data in self.heard.items():
            samples = decoded(data)
            whole[at : at + samples.size] = samples[: whole.size - at]
        return whole

    def speech(self) -> Signal:
        """What was sent to them, one packet behind the other: a sender that falters leaves no mark."""
        return np.concatenate([np.zeros(0), *(decoded(self.heard[at]) for at in sorted(self.heard))])


class KeyPressers(asyncio.DatagramProtocol):
    """``script_of`` says what the person at that media port of Asterisk's will press; None: not known yet."""

    def __init__(self, script_of: Callable[[int], Script | None]) -> None:
        self._script_of = script_of
        self._clock = SystemClock()
        self._transport: asyncio.DatagramTransport | None = None
        self.mouths: Mouths | None = None
        self.people: dict[int, Person] = {}

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def socket(self) -> socket.socket:
        assert self._transport is not None
        return cast("socket.socket", self._transport.get_extra_info("socket"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= HEADER.size or data[1] & 0x7F != PCMU:
            return
        person = self.people.get(addr[1])
        if person is None:
            script = self._script_of(addr[1])
            if script is None:
                return
            answers = script if isinstance(script, Answers) else None
            person = self.people[addr[1]] = Person(addr[1], [] if answers else list(script), answers=answers)
            if any(isinstance(step, Sound) for step in script):
                self._mouths.talks(person.port)
        timestamp = HEADER.unpack_from(data)[3]
        person.first = timestamp if person.first is None else person.first
        place = (timestamp - person.first) & 0xFFFFFFFF
        if place > 8000 * 600:  # another stream: it goes on where this one was
            person.first = (timestamp - (max(person.heard, default=0) + FRAME)) & 0xFFFFFFFF
            place = max(person.heard, default=0) + FRAME
        person.heard[place] = data[HEADER.size :]
        now = self._clock.monotonic()
        if now >= person.deaf_until and float(np.sqrt(np.mean(decoded(data[HEADER.size :]) ** 2))) > _VOICED:
            person.notice()
            person.voiced += 1
            person.last_voice = now
            self._act(person, now)

    def _act(self, person: Person, now: float) -> None:
        if not person.script or person.pressing is not None:
            return
        after_s = person.script[0].after_s
        if after_s is not None and person.voiced * FRAME_S >= after_s:
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
        doing = self._keys(person, step) if isinstance(step, Press) else self._mouths.say(person.port, step.audio)

        async def done() -> None:
            await doing
            person.deaf_until = self._clock.monotonic() + _DEAF_S
            person.voiced, person.pressing = 0, None

        person.pressing = asyncio.create_task(done(), name=f"what {person.port} does")

    async def _keys(self, person: Person, step: Press) -> None:
        for key in step.keys:
            person.pressed.append(key)
            await self._mouths.press(person.port, key, step.every_s)

    @property
    def _mouths(self) -> Mouths:
        assert self.mouths is not None
        return self.mouths


@asynccontextmanager
async def key_pressers(
    scripts: Mapping[str, Script], media_ports: Callable[[], Mapping[str, int]]
) -> AsyncIterator[KeyPressers]:
    """People by their numbers (digits), on a free port; ``media_ports`` says where Asterisk's media of each comes
    from."""

    def script_of(port: int) -> Script | None:
        return next((scripts.get(number, ()) for number, theirs in media_ports().items() if theirs == port), None)

    transport, pressers = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: KeyPressers(script_of), local_addr=("127.0.0.1", 0)
    )

    with contextlib.suppress(PermissionError):
        pressers.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BYTES)

    async def looks() -> None:
        while True:
            await asyncio.sleep(0.1)
            pressers.look()

    try:
        async with mouths(pressers.socket) as pressers.mouths:
            looking = asyncio.create_task(looks(), name="people who hear all of it")
            try:
                yield pressers
            finally:
                left = [looking, *(person.pressing for person in pressers.people.values() if person.pressing)]
                for task in left:
                    task.cancel()
                await asyncio.wait(left)
    finally:
        transport.close()
