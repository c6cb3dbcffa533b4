"""A person who waits, and an agent: joined, or nobody came in time."""

from __future__ import annotations

from dialer.domain.agent import AgentSignal
from dialer.domain.call import CallSignal, CallState
from dialer.domain.events import CallBridged
from dialer.domain.ids import LegId
from dialer.domain.verdict import AmdMode
from dialer.domain.wording import wording_for
from dialer.engine.call_end import CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.due import patience_over
from dialer.engine.effects import Bridge, Forget, LookAgain, PlayMessage, StartRecording, WriteProgress
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant
from dialer.engine.second_look import MESSAGE_TIMEOUT_S
from dialer.engine.serving import Serving
from dialer.engine.talk_target import begin_talk
from dialer.ports import AttemptProgress, MessageKind, ServiceMode
from pacing.interface import EventKind

BRIDGE_TIMEOUT_S = 3.0
BRIDGE_AT_LEAST_S = 0.75  # however little of the law's time is left: a bridge takes milliseconds


class Joining:
    def __init__(self, floor: Floor, end: CallEnd, serving: Serving) -> None:
        self._floor = floor
        self._end = end
        self._serving = serving

    def connect(self, call: LiveCall, now: Instant) -> bool:
        """Join a waiting person with the agent who has been idle longest, else with one whom another campaign lends;
        or with the one who previewed the call."""
        floor = self._floor
        if not floor.synced:
            return False
        seat = self._end.seat_of(call) if call.for_agent else floor.roster.longest_idle()
        if seat is None and not call.for_agent and call.state is CallState.WAITING:
            seat = floor.crew.borrow(floor, now)
        if seat is None:
            return False
        if not call.for_agent and not floor.roster.take(seat, call.call_id, now):
            return False
        if not call.advance(CallSignal.CONNECT):
            return False
        call.agent_id = seat.agent_id
        floor.do(Bridge(call.call_id, seat.leg_id))
        in_haste = call.due is not None and call.served is None
        left_s = call.due - now.monotonic if call.due is not None and in_haste else BRIDGE_TIMEOUT_S
        wait_s = min(BRIDGE_TIMEOUT_S, max(BRIDGE_AT_LEAST_S, left_s))
        floor.deadlines.set(now.monotonic + wait_s, DeadlineKind.BRIDGE, call.call_id)
        return True

    def serve_waiting(self, now: Instant) -> None:
        """Give waiting people to agents who have become free, whoever waited longest first."""
        waiting = sorted(
            (call for call in self._floor.calls.in_state(CallState.WAITING) if call.verdict_i is not None),
            key=lambda call: call.verdict_i.monotonic if call.verdict_i else 0.0,
        )
        for call in [*waiting, *self._serving.in_line()]:
            if not self.connect(call, now):
                return

    def bridged(self, call: LiveCall, event: CallBridged, when: Instant) -> None:
        floor = self._floor
        seat = floor.roster.by_leg(event.leg_id)
        if seat is None or seat.call_id != call.call_id or not call.advance(CallSignal.BRIDGED):
            return
        latency_ms = None
        if call.bridged is None:
            call.bridged = when
            if call.verdict_i is not None and call.served is None:
                latency_ms = call.latency_ms = (when.monotonic - call.verdict_i.monotonic) * 1000.0
            if call.service is not ServiceMode.INBOUND:  # the counts are those of the log of attempts
                floor.tally.bridge(latency_ms)
        begin_talk(floor, call, seat, when)
        floor.roster.signal(seat, AgentSignal.CONNECT, when)
        known = call.unheard or call.served is not None
        looks_again = call.amd is not AmdMode.OFF and floor.campaign.second_look_s > 0 and not known
        floor.do(LookAgain(call.call_id) if looks_again else Forget(call.call_id))
        if floor.campaign.record and not call.recorded:
            call.recorded = True
            announce = floor.campaign.announce_recording or "recording" in " ".join(call.attempt.announcements)
            floor.do(StartRecording(call.call_id, announce, call.attempt.language))
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, bridged_at=when.at, agent_id=seat.agent_id)))
        if call.served is None:
            floor.tell_pacer(when, EventKind.CONNECT, call.call_id, str(seat.agent_id))
        else:
            self._serving.joined(call)
        floor.publish("call.bridged", when, call_id=call.call_id, agent_id=str(seat.agent_id), latency_ms=latency_ms)

    def bridge_failed(self, call: LiveCall, now: Instant) -> None:
        if not call.advance(CallSignal.BRIDGE_FAILED):
            return
        seat = self._end.seat_of(call)
        call.agent_id = call.for_agent = None
        if seat is not None:
            self._floor.free(seat, AgentSignal.RELEASE, now)
        # Their time runs from the greeting and the verdict, whatever went wrong since.
        if call.served is not None:
            self._serving.came_back(call)
        elif patience_over(call, now):
            self.out_of_patience(call, now)
        else:
            self.serve_waiting(now)

    def found_bridged(self, call: LiveCall, leg_id: LegId, now: Instant) -> None:
        """They were joined while nobody saw it."""
        seat = self._floor.roster.by_leg(leg_id)
        if seat is None:
            return
        if call.state is CallState.WAITING:
            if not self._floor.roster.take(seat, call.call_id, now):
                return
            call.advance(CallSignal.CONNECT)
            call.agent_id = seat.agent_id
        self.bridged(call, CallBridged(at=now.at, monotonic=now.monotonic, call_id=call.call_id, leg_id=leg_id), now)

    # ------------------------------------------------------------------------------------- nobody for them

    def out_of_patience(self, call: LiveCall, now: Instant) -> None:
        """No agent came in time: the flow or the recorded message, and a count that the law is watching."""
        if call.state is not CallState.WAITING:
            return
        if self._floor.campaign.overflow and self._serving.begin(call, ServiceMode.OVERFLOW, now):
            self.abandon(call, now)
            return
        self.give_message(call, MessageKind.ABANDONED, now)

    def abandon(self, call: LiveCall, now: Instant) -> None:
        if call.abandoned or call.bridged is not None:  # whoever has spoken with an agent was not abandoned
            return
        call.abandoned = True
        floor = self._floor
        floor.tally.abandoned += 1
        floor.abandonment.abandoned(call.call_id)
        waited_s = now.monotonic - call.verdict_i.monotonic if call.verdict_i else 0.0
        floor.tell_pacer(now, EventKind.ABANDON, call.call_id, waited_s)
        floor.publish("call.abandoned", now, call_id=call.call_id, waited_s=round(waited_s, 3))

    def give_message(self, call: LiveCall, kind: MessageKind, now: Instant) -> None:
        if not call.advance(CallSignal.GIVE_MESSAGE):
            return
        call.message = kind
        if kind is MessageKind.ABANDONED:
            self.abandon(call, now)
        wording = wording_for(call.attempt.drop_messages)
        self._floor.do(PlayMessage(call.call_id, kind, call.attempt.language, wording))
        self._floor.deadlines.set(now.monotonic + MESSAGE_TIMEOUT_S, DeadlineKind.MESSAGE, call.call_id)
