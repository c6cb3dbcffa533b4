"""A telephone's ear and mouth over RTP: hears what Asterisk sends to each call, and says one thing into each of them.

SIPp plays sounds but keeps nothing of what it hears; it names this port for the media instead of its own.
"""

from __future__ import annotations

import asyncio
import struct
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from dialer.clock import SystemClock
from tests.support.mu_law import Signal, decoded

_FRAME = 160  # bytes of mu-law in 20 ms
_FRAME_S = 0.02
_GONE_AFTER_S = 3.0  # Asterisk sends at least once a second while a call lives
_HEADER = struct.Struct("!BBHII")
_PCMU = 0


@dataclass(slots=True)
class _Call:
    port: int
    ssrc: int
    last_heard: float
    sent: int = 0


class Ear(asyncio.DatagramProtocol):
    """Begins to speak into a call with the first packet that it hears of it. A real telephone takes any number, by
    chance, as the ``first_sequence`` of its packets."""

    def __init__(self, says: bytes, first_sequence: int = 0) -> None:
        self._says = says
        self._first_sequence = first_sequence
        self._clock = SystemClock()
        self._calls: dict[tuple[int, int], _Call] = {}
        self._heard: dict[int, bytearray] = defaultdict(bytearray)
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def heard_from(self, port: int) -> Signal:
        """All that Asterisk sent from this port of its, in the order in which it came."""
        return decoded(bytes(self._heard[port]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= _HEADER.size or data[1] & 0x7F != _PCMU:
            return
        ssrc = _HEADER.unpack_from(data)[4]
        now = self._clock.monotonic()
        self._calls.setdefault((addr[1], ssrc), _Call(addr[1], ssrc, now)).last_heard = now
        self._heard[addr[1]] += data[_HEADER.size :]

    async def speak(self) -> None:
        """A frame into every live call each 20 ms, until cancelled."""
        due = self._clock.monotonic()
        while True:
            due += _FRAME_S
            await asyncio.sleep(due - self._clock.monotonic())
            for call in self._calls.values():
                if self._clock.monotonic() - call.last_heard < _GONE_AFTER_S:
                    self._say(call)

    def _say(self, call: _Call) -> None:
        assert self._transport is not None
        at = call.sent * _FRAME % (len(self._says) - _FRAME)
        sequence = (self._first_sequence + call.sent) & 0xFFFF
        header = _HEADER.pack(0x80, _PCMU, sequence, call.sent * _FRAME & 0xFFFFFFFF, call.ssrc ^ 0x5A5A5A5A)
        self._transport.sendto(header + self._says[at : at + _FRAME], ("127.0.0.1", call.port))
        call.sent += 1


@asynccontextmanager
async def listening(says: bytes) -> AsyncIterator[Ear]:
    """An ear on a free port of the loopback."""
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Ear(says), local_addr=("127.0.0.1", 0)
    )
    mouth = asyncio.create_task(ear.speak(), name="the ear's mouth")
    try:
        yield ear
    finally:
        mouth.cancel()
        await asyncio.wait([mouth])
        transport.close()
