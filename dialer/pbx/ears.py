"""Supervisors' ears on a real Asterisk: a channel of its own for each, in ChanSpy on the agent's leg."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from dialer.domain.ids import LegId
from dialer.errors import AmiDisconnected, AmiRefused
from dialer.pbx.ami_actions import called_by_us, originate, redirect, variables
from dialer.pbx.ami_protocol import AmiMessage
from dialer.pbx.asterisk import AsteriskTelephony
from dialer.ports.ears import EarClosed, EarId, EarMode, EarNews, EarOpened

EAR_CONTEXT = "cadencia-ear"
RING_S = 30.0


@dataclass(slots=True)
class _Ear:
    name: str = ""
    opened: bool = False


class AsteriskEars:
    """``dialer.ports.ears.Ears`` over the telephony's own link."""

    def __init__(self, telephony: AsteriskTelephony) -> None:
        self._telephony = telephony
        self._ears: dict[str, _Ear] = {}
        self._sinks: list[Callable[[EarNews], None]] = []
        telephony.tap(self._on_event)

    def subscribe(self, sink: Callable[[EarNews], None]) -> None:
        self._sinks.append(sink)

    async def open(self, ear_id: EarId, leg_id: LegId, dial_string: str, mode: EarMode) -> None:
        action = originate(ear_id, dial_string, RING_S) | {
            "Context": EAR_CONTEXT,
            "Exten": mode.value,
            "Priority": "1",
            "CallerID": '"Cadencia" <0>',
            "Variable": [
                *variables({"CADENCIA_EAR_OF": self._telephony.channel_name(leg_id)}),
                *called_by_us(ear_id, dial_string),
            ],
        }
        self._ears[ear_id] = _Ear()
        try:
            await self._telephony.link.send(action)
        except AmiRefused:
            self._ears.pop(ear_id, None)
            raise
        except AmiDisconnected as exc:
            if exc.details.get("sent") is False:
                self._ears.pop(ear_id, None)
            raise

    async def change(self, ear_id: EarId, mode: EarMode) -> None:
        await self._telephony.link.send(redirect(self._name(ear_id), EAR_CONTEXT, mode.value))

    async def close(self, ear_id: EarId) -> None:
        ear = self._ears.get(ear_id)
        if ear is None:
            return
        with contextlib.suppress(AmiRefused):  # it has just ended, or has yet to begin
            await self._telephony.link.send({"Action": "Hangup", "Channel": ear.name or ear_id, "Cause": "16"})

    def _name(self, ear_id: EarId) -> str:
        ear = self._ears.get(ear_id)
        if ear is None or not ear.opened:
            raise AmiRefused("There is no such channel.", channel_id=ear_id)
        return ear.name

    def _on_event(self, event: AmiMessage) -> None:
        channel_id = event.get("uniqueid", "")
        ear = self._ears.get(channel_id)
        if ear is None:
            return
        match event.get("event"):
            case "Newchannel" | "Rename" | "Newstate":
                ear.name = event.get("newname") or event.get("channel") or ear.name
                if event.get("channelstatedesc") == "Up" and not ear.opened:
                    ear.opened = True
                    self._tell(EarOpened(EarId(channel_id)))
            case "OriginateResponse" if event.get("response") != "Success" and not ear.name:
                self._over(channel_id)
            case "Hangup":
                self._over(channel_id)

    def _over(self, channel_id: str) -> None:
        if self._ears.pop(channel_id, None) is not None:
            self._tell(EarClosed(EarId(channel_id)))

    def _tell(self, news: EarNews) -> None:
        for sink in self._sinks:
            sink(news)
