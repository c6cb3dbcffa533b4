"""The call in hand, on a real Asterisk: who is in which conversation.

Measured on Asterisk 22: a channel that was brought into a bridge by another one has no dialplan of its own until it
leaves it, so it is sent elsewhere only from outside; and nobody can be moved out of a conference. Whoever was moved
straight from one conversation into another heard nothing there (a browser's telephone, four times of four; probably
because the RTP sequence numbers of the new voice lay behind those of the old one), so that everybody leaves the one
first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import CallId, LegId
from dialer.errors import AmiDisconnected, AmiHeaderInvalid, AmiRefused, AmiTimeout
from dialer.pbx import ami_actions, talk_actions
from dialer.pbx.ami import AmiLink
from dialer.pbx.ami_events import ChannelBook
from dialer.pbx.ami_protocol import AmiHeaders
from dialer.pbx.channel import Channel, When
from dialer.ports import Notice, PlaceThird

MOVE_TIMEOUT_S = 2.0  # a channel leaves a bridge within milliseconds
BETWEEN_KEYS_S = 0.3


class AsteriskTalk:
    """The part of ``AsteriskTelephony`` that is ``dialer.ports.TalkControl``."""

    link: AmiLink
    _book: ChannelBook

    def __init__(self) -> None:
        self._moved = asyncio.Event()

    def _emit(self, events: Sequence[TelephonyEvent]) -> None:
        raise NotImplementedError

    def _when(self) -> When:
        raise NotImplementedError

    def _require_link(self) -> None:
        if not self.link.connected:
            raise AmiDisconnected(sent=False)

    def _name(self, channel_id: str) -> str:
        self._require_link()
        channel = self._book.channels.get(channel_id)
        if channel is None or not channel.name:
            raise AmiRefused("There is no such channel.", channel_id=channel_id)
        return channel.name

    # ------------------------------------------------------------------------------------------- two

    async def bridge(self, call_id: CallId, leg_id: LegId) -> None:
        self._require_link()
        call, leg = self._book.channels.get(call_id), self._book.channels.get(leg_id)
        if call is None or leg is None or not call.name or not leg.name:
            self._emit(self._book.bridge_refused(call_id, leg_id, "one of the two is not there", self._when()))
            return
        call.awaits_leg, call.confers = leg_id, frozenset()
        elsewhere = leg.conferring or leg.bridge_id not in ("", call.bridge_id)
        try:
            if elsewhere:
                await self.part(leg_id)
            await self.link.send(ami_actions.bridge(call.name, leg.name))
        except (AmiRefused, AmiTimeout) as exc:
            if isinstance(exc, AmiTimeout) and not elsewhere:
                raise
            if call.awaits_leg == leg_id:  # its end has not been told already
                self._emit(self._book.bridge_refused(call_id, leg_id, exc.message, self._when()))

    async def hold(self, call_id: CallId) -> None:
        await self.link.send(talk_actions.hold(self._name(call_id)))

    async def place_third(self, third: PlaceThird) -> None:
        self._require_link()
        channel = self._book.expect_third(third.leg_id, third.call_id)
        try:
            await self._place(channel, talk_actions.place_third(third))
        except AmiRefused:
            self._emit([self._book.third_refused(third.leg_id, third.call_id, self._when())])

    async def _place(self, channel: Channel, action: AmiHeaders) -> None:
        try:
            await self.link.send(action)
        except AmiDisconnected as exc:
            if exc.details.get("sent") is False:
                self._book.forget(channel.id)
            raise
        except AmiHeaderInvalid as exc:
            self._book.forget(channel.id)
            raise AmiRefused(exc.message) from exc
        except AmiRefused:
            self._book.forget(channel.id)
            raise

    # ------------------------------------------------------------------------------------------- three

    async def consult(self, call_id: CallId, leg_id: LegId, target: LegId) -> None:
        self._require_link()
        call, leg, other = (self._book.channels.get(each) for each in (call_id, leg_id, target))
        if call is None or leg is None or other is None or not leg.name or not other.name:
            self._emit([self._book.consult_missed(call_id, target, "one of them is not there", self._when())])
            return
        leg.consults, leg.consults_for = target, call_id
        try:
            if call.bridge_id:
                await self.hold(call_id)
            await self._until(lambda: not leg.bridge_id)
            await self.link.send(talk_actions.consult(self._name(leg_id), self._name(target)))
        except (AmiRefused, AmiTimeout) as exc:
            self._emit(self._book.consult_refused(leg_id, exc.message, self._when()))

    async def confer(self, call_id: CallId, legs: Sequence[LegId]) -> None:
        self._name(call_id)
        self._book.channels[call_id].confers = frozenset({call_id, *legs})
        for leg_id in legs:
            leg = self._book.channels.get(leg_id)
            if leg is None:
                raise AmiRefused("There is no such channel.", channel_id=leg_id)
            # The first one leaves the consultation by this; the others are let go by its end.
            if leg_id != legs[0]:
                await self._until(_out_of_a_pair(leg))
            await self.link.send(talk_actions.confer(self._name(leg_id), call_id))
        await self.link.send(talk_actions.confer(self._name(call_id), call_id))

    async def part(self, leg_id: LegId) -> None:
        self._require_link()
        leg = self._book.channels.get(leg_id)
        if leg is None or not leg.name or not leg.bridge_id:
            return
        await self.link.send(talk_actions.part(leg.name, third=bool(leg.third_of)))
        await self._until(lambda: not leg.bridge_id)

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until an event has made it so. Raises AmiTimeout."""
        try:
            async with asyncio.timeout(MOVE_TIMEOUT_S):
                while not condition():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError as exc:
            raise AmiTimeout("A channel did not leave its conversation.") from exc

    # ------------------------------------------------------------------------------------------- what is heard

    async def press(self, call_id: CallId, digits: str) -> None:
        for index, digit in enumerate(digits):
            if index:
                await asyncio.sleep(BETWEEN_KEYS_S)
            await self.link.send(talk_actions.press(self._name(call_id), digit))

    async def mute(self, leg_id: LegId, *, muted: bool) -> None:
        await self.link.send(talk_actions.mute(self._name(leg_id), muted=muted))

    async def announce(self, call_id: CallId, notice: Notice, language: str) -> None:
        await self.link.send(talk_actions.announce(call_id, self._name(call_id), notice, language))


def _out_of_a_pair(leg: Channel) -> Callable[[], bool]:
    return lambda: not leg.bridge_id or leg.conferring
