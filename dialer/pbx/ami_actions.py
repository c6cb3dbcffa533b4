"""The manager actions that the dialer sends, as headers. Pure: nothing here is sent."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.domain.ids import AgentId, CallId, LegId
from dialer.domain.verdict import AmdMode, AmdVerdict
from dialer.errors import AmiHeaderInvalid
from dialer.pbx.ami_protocol import AmiHeaders
from dialer.ports import MessageKind, PlaceCall

CALL_CONTEXT = "cadencia-call"
BRIDGE_CONTEXT = "cadencia-bridge"
MESSAGE_CONTEXT = "cadencia-message"
SERVICE_CONTEXT = "cadencia-ivr"
AGENT_CONTEXT = "cadencia-agent"
EARLY_CONTEXT = "cadencia-early"
NOTICE_CONTEXT = "cadencia-notice"

#: The SIP header that names the channel on which one of our own phones is called.
CALLED_BY_US = "X-Cadencia-Leg"

#: Seconds that an agent's phone may ring.
AGENT_RING_TIMEOUT_S = 45.0
LISTENER_TIMEOUT_S = 2.0
LONGEST_ACCOUNT = 79  # bytes of an account code; Asterisk cuts what is longer

# Asterisk splits a Variable header at commas, and takes quotes, brackets and backslashes out.
_MISREAD_IN_VARIABLES = frozenset(',"\\()[]{}')


def variables(values: Mapping[str, str]) -> list[str]:
    """``NAME=value`` for a repeated ``Variable`` header. Raises AmiHeaderInvalid for what would not arrive as it is."""
    for name, value in values.items():
        if not _MISREAD_IN_VARIABLES.isdisjoint(value):
            raise AmiHeaderInvalid(f"The variable {name} has a sign in it that Asterisk would misread.")
    return [f"{name}={value}" for name, value in values.items()]


def originate_call(call: PlaceCall, media: str) -> AmiHeaders:
    """``media`` is host:port of the server that listens to the call.

    Never with ``EarlyMedia``: Asterisk would show the call as answered at its first early media, and be silent about
    the real answer.
    """
    return originate(call.call_id, call.dial_string, call.ring_timeout_s) | {
        "Context": CALL_CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "CallerID": call.caller_id,
        "Account": call.campaign,
        "Variable": variables(
            {
                "CADENCIA_CALL_ID": call.call_id,
                "CADENCIA_LANG": call.language,
                "CADENCIA_WORDING": call.wording,
                "CADENCIA_AMD": "0" if call.amd is AmdMode.OFF else "1",
                "CADENCIA_MEDIA": media,
                "CDR(userfield)": f"{call.call_id};{call.debtor_id}",
            }
        ),
    }


def originate_leg(agent_id: AgentId, leg_id: LegId, dial_string: str, *, home: str = "") -> AmiHeaders:
    return originate(leg_id, dial_string, AGENT_RING_TIMEOUT_S) | {
        "Context": AGENT_CONTEXT,
        "Exten": "idle",
        "Priority": "1",
        "CallerID": '"Cadencia" <0>',
        "Account": _leg_account(
            agent_id, home
        ),  # CoreShowChannels shows it: an engine that has just started learns whose leg this is
        "Variable": [*variables({"CADENCIA_AGENT_ID": agent_id}), *called_by_us(leg_id, dial_string)],
    }


def called_by_us(channel_id: str, dial_string: str) -> list[str]:
    """The SIP header by which a browser knows the call that it answers by itself. Nobody else can put it there: what
    phones send to one another ends in a dialplan that refuses it."""
    return [f"PJSIP_HEADER(add,{CALLED_BY_US})={channel_id}"] if dial_string.startswith("PJSIP/") else []


def _leg_account(agent_id: AgentId, home: str) -> str:
    if not home and "@" not in agent_id:
        return agent_id
    account = f"{agent_id}@{home}"
    return account if len(account.encode()) <= LONGEST_ACCOUNT else f"{agent_id}@"


def whose_leg(account: str) -> tuple[AgentId, str]:
    """Agent and home campaign of a leg, by its account code."""
    agent_id, at, home = account.rpartition("@")
    return (AgentId(agent_id), home) if at else (AgentId(account), "")


def originate(channel_id: str, dial_string: str, timeout_s: float) -> dict[str, str | list[str]]:
    headers: dict[str, str | list[str]] = {
        "Action": "Originate",
        "ActionID": channel_id,
        "Async": "true",
        "Channel": dial_string,
        "ChannelId": channel_id,
        "Timeout": str(round(timeout_s * 1000)),
    }
    if dial_string.startswith("Local/"):
        headers["OtherChannelId"] = f"{channel_id}-far"
    return headers


def listen_early(call_id: CallId, channel: str, media: str) -> AmiHeaders:
    """Have an AudioSocket channel of its own listen to a call that is not answered yet."""
    return originate(f"early-{call_id}", f"AudioSocket/{media}/{call_id}", LISTENER_TIMEOUT_S) | {
        "Context": EARLY_CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "Variable": variables({"CADENCIA_EARLY_OF": channel}),
    }


def listen_along(call_id: CallId, channel: str, media: str) -> AmiHeaders:
    """Have an AudioSocket channel hear what the called person says in a conversation, and say nothing into it."""
    return originate(f"look-{call_id}", f"AudioSocket/{media}/{call_id}", LISTENER_TIMEOUT_S) | {
        "Context": EARLY_CONTEXT,
        "Exten": "s",
        "Priority": "1",
        "Variable": variables({"CADENCIA_EARLY_OF": channel}),
    }


def tell_verdict(channel: str, verdict: AmdVerdict) -> list[AmiHeaders]:
    """Under the names that dialplans know from AMD(). One action where Asterisk has ARRAY(), so that what follows it on
    the same connection finds both; the two that do the same come after it."""
    values = {"AMDSTATUS": verdict.category.amdstatus, "AMDCAUSE": verdict.amdcause}
    both = {"Variable": f"ARRAY({','.join(values)})", "Value": ",".join(values.values())}
    each = [{"Variable": name, "Value": value} for name, value in values.items()]
    return [{"Action": "Setvar", "Channel": channel, **one} for one in (both, *each)]


# Channels are named by their names from here on: by a Uniqueid Asterisk also finds a channel whose id only begins so.


def bridge(call_channel: str, leg_channel: str) -> AmiHeaders:
    """The dialplan bridges, because Asterisk keeps no record of most calls that the manager's own Bridge has moved."""
    return redirect(call_channel, BRIDGE_CONTEXT, leg_channel)


def hang_up(channel: str, cause: int) -> AmiHeaders:
    """``cause`` is a Q.850 cause, 1..127."""
    return {"Action": "Hangup", "Channel": channel, "Cause": str(cause)}


def set_message(channel: str, language: str, wording: str) -> list[AmiHeaders]:
    """What the recorded message will be, where it is not what the call left with."""
    values = {"CADENCIA_LANG": language, "CADENCIA_WORDING": wording}
    variables(values)
    return [
        {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value} for name, value in values.items()
    ]


def play_message(channel: str, kind: MessageKind) -> AmiHeaders:
    return redirect(channel, MESSAGE_CONTEXT, kind.value)


def serve_itself(channel: str, language: str, agi: str) -> list[AmiHeaders]:
    """``agi`` is host:port of the server that plays the flow."""
    values = {"CADENCIA_LANG": language, "CADENCIA_AGI": agi}
    variables(values)
    set_both = [
        {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value} for name, value in values.items()
    ]
    return [*set_both, redirect(channel, SERVICE_CONTEXT, "s")]


def press_for(channel: str, key: str) -> AmiHeaders:
    """As if the person had pressed it."""
    return {"Action": "PlayDTMF", "Channel": channel, "Digit": key, "Duration": "100", "Receive": "true"}


def take_back(channel: str) -> AmiHeaders:
    """Out of the bridge, and to the detector again, with all the time that an answered call has there."""
    return redirect(channel, CALL_CONTEXT, "s", "answered")


def redirect(channel: str, context: str, exten: str, priority: str = "1") -> AmiHeaders:
    return {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": exten, "Priority": priority}


def record(channel: str, file: str) -> AmiHeaders:
    """Option D writes 8 kHz 16-bit little-endian frames of two samples: what the channel's person says, then what is
    said to them. ``file`` is absolute or below Asterisk's monitor folder, and ends in ``.raw``."""
    return {"Action": "MixMonitor", "Channel": channel, "File": file, "Options": "D"}


LIST_CHANNELS: AmiHeaders = {"Action": "CoreShowChannels"}
LIST_CHANNELS_END = "CoreShowChannelsComplete"
