"""What agents do, and what their phones do."""

from __future__ import annotations

from dialer.domain.agent import DEFERRED_IN, AgentSignal, AgentState
from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.campaign import DialMode
from dialer.domain.events import AgentLegDown, AgentLegUp, LegEvent
from dialer.domain.ids import AgentId, new_leg_id
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.contact_flow import ContactFlow
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.dialing import Dialing, Sent
from dialer.engine.effects import ConnectLeg, HangUpChannel, Release, Reserve, WriteDisposition
from dialer.engine.floor import Floor
from dialer.engine.leg_return import LegReturn
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import (
    AcceptPreview,
    AgentOrder,
    AttemptsReserved,
    Dial,
    Dispose,
    ExtendWrapUp,
    GoReady,
    HangUp,
    Instant,
    InTalk,
    Pause,
    SignIn,
    SignOut,
    SkipPreview,
)
from dialer.engine.refusal import OrderRefused
from dialer.ports import Disposition

LEG_TIMEOUT_S = 45.0  # an agent's phone rings this long at most


class AgentFlow:
    """Reactions to agents' orders and to events of their legs. Orders that cannot be followed raise OrderRefused."""

    def __init__(self, floor: Floor, calls: CallFlow, end: CallEnd, dialing: Dialing, contacts: ContactFlow) -> None:
        self._floor = floor
        self._calls = calls
        self._end = end
        self._dialing = dialing
        self._contacts = contacts
        self._return = LegReturn(floor, calls, end)

    # ------------------------------------------------------------------------------------- orders

    def on_order(self, order: AgentOrder, now: Instant) -> bool:
        """Follow it. False where the answer is given later, when the gate has spoken."""
        if isinstance(order, SignIn):
            self._sign_in(order, now)
            return True
        seat = self._floor.roster.get(order.agent_id)
        if seat is None:
            raise OrderRefused("agent-not-signed-in")
        match order:
            case SignOut():
                self._leave(seat, AgentState.OFFLINE, now)
            case Pause(reason=reason):
                self._pause(seat, reason, now)
            case GoReady():
                self._go_ready(seat, now)
            case HangUp():
                self._hang_up(seat, now)
            case Dispose():
                self._dispose(seat, order, now)
            case InTalk():
                self._calls.talks.on_order(seat, order, now)
            case ExtendWrapUp():
                self._extend_wrap_up(seat, now)
            case AcceptPreview():
                return self._accept(seat, order, now)
            case SkipPreview():
                self._skip(seat, now)
            case Dial():
                self._contacts.dial(order, now)
                return False
        return True

    def _sign_in(self, order: SignIn, now: Instant) -> None:
        floor = self._floor
        if floor.crew.floor_of(order.agent_id) is not None:
            raise OrderRefused("agent-already-signed-in")
        if not floor.link_up:
            raise OrderRefused("link-down")
        seat = Seat(
            agent_id=order.agent_id,
            name=order.name,
            dial_string=order.dial_string,
            leg_id=new_leg_id(now.at, floor.entropy(10)),
            state=AgentState.OFFLINE,
            since=now,
            home=floor.campaign.name,
            also=tuple(name for name in dict.fromkeys(order.also) if name != floor.campaign.name),
            ready_on_connect=order.ready,
        )
        floor.roster.add(seat)
        floor.roster.signal(seat, AgentSignal.SIGN_IN, now)
        floor.do(ConnectLeg(seat.agent_id, seat.leg_id, seat.dial_string, seat.home))
        floor.deadlines.set(now.monotonic + LEG_TIMEOUT_S, DeadlineKind.LEG, seat.leg_id)

    def _leave(self, seat: Seat, to: AgentState, now: Instant) -> None:
        """Pause or sign out: at once where nothing is in hand, otherwise when the call and its wrap-up are over."""
        if seat.state in DEFERRED_IN:
            self._floor.roster.wish(seat, to)
            return
        self._drop_preview(seat, now)
        if to is AgentState.OFFLINE:
            if self._floor.roster.signal(seat, AgentSignal.SIGN_OUT, now):
                self._floor.do(HangUpChannel(seat.leg_id))
        else:
            seat.ready_on_connect = False  # where their phone is being called
            self._floor.roster.signal(seat, AgentSignal.PAUSE, now)
            self._floor.crew.settle(self._floor, seat, now)

    def _pause(self, seat: Seat, reason: str, now: Instant) -> None:
        other, seat.pause_reason = reason != seat.pause_reason, reason
        if seat.state is AgentState.PAUSED and other:  # one break ends, another begins
            self._floor.roster.begin_anew(seat, now)
            self._floor.do(self._floor.telling_of(seat, now))
            return
        self._leave(seat, AgentState.PAUSED, now)

    def _go_ready(self, seat: Seat, now: Instant) -> None:
        self._floor.roster.wish(seat, None)
        seat.pause_reason = ""
        match seat.state:
            case AgentState.CONNECTING:
                seat.ready_on_connect = True
            case AgentState.WRAP_UP:
                self._wrapped_up(seat, now)
            case AgentState.PAUSED:
                self._floor.roster.signal(seat, AgentSignal.GO_READY, now)
                self.became_ready(now)

    def _hang_up(self, seat: Seat, now: Instant) -> None:
        call = self._floor.calls.get(seat.call_id) if seat.call_id else None
        if call is None:
            raise OrderRefused("agent-has-no-call")
        if call.state is CallState.RESERVED:
            call.cancelled = True
        elif call.state in UNANSWERED:
            self._end.cancel(call, now)
        elif not self._calls.talks.leaves(call, seat, now):
            self._end.dismiss(call, now)

    def _dispose(self, seat: Seat, order: Dispose, now: Instant) -> None:
        if order.call_id != seat.last_call_id:
            raise OrderRefused("not-the-agents-call")
        wrap_s = now.monotonic - seat.since.monotonic if seat.state is AgentState.WRAP_UP else 0.0
        disposition = Disposition(
            call_id=order.call_id, agent_id=seat.agent_id, code=order.code, notes=order.notes, wrap_up_s=wrap_s
        )
        self._floor.do(WriteDisposition(disposition))
        if seat.state is AgentState.WRAP_UP:
            self._wrapped_up(seat, now)

    def _extend_wrap_up(self, seat: Seat, now: Instant) -> None:
        longer_s = self._floor.campaign.wrap_up_extension_s
        if seat.state is not AgentState.WRAP_UP or seat.ends is None:
            raise OrderRefused("no-wrap-up")
        if seat.extended or longer_s <= 0:
            raise OrderRefused("no-more-wrap-up")
        seat.ends, seat.extended = seat.ends.ago(-longer_s), True
        ident = f"{seat.agent_id} {seat.last_call_id}"
        self._floor.deadlines.set(seat.ends.monotonic, DeadlineKind.WRAP_UP, ident)

    def _wrapped_up(self, seat: Seat, now: Instant) -> None:
        self._floor.free(seat, AgentSignal.WRAPPED_UP, now)
        self.became_ready(now)

    def became_ready(self, now: Instant) -> None:
        """Somebody may have become idle: people who wait come first, then a debtor to preview."""
        self._calls.joining.serve_waiting(now)
        if self._floor.campaign.mode is DialMode.PREVIEW:
            self._calls_for_preview()

    # ------------------------------------------------------------------------------------- legs

    def on_leg(self, event: LegEvent, now: Instant) -> None:
        seat = self._floor.roster.by_leg(event.leg_id)
        match event:
            case AgentLegUp():
                if seat is None:  # they signed out while their phone rang
                    self._floor.do(HangUpChannel(event.leg_id))
                elif seat.return_until is not None:
                    if self._return.returned(seat, now):
                        self.became_ready(now)
                elif self._floor.roster.signal(seat, AgentSignal.LEG_UP, now) and seat.ready_on_connect:
                    self._floor.roster.signal(seat, AgentSignal.GO_READY, now)
                    self.became_ready(now)
            case AgentLegDown():
                if seat is not None:
                    self._drop_preview(seat, now)
                    if not self._return.lost(seat, event.cause, now):
                        self._leg_down(seat, now)

    def _leg_down(self, seat: Seat, now: Instant) -> None:
        call = self._floor.calls.get(seat.call_id) if seat.call_id else None
        self._floor.roster.signal(seat, AgentSignal.LEG_DOWN, now)
        if call is None:
            return
        if call.state is CallState.BRIDGING:
            self._calls.joining.bridge_failed(call, now)
        elif call.state is CallState.RESERVED:
            call.for_agent, call.cancelled = None, True
        elif call.state in UNANSWERED:
            call.for_agent = None  # if somebody answers before it has rung long enough, others may take them
            self._end.cancel(call, now)
        elif not self._calls.talks.leaves(call, seat, now, gone=True):
            self._end.dismiss(call, now)

    def on_deadline(self, kind: DeadlineKind, ident: str, now: Instant) -> None:
        roster = self._floor.roster
        match kind:
            case DeadlineKind.LEG:
                seat = next((one for one in roster if one.leg_id == ident), None)
                if seat is not None and seat.state is AgentState.CONNECTING:
                    self._floor.do(HangUpChannel(seat.leg_id))
                    roster.signal(seat, AgentSignal.LEG_DOWN, now)
            case DeadlineKind.RETURN:
                gone = self._return.over(ident, now)
                if gone is not None:
                    self._leg_down(gone, now)
            case DeadlineKind.WRAP_UP:
                agent_id, _, call_id = ident.rpartition(" ")
                seat = roster.get(AgentId(agent_id))
                if seat is None or seat.state is not AgentState.WRAP_UP or seat.last_call_id != call_id:
                    return
                if seat.ends is None or seat.ends.monotonic <= now.monotonic:
                    self._wrapped_up(seat, now)
            case DeadlineKind.PREVIEW:
                agent_id, _, call_id = ident.rpartition(" ")
                seat = roster.get(AgentId(agent_id))
                if seat is not None and seat.state is AgentState.PREVIEW and seat.call_id == call_id:
                    # Nobody at the desk: the debtor goes back to the list, the agent off it.
                    seat.pause_reason = "preview-expired"
                    self._leave(seat, AgentState.PAUSED, now)

    # ------------------------------------------------------------------------------------- preview

    def _calls_for_preview(self) -> None:
        floor = self._floor
        for seat in floor.roster.in_state(AgentState.READY):
            if seat.call_id is None and not floor.awaits_preview(seat.agent_id) and floor.may_reserve():
                floor.previewing.add(seat.agent_id)
                floor.do(Reserve(count=1, for_agent=seat.agent_id))

    def preview_answered(self, agent_id: AgentId, now: Instant) -> None:
        """The log has said whether there is a debtor for them; whoever took a break meanwhile takes it at home."""
        floor = self._floor
        floor.previewing.discard(agent_id)
        seat = floor.roster.get(agent_id)
        if seat is not None and seat.state is AgentState.PAUSED:
            floor.crew.settle(floor, seat, now)

    def offer(self, answer: AttemptsReserved, now: Instant) -> None:
        """Show a reserved debtor to the agent it was reserved for."""
        floor = self._floor
        if answer.for_agent is not None:
            self.preview_answered(answer.for_agent, now)
        seat = floor.roster.get(answer.for_agent)
        over = now.ago(-floor.campaign.preview_s)
        for attempt in answer.reservation.attempts:
            if seat is not None:
                seat.ends = over
            if seat is None or not floor.may_reserve() or not floor.roster.offer(seat, attempt.call_id, now):
                floor.do(Release(attempt.call_id))
                continue
            floor.calls[attempt.call_id] = LiveCall(attempt=attempt, for_agent=seat.agent_id)
            floor.deadlines.set(over.monotonic, DeadlineKind.PREVIEW, f"{seat.agent_id} {attempt.call_id}")

    def _accept(self, seat: Seat, order: AcceptPreview, now: Instant) -> bool:
        call = self._floor.calls.get(seat.call_id) if seat.call_id else None
        if seat.state is not AgentState.PREVIEW or call is None:
            raise OrderRefused("nothing-to-preview")
        if not self._floor.may_reserve():
            raise OrderRefused("not-dialing-now")
        call.request_id = order.request_id
        sent = self._dialing.send(call, now)
        if sent is Sent.NO_LINE:
            raise OrderRefused("no-line-free")
        self._floor.roster.take(seat, call.call_id, now)
        return sent is Sent.PLACED

    def _skip(self, seat: Seat, now: Instant) -> None:
        if seat.state is not AgentState.PREVIEW:
            raise OrderRefused("nothing-to-preview")
        self.withdraw_preview(seat, now)
        self.became_ready(now)

    def withdraw_preview(self, seat: Seat, now: Instant) -> None:
        """Take the shown debtor away again; the agent is idle."""
        self._drop_preview(seat, now)
        self._floor.roster.signal(seat, AgentSignal.RELEASE, now)

    def _drop_preview(self, seat: Seat, now: Instant) -> None:
        if seat.state is AgentState.PREVIEW and seat.call_id is not None:
            if seat.call_id in self._floor.calls:
                del self._floor.calls[seat.call_id]
            self._floor.do(Release(seat.call_id))
            seat.call_id = None
