"""A campaign that leaves messages with answering machines, and when each began to hear it."""

from __future__ import annotations

from pathlib import Path

from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction
from dialer.domain.verdict import AmdCategory
from dialer.provision.process import AsteriskProcess
from tests.support.answering_machines import Machine, answering
from tests.support.dialed_campaign import Seen, dial
from tests.support.mu_law import Signal
from tests.support.scripted_carrier import BEEP, MAN, VOICEMAIL, WOMAN, sound
from tests.support.sipp import Conduct, SippCarrier

_NUMBERS_FROM = 573101240000
SHORT = "Hola, deje su mensaje después del tono."


def greetings() -> dict[str, Signal]:
    """What the machines say, each to the last sample of its beep."""
    spoken = {
        "a short greeting": sound(MAN, SHORT, 0.2, BEEP),
        "a long greeting": sound(WOMAN, VOICEMAIL, BEEP),
        "a pause before the beep": sound(MAN, VOICEMAIL, 1.2, BEEP),
    }
    return {name: signal[: -8000 // 2] for name, signal in spoken.items()}  # without the half second of the end


async def leave_messages(process: AsteriskProcess, folder: Path) -> tuple[dict[str, Machine], Seen]:
    """All of them called at the same time."""
    said = greetings()
    machines = {name: await Machine.plugged_in(signal) for name, signal in said.items()}
    numbers = {name: str(_NUMBERS_FROM + at) for at, name in enumerate(said)}
    conducts = [
        Conduct(digits=numbers[name][-2:], ear=machine.port, talk_ms=60_000) for name, machine in machines.items()
    ]
    with SippCarrier(process.config.trunks[0].port, conducts, folder) as carrier:
        async with answering(carrier, {numbers[name]: machine for name, machine in machines.items()}):
            seen = await dial(
                process, carrier, folder, list(numbers.values()),
                agents=len(machines), calls_per_second=20.0, timeout_s=60.0, name="mensajes",
                actions={**DEFAULT_ACTIONS, AmdCategory.MACHINE: AnswerAction.LEAVE_MESSAGE},
            )  # fmt: skip
    return machines, seen
