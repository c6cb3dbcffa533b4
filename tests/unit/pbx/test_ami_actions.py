"""What is asked of Asterisk, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdMode
from dialer.errors import AmiHeaderInvalid
from dialer.pbx import ami_actions
from dialer.pbx.ami_events import AnswerSign
from dialer.ports import MessageKind, PlaceCall

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
        "EarlyMedia": "true",
        "Variable": [
            f"CADENCIA_CALL_ID={CALL.call_id}",
            "CADENCIA_LANG=es",
            "CADENCIA_AMD=1",
            "CADENCIA_MEDIA=127.0.0.1:9092",
            f"CADENCIA_USERFIELD={CALL.call_id};7",
        ],
    }


def test_a_local_channel_gets_an_id_for_its_other_half_too() -> None:
    action = ami_actions.originate_call(replace(CALL, dial_string="Local/1@x/n", amd=AmdMode.OFF), "h:1")
    assert action["OtherChannelId"] == f"{CALL.call_id}-far"
    assert "CADENCIA_AMD=0" in action["Variable"]
    assert "OtherChannelId" not in ami_actions.originate_call(CALL, "h:1")


@pytest.mark.parametrize(
    ("dial_string", "wanted", "sign"),
    [
        ("PJSIP/1@carrier", True, AnswerSign.ASK),
        ("Local/1@x/n", True, AnswerSign.FAR_STATE),
        ("IAX2/carrier/1", True, AnswerSign.STATE),
        ("PJSIP/1@carrier", False, AnswerSign.STATE),
    ],
)
def test_early_media_is_asked_for_only_where_a_real_answer_can_be_told_from_it(
    dial_string: str, wanted: bool, sign: AnswerSign
) -> None:
    call = replace(CALL, dial_string=dial_string, early_media=wanted)
    assert ami_actions.answer_sign(call) is sign
    assert ("EarlyMedia" in ami_actions.originate_call(call, "h:1")) is (sign is not AnswerSign.STATE)


def test_an_agents_phone_is_rung_into_the_idle_context() -> None:
    action = ami_actions.originate_leg(AgentId("ana.2"), LegId("leg-1"), "PJSIP/ana")
    assert (action["Context"], action["Exten"], action["ChannelId"]) == ("cadencia-agent", "idle", "leg-1")
    assert action["Variable"] == ["CADENCIA_AGENT_ID=ana.2"]
    assert "EarlyMedia" not in action


@pytest.mark.parametrize("value", ["a,EVIL=1", 'a"b', "a\\b", "a(b"])
def test_a_variable_that_asterisk_would_split_or_change_is_refused(value: str) -> None:
    with pytest.raises(AmiHeaderInvalid):
        ami_actions.variables({"X": value})


def test_the_other_actions_name_channels_by_name() -> None:
    assert ami_actions.bridge("A", "B") == {"Action": "Bridge", "Channel1": "A", "Channel2": "B", "Tone": "no"}
    assert ami_actions.hang_up("A", 17) == {"Action": "Hangup", "Channel": "A", "Cause": "17"}
    assert ami_actions.play_message("A", MessageKind.VOICEMAIL) == {
        "Action": "Redirect", "Channel": "A", "Context": "cadencia-message", "Exten": "voicemail", "Priority": "1",
    }  # fmt: skip
    assert ami_actions.record("A", "cadencia/x.raw") == {
        "Action": "MixMonitor", "Channel": "A", "File": "cadencia/x.raw", "Options": "D",
    }  # fmt: skip
    assert ami_actions.set_language("A", "en")["Value"] == "en"
    assert ami_actions.last_sip_response("A")["Variable"] == "HANGUPCAUSE(A,tech)"
