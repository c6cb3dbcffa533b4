"""Who hears whom while a call is held, consulted about, joined by others and handed over: real SIP, RTP and Asterisk.

Everybody hums a tone of their own, for as long as they are on the line, and keeps what they hear.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dialer.domain.ids import AgentId, CallId, LegId, new_call_id, new_leg_id, third_leg_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.ports import Notice, PlaceCall, PlaceThird
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.ear import _HEADER, _PCMU, Ear, _Call
from tests.support.mu_law import Signal, encoded
from tests.support.phone_contract import AsteriskLine, Room
from tests.support.sipp import Conduct, SippCarrier

RATE = 8000
HUMS = {"debtor": 400.0, "ana": 700.0, "luis": 1100.0, "bank": 1700.0}
NUMBERS = {"debtor": "+573101234501", "ana": "+573101234502", "luis": "+573101234503", "bank": "+573101234504"}
#: Of RTP, each behind the one before: what telephones take by chance, and what Asterisk's recordings trip over.
FIRST_SEQUENCES = {"debtor": 0, "ana": 60_000, "luis": 40_000, "bank": 20_000}
AUDIBLE = 0.02  # of full scale; everybody hums at 0.2
_KEYS_PAYLOAD = 101


class SharpEar(Ear):
    """Hears keys, too, and need not hear anything to begin to hum: somebody must be the first."""

    def __init__(self, says: bytes, first_sequence: int) -> None:
        super().__init__(says, first_sequence)
        self.keys: list[int] = []

    def begin(self, port: int) -> None:
        self._calls[(port, 0)] = _Call(port, port, math.inf)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) >= 14 and data[1] & 0x7F == _KEYS_PAYLOAD:
            if data[1] & 0x80:  # the marker: a key begins
                self.keys.append(data[12])
        elif len(data) > _HEADER.size and data[1] & 0x7F == _PCMU:
            self._heard[addr[1]] += data[_HEADER.size :]

    @property
    def all(self) -> Signal:
        """All that came, of the only call of this ear."""
        return np.concatenate([np.zeros(0), *(self.heard_from(port) for port in list(self._heard))])


@dataclass
class Party:
    """Everybody's ear, by name."""

    ears: dict[str, SharpEar] = field(default_factory=dict)

    async def passes(self, name: str, seconds: float) -> None:
        """Wait until ``name`` has heard so much more."""
        ear = self.ears[name]
        until = len(ear.all) + int(seconds * RATE)
        async with asyncio.timeout(20.0):
            while len(ear.all) < until:  # noqa: ASYNC110 - packets have no event
                await asyncio.sleep(0.02)

    async def hears(self, by: str) -> dict[str, set[str]]:
        """Who hears whose hum, while ``by`` hears half a second."""
        await self.passes(by, 0.3)  # what was on its way when the last change came
        marks = {name: len(ear.all) for name, ear in self.ears.items()}
        await self.passes(by, 0.5)
        return {name: hums_in(ear.all[marks[name] :]) for name, ear in self.ears.items()}


def hums_in(heard: Signal) -> set[str]:
    return {name for name, pitch in HUMS.items() if loudness(heard, pitch) > AUDIBLE}


def loudness(heard: Signal, pitch: float) -> float:
    """Amplitude of a tone, as a share of full scale."""
    if len(heard) < RATE // 20:
        return 0.0
    turns = np.exp(-2j * np.pi * pitch * np.arange(len(heard)) / RATE)
    return float(2 * np.abs(np.mean(heard * turns)))


@contextlib.asynccontextmanager
async def humming() -> AsyncIterator[Party]:
    party = Party()
    async with contextlib.AsyncExitStack() as stack:
        for name, pitch in HUMS.items():
            says = encoded(np.sin(2 * np.pi * pitch * np.arange(RATE * 2) / RATE) * 0.2)
            transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda says=says, first=FIRST_SEQUENCES[name]: SharpEar(says, first),  # type: ignore[misc]
                local_addr=("127.0.0.1", 0),
            )
            stack.callback(transport.close)
            mouth = asyncio.create_task(ear.speak(), name=f"{name}'s mouth")
            stack.callback(mouth.cancel)
            party.ears[name] = ear
        yield party


class Called(Room):
    """The room's telephones, on the carrier."""

    def __init__(self, line: AsteriskLine, carrier: SippCarrier, party: Party) -> None:
        super().__init__(line)
        self._carrier = carrier
        self._party = party

    async def hums(self, name: str) -> None:
        """From now on."""
        number = NUMBERS[name].lstrip("+")
        async with asyncio.timeout(10.0):
            while number not in self._carrier.media_ports:  # noqa: ASYNC110 - SIPp's log is its only sign
                await asyncio.sleep(0.05)
        self._party.ears[name].begin(self._carrier.media_ports[number])

    async def call(self) -> CallId:
        call_id = new_call_id(self.line.clock.now(), self._entropy())
        await self.telephony.place(
            PlaceCall(
                call_id=call_id,
                number=PhoneNumber(NUMBERS["debtor"]),
                dial_string=f"PJSIP/{NUMBERS['debtor']}@carrier",
                caller_id="+576015550100",
                ring_timeout_s=20.0,
                early_media=False,
                language="es",
                campaign="hums",
                debtor_id=7,
                amd=AmdMode.OFF,
            )
        )
        await self.hears(call_id, "CallAnswered")
        await self.hums("debtor")
        return call_id

    async def phone(self, name: str) -> LegId:
        leg_id = new_leg_id(self.line.clock.now(), self._entropy())
        await self.telephony.connect_agent(AgentId(name), leg_id, f"PJSIP/{NUMBERS[name]}@carrier", home="hums")
        await self.hears(leg_id, "AgentLegUp")
        await self.hums(name)
        return leg_id

    async def times(self, call_id: CallId, word: str, count: int) -> None:
        await self.until(lambda: self.words(call_id).count(word) == count)


async def test_everybody_hears_those_whom_they_should_and_nobody_else(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    line = AsteriskLine(asterisk)
    async with humming() as party:
        conducts = [
            Conduct(digits=NUMBERS[name][-2:], ear=ear.port, rfc2833=True, talk_ms=120_000)
            for name, ear in party.ears.items()
        ]
        with SippCarrier(asterisk.config.trunks[0].port, conducts, tmp_path) as carrier:
            try:
                await line.open()
                call_id = await _story(Called(line, carrier, party), party)
            finally:
                await line.close()
                await asyncio.to_thread(asterisk.cli, "channel request hangup all")
    left, right = await written(asterisk.recordings / f"{call_id}.raw")
    assert hums_in(left) == {"debtor"}, "the debtor is on the left from the beginning to the end, and nobody else is"
    assert longest_without(left, HUMS["debtor"]) < 1.0
    assert {name for name in HUMS if loudest(right, HUMS[name]) > AUDIBLE} == {"ana", "luis", "bank"}


async def written(path: Path) -> tuple[Signal, Signal]:
    """Both sides of the recording, when the last one whom the debtor heard is in it: it is written a moment later."""
    async with asyncio.timeout(10.0):
        while True:
            content = await asyncio.to_thread(path.read_bytes)
            both = np.frombuffer(content[: len(content) // 4 * 4], dtype="<i2").reshape(-1, 2) / 32768
            if loudest(both[:, 1], HUMS["bank"]) > AUDIBLE:
                return both[:, 0], both[:, 1]
            await asyncio.sleep(0.1)


async def _story(room: Called, party: Party) -> CallId:
    telephony = room.telephony
    ana, luis = await room.phone("ana"), await room.phone("luis")
    call_id = await room.call()
    await telephony.bridge(call_id, ana)
    await room.times(call_id, "CallBridged", 1)
    await telephony.start_recording(call_id, announce=False, language="es")
    nobody: set[str] = set()
    assert await party.hears(by="debtor") == {"debtor": {"ana"}, "ana": {"debtor"}, "luis": nobody, "bank": nobody}

    await telephony.press(call_id, "15")
    await telephony.mute(ana, muted=True)
    assert await party.hears(by="ana") == {"debtor": nobody, "ana": {"debtor"}, "luis": nobody, "bank": nobody}
    await telephony.mute(ana, muted=False)
    assert party.ears["debtor"].keys == [1, 5]
    assert party.ears["ana"].keys == []

    before = {name: len(party.ears[name].all) for name in ("debtor", "ana")}
    await telephony.announce(call_id, Notice.DISCLOSURE, "es")
    await party.passes("debtor", 3.0)
    for name, other in (("debtor", "ana"), ("ana", "debtor")):
        assert speech_besides(party.ears[name].all[before[name] :], HUMS[other]) > AUDIBLE, f"{name} heard no notice"

    await telephony.hold(call_id)
    await room.times(call_id, "CallHeld", 1)
    assert await party.hears(by="debtor") == {"debtor": nobody, "ana": nobody, "luis": nobody, "bank": nobody}

    await telephony.consult(call_id, ana, luis)
    await room.times(call_id, "ConsultBegan", 1)
    assert await party.hears(by="ana") == {"debtor": nobody, "ana": {"luis"}, "luis": {"ana"}, "bank": nobody}

    await telephony.confer(call_id, (ana, luis))
    await room.times(call_id, "ConferenceBegan", 1)
    assert await party.hears(by="debtor") == {
        "debtor": {"ana", "luis"},
        "ana": {"debtor", "luis"},
        "luis": {"debtor", "ana"},
        "bank": nobody,
    }

    await telephony.part(ana)
    await telephony.bridge(call_id, luis)
    await room.times(call_id, "CallBridged", 2)
    assert await party.hears(by="debtor") == {"debtor": {"luis"}, "ana": nobody, "luis": {"debtor"}, "bank": nobody}

    bank = third_leg_id(call_id, 1)
    await telephony.place_third(
        PlaceThird(
            call_id=call_id,
            leg_id=bank,
            dial_string=f"PJSIP/{NUMBERS['bank']}@carrier",
            caller_id="+576015550100",
            ring_timeout_s=20.0,
            campaign="hums",
        )
    )
    await room.times(call_id, "ThirdAnswered", 1)
    await room.hums("bank")
    await party.passes("debtor", 0.5)
    await telephony.bridge(call_id, bank)
    await room.times(call_id, "CallBridged", 3)
    assert await party.hears(by="debtor") == {"debtor": {"bank"}, "ana": nobody, "luis": nobody, "bank": {"debtor"}}

    await telephony.hang_up(luis)
    await room.hears(luis, "AgentLegDown")
    assert "CallEnded" not in room.words(call_id)
    await telephony.hang_up(bank)
    await room.hears(bank, "ThirdLeft")
    await telephony.hang_up(call_id)
    await room.hears(call_id, "CallEnded")
    return call_id


def speech_besides(heard: Signal, pitch: float) -> float:
    """Loudest tenth of a second of what is left when a hum is taken out, as a share of full scale."""
    length = RATE // 10
    found = 0.0
    for at in range(0, len(heard) - length, length):
        part = heard[at : at + length]
        spectrum = np.abs(np.fft.rfft(part)) / length
        spectrum[np.abs(np.fft.rfftfreq(length, 1 / RATE) - pitch) < 60] = 0
        found = max(found, float(np.sqrt(2 * np.sum(spectrum**2))))
    return found


def loudest(heard: Signal, pitch: float) -> float:
    length = RATE // 4
    return max(loudness(heard[at : at + length], pitch) for at in range(0, len(heard) - length, length))


def longest_without(heard: Signal, pitch: float) -> float:
    """Seconds of the longest stretch in which the hum cannot be heard."""
    length, longest, now = RATE // 10, 0.0, 0.0
    for at in range(0, len(heard) - length, length):
        now = 0.0 if loudness(heard[at : at + length], pitch) > AUDIBLE else now + 0.1
        longest = max(longest, now)
    return longest
