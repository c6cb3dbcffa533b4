"""How a call ends: asked for, noticed, told apart, and written down once."""

from __future__ import annotations

from dataclasses import replace

from dialer.domain.agent import AgentSignal
from dialer.domain.call import UNANSWERED, CallSignal, CallState
from dialer.domain.events import CallEnded
from dialer.domain.outcome import CONGESTION_CAUSES, Outcome, outcome_after_answer, outcome_before_answer
from dialer.domain.recycle import next_try
from dialer.domain.verdict import AmdCategory, AmdVerdict
from dialer.engine.conduct import breaches_of
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import Forget, HangUpChannel, ListChannels, TellService, WriteClosing
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant
from dialer.engine.talk_target import let_everybody_go, unmute
from dialer.ports import AttemptClosing, CallOver, MessageKind, ServiceMode
from pacing.interface import EventKind

HANG_UP_TIMEOUT_S = 5.0
NORMAL_CAUSE, NO_ANSWER_CAUSE = 16, 19  # Q.850
HANG_UP_REQUESTS = 3

# Heard before the answer, these say that nobody will pick up.
NOBODY_THERE = (AmdCategory.ANNOUNCEMENT, AmdCategory.MACHINE, AmdCategory.FAX)

_PACER_KIND = {
    Outcome.BUSY: EventKind.BUSY,
    Outcome.REJECTED: EventKind.BUSY,
    Outcome.CONGESTION: EventKind.CONGESTION,
    Outcome.CANCELLED: EventKind.CANCELLED,
    Outcome.NO_ANSWER: EventKind.NOANSWER,
    Outcome.ANNOUNCEMENT: EventKind.NOANSWER,
}


class CallEnd:
    """Ends calls and closes their attempts."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def dismiss(self, call: LiveCall, now: Instant) -> None:
        """Ask Asterisk to end the call. Asked again if nothing comes of it. Not for a phone that rings: see
        ``give_up``."""
        call.advance(CallSignal.DISMISS)
        if call.state is not CallState.ENDING or not self._floor.link_up:
            return  # blind: it is asked for when the calls are compared with Asterisk's list
        call.hang_up_requests += 1
        if call.hang_up_requests > HANG_UP_REQUESTS:
            self._floor.do(ListChannels())
            call.hang_up_requests = 0
        else:
            cause = NO_ANSWER_CAUSE if call.ring_timed_out and call.answered is None else NORMAL_CAUSE
            self._floor.do(HangUpChannel(call.call_id, cause))
        self._floor.deadlines.set(now.monotonic + HANG_UP_TIMEOUT_S, DeadlineKind.HANG_UP, call.call_id)

    def give_up(self, call: LiveCall, now: Instant) -> None:
        """End a call that nobody has answered, as soon as its phone has rung as long as the law asks. Whoever answers
        before is served."""
        if call.state not in UNANSWERED:
            return
        if now.monotonic >= call.may_be_cut:
            self.dismiss(call, now)
            return
        call.leaving = True
        self._floor.deadlines.set(call.may_be_cut, DeadlineKind.RING_MINIMUM, call.call_id)

    def announced(self, call: LiveCall, now: Instant) -> None:
        """An announcement or a machine was heard before any answer: no phone rings any more, nobody will pick up."""
        if call.state is CallState.EARLY:
            call.announced = True
            self.dismiss(call, now)
        else:
            self.give_up(call, now)

    def cancel(self, call: LiveCall, now: Instant) -> None:
        """Give up a call that nobody has answered, for reasons of ours."""
        if call.state in UNANSWERED:
            call.cancelled = True
            self.give_up(call, now)

    def ended(self, call: LiveCall, event: CallEnded, now: Instant) -> None:
        """The channel is gone: free whoever was on it and close the attempt. Happens once."""
        floor = self._floor
        state_before = call.state
        if not call.advance(CallSignal.END):
            return
        del floor.calls[call.call_id]
        let_everybody_go(floor, call, now)
        if call.bridged is not None and call.talk_ended is None:
            self.talk_over(call, now)
        else:
            seat = self.seat_of(call)
            if seat is not None:
                floor.free(seat, AgentSignal.RELEASE, now)
        if call.service is ServiceMode.INBOUND:
            floor.do(TellService(call.call_id, CallOver()))
            return
        outcome = self._outcome(call, event)
        congested = outcome is Outcome.CONGESTION or event.cause in CONGESTION_CAUSES
        floor.trunk.limiter.ended(call.call_id, congested=congested and call.answered is None)
        floor.do(Forget(call.call_id))
        if call.served is not None:
            floor.do(TellService(call.call_id, CallOver()))
        floor.abandonment.closed(call.call_id, now)
        age_s = now.monotonic - call.dialed.monotonic if call.dialed else 0.0
        if call.answered is None:
            floor.tell_pacer(now, _PACER_KIND.get(outcome, EventKind.FAILED), call.call_id, age_s)
        elif state_before is CallState.DETECTING:
            floor.tell_pacer(now, EventKind.FAILED, call.call_id, age_s)
        self._close(call, outcome, event, now)

    def _close(self, call: LiveCall, outcome: Outcome, event: CallEnded, now: Instant) -> None:
        floor = self._floor
        attempt = call.attempt
        floor.tally.outcomes[outcome] += 1
        retry = next_try(
            outcome,
            tries_of_outcome=attempt.tries_by_outcome.get(outcome, 0) + 1,
            attempts=attempt.attempts + 1,
            max_attempts=floor.campaign.max_attempts,
            ended_at=now.at,
            rules=floor.campaign.retry,
        )
        closing = AttemptClosing(
            call_id=call.call_id,
            outcome=outcome,
            ended_at=event.at,
            retry=retry,
            cause=event.cause,
            cause_text=event.cause_text,
            dial_status=event.dial_status,
            dialed_at=call.dialed.at if call.dialed else None,
            ringing_at=call.ringing.at if call.ringing else None,
            early_media_at=call.early_media_at,
            answered_at=call.answered.at if call.answered else None,
            verdict=_with_second_look(call),
            verdict_at=call.verdict_i.at if call.verdict_i else None,
            bridged_at=call.bridged.at if call.bridged else None,
            served_at=call.served.at if call.served and _served_by_choice(call) else None,
            agent_id=(call.agent_id or call.spoke_with) if call.bridged else None,
            abandoned_message_played=call.abandoned and call.message_played,
            verdict_to_bridge_ms=call.latency_ms,
            talk_s=call.talked_s if call.bridged else None,
            recorded=call.recorded,
            greeting_started_at=call.greeting_start.at if call.greeting_start else None,
            greeting_ended_at=call.greeting_end.at if call.greeting_end else None,
            breaches=self._breaches(call, event, now),
            talk=tuple(call.talk.notes),
        )
        floor.do(WriteClosing(closing))  # call.closed leaves through the outbox, in the same transaction

    def _breaches(self, call: LiveCall, event: CallEnded, now: Instant) -> tuple[str, ...] | None:
        """The obligations that the call did not meet, told and counted."""
        breaches = breaches_of(call, event)
        for breach in breaches or ():
            self._floor.tally.breaches[breach] += 1
        if breaches:
            self._floor.publish("call.breach", now, call_id=call.call_id, breaches=list(breaches))
        return breaches

    def _outcome(self, call: LiveCall, event: CallEnded) -> Outcome:
        if call.lost and call.bridged is None and not call.abandoned:
            return Outcome.LOST
        category = call.taken_for
        if call.answered is None:
            return outcome_before_answer(
                event.cause,
                rang=bool(call.ringing or call.early_media_at or call.ring_timed_out),
                announcement=category in NOBODY_THERE,
                cancelled=call.cancelled,
            )
        return outcome_after_answer(
            category,
            connected=(call.bridged is not None or _served_by_choice(call)) and not call.withdrawn and not _late(call),
            abandoned=call.abandoned,
            message_left=call.message is MessageKind.VOICEMAIL and call.message_played,
        )

    def talk_over(self, call: LiveCall, now: Instant) -> None:
        if call.talk_ended is not None:
            return
        call.talk_ended = now
        began = call.talk_began or call.bridged
        call.talked_s += now.monotonic - began.monotonic if began else 0.0
        seat = self.seat_of(call)
        if seat is not None:
            unmute(self._floor, seat)
            seat.talk = None
        if seat is not None and call.withdrawn:
            self._floor.free(seat, AgentSignal.RELEASE, now)
        elif seat is not None:
            over = now.ago(-self._floor.campaign.wrap_up_s)
            seat.ends, seat.extended = over, False  # first, so that the change of state is told with its end
            if self._floor.roster.signal(seat, AgentSignal.CALL_OVER, now):
                seat.call_id = None
                self._floor.deadlines.set(over.monotonic, DeadlineKind.WRAP_UP, f"{seat.agent_id} {call.call_id}")

    def seat_of(self, call: LiveCall) -> Seat | None:
        seat = self._floor.roster.get(call.agent_id or call.for_agent)
        return seat if seat is not None and seat.call_id == call.call_id else None


def _with_second_look(call: LiveCall) -> AmdVerdict | None:
    """The verdict as it is kept: with what was heard after it."""
    if call.verdict is None or call.second_look is None:
        return call.verdict
    look = call.second_look
    kept = {
        "category": look.category.value,
        "reason": look.reason,
        "certain": look.certain,
        "after_ms": look.after_ms,
        "withdrawn": call.withdrawn,
        **look.evidence,
    }
    return replace(call.verdict, evidence={**call.verdict.evidence, "second_look": kept})


def _served_by_choice(call: LiveCall) -> bool:
    """The flow took them because the campaign wants it so, and did not fail them."""
    sent = call.service not in (ServiceMode.OVERFLOW, ServiceMode.HANDED)
    return call.served is not None and sent and not call.abandoned


def _late(call: LiveCall) -> bool:
    """Abandoned for the law, whoever spoke with them afterwards."""
    return call.abandoned and call.service is ServiceMode.OVERFLOW
