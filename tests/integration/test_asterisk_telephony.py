"""What only a real Asterisk can show of the telephony: audio, files, and channels that cannot be made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from dialer.domain.ids import AgentId, new_call_id, new_leg_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.ports import PlaceCall
from dialer.provision.behaviours import BehaviourKind
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.phone_contract import AsteriskLine, Room, number_that

LOUD = 2000  # of 32768: speech is above, the noise of a line far below


@pytest.fixture
async def line(asterisk: AsteriskProcess) -> AsyncIterator[AsteriskLine]:  # noqa: F811
    line = AsteriskLine(asterisk)
    try:
        await line.open()
        yield line
    finally:
        await line.close()


@pytest.fixture
def room(line: AsteriskLine) -> Room:
    return Room(line)


def call_to(dial_string: str, room: Room) -> PlaceCall:
    return PlaceCall(
        call_id=new_call_id(room.line.clock.now(), bytes(10)), number=PhoneNumber("+525512345678"),
        dial_string=dial_string, caller_id="+525500000000", ring_timeout_s=5.0, early_media=True, language="es",
        campaign="integration", debtor_id=7, amd=AmdMode.CAREFUL,
    )  # fmt: skip


def sides(file: Path) -> tuple[int, int]:
    """The loudest samples of a stereo recording, left and right."""
    samples = np.abs(np.fromfile(file, dtype="<i2").astype(np.int32))
    return int(samples[0::2].max(initial=0)), int(samples[1::2].max(initial=0))


async def test_early_media_is_heard_before_any_answer(room: Room, line: AsteriskLine) -> None:
    call_id = await room.place(number_that(BehaviourKind.EARLY_ANNOUNCEMENT), amd=AmdMode.CAREFUL)
    await room.hears(call_id, "CallEnded")
    assert line.ears[call_id].peak > LOUD
    assert "CallAnswered" not in room.words(call_id)


async def test_early_media_is_left_alone_where_nobody_asked_for_it(room: Room, line: AsteriskLine) -> None:
    call_id = await room.place(number_that(BehaviourKind.EARLY_ANNOUNCEMENT), early_media=False, amd=AmdMode.CAREFUL)
    await room.hears(call_id, "CallEnded")
    assert call_id not in line.ears


async def test_an_answer_after_early_media_is_told_when_it_comes_and_heard_by_the_dialplan(
    room: Room, line: AsteriskLine
) -> None:
    call_id = await room.place(number_that(BehaviourKind.EARLY_VOICEMAIL), amd=AmdMode.CAREFUL)
    await room.hears(call_id, "CallAnswered")
    assert line.ears[call_id].peak > LOUD
    assert room.words(call_id) == ["EarlyMediaStarted", "CallAnswered"]
    await room.telephony.hang_up(call_id)
    await room.hears(call_id, "CallEnded")


async def test_a_call_whose_endpoint_does_not_exist_is_refused_once(room: Room) -> None:
    call = call_to("PJSIP/1@nowhere", room)
    await room.telephony.place(call)
    await room.hears(call.call_id, "OriginateRefused")
    assert room.words(call.call_id) == ["OriginateRefused"]


async def test_an_agents_phone_that_does_not_exist_is_down_once(room: Room) -> None:
    leg_id = new_leg_id(room.line.clock.now(), bytes(10))
    await room.telephony.connect_agent(AgentId("ana"), leg_id, "PJSIP/nobody")
    await room.hears(leg_id, "AgentLegDown")
    assert room.words(leg_id) == ["AgentLegDown"]


async def test_a_recording_has_the_debtor_on_the_left_and_the_agent_on_the_right(
    room: Room, line: AsteriskLine
) -> None:
    both_id, leg_id = await room.conversation()
    await room.telephony.start_recording(both_id, announce=False, language="es")
    await room.hears(both_id, "CallEnded")
    file = line.process.recordings / f"{both_id}.raw"
    assert file.stat().st_size % 4 == 0
    assert min(sides(file)) > LOUD

    # Only the agent speaks: the left side stays as quiet as the line.
    silent_id = await room.place(number_that(BehaviourKind.SILENT, talks_s=35.0))
    await room.hears(silent_id, "CallAnswered")
    await room.telephony.bridge(silent_id, leg_id)
    await room.hears(silent_id, "CallBridged")
    await room.telephony.start_recording(silent_id, announce=False, language="es")
    await room.hears(silent_id, "CallEnded")
    left, right = sides(line.process.recordings / f"{silent_id}.raw")
    assert left < LOUD < right


async def test_both_sides_hear_that_they_are_recorded(room: Room, line: AsteriskLine) -> None:
    quiet = number_that(BehaviourKind.SILENT, talks_s=39.0)
    leg_id = new_leg_id(line.clock.now(), bytes(10))
    await room.telephony.connect_agent(AgentId("ana"), leg_id, line.carrier.format(number=quiet.e164))
    await room.hears(leg_id, "AgentLegUp")
    call_id = await room.place(quiet)
    await room.hears(call_id, "CallAnswered")
    await room.telephony.bridge(call_id, leg_id)
    await room.hears(call_id, "CallBridged")

    names = {channel.channel_id: channel.name for channel in await room.telephony.live_channels()}
    heard = {}
    for side in (call_id, leg_id):
        heard[side] = line.process.recordings / f"heard-{side}.raw"
        inside = f"{line.process.config.recordings}/heard-{side}.raw"
        action = {"Action": "MixMonitor", "Channel": names[f"{side}-far"], "File": inside, "Options": "D"}
        await line.telephony.link.send(action)
    await room.telephony.start_recording(call_id, announce=True, language="es")
    await room.hears(call_id, "CallEnded")
    for side in (call_id, leg_id):
        what_they_were_told, what_they_said = sides(heard[side])
        assert what_they_said < LOUD < what_they_were_told
