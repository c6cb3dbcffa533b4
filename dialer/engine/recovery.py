"""After a restart or a lost link: what the log says is open against what Asterisk really has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dialer.domain.agent import AgentState
from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.events import AgentLegDown, CallAnswered, CallEnded, CallUnbridged, ThirdLeft
from dialer.domain.ids import LegId
from dialer.engine.agent_flow import AgentFlow
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.due import patience_over
from dialer.engine.effects import Forget
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant
from dialer.engine.take_over import leg_in_bridge, take_over_talk
from dialer.ports import LegPhase, LiveChannel, OpenAttempt

_HEARD_BY_THE_ENGINE = (*UNANSWERED, CallState.DETECTING, CallState.WAITING, CallState.BRIDGING)


def blinded(floor: Floor) -> None:
    """The link is lost. Whoever answers now, or waits, cannot be served: with its audio let go, the dialplan sees that
    nobody takes the call and plays the message by itself."""
    for call in floor.calls.in_state(*_HEARD_BY_THE_ENGINE):
        floor.do(Forget(call.call_id))


def compare(
    floor: Floor, calls: CallFlow, end: CallEnd, agents: AgentFlow, channels: Sequence[LiveChannel], now: Instant
) -> None:
    """Bring the live records up to what Asterisk has after a time of blindness."""
    there = {channel.channel_id: channel for channel in channels}
    for call in list(floor.calls.values()):
        if call.state is CallState.RESERVED:
            continue
        channel = there.get(call.call_id)
        if channel is None:
            call.lost = True
            end.ended(call, _ended(call, now), now)
        else:
            _bring_up(floor, calls, end, call, channel, leg_in_bridge(channel, channels), now)
        target = call.talk.target
        if target is not None and target.agent_id is None and target.up and target.leg_id not in there:
            gone = ThirdLeft(at=now.at, monotonic=now.monotonic, call_id=call.call_id, leg_id=target.leg_id)
            calls.on_event(gone, now)
    for seat in list(floor.roster):
        if seat.leg_id not in there and seat.state is not AgentState.CONNECTING:
            agents.on_leg(
                AgentLegDown(at=now.at, monotonic=now.monotonic, agent_id=seat.agent_id, leg_id=seat.leg_id), now
            )


def _bring_up(
    floor: Floor,
    calls: CallFlow,
    end: CallEnd,
    call: LiveCall,
    channel: LiveChannel,
    leg: LiveChannel | None,
    now: Instant,
) -> None:
    if call.state in UNANSWERED:
        if channel.phase is LegPhase.UP:
            calls.on_event(CallAnswered(at=now.at, monotonic=now.monotonic, call_id=call.call_id), now)
        else:
            if channel.phase is LegPhase.RINGING and call.ringing is None:
                call.ringing = now  # since when, nobody saw: as late as it can be
            calls.still_ringing(call, now)
    if call.state is CallState.DETECTING:
        calls.take_for_person(call, now)  # it was not listened to: the doubt is a person's
    elif call.state in (CallState.BRIDGING, CallState.WAITING) and leg is not None:
        calls.joining.found_bridged(call, LegId(leg.channel_id), now)
    elif call.state is CallState.BRIDGING:
        calls.joining.bridge_failed(call, now)
    elif call.state is CallState.TALKING and not channel.bridge_id:
        calls.on_event(CallUnbridged(at=now.at, monotonic=now.monotonic, call_id=call.call_id), now)
    elif call.state is CallState.ENDING:
        end.dismiss(call, now)
    if call.state is CallState.WAITING and patience_over(call, now):
        calls.joining.out_of_patience(call, now)


def end_missing(floor: Floor, end: CallEnd, channels: Iterable[LiveChannel], now: Instant) -> None:
    """Close the calls that were asked to end, again and again, and that Asterisk does not have any more. Others may be
    too young to be listed."""
    there = {channel.channel_id for channel in channels}
    for call in floor.calls.in_state(CallState.ENDING):
        if call.call_id not in there:
            call.lost = True
            end.ended(call, _ended(call, now), now)


def adopt(
    floor: Floor,
    calls: CallFlow,
    end: CallEnd,
    attempts: Sequence[OpenAttempt],
    channels: Sequence[LiveChannel],
    now: Instant,
) -> None:
    """Take over what an earlier run of the engine left: calls in which people talk, or wait on hold, go on, all others
    are ended, and what is no longer there is closed as lost. Nobody is dialed again on the strength of a guess."""
    there = {channel.channel_id: channel for channel in channels}
    for record in attempts:
        call = LiveCall(attempt=record.attempt, agent_id=record.agent_id, verdict=record.verdict)
        call.dialed = _instant(record.dialed_at or record.reserved_at, now)
        if record.answered_at is not None:
            call.answered = _instant(record.answered_at, now)
        if record.bridged_at is not None:
            call.bridged = _instant(record.bridged_at, now)
            call.answered = call.answered or call.bridged
            call.recorded = floor.campaign.record
        call.be(CallState.DIALING)
        floor.calls[call.call_id] = call
        floor.trunk.limiter.adopt(call.call_id)
        channel = there.get(call.call_id)
        if channel is not None and take_over_talk(floor, calls, end, call, channel, channels, now):
            continue
        if channel is not None and channel.phase is not LegPhase.UP and call.answered is None:
            # It rings: it is given up when it has rung long enough. Nobody listens to it; a doubt is a person's.
            call.lost = call.unheard = True
            call.ringing = now
            end.cancel(call, now)
            continue
        call.lost = True
        if channel is None:
            end.ended(call, _ended(call, now), now)
        else:
            end.dismiss(call, now)


def _instant(at: datetime, now: Instant) -> Instant:
    """When that was on this process's monotonic clock, so that durations reach over the restart."""
    return Instant(at, now.monotonic - max(0.0, (now.at - at).total_seconds()))


def _ended(call: LiveCall, now: Instant) -> CallEnded:
    return CallEnded(at=now.at, monotonic=now.monotonic, call_id=call.call_id, cause=0)
