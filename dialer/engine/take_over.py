"""Conversations that an earlier run of the engine left in Asterisk: who has the person now, by who is in which bridge.

People who talk go on talking. Whoever is on hold stays so, for their agent to take up again, even where the agent was
in the middle of a consultation; and where the agent has gone, they hear why nobody is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.ids import AgentId, LegId, call_of_third
from dialer.domain.talk import TalkState
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import HangUpChannel, WriteProgress
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant
from dialer.engine.talk import Target
from dialer.engine.talk_flow import LONGEST_OUTSIDE_S
from dialer.engine.talk_target import record, show
from dialer.ports import AttemptProgress, LegPhase, LiveChannel, MessageKind

#: Asterisk names a channel after what was dialed, with a number behind.
_NUMBER: Final = re.compile(r"-[0-9a-f]{8}(?:;[12])?$")


def take_over_talk(
    floor: Floor,
    calls: CallFlow,
    end: CallEnd,
    call: LiveCall,
    channel: LiveChannel,
    channels: Sequence[LiveChannel],
    now: Instant,
) -> bool:
    """False where nobody talks, or talked, with the person of ``channel``."""
    thirds = [one for one in channels if call_of_third(one.channel_id) == call.call_id]
    call.talk.thirds = max((int(one.channel_id.rpartition(".")[2]) for one in thirds), default=0)
    with_them = next((one for one in thirds if channel.bridge_id and one.bridge_id == channel.bridge_id), None)
    for third in thirds:
        if third is not with_them:  # called, or consulted, for an agent whose wish is forgotten
            floor.do(HangUpChannel(LegId(third.channel_id)))
    # Asterisk knows whose leg it is even where the log had no time to learn that they talk.
    leg = leg_in_bridge(channel, channels, first=call.agent_id)
    if leg is not None and leg.agent_id is not None:
        _seat(floor, call, leg.agent_id, leg, now)
        if with_them is not None:
            _meets(floor, call, with_them)
            call.talk.advance_to(TalkState.CONFERENCE, now)
        show(floor, call, now, tell=False)
        return True
    if with_them is not None and call.bridged is not None:
        _meets(floor, call, with_them)
        call.be(CallState.HANDED_OVER)
        end.talk_over(call, now)
        floor.deadlines.set(now.monotonic + LONGEST_OUTSIDE_S, DeadlineKind.HANDED_OVER, call.call_id)
        return True
    if channel.held and call.bridged is not None:
        _held(floor, calls, call, channels, now)
        return True
    return False


def _held(floor: Floor, calls: CallFlow, call: LiveCall, channels: Sequence[LiveChannel], now: Instant) -> None:
    agent_id = call.agent_id
    leg = next((one for one in channels if one.agent_id == agent_id and one.phase is LegPhase.UP), None)
    if agent_id is None or leg is None:
        call.be(CallState.WAITING)
        calls.joining.give_message(call, MessageKind.ABANDONED, now)
        return
    _seat(floor, call, agent_id, leg, now)
    call.talk.advance_to(TalkState.HELD, now)
    record(floor, call, now, "held", agent_id)
    show(floor, call, now, tell=False)


def _seat(floor: Floor, call: LiveCall, agent_id: AgentId, leg: LiveChannel, now: Instant) -> None:
    """The agent whose call it is, at their leg."""
    call.be(CallState.TALKING)
    if call.bridged is None:  # this engine may be killed, too, before they part
        call.bridged = now
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, bridged_at=now.at, agent_id=agent_id)))
    call.answered = call.answered or call.bridged
    call.recorded = floor.campaign.record
    call.agent_id = call.spoke_with = agent_id
    call.talk.since = call.bridged
    seat = Seat(
        agent_id=agent_id,
        name=str(agent_id),
        dial_string=_NUMBER.sub("", leg.name),
        leg_id=LegId(leg.channel_id),
        state=AgentState.TALKING,
        since=call.bridged,
        call_id=call.call_id,
        last_call_id=call.call_id,
        home=leg.home,  # whoever was lent goes home when they have written it down
    )
    floor.roster.add(seat)


def _meets(floor: Floor, call: LiveCall, third: LiveChannel) -> None:
    """Somebody outside is in the person's conversation. Under which name they are listed is forgotten."""
    leg_id = LegId(third.channel_id)
    floor.trunk.limiter.adopt(leg_id)
    call.talk.target = Target(leg_id=leg_id, name="", up=True)


def leg_in_bridge(
    channel: LiveChannel, channels: Iterable[LiveChannel], *, first: AgentId | None = None
) -> LiveChannel | None:
    """An agent's leg in the bridge of ``channel``; that of ``first`` before others."""
    if not channel.bridge_id:
        return None
    legs = [other for other in channels if other.bridge_id == channel.bridge_id and other.agent_id is not None]
    return next((leg for leg in legs if leg.agent_id == first), legs[0] if legs else None)
