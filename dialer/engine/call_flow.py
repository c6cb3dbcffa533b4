"""One call's way: dialed, heard, told apart, connected or sent away, and written down when it is over."""

from __future__ import annotations

from dialer.domain.call import UNANSWERED, CallSignal, CallState
from dialer.domain.campaign import AnswerAction
from dialer.domain.events import (
    AgentNotWanted,
    AgentWanted,
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallEvent,
    CallHeld,
    CallRinging,
    CallUnbridged,
    ConferenceBegan,
    ConsultBegan,
    ConsultFailed,
    EarlyMediaStarted,
    MessagePlayed,
    MessageStarted,
    MessageTimeReached,
    OriginateRefused,
    SecondLookTaken,
    ServiceBegan,
    ThirdAnswered,
    ThirdLeft,
    VerdictReached,
)
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict
from dialer.engine.call_end import NOBODY_THERE, CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.dialing import Dialing
from dialer.engine.due import patience_over, set_due
from dialer.engine.effects import (
    TellAnswered,
    TellVerdict,
    WriteProgress,
)
from dialer.engine.floor import Floor
from dialer.engine.joining import Joining
from dialer.engine.live import LiveCall
from dialer.engine.messages import CallCameIn, Instant
from dialer.engine.second_look import MESSAGE_TIMEOUT_S, SecondLooks
from dialer.engine.serving import Serving
from dialer.engine.talk_effects import Hold
from dialer.engine.talk_flow import TalkFlow
from dialer.ports import AttemptProgress, MessageKind, ServiceMode
from pacing.interface import EventKind

OWN_END_S = 0.2  # whoever has hung up themselves is told to be gone at once
UNBRIDGED_S = 3.0
VERDICT_TIMEOUT_S = 8.0  # the detector decides within 5 s; past this the person, if one, must not wait longer

# What they wait for may have come while the engine was blind: the comparison with Asterisk's list decides then.
_NEED_SIGHT = (DeadlineKind.RING, DeadlineKind.RING_MINIMUM, DeadlineKind.BRIDGE)


class CallFlow:
    """Reactions to what happens to calls. Events may come late, twice or not at all."""

    def __init__(self, floor: Floor, end: CallEnd, dialing: Dialing) -> None:
        self._floor = floor
        self._end = end
        self._dialing = dialing
        self._looks = SecondLooks(floor, end)
        self._serving = Serving(floor, end)
        self.joining = Joining(floor, end, self._serving)
        self.talks = TalkFlow(floor, end, self._serving)

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
            case CallBridged() | BridgeFailed() | CallUnbridged() if call.state is CallState.TALKING:
                if self.talks.on_bridge(call, event, Instant(event.at, event.monotonic)):
                    self._unbridged(call, now)
            case CallBridged():
                self.joining.bridged(call, event, Instant(event.at, event.monotonic))
            case BridgeFailed():
                self.joining.bridge_failed(call, now)
            case CallUnbridged():
                if call.state is CallState.HANDED_OVER:
                    self._end.dismiss(call, now)
            case CallHeld() | ThirdAnswered() | ThirdLeft() | ConsultBegan() | ConsultFailed() | ConferenceBegan():
                self.talks.on_event(call, event, Instant(event.at, event.monotonic))
            case MessageTimeReached():
                if call.state is CallState.LISTENING:
                    self.joining.give_message(call, MessageKind.VOICEMAIL, now)
            case SecondLookTaken():
                if self._looks.taken(call, event.look, Instant(event.at, event.monotonic)):
                    self.joining.give_message(call, MessageKind.VOICEMAIL, now)
            case MessageStarted():
                # The dialplan plays the message by itself where the engine left a person alone for too long.
                if event.kind == MessageKind.ABANDONED and call.advance(CallSignal.GIVE_MESSAGE):
                    call.message = MessageKind.ABANDONED
                    self.joining.abandon(call, now)
                call.message_started = call.message_started or Instant(event.at, event.monotonic)
            case MessagePlayed():
                call.message_played = True
            case ServiceBegan():
                if call.abandoned:  # they hear who called, as they would from the recorded message
                    call.message_started = call.message_started or Instant(event.at, event.monotonic)
            case AgentWanted():
                if self._serving.agent_wanted(call, event.wait_s, now):
                    self.joining.serve_waiting(now)
                    self._serving.tell_places()
            case AgentNotWanted():
                self._serving.not_wanted(call)
            case CallEnded():
                self._end.ended(call, event, now)
            case OriginateRefused():
                self._end.ended(
                    call, CallEnded(at=event.at, monotonic=event.monotonic, call_id=call.call_id, cause=0), now
                )

    def came_in(self, message: CallCameIn, now: Instant) -> None:
        """Somebody calls us: they serve themselves until they want an agent."""
        self._serving.came_in(message, now)

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
        action = floor.campaign.action_for(call.taken_for or verdict.category)
        if action in (AnswerAction.AGENT, AnswerAction.IVR):
            floor.tally.people += 1
            floor.tell_pacer(when, EventKind.LIVE, call.call_id, call.ring_s)
            call.advance(CallSignal.PERSON)
            set_due(call, verdict, when, floor.campaign.patience_s)
            if (
                action is AnswerAction.IVR
                and not call.for_agent
                and self._serving.begin(call, ServiceMode.AGENTLESS, when)
            ):
                return
            floor.deadlines.set(call.due or when.monotonic, DeadlineKind.PATIENCE, call.call_id)
            if not self.joining.connect(call, when) and patience_over(call, when):
                self.joining.out_of_patience(call, when)
            return
        floor.tally.machines += 1
        floor.tell_pacer(when, EventKind.MACHINE, call.call_id, call.ring_s)
        if action is AnswerAction.LEAVE_MESSAGE:
            call.advance(CallSignal.LISTEN)
            floor.deadlines.set(when.monotonic + MESSAGE_TIMEOUT_S, DeadlineKind.MESSAGE, call.call_id)
        else:
            self._end.dismiss(call, when)

    def _unbridged(self, call: LiveCall, now: Instant) -> None:
        """They have hung up, which is told next, and most conversations end so. Or their agent has, or has lost their
        phone: that is told once the person is out of the dialplan that joined them (measured on Asterisk 22: until
        then the end of the agent's leg is not told)."""
        self._unbridged_for(call, OWN_END_S, now)

    def _unbridged_for(self, call: LiveCall, seconds: float, now: Instant) -> None:
        self._floor.deadlines.set(now.monotonic + seconds, DeadlineKind.UNBRIDGED, f"{call.call_id} {call.talk.step}")

    def left_alone(self, ident: str, now: Instant) -> None:
        call_id, _, step = ident.partition(" ")
        call = self._floor.calls.get(CallId(call_id))
        if call is None or call.state is not CallState.TALKING or str(call.talk.step) != step:
            return
        if call.held_at != call.talk.step:
            call.held_at = call.talk.step
            self._floor.do(Hold(call.call_id))
            self._unbridged_for(call, UNBRIDGED_S, now)
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

    # ------------------------------------------------------------------------------------- time

    def on_deadline(self, kind: DeadlineKind, call_id: CallId, now: Instant) -> None:
        """A deadline of a call that is still where it means something (see ``Deadlines``)."""
        if kind in (DeadlineKind.SERVICE, DeadlineKind.AGENT_WANTED):
            self._serving.on_deadline(kind, call_id, now)
            return
        if kind is DeadlineKind.TALK:
            self.talks.on_deadline(call_id, now)
            return
        if kind is DeadlineKind.UNBRIDGED:
            self.left_alone(call_id, now)
            return
        call = self._floor.calls.get(call_id)
        if call is None or (kind in _NEED_SIGHT and not self._floor.synced):
            return
        match kind:
            case DeadlineKind.RING:
                self._ring_timed_out(call, now)
            case DeadlineKind.RING_MINIMUM if call.leaving:
                self._end.give_up(call, now)
            case DeadlineKind.VERDICT:
                # A doubt is a person's: never hang up because the detector said nothing.
                verdict = AmdVerdict(
                    category=AmdCategory.UNKNOWN,
                    reason="no-verdict",
                    confidence=0.0,
                    delay_ms=int(VERDICT_TIMEOUT_S * 1000),
                )
                self._verdict(call, verdict, now)
            case DeadlineKind.PATIENCE:
                self.joining.out_of_patience(call, now)
            case DeadlineKind.BRIDGE:
                self.joining.bridge_failed(call, now)
            case DeadlineKind.MESSAGE | DeadlineKind.HANDED_OVER | DeadlineKind.HANG_UP:
                self._end.dismiss(call, now)
