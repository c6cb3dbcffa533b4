"""Calls whose people serve themselves: sent to their flow, brought to an agent where they ask for one."""

from __future__ import annotations

from dialer.domain.call import CallSignal, CallState
from dialer.domain.ids import CallId
from dialer.domain.phone import PhoneNumber
from dialer.domain.verdict import AmdCategory
from dialer.domain.wording import wording_for
from dialer.engine.call_end import CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import SendToService, StartRecording, TellService
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import CallCameIn, Instant
from dialer.ports import AgentJoined, NobodyCame, PlaceInLine, ReservedAttempt, ServedCall, ServiceMode
from pacing.interface import EventKind

#: Whoever is on the line for longer has lost us, or we them.
MOST_S = 1800.0
INBOUND_FLOW = "inbound"
PROMISE_FLOW = "promise-only"  #: begins with somebody whom an agent has identified
LONGEST_WAIT_S = 900.0


class Serving:
    """Touched by nobody but the core of its campaign."""

    def __init__(self, floor: Floor, end: CallEnd) -> None:
        self._floor = floor
        self._end = end

    def begin(self, call: LiveCall, mode: ServiceMode, now: Instant) -> bool:
        """Send a person who waits to the flow. False where they do not wait."""
        floor = self._floor
        if not floor.has_service or not call.advance(CallSignal.SERVE):
            return False
        call.service = mode
        call.served = now
        floor.tally.served += 1
        if mode is ServiceMode.OVERFLOW:
            floor.tally.overflow += 1
        else:
            floor.tell_pacer(now, EventKind.CONNECT, call.call_id, "self-service")
        self._send(call)
        floor.deadlines.set(now.monotonic + MOST_S, DeadlineKind.SERVICE, call.call_id)
        if floor.campaign.record and not call.recorded:
            call.recorded = True
            floor.do(StartRecording(call.call_id, False, call.attempt.language))  # the flow itself says so
        floor.publish("call.self_service", now, call_id=call.call_id, flow=floor.campaign.ivr_flow, mode=mode.value)
        return True

    def hand_to_flow(self, call: LiveCall, now: Instant) -> bool:
        """An agent who knows who it is sends them to the flow, for a promise. False where no flow can take them."""
        floor = self._floor
        if not floor.has_service or not call.advance(CallSignal.SERVE):
            return False
        call.service, call.served = call.service or ServiceMode.HANDED, call.served or now
        call.in_promise_flow, call.for_agent = True, None
        self._send(call)
        floor.deadlines.set(now.monotonic + MOST_S, DeadlineKind.SERVICE, call.call_id)
        mode = ServiceMode.HANDED.value
        floor.publish("call.self_service", now, call_id=call.call_id, flow=PROMISE_FLOW, mode=mode)
        return True

    def came_in(self, message: CallCameIn, now: Instant) -> None:
        """A call that we did not make: nothing of it is in the log of attempts."""
        floor = self._floor
        if message.call_id in floor.calls:
            return
        attempt = ReservedAttempt(
            call_id=message.call_id,
            campaign_id=floor.campaign.id,
            debtor_id=message.debtor_id,
            debt_ids=(),
            phone_id=0,
            number=PhoneNumber(message.number),
            language=message.language,
            attempts=0,
            tries_by_outcome={},
            display_name="",
            mode=ServiceMode.INBOUND.value,
        )
        # What we do not record is taken for recorded already.
        floor.calls[message.call_id] = LiveCall(
            attempt=attempt,
            state=CallState.SELF_SERVICE,
            service=ServiceMode.INBOUND,
            answered=now,
            served=now,
            recorded=True,
        )
        floor.deadlines.set(now.monotonic + MOST_S, DeadlineKind.SERVICE, message.call_id)
        flow, mode = INBOUND_FLOW, ServiceMode.INBOUND.value
        floor.publish("call.self_service", now, call_id=message.call_id, flow=flow, mode=mode)

    def _send(self, call: LiveCall) -> None:
        floor, attempt = self._floor, call.attempt
        served = ServedCall(
            call_id=call.call_id,
            campaign_id=attempt.campaign_id,
            debtor_id=attempt.debtor_id,
            number=attempt.number.e164,
            language=attempt.language,
            flow=PROMISE_FLOW if call.in_promise_flow else floor.campaign.ivr_flow,
            mode=ServiceMode.HANDED if call.in_promise_flow else call.service or ServiceMode.AGENTLESS,
            identified=call.in_promise_flow,
            agents=len(floor.roster) > 0,
            machine=call.taken_for is AmdCategory.MACHINE,
            wording=wording_for(attempt.drop_messages),
        )
        floor.do(SendToService(served))

    # ------------------------------------------------------------------------------------- wanting an agent

    def agent_wanted(self, call: LiveCall, wait_s: float, now: Instant) -> bool:
        """They join the line of those who want an agent. False where they cannot."""
        if call.state is not CallState.SELF_SERVICE:
            return False
        call.wants_agent = now
        wait_s = min(wait_s, LONGEST_WAIT_S)
        self._floor.deadlines.set(now.monotonic + wait_s, DeadlineKind.AGENT_WANTED, f"{call.call_id} {now.monotonic}")
        return True

    def not_wanted(self, call: LiveCall) -> None:
        if call.state is CallState.SELF_SERVICE:
            call.wants_agent = None
            self.tell_places()

    def in_line(self) -> list[LiveCall]:
        """Those who want an agent, whoever asked first before the others."""
        wanting = [call for call in self._floor.calls.in_state(CallState.SELF_SERVICE) if call.wants_agent is not None]
        return sorted(wanting, key=lambda call: call.wants_agent.monotonic if call.wants_agent else 0.0)

    def tell_places(self) -> None:
        """Say to each where they stand, where that is new."""
        for place, call in enumerate(self.in_line(), 1):
            if call.place_told != place:
                call.place_told = place
                self._floor.do(TellService(call.call_id, PlaceInLine(place)))

    def joined(self, call: LiveCall) -> None:
        """An agent has them."""
        call.wants_agent = None
        self._floor.do(TellService(call.call_id, AgentJoined()))
        self.tell_places()

    def came_back(self, call: LiveCall) -> None:
        """Their bridge failed: on with the flow."""
        if call.advance(CallSignal.SERVE):
            call.wants_agent, call.place_told = None, 0
            self._floor.do(TellService(call.call_id, NobodyCame(channel_lost=True)))
            self._send(call)

    def on_deadline(self, kind: DeadlineKind, ident: str, now: Instant) -> None:
        call_id, _, since = ident.partition(" ")
        call = self._floor.calls.get(CallId(call_id))
        if call is None or call.state is not CallState.SELF_SERVICE:
            return
        if kind is DeadlineKind.SERVICE:
            self._end.dismiss(call, now)
        elif call.wants_agent is not None and str(call.wants_agent.monotonic) == since:
            call.wants_agent, call.place_told = None, 0
            self._floor.do(TellService(call.call_id, NobodyCame()))
            self.tell_places()
