"""One call's way: dialed, heard, told apart, connected or sent away, and written down when it is over."""

from __future__ import annotations

from dialer.compliance.verdict import DeadlineFrom
from dialer.domain.agent import AgentSignal
from dialer.domain.call import UNANSWERED, CallSignal, CallState
from dialer.domain.campaign import AnswerAction
from dialer.domain.events import (
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallEvent,
    CallRinging,
    CallUnbridged,
    EarlyMediaStarted,
    MessagePlayed,
    MessageStarted,
    MessageTimeReached,
    OriginateRefused,
    SecondLookTaken,
    VerdictReached,
)
from dialer.domain.ids import CallId, LegId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict
from dialer.domain.wording import wording_for
from dialer.engine.call_end import NOBODY_THERE, CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.dialing import Dialing
from dialer.engine.effects import (
    Bridge,
    Forget,
    LookAgain,
    PlayMessage,
    StartRecording,
    TellAnswered,
    TellVerdict,
    WriteProgress,
)
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant
from dialer.engine.second_look import MESSAGE_TIMEOUT_S, SecondLooks
from dialer.ports import AttemptProgress, MessageKind
from pacing.interface import EventKind

VERDICT_TIMEOUT_S = 8.0  # the detector decides within 5 s; past this the person, if one, must not wait longer
BRIDGE_TIMEOUT_S = 3.0
BRIDGE_AT_LEAST_S = 0.75  # however little of the law's time is left: a bridge takes milliseconds
MESSAGE_LEAD_S = 0.25  # the message is asked for so long before it has to be heard

NOT_HEARD = ("not-heard", "no-verdict")  # reasons of verdicts that nobody's ear stands behind

# What they wait for may have come while the engine was blind: the comparison with Asterisk's list decides then.
_NEED_SIGHT = (DeadlineKind.RING, DeadlineKind.RING_MINIMUM, DeadlineKind.BRIDGE)


class CallFlow:
    """Reactions to what happens to calls. Events may come late, twice or not at all."""

    def __init__(self, floor: Floor, end: CallEnd, dialing: Dialing) -> None:
        self._floor = floor
        self._end = end
        self._dialing = dialing
        self._looks = SecondLooks(floor, end)

    def on_event(self, event: CallEvent, now: Instant) -> None:
        call = self._floor.calls.get(event.call_id)
        if call is None:
            return
        match event:
            case CallRinging():
                if call.state in UNANSWERED and call.ringing is None:  # it may come after early media, too
                    call.ringing = Instant(event.at, event.monotonic)
                if call.advance(CallSignal.RING):
                    self._floor.trunk.limiter.rang(call.call_id)
                    self._floor.publish("call.ringing", now, call_id=call.call_id)
            case EarlyMediaStarted():
                if call.advance(CallSignal.EARLY_MEDIA):
                    call.early_media_at = event.at
                    self._floor.trunk.limiter.rang(call.call_id)
            case CallAnswered():
                self._answered(call, Instant(event.at, event.monotonic))
            case VerdictReached():
                self._verdict(call, event.verdict, Instant(event.at, event.monotonic))
            case CallBridged():
                self._bridged(call, event, Instant(event.at, event.monotonic))
            case BridgeFailed():
                self.bridge_failed(call, now)
            case CallUnbridged():
                self._unbridged(call, now)
            case MessageTimeReached():
                if call.state is CallState.LISTENING:
                    self._give_message(call, MessageKind.VOICEMAIL, now)
            case SecondLookTaken():
                if self._looks.taken(call, event.look, Instant(event.at, event.monotonic)):
                    self._give_message(call, MessageKind.VOICEMAIL, now)
            case MessageStarted():
                # The dialplan plays the message by itself where the engine left a person alone for too long.
                if event.kind == MessageKind.ABANDONED and call.advance(CallSignal.GIVE_MESSAGE):
                    call.message = MessageKind.ABANDONED
                    self._abandon(call, now)
                call.message_started = call.message_started or Instant(event.at, event.monotonic)
            case MessagePlayed():
                call.message_played = True
            case CallEnded():
                self._end.ended(call, event, now)
            case OriginateRefused():
                self._end.ended(
                    call, CallEnded(at=event.at, monotonic=event.monotonic, call_id=call.call_id, cause=0), now
                )

    # ------------------------------------------------------------------------------------- who answered

    def _answered(self, call: LiveCall, when: Instant) -> None:
        floor = self._floor
        if not call.advance(CallSignal.ANSWER):
            return
        call.answered = when
        floor.tally.answered += 1
        floor.trunk.limiter.rang(call.call_id)
        floor.tell_pacer(when, EventKind.ANSWER, call.call_id, call.ring_s)
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, answered_at=when.at)))
        floor.publish("call.answered", when, call_id=call.call_id)
        if call.unheard:
            self.take_for_person(call, when)
            return
        if call.amd is AmdMode.OFF:
            self._verdict(
                call, AmdVerdict(category=AmdCategory.HUMAN, reason="amd-off", confidence=0.5, delay_ms=0), when
            )
            return
        floor.do(TellAnswered(call.call_id))
        floor.deadlines.set(when.monotonic + VERDICT_TIMEOUT_S, DeadlineKind.VERDICT, call.call_id)
        if call.verdict is not None:  # heard in early media; what was to be done then is done now
            self._act_on(call, call.verdict, when)

    def _verdict(self, call: LiveCall, verdict: AmdVerdict, when: Instant) -> None:
        if call.verdict is not None:
            return
        if call.state in UNANSWERED and verdict.category in NOBODY_THERE:
            call.verdict, call.verdict_i = verdict, when
            shadow = call.amd is AmdMode.SHADOW
            if not shadow and self._floor.campaign.actions.get(verdict.category) is AnswerAction.HANG_UP:
                self._end.announced(call, when)
        elif call.state is CallState.DETECTING:
            call.verdict, call.verdict_i = verdict, when
            self._act_on(call, verdict, when)

    def _act_on(self, call: LiveCall, verdict: AmdVerdict, when: Instant) -> None:
        floor = self._floor
        call.verdict_i = when
        floor.publish(
            "call.verdict",
            when,
            call_id=call.call_id,
            category=verdict.category.value,
            reason=verdict.reason,
            delay_ms=verdict.delay_ms,
            shadow=call.amd is AmdMode.SHADOW,
        )
        floor.do(TellVerdict(call.call_id, verdict))
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, verdict=verdict)))
        action = floor.campaign.actions.get(call.taken_for or verdict.category, AnswerAction.AGENT)
        if action in (AnswerAction.AGENT, AnswerAction.IVR):
            floor.tally.people += 1
            floor.tell_pacer(when, EventKind.LIVE, call.call_id, call.ring_s)
            call.advance(CallSignal.PERSON)
            set_due(call, verdict, when, floor.campaign.patience_s)
            floor.deadlines.set(call.due or when.monotonic, DeadlineKind.PATIENCE, call.call_id)
            if not self.connect(call, when) and patience_over(call, when):
                self.out_of_patience(call, when)
            return
        floor.tally.machines += 1
        floor.tell_pacer(when, EventKind.MACHINE, call.call_id, call.ring_s)
        if action is AnswerAction.LEAVE_MESSAGE:
            call.advance(CallSignal.LISTEN)
            floor.deadlines.set(when.monotonic + MESSAGE_TIMEOUT_S, DeadlineKind.MESSAGE, call.call_id)
        else:
            self._end.dismiss(call, when)

    # ------------------------------------------------------------------------------------- a person and an agent

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
        left_s = BRIDGE_TIMEOUT_S if call.due is None else call.due - now.monotonic
        wait_s = min(BRIDGE_TIMEOUT_S, max(BRIDGE_AT_LEAST_S, left_s))
        floor.deadlines.set(now.monotonic + wait_s, DeadlineKind.BRIDGE, call.call_id)
        return True

    def serve_waiting(self, now: Instant) -> None:
        """Give waiting people to agents who have become free, whoever waited longest first."""
        waiting = sorted(
            (call for call in self._floor.in_state(CallState.WAITING) if call.verdict_i is not None),
            key=lambda call: call.verdict_i.monotonic if call.verdict_i else 0.0,
        )
        for call in waiting:
            if not self.connect(call, now):
                return

    def _bridged(self, call: LiveCall, event: CallBridged, when: Instant) -> None:
        floor = self._floor
        seat = floor.roster.by_leg(event.leg_id)
        if seat is None or seat.call_id != call.call_id or not call.advance(CallSignal.BRIDGED):
            return
        call.bridged = when
        latency_ms = None if call.verdict_i is None else (when.monotonic - call.verdict_i.monotonic) * 1000.0
        floor.tally.bridge(latency_ms)
        floor.roster.signal(seat, AgentSignal.CONNECT, when)
        looks_again = call.amd is not AmdMode.OFF and floor.campaign.second_look_s > 0 and not call.unheard
        floor.do(LookAgain(call.call_id) if looks_again else Forget(call.call_id))
        if floor.campaign.record:
            call.recorded = True
            announce = floor.campaign.announce_recording or "recording" in " ".join(call.attempt.announcements)
            floor.do(StartRecording(call.call_id, announce, call.attempt.language))
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, bridged_at=when.at, agent_id=seat.agent_id)))
        floor.tell_pacer(when, EventKind.CONNECT, call.call_id, str(seat.agent_id))
        floor.publish("call.bridged", when, call_id=call.call_id, agent_id=str(seat.agent_id), latency_ms=latency_ms)

    def bridge_failed(self, call: LiveCall, now: Instant) -> None:
        if not call.advance(CallSignal.BRIDGE_FAILED):
            return
        seat = self._end.seat_of(call)
        call.agent_id = call.for_agent = None
        if seat is not None:
            self._floor.free(seat, AgentSignal.RELEASE, now)
        # Their time runs from the greeting and the verdict, whatever went wrong since.
        if patience_over(call, now):
            self.out_of_patience(call, now)
        else:
            self.serve_waiting(now)

    def _unbridged(self, call: LiveCall, now: Instant) -> None:
        if call.state is not CallState.TALKING:
            return
        self._end.talk_over(call, now)
        self._end.dismiss(call, now)

    # ------------------------------------------------------------------------------------- after a time of blindness

    def still_ringing(self, call: LiveCall, now: Instant) -> None:
        """Nobody has answered it so far."""
        if call.dialed and now.monotonic - call.dialed.monotonic >= self._floor.campaign.ring_timeout_s:
            self._ring_timed_out(call, now)
        elif call.leaving:
            self._end.give_up(call, now)
        if call.state in UNANSWERED and not call.unheard:
            self._dialing.expect(call)

    def _ring_timed_out(self, call: LiveCall, now: Instant) -> None:
        call.ring_timed_out = True
        self._end.give_up(call, now)

    def take_for_person(self, call: LiveCall, now: Instant) -> None:
        """Nobody listened to who answered, and there is no time to begin now: a doubt is a person's."""
        delay_ms = int((now.monotonic - call.answered.monotonic) * 1000) if call.answered else 0
        verdict = AmdVerdict(category=AmdCategory.UNKNOWN, reason="not-heard", confidence=0.0, delay_ms=delay_ms)
        self._verdict(call, verdict, now)

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
        self._bridged(call, CallBridged(at=now.at, monotonic=now.monotonic, call_id=call.call_id, leg_id=leg_id), now)

    # ------------------------------------------------------------------------------------- nobody for them

    def out_of_patience(self, call: LiveCall, now: Instant) -> None:
        """No agent came in time: the recorded message, and a count that the law is watching."""
        if call.state is CallState.WAITING:
            self._give_message(call, MessageKind.ABANDONED, now)

    def _abandon(self, call: LiveCall, now: Instant) -> None:
        if call.abandoned:
            return
        call.abandoned = True
        floor = self._floor
        floor.tally.abandoned += 1
        floor.abandonment.abandoned(call.call_id)
        waited_s = now.monotonic - call.verdict_i.monotonic if call.verdict_i else 0.0
        floor.tell_pacer(now, EventKind.ABANDON, call.call_id, waited_s)
        floor.publish("call.abandoned", now, call_id=call.call_id, waited_s=round(waited_s, 3))

    def _give_message(self, call: LiveCall, kind: MessageKind, now: Instant) -> None:
        if not call.advance(CallSignal.GIVE_MESSAGE):
            return
        call.message = kind
        if kind is MessageKind.ABANDONED:
            self._abandon(call, now)
        wording = wording_for(call.attempt.drop_messages)
        self._floor.do(PlayMessage(call.call_id, kind, call.attempt.language, wording))
        self._floor.deadlines.set(now.monotonic + MESSAGE_TIMEOUT_S, DeadlineKind.MESSAGE, call.call_id)

    def on_deadline(self, kind: DeadlineKind, call_id: CallId, now: Instant) -> None:
        call = self._floor.calls.get(call_id)
        if call is None or (kind in _NEED_SIGHT and not self._floor.synced):
            return
        match kind, call.state:
            case DeadlineKind.RING, state if state in UNANSWERED:
                self._ring_timed_out(call, now)
            case DeadlineKind.RING_MINIMUM, state if state in UNANSWERED and call.leaving:
                self._end.give_up(call, now)
            case DeadlineKind.VERDICT, CallState.DETECTING:
                # A doubt is a person's: never hang up because the detector said nothing.
                verdict = AmdVerdict(
                    category=AmdCategory.UNKNOWN,
                    reason="no-verdict",
                    confidence=0.0,
                    delay_ms=int(VERDICT_TIMEOUT_S * 1000),
                )
                self._verdict(call, verdict, now)
            case DeadlineKind.PATIENCE, CallState.WAITING:
                self.out_of_patience(call, now)
            case DeadlineKind.BRIDGE, CallState.BRIDGING:
                self.bridge_failed(call, now)
            case DeadlineKind.MESSAGE, CallState.LISTENING | CallState.MESSAGE:
                self._end.dismiss(call, now)
            case DeadlineKind.HANG_UP, CallState.ENDING:
                self._end.dismiss(call, now)


def set_due(call: LiveCall, verdict: AmdVerdict, when: Instant, patience_s: float) -> None:
    """Until when a person must be with an agent: the campaign's patience, counted from the verdict, or the law's time,
    counted from their greeting, whichever is over first.

    Of a greeting that was not heard, or is not over, the verdict's own instant is as early as it can be; where nobody
    listened at all, that of the answer.
    """
    began, ended = verdict.greeting_started_ms_ago, verdict.greeting_ended_ms_ago
    call.greeting_start = None if began is None else when.ago(began / 1000)
    call.greeting_end = None if ended is None else when.ago(ended / 1000)
    call.due = when.monotonic + patience_s
    law_s = call.attempt.connect_deadline_s
    if law_s is not None:
        call.due = min(call.due, counted_from(call, when).monotonic + law_s - MESSAGE_LEAD_S)


def counted_from(call: LiveCall, when: Instant) -> Instant:
    """The instant from which the law counts for this call, whose verdict fell at ``when``."""
    not_heard = call.answered if call.verdict is not None and call.verdict.reason in NOT_HEARD else None
    stand_in = not_heard or when
    if call.attempt.deadline_from == DeadlineFrom.GREETING_END:
        return call.greeting_end or stand_in
    return call.greeting_start or stand_in


def patience_over(call: LiveCall, now: Instant) -> bool:
    return call.due is not None and now.monotonic >= call.due
