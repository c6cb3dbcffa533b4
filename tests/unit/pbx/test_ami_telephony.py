"""AsteriskTelephony over a scripted manager interface: what it sends, and what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from dialer.clock import SystemClock
from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.errors import AmiDisconnected, AmiRefused
from dialer.pbx.ami import AmiEndpoint
from dialer.pbx.asterisk import AsteriskSettings, AsteriskTelephony
from dialer.ports import LegPhase, MessageKind, PlaceCall
from tests.support.fake_ami import PATIENCE_S, FakeAmi, Headers, fake_ami
from tests.unit.pbx.test_ami_actions import CALL

CALL_ID = CALL.call_id
LEG_ID = LegId("leg-019aa000-0000-7000-8000-00000000000a")
ANA = AgentId("ana")
NAME, LEG_NAME = "PJSIP/carrier-00000001", "Local/ana@x-00000001;1"
PLAIN = replace(CALL, early_media=False)


class Pbx:
    """A scripted Asterisk, the telephony on it, and what it told."""

    def __init__(self, ami: FakeAmi) -> None:
        self.ami = ami
        self.told: list[TelephonyEvent] = []
        self._news = asyncio.Event()
        self.refuse: dict[str, str] = {}
        self.channels: list[Headers] = []
        ami.answer = self._answer
        self.telephony = AsteriskTelephony(
            AmiEndpoint(username="u", secret="correct", port=ami.port, backoff_first_s=0.02, backoff_cap_s=0.02),
            SystemClock(),
            AsteriskSettings(media="127.0.0.1:9092", recordings="cadencia/"),
        )
        self.telephony.subscribe(self._hear)

    def _hear(self, event: TelephonyEvent) -> None:
        self.told.append(event)
        self._news.set()

    def _answer(self, action: dict[str, str]) -> list[Headers]:
        mine = {"ActionID": action["actionid"]}
        if action["action"] in self.refuse:
            return [{"Response": "Error", "Message": self.refuse[action["action"]], **mine}]
        if action["action"] == "CoreShowChannels":
            entries = [{"Event": "CoreShowChannel", **entry, **mine} for entry in self.channels]
            end = {"Event": "CoreShowChannelsComplete", "EventList": "Complete", **mine}
            return [{"Response": "Success", "EventList": "start", **mine}, *entries, end]
        return [{"Response": "Success", **mine}]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.told]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def hears(self, name: str) -> None:
        await self.until(lambda: name in self.names())

    def sent(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.ami.received if action["action"] == name]

    def appear(self, channel_id: str = CALL_ID, name: str = NAME) -> None:
        self.ami.emit({"Event": "Newchannel", "Uniqueid": channel_id, "Channel": name})

    def state(self, word: str, channel_id: str = CALL_ID) -> None:
        self.ami.emit({"Event": "Newstate", "Uniqueid": channel_id, "ChannelStateDesc": word})

    def end(self, channel_id: str = CALL_ID, cause: int = 16) -> None:
        self.ami.emit({"Event": "Hangup", "Uniqueid": channel_id, "Cause": str(cause)})

    async def up_call(self) -> None:
        await self.telephony.place(PLAIN)
        self.appear()
        self.state("Up")
        await self.hears("CallAnswered")

    async def up_leg(self) -> None:
        await self.telephony.connect_agent(ANA, LEG_ID, "Local/ana@x/n")
        self.appear(LEG_ID, LEG_NAME)
        self.state("Up", LEG_ID)
        await self.hears("AgentLegUp")


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    async with fake_ami() as ami:
        pbx = Pbx(ami)
        pbx.telephony.start()
        await pbx.telephony.wait_connected(PATIENCE_S)
        try:
            yield pbx
        finally:
            await pbx.telephony.close()


async def test_the_first_thing_told_is_that_asterisk_must_be_compared_with_the_log(pbx: Pbx) -> None:
    assert pbx.names() == ["LinkRestored"]
    assert pbx.told[0].at.tzinfo is not None


async def test_a_call_from_placing_to_its_end(pbx: Pbx) -> None:
    await pbx.telephony.place(PLAIN)
    assert pbx.sent("Originate")[0]["channelid"] == CALL_ID
    pbx.appear()
    pbx.state("Ringing")
    pbx.state("Up")
    pbx.end()
    pbx.end()
    await pbx.hears("CallEnded")
    assert pbx.names() == ["LinkRestored", "CallRinging", "CallAnswered", "CallEnded"]


async def test_a_refused_request_raises_and_nothing_is_told_of_the_call_later(pbx: Pbx) -> None:
    pbx.refuse["Originate"] = "Permission denied"
    with pytest.raises(AmiRefused, match="Permission denied"):
        await pbx.telephony.place(PLAIN)
    pbx.appear()
    pbx.end()
    pbx.refuse.clear()
    await pbx.up_leg()
    assert pbx.names() == ["LinkRestored", "AgentLegUp"]


async def test_a_dial_string_with_a_line_break_is_refused_and_never_sent(pbx: Pbx) -> None:
    with pytest.raises(AmiRefused):
        await pbx.telephony.place(replace(PLAIN, dial_string="PJSIP/1@c\r\nApplication: System"))
    await pbx.up_call()
    assert len(pbx.sent("Originate")) == 1


@pytest.mark.parametrize(("call", "listeners"), [(CALL, 1), (PLAIN, 0)])
async def test_early_media_is_listened_to_where_that_was_asked_for(pbx: Pbx, call: PlaceCall, listeners: int) -> None:
    await pbx.telephony.place(call)
    pbx.appear()
    pbx.ami.emit({"Event": "DialState", "DestUniqueid": CALL_ID, "DialStatus": "PROGRESS"})
    pbx.state("Up")
    await pbx.hears("CallAnswered")
    assert pbx.names() == ["LinkRestored", "EarlyMediaStarted", "CallAnswered"]
    await pbx.ami.until_received("Originate", 1 + listeners)
    assert [action.get("variable") for action in pbx.sent("Originate")[1:]] == [f"CADENCIA_EARLY_OF={NAME}"] * listeners


async def test_a_listener_that_asterisk_refuses_costs_the_call_nothing(pbx: Pbx) -> None:
    await pbx.telephony.place(CALL)
    pbx.refuse["Originate"] = "no"
    pbx.appear()
    pbx.ami.emit({"Event": "DialState", "DestUniqueid": CALL_ID, "DialStatus": "PROGRESS"})
    await pbx.ami.until_received("Originate", 2)
    pbx.state("Up")
    pbx.end()
    await pbx.hears("CallEnded")


async def test_a_bridge_is_asked_for_by_channel_names_and_told_when_both_are_in_it(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.up_leg()
    await pbx.telephony.bridge(CALL_ID, LEG_ID)
    assert (pbx.sent("Redirect")[0]["channel"], pbx.sent("Redirect")[0]["exten"]) == (NAME, LEG_NAME)
    for channel_id in (CALL_ID, LEG_ID):
        pbx.ami.emit({"Event": "BridgeEnter", "Uniqueid": channel_id, "BridgeUniqueid": "b1"})
    await pbx.hears("CallBridged")


@pytest.mark.parametrize("present", ["neither", "call", "leg"])
async def test_a_bridge_with_one_who_is_not_there_has_failed(pbx: Pbx, present: str) -> None:
    if present == "call":
        await pbx.up_call()
    if present == "leg":
        await pbx.up_leg()
    await pbx.telephony.bridge(CALL_ID, LEG_ID)
    assert pbx.names()[-1] == "BridgeFailed"
    assert pbx.sent("Redirect") == []


async def test_a_bridge_that_asterisk_refuses_has_failed(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.up_leg()
    pbx.refuse["Redirect"] = "Channel does not exist"
    await pbx.telephony.bridge(CALL_ID, LEG_ID)
    assert pbx.names().count("BridgeFailed") == 1
    pbx.end()
    await pbx.hears("CallEnded")
    assert pbx.names().count("BridgeFailed") == 1


async def test_hanging_up_names_the_cause_and_what_is_gone_is_no_error(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.telephony.hang_up(CALL_ID, cause=21)
    assert (pbx.sent("Hangup")[0]["channel"], pbx.sent("Hangup")[0]["cause"]) == (NAME, "21")
    pbx.refuse["Hangup"] = "No such channel"
    await pbx.telephony.hang_up(CALL_ID)
    await pbx.telephony.hang_up(CallId("unknown"))


async def test_a_call_hung_up_before_its_channel_exists_is_ended_as_soon_as_it_does(pbx: Pbx) -> None:
    await pbx.telephony.place(PLAIN)
    await pbx.telephony.hang_up(CALL_ID, cause=16)
    assert pbx.sent("Hangup") == []
    pbx.appear()
    await pbx.ami.until_received("Hangup")
    pbx.end()
    await pbx.hears("CallEnded")
    assert pbx.told[-1].dial_status == "CANCEL"  # type: ignore[union-attr]


async def test_a_message_is_played_in_the_language_asked_for(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.telephony.play_message(CALL_ID, MessageKind.ABANDONED, "en")
    assert pbx.ami.names()[-2:] == ["Setvar", "Redirect"]
    assert [action["value"] for action in pbx.sent("Setvar")] == ["en", "limited-content"]
    assert pbx.sent("Redirect")[0]["exten"] == "abandoned"
    with pytest.raises(AmiRefused):
        await pbx.telephony.play_message(CallId("unknown"), MessageKind.ABANDONED, "en")


async def test_a_recording_goes_to_the_configured_folder_under_the_calls_id(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.telephony.start_recording(CALL_ID, announce=False, language="es")
    assert pbx.sent("MixMonitor")[0]["file"] == f"cadencia/{CALL_ID}.raw"
    assert len(pbx.sent("Originate")) == 1


async def test_a_recording_that_is_announced_is_announced_to_the_call_and_its_agent(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.telephony.start_recording(CALL_ID, announce=True, language="en")
    assert pbx.sent("Originate")[1]["data"] == f"{NAME},qBE"


async def test_a_recording_that_asterisk_refuses_is_not_announced(pbx: Pbx) -> None:
    await pbx.up_call()
    pbx.refuse["MixMonitor"] = "No such channel"
    with pytest.raises(AmiRefused):
        await pbx.telephony.start_recording(CALL_ID, announce=True, language="en")
    assert len(pbx.sent("Originate")) == 1


async def test_while_the_link_is_down_everything_is_refused_at_once(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.ami.stop()
    await pbx.hears("LinkLost")
    assert not pbx.telephony.connected
    telephony = pbx.telephony
    for refused in (
        telephony.place(PLAIN), telephony.connect_agent(ANA, LEG_ID, "x"), telephony.bridge(CALL_ID, LEG_ID),
        telephony.hang_up(CALL_ID), telephony.play_message(CALL_ID, MessageKind.ABANDONED, "es"),
        telephony.start_recording(CALL_ID, announce=True, language="es"), telephony.live_channels(),
    ):  # fmt: skip
        with pytest.raises(AmiDisconnected) as error:
            await refused
        assert error.value.details["sent"] is False


def listed(channel_id: str, name: str, state: str, bridge: str = "", duration: str = "00:00:07") -> Headers:
    return {
        "Channel": name, "Uniqueid": channel_id, "ChannelStateDesc": state, "BridgeId": bridge, "Duration": duration,
    }  # fmt: skip


async def reconnect(pbx: Pbx) -> None:
    pbx.ami.reset_connections()
    await pbx.until(lambda: pbx.names().count("LinkRestored") == 2)


async def test_after_a_lost_link_what_is_not_listed_any_more_is_forgotten_without_a_word(pbx: Pbx) -> None:
    await pbx.up_call()
    await reconnect(pbx)
    assert await pbx.telephony.live_channels() == []
    pbx.end()
    await pbx.telephony.hang_up(CALL_ID)
    assert pbx.sent("Hangup") == []
    assert "CallEnded" not in pbx.names()


async def test_after_a_lost_link_what_is_still_there_goes_on(pbx: Pbx) -> None:
    await pbx.telephony.place(PLAIN)
    pbx.appear()
    pbx.state("Ringing")
    await pbx.hears("CallRinging")
    await reconnect(pbx)
    pbx.channels = [listed(CALL_ID, NAME, "Up", "b1", "01:02:03"), listed("17.1", "PJSIP/other-1", "Ring")]
    ours, other = await pbx.telephony.live_channels()
    assert (ours.channel_id, ours.name, ours.phase, ours.bridge_id, ours.duration_s) == (
        CALL_ID, NAME, LegPhase.UP, "b1", 3723,
    )  # fmt: skip
    assert (other.channel_id, other.phase) == ("17.1", LegPhase.DIALING)
    await pbx.hears("CallAnswered")
    pbx.end()
    await pbx.hears("CallEnded")


async def test_a_call_from_before_this_process_is_followed_to_its_end(pbx: Pbx) -> None:
    pbx.channels = [listed(CALL_ID, NAME, "Ringing")]
    (live,) = await pbx.telephony.live_channels()
    assert live.phase is LegPhase.RINGING
    pbx.state("Up")
    pbx.end()
    await pbx.hears("CallEnded")
    assert pbx.names() == ["LinkRestored", "CallAnswered", "CallEnded"]


async def test_an_agents_leg_from_before_this_process_can_be_ended_and_says_whose_it_was(pbx: Pbx) -> None:
    far = listed(f"{LEG_ID}-far", "Local/ana@x-00000001;2", "Up")
    pbx.channels = [{**listed(LEG_ID, LEG_NAME, "Up"), "AccountCode": ANA}, far]
    leg, other = await pbx.telephony.live_channels()
    assert (leg.agent_id, other.agent_id) == (ANA, None)
    await pbx.telephony.hang_up(LEG_ID)
    await pbx.telephony.hang_up(f"{LEG_ID}-far")
    assert [action["channel"] for action in pbx.sent("Hangup")] == [LEG_NAME]
    pbx.end(LEG_ID)
    await pbx.hears("AgentLegDown")


async def test_a_conversation_from_before_this_process_is_followed_to_its_end(pbx: Pbx) -> None:
    pbx.channels = [listed(CALL_ID, NAME, "Up", "b1"), {**listed(LEG_ID, LEG_NAME, "Up", "b1"), "AccountCode": ANA}]
    await pbx.telephony.live_channels()
    pbx.ami.emit({"Event": "BridgeLeave", "Uniqueid": CALL_ID, "BridgeUniqueid": "b1"})
    pbx.end()
    await pbx.hears("CallEnded")
    assert pbx.names() == [
        "LinkRestored", "CallAnswered", "AgentLegUp", "CallBridged", "CallUnbridged", "CallEnded",
    ]  # fmt: skip


async def test_a_listener_with_a_bug_does_not_cost_the_others_their_events(pbx: Pbx) -> None:
    def broken(_event: TelephonyEvent) -> None:
        raise ValueError("a bug")

    late: list[TelephonyEvent] = []
    pbx.telephony.subscribe(broken)
    pbx.telephony.subscribe(late.append)
    await pbx.up_call()
    assert [type(event).__name__ for event in late] == ["CallAnswered"]


async def test_a_message_that_the_call_left_with_is_not_set_again(pbx: Pbx) -> None:
    await pbx.up_call()
    await pbx.telephony.play_message(CALL_ID, MessageKind.ABANDONED, "es")
    assert pbx.sent("Setvar") == []
    assert pbx.sent("Redirect")[0]["exten"] == "abandoned"
