"""What the engine may rely on, of the fake PBX (in virtual time) and of a real Asterisk alike."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from dialer.domain.events import AgentLegDown, BridgeFailed, CallBridged, CallEnded, MessagePlayed, MessageStarted
from dialer.domain.ids import CallId
from dialer.errors import AmiDisconnected
from dialer.ports import LegPhase, MessageKind
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk, start_asterisk  # noqa: F401
from tests.support.phone_contract import HOME, Room, Teller, number_that, tell_to_fake, teller_to_asterisk


@pytest.fixture(params=["fake", "asterisk"])
def tell(request: pytest.FixtureRequest) -> Teller:
    if request.param == "fake":
        return tell_to_fake
    return teller_to_asterisk(request.getfixturevalue("asterisk"))


@pytest.fixture(scope="module")
def lifelike() -> Iterator[AsteriskProcess]:
    """An Asterisk whose people have the patience of life: those of the others hang up before a message is over."""
    process = start_asterisk("lifelike", demo_speed=1.0)
    try:
        yield process
    finally:
        process.remove()


@pytest.fixture(params=["fake", "asterisk"])
def tell_in_full(request: pytest.FixtureRequest) -> Teller:
    if request.param == "fake":
        return tell_to_fake
    return teller_to_asterisk(request.getfixturevalue("lifelike"))


# --------------------------------------------------------------------------------- how a call goes


def test_a_person_rings_answers_and_is_hung_up_in_that_order_and_once(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.answered_call()
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id) == ["CallRinging", "CallAnswered", "CallEnded"]
        assert room.one(call_id, CallEnded).cause == 16
        stamps = [event.monotonic for event in room.story(call_id)]
        assert stamps == sorted(stamps)
        assert all(event.at.utcoffset() is not None for event in room.story(call_id))

    tell(story)


@pytest.mark.parametrize(
    ("kind", "cause"), [(BehaviourKind.BUSY, 17), (BehaviourKind.UNALLOCATED, 1), (BehaviourKind.CONGESTION, 34)]
)
def test_a_call_that_the_carrier_rejects_ends_once_with_its_cause(
    tell: Teller, kind: BehaviourKind, cause: int
) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(kind))
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id) == ["CallEnded"]
        assert room.one(call_id, CallEnded).cause == cause

    tell(story)


def test_every_key_of_a_person_is_told_of_in_order_also_while_an_agent_speaks_with_them(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.answered_call()
        assert await room.presses(call_id, "1*#0") == "1*#0"
        leg_id = await room.agent_leg()
        await room.telephony.bridge(call_id, leg_id)
        await room.hears(call_id, "CallBridged")
        assert await room.presses(call_id, "22") == "22"

    tell(story)


def test_a_call_that_nobody_answers_ends_when_its_ring_time_is_over(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(BehaviourKind.NO_ANSWER), ring_timeout_s=1.0)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id) == ["CallRinging", "CallEnded"]
        assert (room.one(call_id, CallEnded).cause, room.one(call_id, CallEnded).dial_status) == (19, "NOANSWER")

    tell(story)


def test_an_announcement_in_early_media_is_heard_and_is_no_answer(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(BehaviourKind.EARLY_ANNOUNCEMENT))
        await room.hears(call_id, "CallEnded")
        assert "EarlyMediaStarted" in room.words(call_id)
        assert "CallAnswered" not in room.words(call_id)

    tell(story)


def test_a_person_who_hangs_up_at_once_was_answered_and_ended(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(BehaviourKind.HANGS_UP))
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id) == ["CallRinging", "CallAnswered", "CallEnded"]

    tell(story)


def test_a_ringing_call_that_is_hung_up_is_never_answered(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(BehaviourKind.NO_ANSWER))
        await room.hears(call_id, "CallRinging")
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id) == ["CallRinging", "CallEnded"]
        assert room.one(call_id, CallEnded).dial_status == "CANCEL"

    tell(story)


def test_a_call_that_is_hung_up_as_soon_as_it_is_placed_ends(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.place(number_that(BehaviourKind.PERSON))
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert "CallAnswered" not in room.words(call_id)

    tell(story)


def test_hanging_up_what_is_gone_is_no_error(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.answered_call()
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        await room.telephony.hang_up(call_id)
        await room.telephony.hang_up(CallId("019aa000-0000-7000-8000-000000000001"))
        assert room.words(call_id).count("CallEnded") == 1

    tell(story)


def test_forty_calls_at_once_each_have_their_own_story(tell: Teller) -> None:
    kinds = [
        BehaviourKind.PERSON, BehaviourKind.HANGS_UP, BehaviourKind.BUSY, BehaviourKind.UNALLOCATED,
        BehaviourKind.CONGESTION,
    ]  # fmt: skip

    async def story(room: Room) -> None:
        numbers = [number_that(kind) for kind in kinds] * 8
        calls = await asyncio.gather(*(room.place(number) for number in numbers))
        for call_id, number in zip(calls, numbers, strict=True):
            if behaviour_of(number.e164).kind is BehaviourKind.PERSON:
                await room.hears(call_id, "CallAnswered")
                await room.telephony.hang_up(call_id)
            await room.hears(call_id, "CallEnded")
        for call_id, number in zip(calls, numbers, strict=True):
            counts = Counter(room.words(call_id))
            assert counts["CallEnded"] == 1
            assert counts["CallAnswered"] == behaviour_of(number.e164).kind.answers

    tell(story)


# --------------------------------------------------------------------------------- agents and bridges


def test_a_call_and_an_agent_are_joined_and_parted(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        assert room.one(call_id, CallBridged).leg_id == leg_id
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id)[-3:] == ["CallBridged", "CallUnbridged", "CallEnded"]
        live = {channel.channel_id: channel for channel in await room.telephony.live_channels()}
        assert live[leg_id].phase is LegPhase.UP
        assert "AgentLegDown" not in room.words(leg_id)

    tell(story)


def test_an_agents_leg_takes_thirty_calls_one_after_another(tell: Teller) -> None:
    async def story(room: Room) -> None:
        leg_id = await room.agent_leg()
        number = number_that(BehaviourKind.PERSON, talks_s=35.0)
        for _ in range(30):
            call_id = await room.place(number)
            await room.hears(call_id, "CallAnswered")
            await room.telephony.bridge(call_id, leg_id)
            await room.hears(call_id, "CallBridged")
            await room.telephony.hang_up(call_id)
            await room.hears(call_id, "CallEnded")
        assert Counter(room.words(leg_id)) == {"AgentLegUp": 1, "CallBridged": 30}

    tell(story)


def test_a_bridge_with_a_call_that_is_gone_fails(tell: Teller) -> None:
    async def story(room: Room) -> None:
        leg_id = await room.agent_leg()
        call_id = await room.answered_call()
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        await room.telephony.bridge(call_id, leg_id)
        await room.hears(call_id, "BridgeFailed")
        assert room.one(call_id, BridgeFailed).leg_id == leg_id
        assert "CallBridged" not in room.words(call_id)

    tell(story)


def test_a_bridge_with_a_leg_that_is_gone_fails_and_the_call_lives_on(tell: Teller) -> None:
    async def story(room: Room) -> None:
        leg_id = await room.agent_leg()
        call_id = await room.answered_call()
        await room.telephony.hang_up(leg_id)
        await room.hears(leg_id, "AgentLegDown")
        await room.telephony.bridge(call_id, leg_id)
        await room.hears(call_id, "BridgeFailed")
        assert call_id in {channel.channel_id for channel in await room.telephony.live_channels()}

    tell(story)


def test_a_call_whose_agent_vanishes_is_told_of_it(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        await room.telephony.hang_up(leg_id)
        await room.hears(leg_id, "AgentLegDown")
        await room.hears(call_id, "CallUnbridged")
        assert room.one(leg_id, AgentLegDown).agent_id == "ana"

    tell(story)


# --------------------------------------------------------------------------------- messages and recordings


def test_a_message_is_played_to_its_end_and_the_call_is_over(tell_in_full: Teller) -> None:
    async def story(room: Room) -> None:
        async def hear(kind: MessageKind) -> None:
            call_id = await room.answered_call()
            await room.telephony.play_message(call_id, kind, "es")
            await room.hears(call_id, "CallEnded")
            assert room.words(call_id)[-3:-1] == ["MessageStarted", "MessagePlayed"]
            assert room.one(call_id, MessageStarted).kind == room.one(call_id, MessagePlayed).kind == kind.value

        await asyncio.gather(*(hear(kind) for kind in MessageKind))

    tell_in_full(story)


def test_a_person_whom_nobody_takes_hears_the_message_by_itself(tell_in_full: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.answered_call(talks_s=39.0)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id)[-3:-1] == ["MessageStarted", "MessagePlayed"]
        assert room.one(call_id, MessagePlayed).kind == MessageKind.ABANDONED.value

    tell_in_full(story)


@pytest.mark.parametrize("announce", [False, True])
def test_a_conversation_goes_on_while_it_is_recorded(tell: Teller, announce: bool) -> None:
    async def story(room: Room) -> None:
        call_id, _ = await room.conversation()
        await room.telephony.start_recording(call_id, announce=announce, language="es")
        live = {channel.channel_id for channel in await room.telephony.live_channels()}
        assert call_id in live
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id)[-3:] == ["CallBridged", "CallUnbridged", "CallEnded"]

    tell(story)


# --------------------------------------------------------------------------------- what lives, and the link


def test_live_channels_are_listed_with_their_phase_and_their_bridge(tell: Teller) -> None:
    async def story(room: Room) -> None:
        ringing = await room.place(number_that(BehaviourKind.NO_ANSWER))
        await room.hears(ringing, "CallRinging")
        call_id, leg_id = await room.conversation()
        live = {channel.channel_id: channel for channel in await room.telephony.live_channels()}
        assert live[ringing].phase is LegPhase.RINGING
        assert live[call_id].phase is live[leg_id].phase is LegPhase.UP
        assert live[call_id].bridge_id == live[leg_id].bridge_id != ""
        assert live[ringing].bridge_id == ""
        assert (live[leg_id].agent_id, live[leg_id].home) == ("ana", HOME)
        assert (live[call_id].agent_id, live[call_id].home) == (None, "")
        assert live[call_id].duration_s >= 0
        for gone in (ringing, call_id):
            await room.telephony.hang_up(gone)
            await room.hears(gone, "CallEnded")
        still = {channel.channel_id for channel in await room.telephony.live_channels()}
        assert not still & {ringing, call_id}

    tell(story)


def test_a_lost_link_refuses_everything_at_once_and_calls_survive_it(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id = await room.answered_call()
        placed = len(room.told)
        room.line.lose_link()
        await room.until(lambda: "LinkLost" in [type(event).__name__ for event in room.told[placed:]])
        assert not room.telephony.connected
        with pytest.raises(AmiDisconnected) as error:
            await room.place(number_that(BehaviourKind.BUSY))
        assert error.value.details["sent"] is False
        await room.until(lambda: type(room.told[-1]).__name__ == "LinkRestored")
        assert room.telephony.connected
        live = {channel.channel_id: channel for channel in await room.telephony.live_channels()}
        assert live[call_id].phase is LegPhase.UP
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id).count("CallAnswered") == 1

    tell(story)
