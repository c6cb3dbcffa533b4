"""What is asked of Asterisk, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.errors import AmiHeaderInvalid
from dialer.pbx import ami_actions, talk_actions
from dialer.ports import MessageKind, Notice, PlaceCall

CALL = PlaceCall(
    call_id=CallId("019aa000-0000-7000-8000-000000000001"),
    number=PhoneNumber("+573101234567"),
    dial_string="PJSIP/+573101234567@carrier",
    caller_id='"Cobranza" <+576011234567>',
    ring_timeout_s=22.5,
    early_media=True,
    language="es",
    campaign="otoño",
    debtor_id=7,
    amd=AmdMode.CAREFUL,
)


def test_a_call_is_originated_under_its_own_id_with_all_that_the_dialplan_needs() -> None:
    assert ami_actions.originate_call(CALL, "127.0.0.1:9092") == {
        "Action": "Originate",
        "ActionID": CALL.call_id,
        "Async": "true",
        "Channel": "PJSIP/+573101234567@carrier",
        "ChannelId": CALL.call_id,
        "Context": "cadencia-call",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "22500",
        "CallerID": '"Cobranza" <+576011234567>',
        "Account": "otoño",
        "Variable": [
            f"CADENCIA_CALL_ID={CALL.call_id}",
            "CADENCIA_LANG=es",
            "CADENCIA_WORDING=limited-content",
            "CADENCIA_AMD=1",
            "CADENCIA_MEDIA=127.0.0.1:9092",
            f"CDR(userfield)={CALL.call_id};7",
        ],
    }


def test_a_local_channel_gets_an_id_for_its_other_half_too() -> None:
    action = ami_actions.originate_call(replace(CALL, dial_string="Local/1@x/n", amd=AmdMode.OFF), "h:1")
    assert action["OtherChannelId"] == f"{CALL.call_id}-far"
    assert "CADENCIA_AMD=0" in action["Variable"]
    assert "OtherChannelId" not in ami_actions.originate_call(CALL, "h:1")


def test_a_listener_to_early_media_is_an_audiosocket_channel_that_knows_whom_to_hear() -> None:
    action = ami_actions.listen_early(CALL.call_id, "PJSIP/carrier-1", "127.0.0.1:9092")
    assert (action["Channel"], action["Context"]) == (f"AudioSocket/127.0.0.1:9092/{CALL.call_id}", "cadencia-early")
    assert action["ChannelId"] == f"early-{CALL.call_id}"
    assert action["Variable"] == ["CADENCIA_EARLY_OF=PJSIP/carrier-1"]


def test_the_notice_of_the_recording_is_said_to_both_sides_in_their_language() -> None:
    action = talk_actions.announce(CALL.call_id, "PJSIP/carrier-1", Notice.RECORDING, "en")
    assert (action["Channel"], action["Application"]) == ("Local/recording@cadencia-notice/n", "ChanSpy")
    assert (action["Data"], action["Variable"]) == ("PJSIP/carrier-1,qBE", ["CADENCIA_LANG=en"])
    assert {action["ChannelId"], action["OtherChannelId"]} == {f"notice-{CALL.call_id}", f"notice-{CALL.call_id}-far"}


def test_an_agents_phone_is_rung_into_the_idle_context() -> None:
    action = ami_actions.originate_leg(AgentId("ana.2"), LegId("leg-1"), "PJSIP/ana")
    assert (action["Context"], action["Exten"], action["ChannelId"]) == ("cadencia-agent", "idle", "leg-1")
    assert action["Variable"] == ["CADENCIA_AGENT_ID=ana.2", "PJSIP_HEADER(add,X-Cadencia-Leg)=leg-1"]
    assert action["Account"] == "ana.2"


@pytest.mark.parametrize(
    ("agent", "home", "found"),
    [
        ("ana", "", ""),
        ("ana", "cobranza", "cobranza"),
        ("ana@x", "", ""),
        ("ana", "a@b", None),
        ("a" * 64, "ñ" * 64, ""),
    ],
)
def test_a_leg_says_whose_it_is_and_where_they_signed_in(agent: str, home: str, found: str | None) -> None:
    account = str(ami_actions.originate_leg(AgentId(agent), LegId("leg-1"), "PJSIP/ana", home=home)["Account"])
    assert len(account.encode()) <= 79
    if found is not None:
        assert ami_actions.whose_leg(account) == (agent, found)


@pytest.mark.parametrize("value", ["a,EVIL=1", 'a"b', "a\\b", "a(b"])
def test_a_variable_that_asterisk_would_split_or_change_is_refused(value: str) -> None:
    with pytest.raises(AmiHeaderInvalid):
        ami_actions.variables({"X": value})


def test_the_other_actions_name_channels_by_name() -> None:
    assert ami_actions.bridge("A", "B") == {
        "Action": "Redirect", "Channel": "A", "Context": "cadencia-bridge", "Exten": "B", "Priority": "1",
    }  # fmt: skip
    assert ami_actions.hang_up("A", 17) == {"Action": "Hangup", "Channel": "A", "Cause": "17"}
    assert ami_actions.play_message("A", MessageKind.VOICEMAIL) == {
        "Action": "Redirect", "Channel": "A", "Context": "cadencia-message", "Exten": "voicemail", "Priority": "1",
    }  # fmt: skip
    assert ami_actions.record("A", "cadencia/x.raw") == {
        "Action": "MixMonitor", "Channel": "A", "File": "cadencia/x.raw", "Options": "D",
    }  # fmt: skip
    told = [
        (action["Variable"], action["Value"]) for action in ami_actions.set_message("A", "en", "us-limited-content")
    ]
    assert told == [("CADENCIA_LANG", "en"), ("CADENCIA_WORDING", "us-limited-content")]
