"""Answering machines over RTP: each plays its greeting and its beep, then notes what is said to it, and when.

SIPp plays sounds on a clock of its own; here what is said and what is heard are on the same one.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np

from dialer.clock import SystemClock
from tests.support.mu_law import Signal, decoded, encoded
from tests.support.sipp import SippCarrier

_FRAME = 160  # bytes of mu-law in 20 ms
_FRAME_S = 0.02
_HEADER = struct.Struct("!BBHII")
_PCMU = 0
_VOICED = 0.02  # of 1: above it somebody speaks


@dataclass(slots=True)
class Machine(asyncio.DatagramProtocol):
    """``quiet_from_s`` is when ``says`` is due to end, ``told`` each frame that it heard with the time of its arrival:
    both on one monotonic clock, in seconds."""

    says: Signal
    quiet_from_s: float | None = None
    told: list[tuple[float, Signal]] = field(default_factory=list)
    _clock: SystemClock = field(default_factory=SystemClock)
    _transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def message(self) -> Signal:
        """From the first voiced frame on."""
        voiced = [index for index, (_, frame) in enumerate(self.told) if np.abs(frame).max() > _VOICED]
        return np.concatenate([frame for _, frame in self.told[voiced[0] :]]) if voiced else np.zeros(0)

    @property
    def message_began_s(self) -> float | None:
        """When what came in the first voiced frame was begun to be said."""
        heard = (at for at, frame in self.told if np.abs(frame).max() > _VOICED)
        first = next(heard, None)
        return None if first is None else first - _FRAME_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) > _HEADER.size and data[1] & 0x7F == _PCMU:
            self.told.append((self._clock.monotonic(), decoded(data[_HEADER.size :])))

    async def play(self, to_port: int) -> None:
        """Until cancelled: a frame each 20 ms."""
        assert self._transport is not None
        coded = encoded(self.says)
        due = self._clock.monotonic()
        count = 0
        while True:
            frame = coded[count * _FRAME : (count + 1) * _FRAME].ljust(_FRAME, b"\xff")
            header = _HEADER.pack(0x80, _PCMU, count & 0xFFFF, count * _FRAME & 0xFFFFFFFF, 0x0BEE)
            self._transport.sendto(header + frame, ("127.0.0.1", to_port))
            count += 1
            if self.quiet_from_s is None and count * _FRAME >= len(coded):
                self.quiet_from_s = due  # not when a busy machine came to send it: what comes late is heard as quiet
            due += _FRAME_S
            await asyncio.sleep(max(0.0, due - self._clock.monotonic()))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @classmethod
    async def plugged_in(cls, says: Signal) -> Self:
        """On a free port of the loopback."""
        _, machine = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(says), local_addr=("127.0.0.1", 0)
        )
        return machine


@asynccontextmanager
async def answering(carrier: SippCarrier, machines: Mapping[str, Machine]) -> AsyncIterator[None]:
    """Each machine, by its number, plays as soon as SIPp has answered for it."""

    async def play(number: str, machine: Machine) -> None:
        while (number, "answered") not in carrier.logged:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.02)
        await machine.play(carrier.media_ports[number])

    tasks = [asyncio.create_task(play(number, each), name=f"machine {number}") for number, each in machines.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for machine in machines.values():
            machine.close()
