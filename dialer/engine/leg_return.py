"""An agent's phone that was lost is called again for a while, and whoever they talked with is asked to stay meanwhile.

A browser that is reloaded, or a network that is gone for half a minute, ends neither the call nor the agent's day.
Whoever hangs their phone up has gone.
"""

from __future__ import annotations

from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.ids import AgentId, new_leg_id
from dialer.domain.talk import TalkState
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import ConnectLeg, HangUpChannel
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant

RETURN_S = 45.0  # how long a lost phone is called, and the person on the call asked to stay
ATTEMPT_S = 4.0  # one that is there answers by itself at once
AGAIN_S = 1.0

#: Q.850: network out of order, temporary failure, channel unavailable. A browser ends a call with 41 whatever the
#: reason, Asterisk one whose media have stopped with 44; a person who hangs up, with 16.
LOST_CAUSES = frozenset({38, 41, 44})


class LegReturn:
    def __init__(self, floor: Floor, calls: CallFlow, end: CallEnd) -> None:
        self._floor = floor
        self._calls = calls
        self._end = end

    def lost(self, seat: Seat, cause: int, now: Instant) -> bool:
        """The agent's leg has ended. False where they have gone for good."""
        if seat.return_until is not None:  # this attempt came to nothing
            if now.monotonic >= seat.return_until:
                return False
            self._floor.deadlines.set(now.monotonic + AGAIN_S, DeadlineKind.RETURN, f"{seat.agent_id} {seat.leg_id}")
            return True
        leaving = seat.wants is AgentState.OFFLINE and seat.state is not AgentState.TALKING
        if cause not in LOST_CAUSES or seat.state is AgentState.CONNECTING or leaving:
            return False
        seat.leg_up, seat.return_until = False, now.monotonic + RETURN_S
        self._set_aside(seat, now)
        self._floor.publish("agent.phone_lost", now, agent_id=str(seat.agent_id), name=seat.name)
        self._attempt(seat, now)
        return True

    def _set_aside(self, seat: Seat, now: Instant) -> None:
        """Nobody is connected to an agent without a phone. Breaks and wrap-ups need none."""
        floor, call = self._floor, self._floor.calls.get(seat.call_id) if seat.call_id else None
        if call is not None and call.state is CallState.TALKING:
            self._ask_to_stay(call, seat, now)
            return
        if call is not None and call.state is CallState.BRIDGING:
            self._calls.joining.bridge_failed(call, now)  # somebody else may take them
        elif call is not None and (call.state is CallState.RESERVED or call.state in UNANSWERED):
            call.for_agent = None
            if call.state is CallState.RESERVED:
                call.cancelled = True
            else:
                self._end.cancel(call, now)
        if seat.state in (AgentState.RESERVED, AgentState.PREVIEW):
            floor.free(seat, AgentSignal.RELEASE, now)
        floor.roster.signal(seat, AgentSignal.LEG_LOST, now)

    def _ask_to_stay(self, call: LiveCall, seat: Seat, now: Instant) -> None:
        if call.talk.target is None:
            seat.rejoins = call.talk.state is TalkState.JOINED
            self._calls.talks.set_aside(call, now)
        elif self._calls.talks.leaves(call, seat, now, gone=True) and seat.call_id is not None:
            seat.talk = None  # whoever was consulted has the person now
            seat.last_call_id = None
            self._floor.free(seat, AgentSignal.RELEASE, now)

    def _attempt(self, seat: Seat, now: Instant) -> None:
        floor = self._floor
        seat.leg_id = new_leg_id(now.at, floor.entropy(10))
        floor.do(ConnectLeg(seat.agent_id, seat.leg_id, seat.dial_string, seat.home))
        floor.deadlines.set(now.monotonic + ATTEMPT_S, DeadlineKind.RETURN, f"{seat.agent_id} {seat.leg_id}")

    def returned(self, seat: Seat, now: Instant) -> bool:
        """Their phone is back. True where they have become ready by it."""
        seat.leg_up, seat.return_until = True, None
        floor, call = self._floor, self._floor.calls.get(seat.call_id) if seat.call_id else None
        floor.publish("agent.phone_back", now, agent_id=str(seat.agent_id), name=seat.name)
        if seat.state is AgentState.CONNECTING:
            return (
                floor.roster.signal(seat, AgentSignal.LEG_UP, now)
                and seat.ready_on_connect
                and floor.roster.signal(seat, AgentSignal.GO_READY, now)
            )
        if call is not None and call.state is CallState.TALKING and seat.rejoins:
            self._calls.talks.take_up(call, seat, now)
        seat.rejoins = False
        return False

    def over(self, ident: str, now: Instant) -> Seat | None:
        """An attempt has had its time. The seat of an agent who does not come back, to be given up; else None."""
        agent_id, _, leg_id = ident.rpartition(" ")
        seat = self._floor.roster.get(AgentId(agent_id))
        if seat is None or seat.leg_id != leg_id or seat.return_until is None:
            return None
        self._floor.do(HangUpChannel(seat.leg_id))
        if now.monotonic >= seat.return_until:
            return seat
        self._attempt(seat, now)
        return None
