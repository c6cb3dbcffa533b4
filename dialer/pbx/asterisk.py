"""The PBX of ``dialer.ports`` on a real Asterisk, over its manager interface."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from dialer.clock import Clock
from dialer.domain.events import LinkLost, LinkRestored, TelephonyEvent
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.errors import AmiDisconnected, AmiRefused, AmiTimeout, TelephonyError
from dialer.pbx import ami_actions
from dialer.pbx.ami import AmiEndpoint, AmiHeaders, AmiLink, AmiMessage, LinkChange
from dialer.pbx.ami_events import FAR_SUFFIX, AnswerSign, Channel, ChannelBook, When
from dialer.ports import EventSink, LegPhase, LiveChannel, MessageKind, PlaceCall

log = structlog.get_logger(__name__)

_ASKED_AT_ONCE = 25  # questions on their way at a time, so that actions that matter do not queue behind them
_SHORTEST_PER_CALL_S = 0.001  # no more than 1,000 questions a second: about 0.1 ms each for Asterisk and us together
_CALL_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSettings:
    """``media`` is host:port where Asterisk reaches our AudioSocket server; ``recordings`` the folder for recordings,
    absolute or below Asterisk's monitor folder; ``answer_poll_s`` how often a call in early media is asked about while
    there are fewer than 200 of them."""

    media: str
    recordings: str = "cadencia"
    answer_poll_s: float = 0.2


class AsteriskTelephony:
    """``dialer.ports.Telephony`` over AMI.

    Asterisk shows a call with early media as up and is silent about its real answer, so it is asked for such a call's
    last SIP response every ``answer_poll_s`` seconds: ``CallAnswered`` can be that much late.
    """

    def __init__(self, endpoint: AmiEndpoint, clock: Clock, settings: AsteriskSettings) -> None:
        self._clock = clock
        self._settings = settings
        self.link = AmiLink(endpoint, clock, self._on_event, self._on_link)
        self._book = ChannelBook()
        self._sinks: list[EventSink] = []
        self._stale: set[str] = set()  # known before the link was lost and not seen since
        self._doomed: dict[str, int] = {}  # to be hung up as soon as they exist: id -> cause
        self._work = asyncio.Event()
        self._errands: asyncio.Task[None] | None = None
        self._was_up = False

    # ------------------------------------------------------------------------------------------- life

    def start(self) -> None:
        """Begin to connect. See ``AmiLink.wait_connected`` for how it goes."""
        self.link.start()
        if self._errands is None:
            self._errands = asyncio.create_task(self._run_errands(), name="asterisk-errands")

    async def wait_connected(self, timeout_s: float) -> None:
        """Return when the link is up; raises AmiLoginRefused or AmiDisconnected."""
        await self.link.wait_connected(timeout_s)

    async def close(self) -> None:
        """Close the link. Calls go on in Asterisk by themselves."""
        if self._errands is not None:
            self._errands.cancel()
            await asyncio.wait([self._errands], timeout=5)
            self._errands = None
        await self.link.close()

    @property
    def connected(self) -> bool:
        return self.link.connected

    def subscribe(self, sink: EventSink) -> None:
        self._sinks.append(sink)

    # ------------------------------------------------------------------------------------------- actions

    async def place(self, call: PlaceCall) -> None:
        action = ami_actions.originate_call(call, self._settings.media)
        await self._originate(self._book.expect_call(call.call_id, ami_actions.answer_sign(call)), action)

    async def connect_agent(self, agent_id: AgentId, leg_id: LegId, dial_string: str) -> None:
        action = ami_actions.originate_leg(agent_id, leg_id, dial_string)
        await self._originate(self._book.expect_leg(leg_id, agent_id), action)

    async def _originate(self, channel: Channel, action: AmiHeaders) -> None:
        if not self.connected:
            self._book.forget(channel.id)
            raise AmiDisconnected()
        try:
            await self.link.send(action)
        except AmiRefused:
            self._book.forget(channel.id)
            raise

    async def bridge(self, call_id: CallId, leg_id: LegId) -> None:
        self._require_link()
        call, leg = self._book.channels.get(call_id), self._book.channels.get(leg_id)
        if call is None or leg is None or not call.name or not leg.name:
            self._emit(self._book.bridge_refused(call_id, leg_id, "one of the two is not there", self._when()))
            return
        call.awaits_leg = leg_id
        try:
            await self.link.send(ami_actions.bridge(call.name, leg.name))
        except AmiRefused as exc:
            if call.awaits_leg == leg_id:  # its end has not been told already
                self._emit(self._book.bridge_refused(call_id, leg_id, exc.message, self._when()))

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        self._require_link()
        channel = self._book.channels.get(channel_id)
        if channel is None:
            return
        channel.ended_by_us = True
        if not channel.name:
            self._doomed[channel_id] = cause
            return
        with contextlib.suppress(AmiRefused):  # it has just ended
            await self.link.send(ami_actions.hang_up(channel.name, cause))

    async def play_message(self, call_id: CallId, kind: MessageKind, language: str) -> None:
        name = self._name(call_id)
        await self.link.send(ami_actions.set_language(name, language))
        await self.link.send(ami_actions.play_message(name, kind))

    async def start_recording(self, call_id: CallId) -> None:
        file = f"{self._settings.recordings.rstrip('/')}/{call_id}.raw"
        await self.link.send(ami_actions.record(self._name(call_id), file))

    async def live_channels(self) -> Sequence[LiveChannel]:
        """Every channel of Asterisk's, the dialer's or not. After a lost link this is also when calls of ours that
        are not listed are forgotten, and those that are listed followed again."""
        self._require_link()
        entries = await self.link.send_list(ami_actions.LIST_CHANNELS, ami_actions.LIST_CHANNELS_END)
        by_id = {entry.get("uniqueid", ""): entry for entry in entries}
        self._book.keep_only(self._stale, by_id)
        self._stale.clear()
        for channel_id, entry in by_id.items():
            self._follow(channel_id, entry, by_id)
        await self._ask(self._book.in_doubt())
        return [self._live(entry) for entry in entries]

    def _follow(self, channel_id: str, entry: AmiMessage, by_id: Mapping[str, AmiMessage]) -> None:
        """Bring the book to what Asterisk lists, for a call of ours, even one from before this process began."""
        channel = self._book.channels.get(channel_id)
        name = entry.get("channel", "")
        if channel is None:
            if not _CALL_ID.fullmatch(channel_id):
                return
            early_possible = {"PJSIP": AnswerSign.ASK, "Local": AnswerSign.FAR_STATE}
            channel = self._book.expect_call(channel_id, early_possible.get(name.partition("/")[0], AnswerSign.STATE))
        channel.name = name
        channel.up = entry.get("channelstatedesc") == "Up"
        if channel.sign is AnswerSign.ASK or not channel.up:
            return
        far = by_id.get(channel_id + FAR_SUFFIX)
        if channel.sign is AnswerSign.STATE or (far is not None and far.get("channelstatedesc") == "Up"):
            self._emit(self._book.answer_seen(channel_id, self._when()))

    def _live(self, entry: AmiMessage) -> LiveChannel:
        channel = self._book.channels.get(entry.get("uniqueid", ""))
        phase = {"Up": LegPhase.UP, "Ringing": LegPhase.RINGING}.get(
            entry.get("channelstatedesc", ""), LegPhase.DIALING
        )
        if channel is not None and phase is LegPhase.UP and not channel.answered:
            phase = LegPhase.RINGING  # early media
        hours, minutes, seconds = (int(part) for part in entry.get("duration", "0:0:0").split(":"))
        return LiveChannel(
            channel_id=entry.get("uniqueid", ""),
            name=entry.get("channel", ""),
            phase=phase,
            bridge_id=entry.get("bridgeid", ""),
            duration_s=hours * 3600 + minutes * 60 + seconds,
        )

    def _require_link(self) -> None:
        if not self.connected:
            raise AmiDisconnected()

    def _name(self, channel_id: str) -> str:
        self._require_link()
        channel = self._book.channels.get(channel_id)
        if channel is None or not channel.name:
            raise AmiRefused("There is no such channel.", channel_id=channel_id)
        return channel.name

    # ------------------------------------------------------------------------------------------- events

    def _on_event(self, event: AmiMessage) -> None:
        self._emit(self._book.translate(event, self._when()))
        channel = self._book.channels.get(event.get("uniqueid", ""))
        if channel is not None and (channel.in_doubt or channel.id in self._doomed):
            self._work.set()

    def _on_link(self, change: LinkChange) -> None:
        when = self._when()
        if change.up:
            self._was_up = True
            self._emit([LinkRestored(at=when.at, monotonic=when.monotonic)])
            self._work.set()
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

    async def _run_errands(self) -> None:
        """Hang up what was doomed before it existed, and ask about calls that may or may not be answered."""
        while True:
            doubts = len(self._book.in_doubt())
            poll_s = max(self._settings.answer_poll_s, doubts * _SHORTEST_PER_CALL_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll_s if doubts else None):
                    await self._work.wait()
            self._work.clear()
            if not self.connected:
                continue
            try:
                await self._hang_up_doomed()
                now = self._clock.monotonic()
                await self._ask([channel for channel in self._book.in_doubt() if now - channel.asked_at >= poll_s])
            except TelephonyError as exc:
                log.warning("telephony.errand_failed", error=exc.code)

    async def _hang_up_doomed(self) -> None:
        self._doomed = {key: cause for key, cause in self._doomed.items() if key in self._book.channels}
        for channel_id, cause in list(self._doomed.items()):
            if self._book.channels[channel_id].name:
                del self._doomed[channel_id]
                await self.hang_up(channel_id, cause)

    async def _ask(self, channels: Sequence[Channel]) -> None:
        for start in range(0, len(channels), _ASKED_AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for channel in channels[start : start + _ASKED_AT_ONCE]:
                    group.create_task(self._ask_one(channel), name=f"ask-answered-{channel.id}")

    async def _ask_one(self, channel: Channel) -> None:
        channel.asked_at = self._clock.monotonic()
        try:
            response = (await self.link.send(ami_actions.last_sip_response(channel.name))).get("value", "")
        except (AmiRefused, AmiTimeout, AmiDisconnected):
            return  # it has ended, or will be asked again
        if not response:
            # Somebody may be on the line: better an announcement taken for a person than a person never heard.
            log.error("telephony.answer_unknown", call_id=channel.id, cure="load func_hangupcause.so")
        if not response or response.startswith("SIP 2"):
            self._emit(self._book.answer_seen(channel.id, self._when()))
