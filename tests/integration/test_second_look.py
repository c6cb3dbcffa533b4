"""The second look on a real Asterisk: what is heard after the connection, and what becomes of the call then."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from dialer.app import Station
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction
from dialer.domain.verdict import AmdCategory, SecondLookAction
from dialer.pbx.asterisk import AsteriskTelephony
from dialer.ports import BusMessage
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.dialed_campaign import Seen, dial, digits_of
from tests.support.mu_law import write_mu_law
from tests.support.sipp import Conduct, SippCarrier
from tests.support.telephone_audio import Sound, silence, speech, tone

GREETING = (silence(300), speech(500), silence(900))
LENGTH_MS = 25_000

PERSON, BEEPS, FAXES, TALKS_ON, MACHINE = (f"5731012345{last:02d}" for last in range(1, 6))
SAYS = {
    PERSON: (*GREETING, silence(800), speech(600)),
    BEEPS: (*GREETING, tone(400, 1000)),
    FAXES: (*GREETING, tone(1500, 2100)),
    TALKS_ON: (*GREETING, speech(2600)),
    MACHINE: (silence(300), speech(6000), silence(300), tone(400, 1000)),
}
STAY_MS = {PERSON: 7000, TALKS_ON: 7000}


def recording(folder: Path, number: str, *parts: Sound) -> Path:
    """What is said there, once."""
    said = np.concatenate([*parts, silence(LENGTH_MS)])[: LENGTH_MS * 8]
    return write_mu_law(folder / f"{number}.ulaw", said / 32768)


class Variables:
    """What AMD's variables are on each channel when its call is connected, or its message begins."""

    def __init__(self) -> None:
        self.by_call: dict[str, tuple[str, str]] = {}
        self._station: Station

    def watch(self, station: Station) -> None:
        self._station = station
        station.bus.subscribe("+/call.bridged", self._read, name="variables")
        station.bus.subscribe("+/call.verdict", self._read_later, name="variables of machines")

    async def _read_later(self, message: BusMessage) -> None:
        if message.payload["category"] == "machine":
            await self._read(message)

    async def _read(self, message: BusMessage) -> None:
        call_id = str(message.payload["call_id"])
        telephony = self._station.pbx.telephony
        assert isinstance(telephony, AsteriskTelephony)
        [name] = [channel.name for channel in await telephony.live_channels() if channel.channel_id == call_id]
        found = [
            (await telephony.link.send({"Action": "Getvar", "Channel": name, "Variable": variable}))["value"]
            for variable in ("AMDSTATUS", "AMDCAUSE")
        ]
        self.by_call[call_id] = (found[0], found[1])


async def run(asterisk: AsteriskProcess, folder: Path, variables: Variables) -> Seen:  # noqa: F811
    conducts = [
        Conduct(digits=number[-2:], audio=recording(folder, number, *says), talk_ms=STAY_MS.get(number, 60_000))
        for number, says in SAYS.items()
    ]
    with SippCarrier(asterisk.config.trunks[0].port, conducts, folder) as carrier:
        return await dial(
            asterisk, carrier, folder, list(SAYS), agents=len(SAYS), calls_per_second=20.0, timeout_s=60.0,
            act=variables.watch, name="segunda", second_look_action=SecondLookAction.WITHDRAW,
            actions={**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE},
        )  # fmt: skip


async def test_a_machine_heard_after_the_connection_loses_its_agent_and_a_person_never_does(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path: Path,
) -> None:
    variables = Variables()
    seen = await asyncio.wait_for(run(asterisk, tmp_path, variables), 120)
    rows = {digits_of(row): row for row in seen.log}
    looks = {
        number: [
            (message.payload["reason"], message.payload["certain"], message.payload["withdrawn"])
            for message in seen.events[row.call_id]
            if message.topic.endswith("/call.second_look")
        ]
        for number, row in rows.items()
    }

    assert looks == {
        PERSON: [],
        BEEPS: [("beep", True, True)],
        FAXES: [("fax-tone", True, True)],
        TALKS_ON: [("talked-on", False, False)],
        MACHINE: [],
    }
    assert {number: row.outcome for number, row in rows.items()} == {
        PERSON: "conversation",
        BEEPS: "message_left",
        FAXES: "fax",
        TALKS_ON: "conversation",
        MACHINE: "message_left",
    }
    assert {number: row.amd_category for number, row in rows.items()} == {
        **dict.fromkeys((PERSON, BEEPS, FAXES, TALKS_ON), "human"),
        MACHINE: "machine",
    }
    assert rows[BEEPS].amd_evidence["second_look"]["reason"] == "beep"
    assert rows[PERSON].talk_s > 4.0
    assert rows[TALKS_ON].talk_s > 4.0
    assert (seen.tally.machine_to_agent, seen.tally.withdrawn) == (2, 2)

    status = {number: variables.by_call[row.call_id] for number, row in rows.items()}
    assert {number: both[0] for number, both in status.items()} == {
        **dict.fromkeys((PERSON, BEEPS, FAXES, TALKS_ON), "HUMAN"),
        MACHINE: "MACHINE",
    }
    assert status[PERSON][1].startswith("HUMAN-")
    assert status[MACHINE][1].startswith("LONGGREETING-")
    assert not [channel for channel in seen.channels if channel.channel_id.startswith("look-")]
    assert seen.surprises == []
