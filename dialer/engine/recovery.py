"""After a restart or a lost link: what the log says is open against what Asterisk really has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dialer.domain.agent import AgentState
from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.events import AgentLegDown, CallAnswered, CallEnded, CallUnbridged
from dialer.domain.ids import AgentId, LegId
from dialer.engine.agent_flow import AgentFlow
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.effects import HangUpChannel
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant
from dialer.ports import LegPhase, LiveChannel, OpenAttempt


def compare(
    floor: Floor, calls: CallFlow, end: CallEnd, agents: AgentFlow, channels: Iterable[LiveChannel], now: Instant
) -> None:
    """Bring the live records up to what Asterisk has after a time of blindness."""
    there = {channel.channel_id: channel for channel in channels}
    for call in list(floor.calls.values()):
        channel = there.get(call.call_id)
        if call.state is CallState.RESERVED:
            continue
        if channel is None:
            call.lost = True
            end.ended(call, _ended(call, now), now)
        elif call.state in UNANSWERED and channel.phase is LegPhase.UP:
            calls.on_event(CallAnswered(at=now.at, monotonic=now.monotonic, call_id=call.call_id), now)
        elif call.state is CallState.TALKING and not channel.bridge_id:
            calls.on_event(CallUnbridged(at=now.at, monotonic=now.monotonic, call_id=call.call_id), now)
        elif call.state is CallState.ENDING:
            floor.do(HangUpChannel(call.call_id))
        elif call.state is CallState.WAITING and _patience_over(floor, call, now):
            calls.out_of_patience(call, now)
    for seat in list(floor.roster):
        if seat.leg_id not in there and seat.state is not AgentState.CONNECTING:
            agents.on_leg(
                AgentLegDown(at=now.at, monotonic=now.monotonic, agent_id=seat.agent_id, leg_id=seat.leg_id), now
            )


def adopt(
    floor: Floor, end: CallEnd, attempts: Sequence[OpenAttempt], channels: Sequence[LiveChannel], now: Instant
) -> None:
    """Take over what an earlier run of the engine left: calls in which two people talk go on, all others are ended,
    and what is no longer there is closed as lost. Nobody is dialed again on the strength of a guess."""
    there = {channel.channel_id: channel for channel in channels}
    for record in attempts:
        call = LiveCall(attempt=record.attempt, agent_id=record.agent_id, verdict=record.verdict)
        call.dialed = Instant(record.dialed_at or record.reserved_at, now.monotonic)
        if record.answered_at is not None:
            call.answered = Instant(record.answered_at, now.monotonic)
        if record.bridged_at is not None:
            call.bridged = Instant(record.bridged_at, now.monotonic)
        call.state = CallState.DIALING
        floor.calls[call.call_id] = call
        floor.trunk.limiter.adopt(call.call_id)
        channel = there.get(call.call_id)
        leg = _leg_in_bridge(channel, channels) if channel else None
        if channel is not None and leg is not None and record.agent_id is not None:
            _adopt_talk(floor, call, record.agent_id, leg, now)
        else:
            call.lost = True
            if channel is None:
                end.ended(call, _ended(call, now), now)
            else:
                end.dismiss(call, now)


def _adopt_talk(floor: Floor, call: LiveCall, agent_id: AgentId, leg: LiveChannel, now: Instant) -> None:
    call.state = CallState.TALKING
    call.bridged = call.bridged or now
    call.answered = call.answered or now
    seat = Seat(
        agent_id=agent_id,
        name=str(agent_id),
        dial_string="",
        leg_id=LegId(leg.channel_id),
        state=AgentState.TALKING,
        since=now,
        call_id=call.call_id,
        last_call_id=call.call_id,
    )
    floor.roster.add(seat)


def _leg_in_bridge(channel: LiveChannel, channels: Iterable[LiveChannel]) -> LiveChannel | None:
    if not channel.bridge_id:
        return None
    return next(
        (other for other in channels if other.bridge_id == channel.bridge_id and other.channel_id.startswith("leg-")),
        None,
    )


def _patience_over(floor: Floor, call: LiveCall, now: Instant) -> bool:
    return call.verdict_i is not None and now.monotonic - call.verdict_i.monotonic >= floor.campaign.patience_s


def _ended(call: LiveCall, now: Instant) -> CallEnded:
    return CallEnded(at=now.at, monotonic=now.monotonic, call_id=call.call_id, cause=0)
