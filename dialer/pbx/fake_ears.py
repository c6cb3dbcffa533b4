"""Supervisors' ears on the PBX that needs no Asterisk: they hear nothing, and last as long as real ones would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dialer.domain.events import AgentLegDown, TelephonyEvent
from dialer.domain.ids import LegId
from dialer.errors import AmiRefused
from dialer.pbx.fake import FakePbx
from dialer.ports.ears import EarClosed, EarId, EarMode, EarNews, EarOpened

ANSWER_S = 0.1


class FakeEars:
    """Implements ``dialer.ports.ears.Ears``."""

    def __init__(self, pbx: FakePbx) -> None:
        self._pbx = pbx
        self._sinks: list[Callable[[EarNews], None]] = []
        self._legs: dict[EarId, LegId] = {}
        self.modes: dict[EarId, EarMode] = {}  #: of the ears that are open or being opened
        pbx.subscribe(self._on_telephony)

    def subscribe(self, sink: Callable[[EarNews], None]) -> None:
        self._sinks.append(sink)

    async def open(self, ear_id: EarId, leg_id: LegId, dial_string: str, mode: EarMode) -> None:
        if leg_id not in [channel.channel_id for channel in await self._pbx.live_channels()]:
            raise AmiRefused("There is no such channel.", channel_id=leg_id)
        self._legs[ear_id], self.modes[ear_id] = leg_id, mode
        asyncio.get_running_loop().call_later(ANSWER_S, self._answered, ear_id)

    async def change(self, ear_id: EarId, mode: EarMode) -> None:
        if ear_id not in self.modes:
            raise AmiRefused("There is no such channel.", channel_id=ear_id)
        self.modes[ear_id] = mode

    async def close(self, ear_id: EarId) -> None:
        self._over(ear_id)

    def _answered(self, ear_id: EarId) -> None:
        if ear_id in self.modes:
            self._tell(EarOpened(ear_id))

    def _on_telephony(self, event: TelephonyEvent) -> None:
        if isinstance(event, AgentLegDown):
            for ear_id in [ear_id for ear_id, leg_id in self._legs.items() if leg_id == event.leg_id]:
                self._over(ear_id)

    def _over(self, ear_id: EarId) -> None:
        self._legs.pop(ear_id, None)
        if self.modes.pop(ear_id, None) is not None:
            self._tell(EarClosed(ear_id))

    def _tell(self, news: EarNews) -> None:
        for sink in self._sinks:
            sink(news)
