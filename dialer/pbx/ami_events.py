"""What Asterisk's manager events mean for the channels that we asked for. No socket, no clock: events in, events out.

Measured on Asterisk 22: a refused call sends its OriginateResponse before or after its Hangup, a call that times out
has no DialEnd, and a busy Local channel ends with cause 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallHeld,
    CallRinging,
    CallUnbridged,
    ConferenceBegan,
    ConsultBegan,
    ConsultFailed,
    EarlyMediaStarted,
    MessagePlayed,
    MessageStarted,
    OriginateRefused,
    TelephonyEvent,
    ThirdAnswered,
    ThirdLeft,
)
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.pbx.channel import Channel, When

#: All that has to pass the ``eventfilter`` of the dialer's user in manager.conf.
NEEDED_EVENTS = (
    "FullyBooted", "Shutdown",
    "Newchannel", "Newstate", "Rename", "DialState", "DialEnd", "OriginateResponse", "Hangup",
    "BridgeEnter", "BridgeLeave", "UserEvent", "DTMFBegin", "DTMFEnd",
)  # fmt: skip

#: The second half of a Local channel of ours has the first half's id with this at its end.
FAR_SUFFIX = "-far"

CONFERENCE = "ConfBridge"  #: the application that makes a bridge a conference

NO_ANSWER = 19  # the Q.850 cause with which the engine ends a ringing whose time is over

# AST_CONTROL_BUSY and AST_CONTROL_CONGESTION (frame.h), as OriginateResponse gives them.
_REASON_STATUS = {"5": "BUSY", "8": "CONGESTION"}
_STATUS_CAUSE = {"BUSY": 17, "CONGESTION": 34}
_CAUSE_STATUS = {
    1: "CHANUNAVAIL", 3: "CHANUNAVAIL", 17: "BUSY", 18: "NOANSWER", 19: "NOANSWER", 20: "CHANUNAVAIL",
    34: "CONGESTION", 38: "CONGESTION", 41: "CONGESTION", 42: "CONGESTION", 44: "CONGESTION", 47: "CONGESTION",
}  # fmt: skip
_CAUSE_TEXT = {17: "User busy", 34: "Circuit/channel congestion"}


@dataclass(slots=True)
class ChannelBook:
    """Every channel that we asked for and that is not over, by its id. Events of other channels mean nothing here."""

    channels: dict[str, Channel] = field(default_factory=dict)
    _bridges: dict[str, set[str]] = field(default_factory=dict)
    _came_in: dict[str, str] = field(default_factory=dict)  # Asterisk's ids of calls that came in, and ours

    def expect_call(self, call_id: str, *, listen: bool = False, dialplan_tells: bool = False) -> Channel:
        """``dialplan_tells`` where the call may be bridged the moment it is answered: a channel that is up but not yet
        in the dialplan would be redirected by moving it into a new one, for which Asterisk keeps no record."""
        return self.channels.setdefault(call_id, Channel(id=call_id, listen=listen, dialplan_tells=dialplan_tells))

    def take_in(self, call_id: str, channel_id: str, name: str) -> None:
        """A channel that we did not ask for is this call from now on."""
        self._came_in[channel_id] = call_id
        self.channels[call_id] = Channel(id=call_id, name=name, answered=True)

    def by_our_name(self, event: Mapping[str, str]) -> dict[str, str]:
        """``event`` with our id for a channel that came in."""
        ours = self._came_in.get(event.get("uniqueid", ""))
        return {**event, "uniqueid": ours} if ours is not None else dict(event)

    def expect_leg(self, leg_id: str, agent_id: AgentId) -> Channel:
        return self.channels.setdefault(leg_id, Channel(id=leg_id, agent_id=agent_id))

    def expect_third(self, leg_id: str, call_id: str) -> Channel:
        return self.channels.setdefault(leg_id, Channel(id=leg_id, third_of=call_id))

    def forget(self, channel_id: str) -> None:
        channel = self.channels.pop(channel_id, None)
        if self._came_in:
            self._came_in = {theirs: ours for theirs, ours in self._came_in.items() if ours != channel_id}
        if channel is not None and channel.bridge_id:
            self._leave(channel)

    def keep_only(self, known: Iterable[str], listed: Iterable[str]) -> None:
        """Forget those of ``known`` that are not ``listed``: they ended while the link was down."""
        for channel_id in set(known) - set(listed):
            self.forget(channel_id)

    # --------------------------------------------------------------------------------------- translation

    def translate(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        """What ``event`` (header names in lower case) tells about our channels, in order; mostly nothing."""
        if self._came_in:
            event = self.by_our_name(event)
        match event.get("event"):
            case "Newchannel" | "Rename":
                return self._named(event)
            case "Newstate":
                return self._state_changed(event, when)
            case "DialState":
                return self._dialing(event, when)
            case "DialEnd":
                return self._dialed(event)
            case "OriginateResponse":
                return self._originated(event, when)
            case "BridgeEnter":
                return self._entered(event, when)
            case "BridgeLeave":
                return self._left(event, when)
            case "UserEvent":
                return self._user_event(event, when)
            case "Hangup":
                return self._ended(event, when)
        return []

    def found(
        self, channel: Channel, *, name: str, up: bool, bridge_id: str, when: When, conference: bool = False
    ) -> list[TelephonyEvent]:
        """What Asterisk lists of a channel, for what happened to it while nobody listened."""
        channel.name = name
        events = self._answer(channel, when) if up else []
        if bridge_id and bridge_id != channel.bridge_id:
            events += self._enter(channel, bridge_id, when, conference=conference)
        elif not bridge_id and channel.bridge_id:
            events += self._unbridge(channel, when)
        return events

    def bridge_refused(self, call_id: str, leg_id: str, detail: str, when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(call_id)
        if channel is not None:
            channel.awaits_leg = ""
        return [
            BridgeFailed(
                at=when.at, monotonic=when.monotonic, call_id=CallId(call_id), leg_id=LegId(leg_id), detail=detail
            )
        ]

    def third_refused(self, leg_id: str, call_id: str, when: When) -> ThirdLeft:
        return ThirdLeft(at=when.at, monotonic=when.monotonic, call_id=CallId(call_id), leg_id=LegId(leg_id))

    def consult_missed(self, call_id: str, target: str, detail: str, when: When) -> ConsultFailed:
        return ConsultFailed(
            at=when.at, monotonic=when.monotonic, call_id=CallId(call_id), target=LegId(target), detail=detail
        )

    def consult_refused(self, leg_id: str, detail: str, when: When) -> list[TelephonyEvent]:
        """The consultation that the leg was to have does not come about."""
        leg = self.channels.get(leg_id)
        if leg is None or not leg.consults:
            return []
        failed = self.consult_missed(leg.consults_for, leg.consults, detail, when)
        leg.consults = leg.consults_for = ""
        return [failed]

    def _named(self, event: Mapping[str, str]) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is not None:
            channel.name = event.get("newname") or event.get("channel") or channel.name
        return []

    def _state_changed(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is None:
            return []
        if event.get("channel"):
            channel.name = event["channel"]
        match event.get("channelstatedesc"):
            case "Ringing":
                return self._ring(channel, when)
            case "Up" if not channel.dialplan_tells:
                return self._answer(channel, when)
        return []

    def _dialing(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("destuniqueid", ""))
        if channel is None:
            return []
        match event.get("dialstatus"):
            case "RINGING":
                return self._ring(channel, when)
            case "PROGRESS" if not channel.is_leg and not channel.early and not channel.answered:
                channel.early = True
                return [EarlyMediaStarted(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id))]
        return []

    def _dialed(self, event: Mapping[str, str]) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("destuniqueid", ""))
        if channel is not None:
            channel.dial_status = event.get("dialstatus", "")
        return []

    def _originated(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is None or event.get("response") == "Success":
            return []
        channel.dial_status = _REASON_STATUS.get(event.get("reason", ""), channel.dial_status)
        if channel.name:
            return []  # there is a channel, and its Hangup says more
        self.forget(channel.id)
        if channel.third_of:
            return [self.third_refused(channel.id, channel.third_of, when)]
        if channel.agent_id is not None:
            return [
                AgentLegDown(at=when.at, monotonic=when.monotonic, agent_id=channel.agent_id, leg_id=LegId(channel.id))
            ]
        return [
            OriginateRefused(
                at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id),
                detail=f"no channel could be made (reason {event.get('reason', '')})",
            )
        ]  # fmt: skip

    def _entered(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        bridge_id = event.get("bridgeuniqueid", "")
        if channel is None or not bridge_id:
            return []
        return self._enter(channel, bridge_id, when, conference=event.get("bridgecreator") == CONFERENCE)

    def _enter(self, channel: Channel, bridge_id: str, when: When, *, conference: bool) -> list[TelephonyEvent]:
        if channel.bridge_id:
            self._leave(channel)
        channel.bridge_id, channel.conferring = bridge_id, conference
        members = self._bridges.setdefault(bridge_id, set())
        members.add(channel.id)
        present = [self.channels[member] for member in members]
        legs = [member for member in present if member.is_leg]
        calls = [member for member in present if not member.is_leg]
        if not calls:
            return self._consulting(legs, when)
        call = calls[0]
        if call.confers:
            if not call.confers <= members:
                return []
            call.confers, call.awaits_leg, call.bridged_with = frozenset(), "", legs[0].id
            return [ConferenceBegan(at=when.at, monotonic=when.monotonic, call_id=CallId(call.id))]
        if not legs or call.bridged_with:
            return []
        leg = next((one for one in legs if one.id == call.awaits_leg), legs[0])
        call.awaits_leg, call.bridged_with = "", leg.id
        return [CallBridged(at=when.at, monotonic=when.monotonic, call_id=CallId(call.id), leg_id=LegId(leg.id))]

    def _consulting(self, legs: list[Channel], when: When) -> list[TelephonyEvent]:
        """The legs of a bridge without a called person in it."""
        here = {leg.id for leg in legs}
        for leg in legs:
            if leg.consults and leg.consults in here:
                call_id, target = CallId(leg.consults_for), LegId(leg.consults)
                leg.consults = leg.consults_for = ""
                return [
                    ConsultBegan(
                        at=when.at, monotonic=when.monotonic, call_id=call_id, leg_id=LegId(leg.id), target=target
                    )
                ]
        return []

    def _left(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is None or channel.bridge_id != event.get("bridgeuniqueid"):
            return []  # it has already been seen to enter another
        return self._unbridge(channel, when)

    def _user_event(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is None or channel.is_leg:
            return []
        kind = event.get("kind", "")
        match event.get("userevent"):
            case "CadenciaAnswered":
                return self._answer(channel, when)
            case "CadenciaBridgeFailed" if channel.awaits_leg:
                return self.bridge_refused(channel.id, channel.awaits_leg, event.get("reason", ""), when)
            case "CadenciaHeld":
                return [CallHeld(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id))]
            case "CadenciaMessageStarted":
                return [MessageStarted(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id), kind=kind)]
            case "CadenciaMessagePlayed":
                return [MessagePlayed(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id), kind=kind)]
        return []

    def _ended(self, event: Mapping[str, str], when: When) -> list[TelephonyEvent]:
        channel = self.channels.get(event.get("uniqueid", ""))
        if channel is None or (channel.name and event.get("channel") not in (None, "", channel.name)):
            return []
        cause = _number(event.get("cause", ""))
        events = self._unbridge(channel, when) if channel.bridge_id else []
        if channel.awaits_leg:
            events += self.bridge_refused(channel.id, channel.awaits_leg, "the call ended", when)
        self.forget(channel.id)
        if not channel.is_leg:
            return [*events, _call_ended(channel, cause, event.get("cause-txt", ""), when)]
        for other in self.channels.values():
            if other.awaits_leg == channel.id:
                events += self.bridge_refused(other.id, channel.id, "the leg ended", when)
            if other.consults == channel.id:
                events += self.consult_refused(other.id, "the other leg ended", when)
        if channel.agent_id is None:
            return [*events, _third_left(channel, cause, when)]
        down = AgentLegDown(
            at=when.at, monotonic=when.monotonic, agent_id=channel.agent_id, leg_id=LegId(channel.id), cause=cause
        )
        return [*events, down]

    # --------------------------------------------------------------------------------------- one channel

    def _ring(self, channel: Channel, when: When) -> list[TelephonyEvent]:
        if channel.is_leg or channel.ringing or channel.answered:
            return []
        channel.ringing = True
        return [CallRinging(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id))]

    def _answer(self, channel: Channel, when: When) -> list[TelephonyEvent]:
        if channel.answered:
            return []
        channel.answered = True
        call_id, leg_id = CallId(channel.third_of or channel.id), LegId(channel.id)
        if channel.agent_id is not None:
            return [AgentLegUp(at=when.at, monotonic=when.monotonic, agent_id=channel.agent_id, leg_id=leg_id)]
        if channel.third_of:
            return [ThirdAnswered(at=when.at, monotonic=when.monotonic, call_id=call_id, leg_id=leg_id)]
        return [CallAnswered(at=when.at, monotonic=when.monotonic, call_id=call_id)]

    def _unbridge(self, channel: Channel, when: When) -> list[TelephonyEvent]:
        self._leave(channel)
        if channel.is_leg or not channel.bridged_with:
            return []
        channel.bridged_with = ""
        return [CallUnbridged(at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id))]

    def _leave(self, channel: Channel) -> None:
        members = self._bridges.get(channel.bridge_id, set())
        members.discard(channel.id)
        if not members:
            self._bridges.pop(channel.bridge_id, None)
        channel.bridge_id = ""
        channel.conferring = False


def _third_left(channel: Channel, cause: int, when: When) -> ThirdLeft:
    return ThirdLeft(
        at=when.at, monotonic=when.monotonic, call_id=CallId(channel.third_of), leg_id=LegId(channel.id), cause=cause
    )


def _call_ended(channel: Channel, cause: int, text: str, when: When) -> CallEnded:
    status = channel.dial_status
    if channel.answered:
        status = "ANSWER"
    elif channel.ended_by_us:
        status = "NOANSWER" if cause == NO_ANSWER else "CANCEL"
    if cause == 0 and not channel.answered and status in _STATUS_CAUSE:
        cause = _STATUS_CAUSE[status]
        text = _CAUSE_TEXT[cause]
    status = status or _CAUSE_STATUS.get(cause, "")
    return CallEnded(
        at=when.at, monotonic=when.monotonic, call_id=CallId(channel.id), cause=cause, cause_text=text,
        dial_status=status,
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
