"""What an agent may do with the call in hand, of the fake PBX (in virtual time) and of a real Asterisk alike."""

from __future__ import annotations

import asyncio

import pytest

from dialer.domain.events import CallBridged, ConferenceBegan, ConsultBegan, ConsultFailed, ThirdAnswered
from dialer.domain.ids import CallId, LegId, call_of_third, third_leg_id
from dialer.ports import LegPhase, LiveChannel, Notice, PlaceThird
from dialer.provision.behaviours import BehaviourKind
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.phone_contract import Room, Teller, number_that, tell_to_fake, teller_to_asterisk


@pytest.fixture(params=["fake", "asterisk"])
def tell(request: pytest.FixtureRequest) -> Teller:
    if request.param == "fake":
        return tell_to_fake
    return teller_to_asterisk(request.getfixturevalue("asterisk"))


async def there(room: Room) -> dict[str, LiveChannel]:
    return {channel.channel_id: channel for channel in await room.telephony.live_channels()}


async def call_third(
    room: Room, call_id: CallId, kind: BehaviourKind = BehaviourKind.PERSON, *, ring_s: float = 20.0
) -> LegId:
    leg_id = third_leg_id(call_id, 1)
    number = number_that(kind, talks_s=35.0 if kind is BehaviourKind.PERSON else 0.0)
    await room.telephony.place_third(
        PlaceThird(
            call_id=call_id,
            leg_id=leg_id,
            dial_string=room.line.carrier.format(number=number.e164),
            caller_id="+525500000000",
            ring_timeout_s=ring_s,
            campaign="contract",
        )
    )
    return leg_id


async def bridged_again(room: Room, call_id: CallId, leg_id: LegId, times: int) -> None:
    await room.telephony.bridge(call_id, leg_id)
    await room.until(lambda: room.words(call_id).count("CallBridged") == times)


def last_bridge(room: Room, call_id: CallId) -> LegId:
    return [event for event in room.story(call_id) if isinstance(event, CallBridged)][-1].leg_id


def test_a_person_is_put_on_hold_and_taken_up_again_as_often_as_one_likes(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        for times in (1, 2, 3):
            await room.telephony.hold(call_id)
            await room.until(lambda times=times: room.words(call_id).count("CallHeld") == times)  # type: ignore[misc]
            live = await there(room)
            assert live[call_id].phase is live[leg_id].phase is LegPhase.UP
            assert live[call_id].bridge_id == ""
            assert (live[call_id].held, live[leg_id].held) == (True, False)
            await bridged_again(room, call_id, leg_id, times + 1)
        live = await there(room)
        assert live[call_id].bridge_id == live[leg_id].bridge_id != ""
        assert not live[call_id].held
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert "AgentLegDown" not in room.words(leg_id)

    tell(story)


def test_a_held_person_who_hangs_up_is_told_of(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        await room.telephony.hold(call_id)
        await room.hears(call_id, "CallHeld")
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id)[-3:] == ["CallUnbridged", "CallHeld", "CallEnded"]
        assert (await there(room))[leg_id].phase is LegPhase.UP

    tell(story)


def test_a_call_goes_over_to_another_agent_at_once(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, first = await room.conversation()
        second = await room.agent_leg("berta")
        await bridged_again(room, call_id, second, 2)
        live = await there(room)
        assert live[call_id].bridge_id == live[second].bridge_id != ""
        assert live[first].bridge_id == ""
        assert last_bridge(room, call_id) == second
        await room.telephony.hang_up(first)  # whose agent goes home
        await room.hears(first, "AgentLegDown")
        assert (await there(room))[call_id].bridge_id != ""
        assert "CallEnded" not in room.words(call_id)

    tell(story)


def test_agents_consult_while_the_person_is_on_hold_and_either_may_have_them_then(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, first = await room.conversation()
        second = await room.agent_leg("berta")
        await room.telephony.consult(call_id, first, second)
        await room.hears(call_id, "ConsultBegan")
        assert "CallHeld" in room.words(call_id)
        began = room.one(call_id, ConsultBegan)
        assert (began.leg_id, began.target) == (first, second)
        live = await there(room)
        assert live[first].bridge_id == live[second].bridge_id != ""
        assert live[call_id].bridge_id == ""
        await bridged_again(room, call_id, first, 2)  # the first thinks better of it
        live = await there(room)
        assert live[call_id].bridge_id == live[first].bridge_id != ""
        assert live[second].bridge_id == ""
        await room.telephony.consult(call_id, first, second)
        await room.until(lambda: room.words(call_id).count("ConsultBegan") == 2)
        await bridged_again(room, call_id, second, 3)  # and hands over
        live = await there(room)
        assert live[call_id].bridge_id == live[second].bridge_id != ""
        assert live[first].bridge_id == ""
        assert last_bridge(room, call_id) == second
        for leg_id in (first, second):
            assert "AgentLegDown" not in room.words(leg_id)

    tell(story)


def test_three_talk_and_whoever_leaves_does_not_end_it(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, first = await room.conversation()
        second = await room.agent_leg("berta")
        await room.telephony.consult(call_id, first, second)
        await room.hears(call_id, "ConsultBegan")
        await room.telephony.confer(call_id, (first, second))
        await room.hears(call_id, "ConferenceBegan")
        live = await there(room)
        assert live[call_id].bridge_id == live[first].bridge_id == live[second].bridge_id != ""
        await room.telephony.part(first)
        live = await there(room)
        assert live[first].bridge_id == ""
        assert live[call_id].bridge_id == live[second].bridge_id != ""
        await bridged_again(room, call_id, second, 2)
        live = await there(room)
        assert live[call_id].bridge_id == live[second].bridge_id != ""
        await bridged_again(room, call_id, first, 3)  # out of a conversation of two as well
        assert room.words(call_id).count("ConferenceBegan") == 1
        for leg_id in (first, second):
            assert "AgentLegDown" not in room.words(leg_id)
        assert room.one(call_id, ConferenceBegan).call_id == call_id

    tell(story)


def test_an_agent_who_vanishes_from_a_conference_leaves_the_others_together(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, first = await room.conversation()
        second = await room.agent_leg("berta")
        await room.telephony.consult(call_id, first, second)
        await room.hears(call_id, "ConsultBegan")
        await room.telephony.confer(call_id, (first, second))
        await room.hears(call_id, "ConferenceBegan")
        await room.telephony.hang_up(first)
        await room.hears(first, "AgentLegDown")
        live = await there(room)
        assert live[call_id].bridge_id == live[second].bridge_id != ""
        assert "CallEnded" not in room.words(call_id)

    tell(story)


def test_somebody_outside_is_called_consulted_and_given_the_person(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        third = await call_third(room, call_id)
        await room.hears(call_id, "ThirdAnswered")
        assert room.one(call_id, ThirdAnswered).leg_id == third
        assert call_of_third(third) == call_id
        assert (await there(room))[call_id].bridge_id != ""  # nothing has changed for the person
        await room.telephony.consult(call_id, leg_id, third)
        await room.hears(call_id, "ConsultBegan")
        await room.telephony.confer(call_id, (leg_id, third))
        await room.hears(call_id, "ConferenceBegan")
        await room.telephony.part(leg_id)
        await bridged_again(room, call_id, third, 2)
        live = await there(room)
        assert live[call_id].bridge_id == live[third].bridge_id != ""
        assert live[leg_id].bridge_id == ""
        assert live[third].agent_id is None
        await room.telephony.hang_up(third)
        await room.hears(third, "ThirdLeft")
        await room.hears(call_id, "CallUnbridged")

    tell(story)


@pytest.mark.parametrize("kind", [BehaviourKind.BUSY, BehaviourKind.NO_ANSWER])
def test_somebody_outside_who_does_not_pick_up_is_told_of_once(tell: Teller, kind: BehaviourKind) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        third = await call_third(room, call_id, kind, ring_s=1.5)
        await room.hears(third, "ThirdLeft")
        assert room.words(third) == ["ThirdLeft"]
        await room.telephony.consult(call_id, leg_id, third)
        await room.hears(call_id, "ConsultFailed")
        assert room.one(call_id, ConsultFailed).target == third
        assert (await there(room))[call_id].bridge_id != ""

    tell(story)


def test_keys_mute_and_announcements_do_not_disturb_a_conversation(tell: Teller) -> None:
    async def story(room: Room) -> None:
        call_id, leg_id = await room.conversation()
        await room.telephony.press(call_id, "12*#")
        for muted in (True, True, False):
            await room.telephony.mute(leg_id, muted=muted)
        await asyncio.gather(*(room.telephony.announce(call_id, notice, "es") for notice in (Notice.DISCLOSURE,)))
        live = await there(room)
        assert live[call_id].bridge_id == live[leg_id].bridge_id != ""
        await room.telephony.hang_up(call_id)
        await room.hears(call_id, "CallEnded")
        assert room.words(call_id)[-3:] == ["CallBridged", "CallUnbridged", "CallEnded"]

    tell(story)
