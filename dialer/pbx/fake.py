"""A PBX and a detector without Asterisk: for unit tests, simulation, and the demonstration without root.

It passes the same contract suite as the real one. How a called number behaves is told by a function from number to
``Conduct``; everything runs on the timers of the event loop, so in virtual time it is as fast as the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dialer.clock import Clock
from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    CallAnswered,
    CallEnded,
    CallRinging,
    EarlyMediaStarted,
    LinkLost,
    LinkRestored,
    MessagePlayed,
    MessageStarted,
    MessageTimeReached,
    SecondLookTaken,
    ServiceBegan,
    ThirdLeft,
    VerdictReached,
)
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict, DecideBy
from dialer.domain.wording import DEFAULT_WORDING
from dialer.pbx.fake_conduct import CAUSES, VERDICTS, Conduct, Manner
from dialer.pbx.fake_talk import REFUSAL_S, FakeChannel, FakeTalk
from dialer.ports import EventSink, LegPhase, LiveChannel, MessageKind, PlaceCall

FAIL_SAFE_S = 12.0  # an answered call that nobody takes hears the recorded message, as the dialplan does it
MESSAGE_S = 8.0

__all__ = ["Conduct", "FakePbx", "Manner"]


@dataclass(slots=True)
class _Expected:
    mode: AmdMode
    wait_for_message: bool
    decide_by: DecideBy | None = None
    second_look_s: float = 0.0
    verdict_given: bool = False


class FakePbx(FakeTalk):
    """Implements ``dialer.ports.Telephony`` and ``dialer.ports.Detector``."""

    def __init__(self, clock: Clock, conduct_of: Callable[[PhoneNumber], Conduct]) -> None:
        super().__init__(clock, conduct_of)
        self._expected: dict[CallId, _Expected] = {}
        self._away: dict[AgentId, float] = {}  # whose phone cannot be reached, and until when
        self.placed: list[PlaceCall] = []  #: every call that was asked for, in order
        self.recorded: list[CallId] = []
        self.announced: list[CallId] = []  #: recordings that both sides were told of
        self.verdicts: dict[CallId, tuple[str, str]] = {}  #: AMDSTATUS and AMDCAUSE of the calls that have them
        self.serving: list[CallId] = []  #: calls that were sent to their self-service flow
        self.listened_along: list[CallId] = []
        self.stopped: list[CallId] = []  #: calls whose playing was ended for them
        self._key_listeners: dict[CallId, Callable[[str], None]] = {}
        self.messages: list[tuple[CallId, MessageKind, str, str]] = []  #: those asked for, with language and wording

    # ------------------------------------------------------------------------------------- telephony

    @property
    def connected(self) -> bool:
        return self._connected

    def subscribe(self, sink: EventSink) -> None:
        self._sinks.append(sink)

    async def place(self, call: PlaceCall) -> None:
        self._require_link()
        self.placed.append(call)
        conduct = self._conduct_of(call.number)
        channel = FakeChannel(call.call_id, LegPhase.DIALING, self._clock.monotonic(), conduct=conduct)
        self._channels[call.call_id] = channel
        cause = CAUSES.get(conduct.manner)
        if cause is not None:
            self._later(channel, min(conduct.ring_s, 2.0) or REFUSAL_S, lambda: self._end(channel, cause, "BUSY"))
            return
        self._later(channel, conduct.set_up_s, lambda: self._ring(channel))
        if conduct.manner is Manner.EARLY_VOICEMAIL:
            self._later(channel, min(2.0, conduct.ring_s), lambda: self._early_media(channel, call.early_media))
        rings_s = max(0.2, conduct.ring_s)
        if conduct.manner in (Manner.EARLY_VOICEMAIL, Manner.NO_ANSWER) or rings_s >= call.ring_timeout_s:
            self._later(channel, call.ring_timeout_s, lambda: self._give_up(channel))
        else:
            self._later(channel, rings_s, lambda: self._answer(channel))

    async def connect_agent(self, agent_id: AgentId, leg_id: LegId, dial_string: str, *, home: str = "") -> None:
        self._require_link()
        channel = FakeChannel(leg_id, LegPhase.RINGING, self._clock.monotonic(), agent_id=agent_id, home=home)
        self._channels[leg_id] = channel

        def up() -> None:
            if self._clock.monotonic() < self._away.get(agent_id, 0.0):
                self._end(channel, 20, "CHANUNAVAIL")
                return
            channel.phase = LegPhase.UP
            self._emit(AgentLegUp(**self._stamp(), agent_id=agent_id, leg_id=leg_id))

        self._later(channel, 0.1, up)

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        self._require_link()
        channel = self._channels.get(channel_id)
        if channel is not None:
            dial_status = "NOANSWER" if cause == 19 else "CANCEL"
            self._later(channel, 0.001, lambda: self._end(channel, cause, dial_status))

    async def play_message(
        self, call_id: CallId, kind: MessageKind, language: str, wording: str = DEFAULT_WORDING
    ) -> None:
        self._require_link()
        self.messages.append((call_id, kind, language, wording))
        channel = self._channels.get(call_id)
        if channel is not None:
            self._later(channel, 0.005, lambda: self._play(channel, kind))

    async def serve_itself(self, call_id: CallId, language: str) -> None:
        self._require_link()
        channel = self._channels.get(call_id)
        if channel is not None:
            channel.taken = True
            if channel.bridge:
                self._leave_bridge(channel)
            self.serving.append(call_id)
            self._emit(ServiceBegan(**self._stamp(), call_id=call_id))
            self._later(
                channel, channel.conduct.talk_s if channel.conduct else 30.0, lambda: self._end(channel, 16, "ANSWER")
            )

    def hear_keys(self, call_id: CallId, heard: Callable[[str], None] | None) -> None:
        if heard is None:
            self._key_listeners.pop(call_id, None)
        else:
            self._key_listeners[call_id] = heard

    async def stop_playing(self, call_id: CallId) -> None:
        self._require_link()
        self.stopped.append(call_id)

    def take_in(self, call_id: CallId, channel_id: str, name: str) -> None:
        self._channels[call_id] = FakeChannel(call_id, LegPhase.UP, self._clock.monotonic(), taken=True)

    async def start_recording(self, call_id: CallId, *, announce: bool, language: str) -> None:
        self._require_link()
        self.recorded.append(call_id)
        if announce:
            self.announced.append(call_id)

    async def tell_verdict(self, call_id: CallId, verdict: AmdVerdict) -> None:
        self._require_link()
        self.verdicts[call_id] = (verdict.category.amdstatus, verdict.amdcause)

    async def listen_along(self, call_id: CallId) -> None:
        self._require_link()
        self.listened_along.append(call_id)

    async def take_back(self, call_id: CallId) -> None:
        self._require_link()
        channel = self._channels.get(call_id)
        if channel is not None and channel.bridge:
            self._leave_bridge(channel)

    async def live_channels(self) -> Sequence[LiveChannel]:
        self._require_link()
        now = self._clock.monotonic()
        return [
            LiveChannel(
                channel_id=channel.channel_id,
                name=f"Fake/{channel.channel_id}",
                phase=channel.phase,
                bridge_id=channel.bridge,
                duration_s=int(now - channel.born),
                agent_id=channel.agent_id,
                home=channel.home,
                held=channel.held and not channel.bridge,
            )
            for channel in self._channels.values()
        ]

    # ------------------------------------------------------------------------------------- detector

    def expect(
        self,
        call_id: CallId,
        *,
        mode: AmdMode,
        wait_for_message: bool,
        language: str,
        decide_by: DecideBy | None = None,
        second_look_s: float = 0.0,
    ) -> None:
        self._expected[call_id] = _Expected(mode, wait_for_message, decide_by, second_look_s)

    def answered(self, call_id: CallId) -> None:
        """The verdict's timer was set at the answer itself."""

    def look_again(self, call_id: CallId) -> None:
        channel, expected = self._channels.get(call_id), self._expected.get(call_id)
        look = channel.conduct.second_look if channel is not None and channel.conduct else None
        if channel is None or expected is None or look is None or look.after_ms > expected.second_look_s * 1000:
            return

        def taken() -> None:
            self._emit(SecondLookTaken(**self._stamp(), call_id=call_id, look=look))

        self._later(channel, look.after_ms / 1000, taken)

    def await_message_time(self, call_id: CallId) -> None:
        channel = self._channels.get(call_id)
        if channel is not None:
            reached = MessageTimeReached(**self._stamp(), call_id=call_id, heard_beep=True)
            self._later(channel, 4.0, lambda: self._emit(reached))

    def forget(self, call_id: CallId) -> None:
        self._expected.pop(call_id, None)

    # ------------------------------------------------------------------------------------- what tests do to it

    def cut_link(self) -> None:
        """The manager link goes down. Calls go on; nothing is told of them."""
        self._connected = False
        for sink in self._sinks:
            sink(LinkLost(**self._stamp()))

    def restore_link(self) -> None:
        self._connected = True
        for sink in self._sinks:
            sink(LinkRestored(**self._stamp()))

    def lose_leg(self, leg_id: LegId, cause: int, *, away_s: float = 0.0) -> None:
        """An agent's phone ends its call, and cannot be reached for so long."""
        channel = self._channels[leg_id]
        if channel.agent_id is not None:
            self._away[channel.agent_id] = self._clock.monotonic() + away_s
        self._end(channel, cause, "")

    def person_presses(self, call_id: CallId, keys: str) -> None:
        """The called person presses keys, one right after the other."""
        heard = self._key_listeners.get(call_id)
        if heard is not None and self._connected and call_id in self._channels:
            for key in keys:
                heard(key)

    def bridged_with(self, channel_id: str) -> list[str]:
        """The channels in one conversation with this one."""
        together = self._together.get(self._channels[channel_id].bridge, ())
        return [other.channel_id for other in together if other.channel_id != channel_id]

    def crash(self) -> None:
        """Asterisk dies: the link and every channel are gone."""
        self.cut_link()
        for channel in self._channels.values():
            for timer in channel.timers:
                timer.cancel()
        self._channels.clear()
        self._together.clear()

    # ------------------------------------------------------------------------------------- a call's life

    def _ring(self, channel: FakeChannel) -> None:
        if channel.phase is LegPhase.DIALING:
            channel.phase = LegPhase.RINGING
            self._emit(CallRinging(**self._stamp(), call_id=CallId(channel.channel_id)))

    def _give_up(self, channel: FakeChannel) -> None:
        self._end(channel, 19, "NOANSWER")

    def _early_media(self, channel: FakeChannel, heard: bool) -> None:
        call_id = CallId(channel.channel_id)
        if heard:
            self._emit(EarlyMediaStarted(**self._stamp(), call_id=call_id))
            self._later(channel, channel.conduct.detect_s if channel.conduct else 1.0, lambda: self._decide(channel))
        self._later(channel, 20.0, lambda: self._end(channel, 31, "NOANSWER"))

    def _answer(self, channel: FakeChannel) -> None:
        conduct = channel.conduct
        if conduct is None:
            return
        channel.phase = LegPhase.UP
        channel.answered = self._clock.monotonic()
        self._emit(CallAnswered(**self._stamp(), call_id=CallId(channel.channel_id)))
        self._later(channel, FAIL_SAFE_S, lambda: self._fail_safe(channel))
        if conduct.manner is Manner.HANGS_UP:
            self._later(channel, 0.4, lambda: self._end(channel, 16, "ANSWER"))
            return
        delay = 4.0 if conduct.manner is Manner.SILENT else conduct.detect_s
        expected = self._expected.get(CallId(channel.channel_id))
        if expected is not None and expected.decide_by is not None and conduct.manner is not Manner.SILENT:
            pressed = conduct.greeting_s[0 if expected.decide_by.from_start else 1] + expected.decide_by.seconds
            if pressed < delay:
                self._later(channel, pressed, lambda: self._decide(channel, pressed=True))
        self._later(channel, delay, lambda: self._decide(channel))

    def _decide(self, channel: FakeChannel, *, pressed: bool = False) -> None:
        call_id, conduct = CallId(channel.channel_id), channel.conduct
        expected = self._expected.get(call_id)
        if expected is None or expected.verdict_given or conduct is None:
            return
        expected.verdict_given = True
        category, reason = VERDICTS[conduct.manner]
        if conduct.taken_for is not None:
            category, reason = conduct.taken_for, "error"
        if pressed:
            category, reason = AmdCategory.UNKNOWN, "connect-deadline"
        heard_s = conduct.detect_s if channel.answered is None else self._clock.monotonic() - channel.answered
        ago = [round((heard_s - at) * 1000) for at in conduct.greeting_s]
        spoke = channel.answered is not None and conduct.manner is not Manner.SILENT
        verdict = AmdVerdict(
            category=category,
            reason=reason,
            confidence=0.9,
            delay_ms=int(heard_s * 1000),
            greeting_started_ms_ago=ago[0] if spoke else None,
            greeting_ended_ms_ago=ago[1] if spoke and ago[1] > 0 else None,
        )
        self._emit(VerdictReached(**self._stamp(), call_id=call_id, verdict=verdict))
        if category is AmdCategory.MACHINE and expected.wait_for_message:
            reached = MessageTimeReached(**self._stamp(), call_id=call_id, heard_beep=True)
            self._later(channel, 4.0, lambda: self._emit(reached))

    def _fail_safe(self, channel: FakeChannel) -> None:
        if not channel.taken:
            self._play(channel, MessageKind.ABANDONED)

    def _play(self, channel: FakeChannel, kind: MessageKind) -> None:
        if channel.taken and kind is not MessageKind.VOICEMAIL:
            return
        channel.taken = True
        if channel.bridge:
            self._leave_bridge(channel)
        call_id = CallId(channel.channel_id)
        self._emit(MessageStarted(**self._stamp(), call_id=call_id, kind=kind.value))

        def played() -> None:
            self._emit(MessagePlayed(**self._stamp(), call_id=call_id, kind=kind.value))
            self._end(channel, 16, "ANSWER")

        self._later(channel, MESSAGE_S, played)

    def _end(self, channel: FakeChannel, cause: int, dial_status: str) -> None:
        if self._channels.pop(channel.channel_id, None) is None:
            return
        for timer in channel.timers:
            timer.cancel()
        if channel.bridge:
            self._leave_bridge(channel)
        if channel.third_of is not None:
            left = LegId(channel.channel_id)
            self._emit(ThirdLeft(**self._stamp(), call_id=channel.third_of, leg_id=left, cause=cause))
            return
        if channel.agent_id is not None:
            leg = LegId(channel.channel_id)
            self._emit(AgentLegDown(**self._stamp(), agent_id=channel.agent_id, leg_id=leg, cause=cause))
            return
        ended = CallEnded(**self._stamp(), call_id=CallId(channel.channel_id), cause=cause, dial_status=dial_status)
        self._emit(ended)
