"""The PBX of ``dialer.ports`` on a real Asterisk, over its manager interface."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from dialer.clock import Clock
from dialer.domain.events import EarlyMediaStarted, LinkLost, LinkRestored, TelephonyEvent
from dialer.domain.ids import AgentId, CallId, LegId, call_of_third, is_call_id, is_leg_id
from dialer.domain.verdict import AmdMode, AmdVerdict
from dialer.domain.wording import DEFAULT_WORDING
from dialer.errors import AmiRefused, TelephonyError
from dialer.pbx import ami_actions
from dialer.pbx.ami import AmiEndpoint, AmiHeaders, AmiLink, AmiMessage, LinkChange
from dialer.pbx.ami_events import CONFERENCE, ChannelBook
from dialer.pbx.asterisk_talk import AsteriskTalk
from dialer.pbx.channel import When
from dialer.pbx.key_events import KeyEvents
from dialer.pbx.suitability import require_suitable
from dialer.pbx.talk_actions import HOLD_CONTEXT
from dialer.ports import EventSink, LegPhase, LiveChannel, MessageKind, Notice, PlaceCall

log = structlog.get_logger(__name__)

_MOST_ERRANDS = 5_000
_PHASES = {"Up": LegPhase.UP, "Ringing": LegPhase.RINGING}


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """``media`` is host:port where Asterisk reaches our AudioSocket server; ``recordings`` the folder for recordings,
    absolute or below Asterisk's monitor folder; ``agi`` as ``media``, of our AGI server."""

    media: str
    recordings: str = "cadencia"
    agi: str = ""


@dataclass(frozen=True, slots=True)
class _Errand:
    """Something to ask of Asterisk because of an event, while the call still exists."""

    call_id: str
    action: AmiHeaders


class AsteriskTelephony(AsteriskTalk):
    """``dialer.ports.Telephony`` over AMI.

    A call is placed without Asterisk's own early media, which would hide the real answer; when its early media begins
    and was asked for, an AudioSocket channel is set to listen to it.
    """

    def __init__(self, endpoint: AmiEndpoint, clock: Clock, settings: AsteriskSettings) -> None:
        super().__init__()
        self._clock = clock
        self._settings = settings
        self.link = AmiLink(endpoint, clock, self._on_event, self._on_link)
        self._book = ChannelBook()
        self._keys = KeyEvents()
        self._sinks: list[EventSink] = []
        self._taps: list[Callable[[AmiMessage], None]] = []
        self._stale: set[str] = set()  # known before the link was lost and not seen since
        self._errands: deque[_Errand] = deque(maxlen=_MOST_ERRANDS)
        self._work = asyncio.Event()
        self._errand_boy: asyncio.Task[None] | None = None
        self._was_up = False
        self.errands_dropped = 0

    # ------------------------------------------------------------------------------------------- life

    def start(self) -> None:
        """Begin to connect. See ``AmiLink.wait_connected`` for how it goes."""
        self.link.start()
        if self._errand_boy is None:
            self._errand_boy = asyncio.create_task(self._run_errands(), name="asterisk-errands")

    async def wait_connected(self, timeout_s: float) -> None:
        """Return when the link is up, to an Asterisk that can be dialed with. Raises AmiLoginRefused, AmiDisconnected,
        AmiTimeout or AsteriskUnsuitable."""
        await self.link.wait_connected(timeout_s)
        await require_suitable(self.link)

    async def close(self) -> None:
        """Close the link. Calls go on in Asterisk by themselves."""
        if self._errand_boy is not None:
            self._errand_boy.cancel()
            await asyncio.wait([self._errand_boy], timeout=5)
            self._errand_boy = None
        await self.link.close()

    @property
    def connected(self) -> bool:
        return self.link.connected

    def tap(self, handler: Callable[[AmiMessage], None]) -> None:
        """Hand every event of Asterisk's to ``handler`` too, as it came."""
        self._taps.append(handler)

    def channel_name(self, channel_id: str) -> str:
        """What Asterisk calls a channel of ours. Raises AmiRefused where there is none, AmiDisconnected."""
        return self._name(channel_id)

    def subscribe(self, sink: EventSink) -> None:
        self._sinks.append(sink)

    # ------------------------------------------------------------------------------------------- actions

    async def place(self, call: PlaceCall) -> None:
        action = ami_actions.originate_call(call, self._settings.media)
        channel = self._book.expect_call(call.call_id, listen=call.early_media, dialplan_tells=call.amd is AmdMode.OFF)
        channel.said = (call.language, call.wording)
        await self._place(channel, action)

    async def connect_agent(self, agent_id: AgentId, leg_id: LegId, dial_string: str, *, home: str = "") -> None:
        action = ami_actions.originate_leg(agent_id, leg_id, dial_string, home=home)
        await self._place(self._book.expect_leg(leg_id, agent_id), action)

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        self._require_link()
        channel = self._book.channels.get(channel_id)
        if channel is None:
            return
        channel.ended_by_us = True
        if not channel.name:
            channel.end_with = cause
            return
        with contextlib.suppress(AmiRefused):  # it has just ended
            await self.link.send(ami_actions.hang_up(channel.name, cause))

    async def play_message(
        self, call_id: CallId, kind: MessageKind, language: str, wording: str = DEFAULT_WORDING
    ) -> None:
        name = self._name(call_id)
        if self._book.channels[call_id].said != (language, wording):
            for action in ami_actions.set_message(name, language, wording):
                await self.link.send(action)
        await self.link.send(ami_actions.play_message(name, kind))

    async def serve_itself(self, call_id: CallId, language: str) -> None:
        for action in ami_actions.serve_itself(self._name(call_id), language, self._settings.agi):
            await self.link.send(action)

    def take_in(self, call_id: CallId, channel_id: str, name: str) -> None:
        self._book.take_in(call_id, channel_id, name)

    async def start_recording(self, call_id: CallId, *, announce: bool, language: str) -> None:
        name = self._name(call_id)
        file = f"{self._settings.recordings.rstrip('/')}/{call_id}.raw"
        await self.link.send(ami_actions.record(name, file))
        if announce:
            await self.announce(call_id, Notice.RECORDING, language)

    async def tell_verdict(self, call_id: CallId, verdict: AmdVerdict) -> None:
        both, *each = ami_actions.tell_verdict(self._name(call_id), verdict)
        try:
            await self.link.send(both)
        except AmiRefused:  # an Asterisk without ARRAY(), or the call is over
            for action in each:
                with contextlib.suppress(AmiRefused):
                    await self.link.send(action)

    async def listen_along(self, call_id: CallId) -> None:
        await self.link.send(ami_actions.listen_along(call_id, self._name(call_id), self._settings.media))

    def hear_keys(self, call_id: CallId, heard: Callable[[str], None] | None) -> None:
        self._keys.hear(call_id, heard)

    async def stop_playing(self, call_id: CallId) -> None:
        """By a key that no telephone has."""
        await self.link.send(ami_actions.press_for(self._name(call_id), "D"))

    async def take_back(self, call_id: CallId) -> None:
        await self.link.send(ami_actions.take_back(self._name(call_id)))

    async def live_channels(self) -> Sequence[LiveChannel]:
        """Every channel of Asterisk's, the dialer's or not. After a lost link this is also when channels of ours that
        are not listed are forgotten, and those that are listed followed again."""
        self._require_link()
        listed = await self.link.send_list(ami_actions.LIST_CHANNELS, ami_actions.LIST_CHANNELS_END)
        entries = [self._book.by_our_name(entry) for entry in listed]
        self._book.keep_only(self._stale, (entry.get("uniqueid", "") for entry in entries))
        self._stale.clear()
        for entry in entries:
            self._follow(entry)
        return [_live(entry) for entry in entries]

    def _follow(self, entry: AmiMessage) -> None:
        """Bring the book to what Asterisk lists, for a channel of ours, even one from before this process began."""
        channel_id = entry.get("uniqueid", "")
        if is_call_id(channel_id):
            channel = self._book.expect_call(channel_id)
        elif is_leg_id(channel_id):
            channel = self._book.expect_leg(channel_id, ami_actions.whose_leg(entry.get("accountcode", ""))[0])
        elif (of := call_of_third(channel_id)) is not None:
            channel = self._book.expect_third(channel_id, of)
        else:
            return
        self._emit(
            self._book.found(
                channel,
                name=entry.get("channel", ""),
                up=entry.get("channelstatedesc") == "Up",
                bridge_id=entry.get("bridgeid", ""),
                when=self._when(),
                conference=entry.get("application") == CONFERENCE,
            )
        )

    # ------------------------------------------------------------------------------------------- events

    def _on_event(self, event: AmiMessage) -> None:
        when = self._when()
        told = self._book.translate(event, when)
        if event.get("event") in ("DTMFBegin", "DTMFEnd"):
            self._keys.take(self._book.by_our_name(event), when.monotonic)
        self._moved.set()
        for tap in self._taps:
            tap(event)
        self._emit(told)
        for item in told:
            if isinstance(item, EarlyMediaStarted):
                self._listen_to(item.call_id)
        if event.get("event") == "Newchannel":
            self._end_if_doomed(event.get("uniqueid", ""))

    def _listen_to(self, call_id: CallId) -> None:
        channel = self._book.channels.get(call_id)
        if channel is not None and channel.listen and channel.name:
            self._send_later(call_id, ami_actions.listen_early(call_id, channel.name, self._settings.media))

    def _end_if_doomed(self, channel_id: str) -> None:
        channel = self._book.channels.get(channel_id)
        if channel is not None and channel.end_with and channel.name:
            self._send_later(channel_id, ami_actions.hang_up(channel.name, channel.end_with))

    def _on_link(self, change: LinkChange) -> None:
        when = self._when()
        if change.up:
            self._was_up = True
            self._emit([LinkRestored(at=when.at, monotonic=when.monotonic)])
        elif self._was_up:
            self._was_up = False
            self._stale |= self._book.channels.keys()
            self._emit([LinkLost(at=when.at, monotonic=when.monotonic)])

    def _emit(self, events: Sequence[TelephonyEvent]) -> None:
        for event in events:
            for sink in self._sinks:
                try:
                    sink(event)
                except Exception:  # one listener's bug must not cost the others the event
                    log.exception("telephony.sink_failed", event_type=type(event).__name__)

    def _when(self) -> When:
        return When(self._clock.now(), self._clock.monotonic())

    # ------------------------------------------------------------------------------------------- errands

    def _send_later(self, call_id: str, action: AmiHeaders) -> None:
        self.errands_dropped += len(self._errands) == _MOST_ERRANDS
        self._errands.append(_Errand(call_id, action))
        self._work.set()

    async def _run_errands(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._errands:
                errand = self._errands.popleft()
                if errand.call_id not in self._book.channels:
                    continue
                try:
                    await self.link.send(errand.action, timeout_s=2.0)
                except TelephonyError as exc:
                    log.warning("telephony.errand_failed", call_id=errand.call_id, error=exc.code, detail=exc.message)


def _live(entry: AmiMessage) -> LiveChannel:
    leg = is_leg_id(entry.get("uniqueid", ""))
    agent_id, home = ami_actions.whose_leg(entry.get("accountcode", "")) if leg else (None, "")
    hours, minutes, seconds = (int(part) for part in entry.get("duration", "0:0:0").split(":"))
    return LiveChannel(
        channel_id=entry.get("uniqueid", ""),
        name=entry.get("channel", ""),
        phase=_PHASES.get(entry.get("channelstatedesc", ""), LegPhase.DIALING),
        bridge_id=entry.get("bridgeid", ""),
        duration_s=hours * 3600 + minutes * 60 + seconds,
        agent_id=agent_id,
        home=home,
        held=entry.get("context") == HOLD_CONTEXT,
    )
