"""Who hears whom on the PBX that needs no Asterisk: bridges, hold, consultations, conferences, people outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TypedDict

from dialer.clock import Clock
from dialer.domain.events import (
    BridgeFailed,
    CallBridged,
    CallHeld,
    CallUnbridged,
    ConferenceBegan,
    ConsultBegan,
    ConsultFailed,
    MessageTimeReached,
    TelephonyEvent,
    ThirdAnswered,
    VerdictReached,
)
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.phone import PhoneNumber
from dialer.errors import AmiDisconnected
from dialer.pbx.fake_conduct import CAUSES, Conduct, Manner
from dialer.ports import EventSink, LegPhase, Notice, PlaceThird

BRIDGE_S = 0.003
REFUSAL_S = 0.2


class Stamp(TypedDict):
    at: datetime
    monotonic: float


@dataclass(slots=True)
class FakeChannel:
    channel_id: str
    phase: LegPhase
    born: float
    conduct: Conduct | None = None
    answered: float | None = None
    agent_id: AgentId | None = None
    third_of: CallId | None = None
    home: str = ""
    bridge: str = ""
    muted: bool = False
    held: bool = False
    taken: bool = False  #: bridged or sent to a message: the fail-safe leaves it alone
    talks: bool = False  #: whoever was called has begun to talk, and will hang up when they have said it all
    timers: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def is_call(self) -> bool:
        return self.agent_id is None and self.third_of is None


class FakeTalk:
    """The part of ``FakePbx`` that is ``dialer.ports.TalkControl``, and what both parts need."""

    def __init__(self, clock: Clock, conduct_of: Callable[[PhoneNumber], Conduct]) -> None:
        self._clock = clock
        self._conduct_of = conduct_of
        self._sinks: list[EventSink] = []
        self._channels: dict[str, FakeChannel] = {}
        self._bridges = count(1)
        self._together: dict[str, list[FakeChannel]] = {}  # by bridge
        self._connected = True
        self.pressed: list[tuple[CallId, str]] = []
        self.notices: list[tuple[CallId, Notice, str]] = []  #: announcements asked for, with their language
        self.thirds: list[PlaceThird] = []

    # ------------------------------------------------------------------------------------- two

    async def bridge(self, call_id: CallId, leg_id: LegId) -> None:
        self._require_link()
        call, leg = self._channels.get(call_id), self._channels.get(leg_id)
        if call is None or leg is None or call.phase is not LegPhase.UP or leg.phase is not LegPhase.UP:
            detail = "the call is gone" if call is None else "the agent's leg is gone"
            self._emit(BridgeFailed(**self._stamp(), call_id=call_id, leg_id=leg_id, detail=detail))
            return
        call.taken = True

        def joined() -> None:
            if leg_id not in self._channels:
                self._emit(BridgeFailed(**self._stamp(), call_id=call_id, leg_id=leg_id, detail="the leg is gone"))
                return
            self._join(call, leg)
            self._emit(CallBridged(**self._stamp(), call_id=call_id, leg_id=leg_id))
            if not call.talks:
                call.talks = True
                talk_s = call.conduct.talk_s if call.conduct else 30.0
                self._later(call, talk_s, lambda: self._end(call, 16, "ANSWER"))

        self._later(call, BRIDGE_S, joined)

    async def hold(self, call_id: CallId) -> None:
        self._require_link()
        call = self._channels.get(call_id)
        if call is not None:
            self._later(call, BRIDGE_S, lambda: self._hold(call))

    def _hold(self, call: FakeChannel) -> None:
        if call.bridge:
            self._leave_bridge(call)
        call.held = True
        self._emit(CallHeld(**self._stamp(), call_id=CallId(call.channel_id)))

    # ------------------------------------------------------------------------------------- three

    async def place_third(self, third: PlaceThird) -> None:
        self._require_link()
        self.thirds.append(third)
        conduct = self._conduct_of(PhoneNumber(third.dial_string.rpartition("/")[2].partition("@")[0]))
        channel = FakeChannel(
            third.leg_id, LegPhase.DIALING, self._clock.monotonic(), conduct=conduct, third_of=third.call_id
        )
        self._channels[third.leg_id] = channel

        def up() -> None:
            channel.phase = LegPhase.UP
            self._emit(ThirdAnswered(**self._stamp(), call_id=third.call_id, leg_id=third.leg_id))
            self._later(channel, conduct.talk_s, lambda: self._end(channel, 16, "ANSWER"))

        def not_answered() -> None:
            if channel.phase is not LegPhase.UP:
                self._end(channel, 19, "NOANSWER")

        cause = CAUSES.get(conduct.manner)
        if cause is not None:
            self._later(channel, REFUSAL_S, lambda: self._end(channel, cause, "BUSY"))
            return
        self._later(channel, third.ring_timeout_s, not_answered)
        if conduct.manner is not Manner.NO_ANSWER:
            self._later(channel, max(0.2, conduct.ring_s), up)

    async def consult(self, call_id: CallId, leg_id: LegId, target: LegId) -> None:
        self._require_link()
        call, leg, other = (self._channels.get(each) for each in (call_id, leg_id, target))
        if call is None or leg is None or other is None or other.phase is not LegPhase.UP:
            self._emit(ConsultFailed(**self._stamp(), call_id=call_id, target=target, detail="one of them is gone"))
            return

        def begin() -> None:
            if call.bridge:
                self._hold(call)
            if target not in self._channels or leg_id not in self._channels:
                self._emit(ConsultFailed(**self._stamp(), call_id=call_id, target=target, detail="one of them is gone"))
                return
            self._join(leg, other)
            self._emit(ConsultBegan(**self._stamp(), call_id=call_id, leg_id=leg_id, target=target))

        self._later(call, BRIDGE_S, begin)

    async def confer(self, call_id: CallId, legs: Sequence[LegId]) -> None:
        self._require_link()
        call = self._channels.get(call_id)
        if call is None:
            return

        def begin() -> None:
            members = [self._channels[each] for each in (call_id, *legs) if each in self._channels]
            if len(members) == 1 + len(legs):
                self._join(*members)
                self._emit(ConferenceBegan(**self._stamp(), call_id=call_id))

        self._later(call, BRIDGE_S, begin)

    async def part(self, leg_id: LegId) -> None:
        self._require_link()
        leg = self._channels.get(leg_id)
        if leg is not None and leg.bridge:
            self._leave_bridge(leg)

    def _join(self, *members: FakeChannel) -> None:
        """They leave the conversations that they were in, and have one of their own."""
        for each in members:
            if each.bridge:
                self._leave_bridge(each)
        name = f"bridge-{next(self._bridges)}"
        for each in members:
            each.bridge = name
        self._together[name] = list(members)

    def _leave_bridge(self, channel: FakeChannel) -> None:
        """A conversation of two is over when one leaves it; a conference goes on."""
        others = [other for other in self._together.pop(channel.bridge) if other is not channel]
        if len(others) > 1:
            self._together[channel.bridge] = others
        for side in (channel, *others) if len(others) == 1 else (channel,):
            side.bridge = ""
            if side.is_call:
                self._emit(CallUnbridged(**self._stamp(), call_id=CallId(side.channel_id)))

    # ------------------------------------------------------------------------------------- what is heard

    async def press(self, call_id: CallId, digits: str) -> None:
        self._require_link()
        self.pressed.append((call_id, digits))

    async def mute(self, leg_id: LegId, *, muted: bool) -> None:
        self._require_link()
        leg = self._channels.get(leg_id)
        if leg is not None:
            leg.muted = muted

    async def announce(self, call_id: CallId, notice: Notice, language: str) -> None:
        self._require_link()
        self.notices.append((call_id, notice, language))

    def muted(self, leg_id: LegId) -> bool:
        leg = self._channels.get(leg_id)
        return leg is not None and leg.muted

    # ------------------------------------------------------------------------------------- plumbing

    def _end(self, channel: FakeChannel, cause: int, dial_status: str) -> None:
        raise NotImplementedError

    def _require_link(self) -> None:
        if not self._connected:
            raise AmiDisconnected(sent=False)

    def _stamp(self) -> Stamp:
        return {"at": self._clock.now(), "monotonic": self._clock.monotonic()}

    def _emit(self, event: TelephonyEvent) -> None:
        if self._connected or isinstance(event, VerdictReached | MessageTimeReached):
            for sink in self._sinks:
                sink(event)

    def _later(self, channel: FakeChannel, seconds: float, act: Callable[[], None]) -> None:
        def if_still_there() -> None:
            if self._channels.get(channel.channel_id) is channel:
                act()

        channel.timers.append(asyncio.get_running_loop().call_later(seconds, if_still_there))
