"""An engine dies while debtors are on hold, talked about and handed over: on the real Asterisk nobody is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import call_of_third, is_call_id, is_leg_id
from dialer.embedded import CARRIER_DIAL_STRING
from dialer.pbx.ami_protocol import AmiMessage
from dialer.provision.behaviours import BehaviourKind, behaviour_of, load_behaviours
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import start_asterisk
from tests.support.engine_process import PATIENCE_S, plant_on
from tests.support.station import settings_on
from tests.support.witness import Witness, witness_of

SPEED = 1.6  # of the demo carrier
TALKS_S = 36.0  # at the speed of life: an engine has started anew long before
DEBTORS = 3
CAMPAIGN = Campaign(
    id=0,
    name="prueba",
    mode=DialMode.PROGRESSIVE,
    wrap_up_s=600.0,
    announce_recording=False,
    record=False,
)


def people(count: int) -> list[str]:
    """Colombian mobiles of the demo carrier's people who talk for long."""
    codes = [line.code for line in load_behaviours() if line.kind is BehaviourKind.PERSON]
    numbers = (f"+57310{index:05d}{code}" for index in range(1000) for code in codes)
    return [number for number in numbers if behaviour_of(number).talk_s >= TALKS_S][:count]


@pytest.fixture
def asterisk() -> Iterator[AsteriskProcess]:
    process = start_asterisk("held", demo_speed=1.0)
    try:
        yield process
    finally:
        process.remove()


async def test_a_restarted_engine_gives_back_whoever_was_on_hold_and_leaves_whoever_was_handed_over(
    asterisk: AsteriskProcess, tmp_path: Path
) -> None:
    *debtors, bank = people(DEBTORS + 1)
    settings = settings_on(asterisk, tmp_path / "data", dial_string=CARRIER_DIAL_STRING)
    settings.console.port = 0
    async with plant_on(settings, agents=DEBTORS) as plant, witness_of(asterisk) as witness:
        await plant.load(replace(CAMPAIGN, transfer_numbers={"Banco": bank}), debtors)
        engine = await plant.start(
            {"verb": "call.hold"},
            {"verb": "call.consult", "to_number": "Banco"},
            {"verb": "call.transfer", "to_number": "Banco"},
        )
        before = await until(witness, lambda channels: len(on_hold(channels)) == 2 and len(outside(channels)) == 2)
        (given,) = handed_over(before)
        await engine.kill()
        engine = await plant.start()
        after = await until(witness, lambda channels: len(with_agents(channels)) == 2)
        assert with_agents(after) == on_hold(before), "the agents have their debtors back"
        assert handed_over(after) == {given}
        assert len(outside(after)) == 1, "whoever was consulted was let go"
        await asyncio.to_thread(asterisk.cli, "channel request hangup all")
        async with asyncio.timeout(PATIENCE_S):
            while any(row.state == "open" for row in await plant.attempts()):  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(0.2)
        rows = await plant.attempts()
    assert [row.outcome for row in rows] == ["conversation"] * DEBTORS


async def until(witness: Witness, condition: Callable[[list[AmiMessage]], bool]) -> list[AmiMessage]:
    async with asyncio.timeout(PATIENCE_S):
        while not condition(channels := await witness.channels()):  # noqa: ASYNC110 - nobody tells of all of it
            await asyncio.sleep(0.1)
    return channels


def on_hold(channels: list[AmiMessage]) -> set[str]:
    return {
        each["uniqueid"] for each in channels if is_call_id(each["uniqueid"]) and each["context"] == "cadencia-hold"
    }


def outside(channels: list[AmiMessage]) -> set[str]:
    """Those who are in a conversation."""
    return {each["uniqueid"] for each in channels if call_of_third(each["uniqueid"]) and each["bridgeid"]}


def with_agents(channels: list[AmiMessage]) -> set[str]:
    bridges = {each["bridgeid"] for each in channels if is_leg_id(each["uniqueid"])} - {""}
    return {each["uniqueid"] for each in channels if is_call_id(each["uniqueid"]) and each["bridgeid"] in bridges}


def handed_over(channels: list[AmiMessage]) -> set[str]:
    bridges = {each["bridgeid"] for each in channels if call_of_third(each["uniqueid"])} - {""}
    return {each["uniqueid"] for each in channels if is_call_id(each["uniqueid"]) and each["bridgeid"] in bridges}
