"""What the contract suite needs of a PBX, whichever it is: numbers that behave in a known way, and what was told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

import numpy as np

from dialer.clock import Clock, SystemClock
from dialer.domain.events import LinkLost, LinkRestored, TelephonyEvent
from dialer.domain.ids import AgentId, CallId, LegId, new_call_id, new_leg_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.pbx.ami import AmiEndpoint
from dialer.pbx.ami_actions import press_for
from dialer.pbx.asterisk import AsteriskSettings, AsteriskTelephony
from dialer.pbx.audiosocket import AudioSocketServer
from dialer.pbx.fake import FakePbx
from dialer.ports import PlaceCall, Telephony
from dialer.provision.behaviours import Behaviour, BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from dialer.virtual_time import LoopClock, run_virtually
from dialer.wiring import demo_conduct
from tests.support.asterisk import DEMO_SPEED
from tests.support.engine import TUESDAY_TEN_IN_BOGOTA

HOME = "cobranza norte"  #: the campaign that agents of the contract signed in to
PATIENCE_S = 40.0  # only ever used up by a test that fails
E = TypeVar("E")


def number_that(kind: BehaviourKind, *, talks_s: float = 0.0) -> PhoneNumber:
    """The number of that kind that rings for the shortest time, of those who talk for at least ``talks_s`` seconds at
    the speed of life."""
    candidates: list[tuple[Behaviour, str]] = []
    for last in range(10_000):
        number = f"+52551234{last:04d}"
        behaviour = behaviour_of(number)
        if behaviour.kind is kind and behaviour.talk_s >= talks_s:
            candidates.append((behaviour, number))
    return PhoneNumber(min(candidates, key=lambda found: (found[0].ring_s, found[1]))[1])


class Line(Protocol):
    """A PBX under test, and how to be rude to it."""

    telephony: Telephony
    clock: Clock
    carrier: str  #: dial string of a number, with ``{number}``
    agents: str  #: dial string of an agent's phone, with ``{agent}``

    def lose_link(self) -> None:
        """Cut the link now. It comes back by itself, after a moment."""
        ...

    async def press(self, call_id: CallId, key: str) -> None:
        """The called person presses a key."""
        ...


@dataclass
class Room:
    """One test's calls on a line, and everything that was told of them."""

    line: Line
    told: list[TelephonyEvent] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.telephony.subscribe(self._hear)

    @property
    def telephony(self) -> Telephony:
        return self.line.telephony

    def _hear(self, event: TelephonyEvent) -> None:
        self.told.append(event)
        self._news.set()

    def _entropy(self) -> bytes:
        return next(self._ids).to_bytes(10, "big")

    async def place(
        self, number: PhoneNumber, *, ring_timeout_s: float = 20.0, early_media: bool = True, amd: AmdMode = AmdMode.OFF
    ) -> CallId:
        call_id = new_call_id(self.line.clock.now(), self._entropy())
        await self.telephony.place(
            PlaceCall(
                call_id=call_id, number=number, dial_string=self.line.carrier.format(number=number.e164),
                caller_id="+525500000000", ring_timeout_s=ring_timeout_s, early_media=early_media, language="es",
                campaign="contract", debtor_id=7, amd=amd,
            )
        )  # fmt: skip
        return call_id

    async def answered_call(self, *, talks_s: float = 35.0) -> CallId:
        call_id = await self.place(number_that(BehaviourKind.PERSON, talks_s=talks_s))
        await self.hears(call_id, "CallAnswered")
        return call_id

    async def agent_leg(self, name: str = "ana") -> LegId:
        leg_id = new_leg_id(self.line.clock.now(), self._entropy())
        await self.telephony.connect_agent(AgentId(name), leg_id, self.line.agents.format(agent=name), home=HOME)
        await self.hears(leg_id, "AgentLegUp")
        return leg_id

    async def presses(self, call_id: CallId, keys: str) -> str:
        """The person presses keys, each when the one before was told of. What was told."""
        told: list[str] = []

        def hear(key: str) -> None:
            told.append(key)
            self._news.set()

        self.telephony.hear_keys(call_id, hear)
        for at, key in enumerate(keys):
            await self.line.press(call_id, key)
            await self.until(partial(lambda wanted: len(told) > wanted, at))
        self.telephony.hear_keys(call_id, None)
        return "".join(told)

    async def conversation(self) -> tuple[CallId, LegId]:
        leg_id = await self.agent_leg()
        call_id = await self.answered_call()
        await self.telephony.bridge(call_id, leg_id)
        await self.hears(call_id, "CallBridged")
        return call_id, leg_id

    # ----------------------------------------------------------------------------------- what was told

    def story(self, subject: str) -> list[TelephonyEvent]:
        """All that was told of a call or of a leg."""
        return [
            event
            for event in self.told
            if not isinstance(event, LinkLost | LinkRestored)
            and subject in (getattr(event, "call_id", None), getattr(event, "leg_id", None))
        ]

    def words(self, subject: str) -> list[str]:
        return [type(event).__name__ for event in self.story(subject)]

    def one(self, subject: str, kind: type[E]) -> E:
        """The only event of that kind."""
        (found,) = [event for event in self.story(subject) if isinstance(event, kind)]
        return found

    async def hears(self, subject: str, word: str) -> None:
        await self.until(lambda: word in self.words(subject))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


Story = Callable[[Room], Awaitable[None]]
Teller = Callable[[Story], None]  #: runs a story from its beginning to its end


# ----------------------------------------------------------------------------------------- the fake PBX


class _FakeLine:
    carrier = "Fake/{number}"
    agents = "Fake/{agent}"

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.clock: Clock = LoopClock(self._loop, TUESDAY_TEN_IN_BOGOTA)
        self._pbx = FakePbx(self.clock, lambda number: demo_conduct(number, DEMO_SPEED))
        self.telephony: Telephony = self._pbx

    async def press(self, call_id: CallId, key: str) -> None:
        self._pbx.person_presses(call_id, key)

    def lose_link(self) -> None:
        self._pbx.cut_link()
        self._loop.call_later(1.0, self._pbx.restore_link)


def tell_to_fake(story: Story) -> None:
    """In virtual time."""

    async def tell() -> None:
        await story(Room(_FakeLine()))

    run_virtually(tell())


# ----------------------------------------------------------------------------------------- a real Asterisk


class Ear:
    """Holds a call's audio and says nothing, as the detector does. ``peak`` is the loudest sample so far."""

    def __init__(self) -> None:
        self.peak = 0

    def audio(self, pcm: bytes) -> None:
        self.peak = max(self.peak, int(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)).max(initial=0)))

    def connected(self, link: object) -> None: ...
    def dtmf(self, digit: str) -> None: ...
    def disconnected(self, link: object) -> None: ...


class AsteriskLine:
    carrier = "Local/{number}@cadencia-demo-carrier/n"
    agents = "Local/{agent}@cadencia-demo-agent/n"

    def __init__(self, process: AsteriskProcess) -> None:
        self.process = process
        self.clock: Clock = SystemClock()
        self.ears: dict[str, Ear] = {}
        self.media = AudioSocketServer("127.0.0.1", 0, self._listen, clock=self.clock)
        self._asterisk: AsteriskTelephony | None = None

    def _listen(self, call_id: str) -> Ear:
        return self.ears.setdefault(call_id, Ear())

    async def open(self) -> None:
        config = self.process.config
        await self.media.start()
        self._asterisk = AsteriskTelephony(
            AmiEndpoint(username=config.ami_user, secret=config.ami_secret, port=config.ami_port),
            self.clock,
            AsteriskSettings(media=f"127.0.0.1:{self.media.port}", recordings=str(config.recordings)),
        )
        self._asterisk.start()
        await self._asterisk.wait_connected(PATIENCE_S)

    async def close(self) -> None:
        if self._asterisk is not None:
            await self._asterisk.close()
        await self.media.close()

    @property
    def telephony(self) -> AsteriskTelephony:
        assert self._asterisk is not None
        return self._asterisk

    @telephony.setter
    def telephony(self, _telephony: Telephony) -> None:
        raise AttributeError("made by open()")

    async def press(self, call_id: CallId, key: str) -> None:
        await self.telephony.link.send(press_for(self.telephony.channel_name(call_id), key))

    def lose_link(self) -> None:
        protocol = self.telephony.link._manager.protocol
        assert protocol is not None
        protocol.transport.abort()


def teller_to_asterisk(process: AsteriskProcess) -> Teller:
    def tell_to_asterisk(story: Story) -> None:
        async def tell() -> None:
            line = AsteriskLine(process)
            try:
                await line.open()
                await story(Room(line))
            finally:
                await line.close()
                await asyncio.to_thread(process.cli, "channel request hangup all")

        asyncio.run(tell())

    return tell_to_asterisk
