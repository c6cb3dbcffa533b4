"""The call in hand: held, handed over, talked about with somebody else, sent to the flow.

An agent who transfers keeps the call until the other one has it: whoever cannot be reached gives the person back. The
person is never left alone with nobody while anybody of the talk is there.
"""

from __future__ import annotations

from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.call import CallSignal, CallState
from dialer.domain.events import (
    BridgeFailed,
    CallBridged,
    CallHeld,
    CallUnbridged,
    ConferenceBegan,
    ConsultBegan,
    ConsultFailed,
    ThirdAnswered,
    ThirdLeft,
)
from dialer.domain.ids import AgentId, CallId, third_leg_id
from dialer.domain.talk import TalkSignal, TalkState, TalkVerb, are_keys, next_state
from dialer.engine.call_end import CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import Bridge, WriteProgress
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant, InTalk
from dialer.engine.refusal import OrderRefused
from dialer.engine.serving import Serving
from dialer.engine.talk import Target
from dialer.engine.talk_effects import Announce, CallThird, Confer, Consult, Hold, Mute, Part, Press
from dialer.engine.talk_target import drop_target, guest_of, let_go, record, show
from dialer.ports import AttemptProgress, PlaceThird

JOIN_TIMEOUT_S = 6.0  # what takes milliseconds, and two conversations to be left first
THIRD_RINGS_S = 25.0
THIRD_TIMEOUT_S = THIRD_RINGS_S + 5.0
LONGEST_OUTSIDE_S = 7200.0
_HEARD = (TalkState.JOINED, TalkState.CONFERENCE)

OnBridge = CallBridged | BridgeFailed | CallUnbridged
OnTalk = CallHeld | ThirdAnswered | ThirdLeft | ConsultBegan | ConsultFailed | ConferenceBegan


class TalkFlow:
    """Touched by nobody but the core of its campaign."""

    def __init__(self, floor: Floor, end: CallEnd, serving: Serving) -> None:
        self._floor = floor
        self._end = end
        self._serving = serving

    # ------------------------------------------------------------------------------------- orders

    def on_order(self, seat: Seat, order: InTalk, now: Instant) -> None:
        """Raises OrderRefused."""
        floor = self._floor
        call = floor.calls.get(seat.call_id) if seat.call_id else None
        if call is None or call.state is not CallState.TALKING:
            raise OrderRefused("agent-has-no-call")
        if order.call_id is not None and order.call_id != call.call_id:
            raise OrderRefused("not-the-agents-call")
        if not floor.synced:
            raise OrderRefused("link-down")
        if order.verb in (TalkVerb.MUTE, TalkVerb.UNMUTE):
            self._mute(call, seat, order.verb is TalkVerb.MUTE, now)
        elif call.agent_id == seat.agent_id:
            self._owner_orders(call, seat, order, now)
        elif order.verb is TalkVerb.CANCEL:
            self.give_back(call, now)
        else:
            raise OrderRefused("only-whose-call-it-is")

    def _owner_orders(self, call: LiveCall, seat: Seat, order: InTalk, now: Instant) -> None:
        floor, talk = self._floor, call.talk
        match order.verb:
            case TalkVerb.HOLD:
                self._advance(call, TalkSignal.HOLD, now)
                floor.do(Hold(call.call_id))
                self._done(call, now, "held", seat.agent_id)
            case TalkVerb.RESUME:
                self._advance(call, TalkSignal.RESUME, now)
                self._join(call, seat, now)
                self._done(call, now, "resumed", seat.agent_id)
            case TalkVerb.KEYPAD:
                self._require_heard(call)
                if not are_keys(order.digits):
                    raise OrderRefused("keys-unknown")
                floor.do(Press(call.call_id, order.digits))
            case TalkVerb.ANNOUNCE:
                self._require_heard(call)
                floor.do(Announce(call.call_id, order.notice, call.attempt.language))
                record(floor, call, now, "announced", seat.agent_id, order.notice.value)
            case TalkVerb.TRANSFER:
                self._reach(call, seat, order, TalkSignal.HAND, now)
            case TalkVerb.CONSULT:
                self._reach(call, seat, order, TalkSignal.CONSULT, now)
            case TalkVerb.CONFERENCE if talk.target is not None:
                self._advance(call, TalkSignal.CONFER, now)
                floor.do(Confer(call.call_id, (seat.leg_id, talk.target.leg_id)))
                self._wait(call, JOIN_TIMEOUT_S, now)
                self._done(call, now, "conference", seat.agent_id, talk.target.name)
            case TalkVerb.COMPLETE if talk.target is not None and talk.state is not TalkState.HANDING:
                self._hand(call, seat, now)
            case TalkVerb.CANCEL if talk.target is not None:
                self.give_back(call, now)
            case TalkVerb.TO_IVR:
                self._to_flow(call, seat, now)
            case _:
                raise OrderRefused("not-in-this-state")

    def _mute(self, call: LiveCall, seat: Seat, muted: bool, now: Instant) -> None:
        seat.muted = muted
        self._floor.do(Mute(seat.leg_id, muted))
        show(self._floor, call, now)

    def _require_heard(self, call: LiveCall) -> None:
        if call.talk.state not in _HEARD:
            raise OrderRefused("not-in-this-state")

    def _advance(self, call: LiveCall, signal: TalkSignal, now: Instant) -> None:
        if not call.talk.advance(signal, now):
            raise OrderRefused("not-in-this-state")

    # ------------------------------------------------------------------------------------- somebody else

    def _reach(self, call: LiveCall, seat: Seat, order: InTalk, signal: TalkSignal, now: Instant) -> None:
        """Bring somebody else: to be consulted, or to be given the person at once."""
        talk, floor = call.talk, self._floor
        if talk.state not in (TalkState.JOINED, TalkState.HELD) or next_state(talk.state, signal) is None:
            raise OrderRefused("not-in-this-state")
        joined = talk.state is TalkState.JOINED
        target = self._agent(call, seat, order.to_agent, now) if order.to_agent else self._outside(call, order, now)
        talk.target = target
        self._advance(call, signal, now)
        if target.agent_id is None:
            if joined:
                floor.do(Hold(call.call_id))
            self._wait(call, THIRD_TIMEOUT_S, now)
        elif signal is TalkSignal.CONSULT:
            floor.do(Consult(call.call_id, seat.leg_id, target.leg_id))
            self._wait(call, JOIN_TIMEOUT_S, now)
        else:
            floor.do(Bridge(call.call_id, target.leg_id))
            self._wait(call, JOIN_TIMEOUT_S, now)
        self._done(call, now, talk.state.value, seat.agent_id, target.agent_id or target.name)

    def _agent(self, call: LiveCall, seat: Seat, agent_id: AgentId, now: Instant) -> Target:
        """Reserve an agent who is ready, wherever they sit."""
        floor = self._floor
        there = floor.crew.floor_of(agent_id)
        other = there.roster.get(agent_id) if there is not None else None
        if other is None or there is None or other.state is not AgentState.READY or there.awaits_preview(agent_id):
            raise OrderRefused("target-not-ready")
        if floor.crew.fetch(floor, agent_id, now) is not other:
            raise OrderRefused("target-not-ready")
        if not floor.roster.take(other, call.call_id, now):
            raise OrderRefused("target-not-ready")
        return Target(leg_id=other.leg_id, name=other.name, agent_id=other.agent_id, up=True)

    def _outside(self, call: LiveCall, order: InTalk, now: Instant) -> Target:
        """Call somebody whom the campaign lists."""
        floor, talk = self._floor, call.talk
        number = floor.campaign.transfer_numbers.get(order.to_number)
        if number is None:
            raise OrderRefused("number-not-listed")
        leg_id = third_leg_id(call.call_id, talk.thirds + 1)
        if not floor.trunk.limiter.place(leg_id, now.monotonic):
            raise OrderRefused("no-line-free")
        talk.thirds += 1
        third = PlaceThird(
            call_id=call.call_id,
            leg_id=leg_id,
            dial_string=floor.trunk.dial_string.format(number=number, digits=number.lstrip("+")),
            caller_id=floor.caller_id,
            ring_timeout_s=THIRD_RINGS_S,
            campaign=floor.campaign.name,
        )
        floor.do(CallThird(third))
        return Target(leg_id=leg_id, name=order.to_number, number=number)

    def _hand(self, call: LiveCall, seat: Seat | None, now: Instant) -> None:
        """Leave the person to whoever was consulted, or is still being reached."""
        talk, target = call.talk, call.talk.target
        together = talk.state is TalkState.CONFERENCE
        if target is None or not talk.advance(TalkSignal.HAND, now):
            return
        if together and seat is not None:
            self._floor.do(Part(seat.leg_id))
        if target.up:
            self._floor.do(Bridge(call.call_id, target.leg_id))
        self._wait(call, JOIN_TIMEOUT_S if target.up else THIRD_TIMEOUT_S, now)
        self._done(call, now, "handing", call.agent_id, target.agent_id or target.name)

    def give_back(self, call: LiveCall, now: Instant) -> None:
        """Nobody else any more: the person and whose call it is. Where that agent has gone, it is over."""
        floor, talk = self._floor, call.talk
        owner, other = self._end.seat_of(call), talk.target
        if next_state(talk.state, TalkSignal.RETURN) is None:
            return
        drop_target(floor, call, now)
        talk.advance(TalkSignal.RETURN, now)
        if owner is None:
            self._end.dismiss(call, now)
            return
        self._join(call, owner, now)
        self._done(call, now, "returned", owner.agent_id, (other.agent_id or other.name) if other else "")

    def _to_flow(self, call: LiveCall, seat: Seat, now: Instant) -> None:
        if call.talk.state not in (TalkState.JOINED, TalkState.HELD):
            raise OrderRefused("not-in-this-state")
        if not self._serving.hand_to_flow(call, now):
            raise OrderRefused("ivr-not-available")
        record(self._floor, call, now, "to-ivr", seat.agent_id)
        self._end.talk_over(call, now)

    # ------------------------------------------------------------------------------------- who leaves

    def leaves(self, call: LiveCall, seat: Seat, now: Instant, *, gone: bool = False) -> bool:
        """An agent hangs up, or their phone is ``gone``. True where the person stays with somebody else, or goes over
        to them; False where the call is over by it."""
        if call.state is not CallState.TALKING or call.talk.target is None:
            return False
        if call.agent_id != seat.agent_id:
            self.give_back(call, now)
            return True
        if call.talk.state is not TalkState.HANDING:
            self._hand(call, None if gone else seat, now)
        if gone:
            call.agent_id = call.for_agent = None
        return True

    def set_aside(self, call: LiveCall, now: Instant) -> None:
        """The agent's phone is lost: the person is asked to stay."""
        if call.talk.advance(TalkSignal.LOST, now):
            self._floor.do(Hold(call.call_id))
            self._done(call, now, "phone-lost", call.agent_id)

    def take_up(self, call: LiveCall, seat: Seat, now: Instant) -> None:
        """It is back."""
        if call.talk.advance(TalkSignal.RESUME, now):
            self._join(call, seat, now)
            self._done(call, now, "phone-back", seat.agent_id)

    # ------------------------------------------------------------------------------------- events

    def on_bridge(self, call: LiveCall, event: OnBridge, when: Instant) -> bool:
        """True where the person has lost their agent."""
        talk, owner = call.talk, self._end.seat_of(call)
        if isinstance(event, CallUnbridged):
            return talk.settled and talk.state is TalkState.JOINED
        to_target = talk.target is not None and event.leg_id == talk.target.leg_id and talk.state is TalkState.HANDING
        to_owner = owner is not None and event.leg_id == owner.leg_id and talk.state is TalkState.JOINED
        if isinstance(event, BridgeFailed):
            if to_target:
                self.give_back(call, when)
            elif to_owner and not talk.settled:
                self._not_joined(call, when)
        elif to_target:
            self._handed_over(call, when)
        elif to_owner and not talk.settled:
            talk.settled = True
        return False

    def on_event(self, call: LiveCall, event: OnTalk, when: Instant) -> None:
        talk = call.talk
        target = talk.target
        handed_over = call.state is CallState.HANDED_OVER and target is not None
        if handed_over and isinstance(event, ThirdLeft) and target is not None and event.leg_id == target.leg_id:
            self._end.dismiss(call, when)
        if call.state is not CallState.TALKING:
            return
        match event:
            case CallHeld():
                talk.settled = talk.settled or talk.state is TalkState.HELD
            case ConferenceBegan():
                talk.settled = talk.settled or talk.state is TalkState.CONFERENCE
            case ThirdAnswered(leg_id=leg_id) if target is not None and leg_id == target.leg_id and not target.up:
                self._answered(call, target, when)
            case ThirdLeft(leg_id=leg_id) if target is not None and leg_id == target.leg_id:
                self.give_back(call, when)
            case ConsultBegan(target=leg_id) if target is not None and leg_id == target.leg_id:
                self._consults(call, when)
            case ConsultFailed(target=leg_id) if target is not None and leg_id == target.leg_id:
                if talk.state is TalkState.REACHING:
                    self.give_back(call, when)

    def _answered(self, call: LiveCall, target: Target, when: Instant) -> None:
        """Somebody outside picked up."""
        owner = self._end.seat_of(call)
        target.up = True
        self._floor.trunk.limiter.rang(target.leg_id)
        call.talk.step += 1
        self._wait(call, JOIN_TIMEOUT_S, when)
        if call.talk.state is TalkState.REACHING and owner is not None:
            self._floor.do(Consult(call.call_id, owner.leg_id, target.leg_id))
        else:
            self._floor.do(Bridge(call.call_id, target.leg_id))

    def _consults(self, call: LiveCall, when: Instant) -> None:
        talk = call.talk
        if not talk.advance(TalkSignal.REACHED, when, settled=True) or talk.target is None:
            return
        guest = guest_of(self._floor, call)
        show(self._floor, call, when, tell=False)
        if guest is not None:
            self._floor.roster.signal(guest, AgentSignal.CONNECT, when)
        self._done(call, when, "consulting", call.agent_id, talk.target.agent_id or talk.target.name)

    def _handed_over(self, call: LiveCall, when: Instant) -> None:
        """The other one has the person."""
        floor, talk = self._floor, call.talk
        owner, target, guest = self._end.seat_of(call), talk.target, guest_of(floor, call)
        if target is None:
            return
        record(floor, call, when, "handed-over", call.agent_id, target.agent_id or target.name)
        if target.agent_id is None:
            call.advance(CallSignal.HAND_OVER)
            self._end.talk_over(call, when)
            floor.deadlines.set(when.monotonic + LONGEST_OUTSIDE_S, DeadlineKind.HANDED_OVER, call.call_id)
            return
        talk.target = None
        call.agent_id, call.spoke_with, call.for_agent = target.agent_id, target.agent_id, None
        talk.advance(TalkSignal.HANDED, when, settled=True)
        show(floor, call, when, tell=False)
        if guest is not None and guest.state is AgentState.RESERVED:
            floor.roster.signal(guest, AgentSignal.CONNECT, when)
        elif guest is not None:
            floor.do(floor.telling_of(guest, when))
        if owner is not None:
            let_go(floor, owner, when, together=False)
        floor.do(WriteProgress(AttemptProgress(call_id=call.call_id, agent_id=target.agent_id)))
        record(floor, call, when, "joined", target.agent_id)

    def _not_joined(self, call: LiveCall, now: Instant) -> None:
        """The person could not be joined with their agent: they go on being asked to stay."""
        if call.talk.advance(TalkSignal.LOST, now):
            self._floor.do(Hold(call.call_id))
            self._done(call, now, "held", call.agent_id)

    # ------------------------------------------------------------------------------------- time

    def on_deadline(self, ident: str, now: Instant) -> None:
        call_id, _, step = ident.partition(" ")
        call = self._floor.calls.get(CallId(call_id))
        if call is None or call.state is not CallState.TALKING or str(call.talk.step) != step or call.talk.settled:
            return
        if not self._floor.synced:  # what happened may yet be told
            self._wait(call, JOIN_TIMEOUT_S, now)
        elif call.talk.state is TalkState.JOINED:
            self._not_joined(call, now)
        else:
            self.give_back(call, now)

    def _join(self, call: LiveCall, seat: Seat, now: Instant) -> None:
        self._floor.do(Bridge(call.call_id, seat.leg_id))
        self._wait(call, JOIN_TIMEOUT_S, now)

    def _wait(self, call: LiveCall, seconds: float, now: Instant) -> None:
        self._floor.deadlines.set(now.monotonic + seconds, DeadlineKind.TALK, f"{call.call_id} {call.talk.step}")

    def _done(self, call: LiveCall, now: Instant, what: str, agent_id: AgentId | None, other: str = "") -> None:
        record(self._floor, call, now, what, agent_id, other)
        show(self._floor, call, now)
