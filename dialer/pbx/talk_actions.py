"""The manager actions for the call in hand: hold, consultation, conference, keys, mute, announcements. Pure."""

from __future__ import annotations

from dialer.domain.ids import CallId
from dialer.pbx.ami_actions import AGENT_CONTEXT, LISTENER_TIMEOUT_S, NOTICE_CONTEXT, originate, redirect, variables
from dialer.pbx.ami_protocol import AmiHeaders
from dialer.ports import Notice, PlaceThird

HOLD_CONTEXT = "cadencia-hold"
CONSULT_CONTEXT = "cadencia-consult"
CONFERENCE_CONTEXT = "cadencia-conference"
THIRD_CONTEXT = "cadencia-third"

KEY_MS = 160


def hold(channel: str) -> AmiHeaders:
    return redirect(channel, HOLD_CONTEXT, "s")


def consult(leg: str, target: str) -> AmiHeaders:
    return redirect(leg, CONSULT_CONTEXT, target)


def confer(channel: str, call_id: CallId) -> AmiHeaders:
    return redirect(channel, CONFERENCE_CONTEXT, call_id)


def part(channel: str, *, third: bool) -> AmiHeaders:
    """Back to where a leg waits. An agent's leg has been there from the beginning; so has that of somebody outside."""
    return redirect(channel, THIRD_CONTEXT, "s", "wait") if third else redirect(channel, AGENT_CONTEXT, "idle", "wait")


def place_third(third: PlaceThird) -> AmiHeaders:
    """The record that Asterisk writes of it names the call."""
    return originate(third.leg_id, third.dial_string, third.ring_timeout_s) | {
        "Context": THIRD_CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "CallerID": third.caller_id,
        "Account": third.campaign,
        "Variable": variables({"CADENCIA_THIRD_OF": third.call_id, "CDR(userfield)": f"{third.call_id};third"}),
    }


def press(channel: str, digit: str) -> AmiHeaders:
    return {"Action": "PlayDTMF", "Channel": channel, "Digit": digit, "Duration": str(KEY_MS)}


def mute(channel: str, *, muted: bool) -> AmiHeaders:
    """What comes from the phone is silence for everybody, the recording included."""
    return {"Action": "MuteAudio", "Channel": channel, "Direction": "in", "State": "on" if muted else "off"}


def announce(call_id: CallId, channel: str, notice: Notice, language: str) -> AmiHeaders:
    """Say it to both sides of the conversation (ChanSpy: quiet, barge, end with the call)."""
    return originate(f"notice-{call_id}", f"Local/{notice.value}@{NOTICE_CONTEXT}/n", LISTENER_TIMEOUT_S) | {
        "Application": "ChanSpy",
        "Data": f"{channel},qBE",
        "Variable": variables({"CADENCIA_LANG": language}),
    }
