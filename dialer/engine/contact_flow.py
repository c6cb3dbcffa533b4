"""Calls to a debtor whom somebody named: dialed by hand from a desk, or promised for this hour.

The agent is held before the gate is asked, so whoever answers has somebody to speak with. The gate is the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.ids import AgentId, CallId
from dialer.engine.dialing import Dialing, Sent
from dialer.engine.effects import PromiseCallBack, Release, ReserveContact, SettleCallBack
from dialer.engine.floor import Floor, denial_payload
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import (
    CallBackLater,
    CallBackPromised,
    CallBacksDue,
    ContactAnswered,
    ContactAsked,
    ContactFailed,
    Dial,
    Instant,
    Rechecked,
)
from dialer.engine.refusal import OrderRefused
from dialer.ports import CallBack, ContactRequest, ReservedAttempt

BUSY_AGAIN = timedelta(minutes=1)
OWN_AGENT_WAITED_FOR = timedelta(minutes=10)  # then anybody who is free keeps the promise
IDLE_STATES = (AgentState.READY, AgentState.PAUSED)


class ContactFlow:
    def __init__(self, floor: Floor, dialing: Dialing) -> None:
        self._floor = floor
        self._dialing = dialing
        self._calling_back: set[int] = set()

    # ------------------------------------------------------------------------------------- asking

    def dial(self, order: Dial, now: Instant) -> None:
        """An agent wants to call. The order is answered when the gate has spoken. Raises OrderRefused."""
        floor = self._floor
        seat = floor.roster.get(order.agent_id)
        if seat is None:
            raise OrderRefused("agent-not-signed-in")
        if not floor.may_reserve():
            raise OrderRefused("not-dialing-now")
        if seat.state not in IDLE_STATES or floor.awaits_preview(seat.agent_id):
            raise OrderRefused("agent-busy")
        if floor.trunk.limiter.available(now.monotonic) <= floor.on_their_way:
            raise OrderRefused("no-line-free")
        floor.roster.hold(seat, now)
        request = ContactRequest(
            campaign_id=floor.campaign.id,
            debtor_id=order.debtor_id,
            number=order.number,
            mode="manual",
            agent_guaranteed=True,
            source=f"agent:{seat.agent_id}",
        )
        floor.asking += 1
        floor.do(ReserveContact(request=request, agent_id=seat.agent_id, request_id=order.request_id))

    def call_back_later(self, order: CallBackLater, now: Instant) -> None:
        if order.at <= now.at - timedelta(minutes=1):
            raise OrderRefused("time-has-passed", "Choose a time that is still to come.")
        self._floor.do(
            PromiseCallBack(
                debtor_id=order.debtor_id,
                at=order.at,
                number=order.number,
                agent_id=order.agent_id,
                request_id=order.request_id,
            )
        )

    def promised(self, answer: CallBackPromised, now: Instant) -> None:
        if answer.code:
            self._floor.answer(answer.request_id, now, answer.code, message=answer.detail)
        else:
            self._floor.answer(answer.request_id, now)

    def keep_promises(self, due: CallBacksDue, now: Instant) -> None:
        """Hold an agent for each call-back that can be made now. The others stay due and come again."""
        floor = self._floor
        for promise in due.call_backs:
            if promise.id in self._calling_back or not floor.may_reserve():
                continue
            if floor.trunk.limiter.available(now.monotonic) <= floor.on_their_way:
                return
            seat = self._agent_for(promise, now)
            if seat is None or not floor.roster.hold(seat, now):
                continue
            self._calling_back.add(promise.id)
            request = ContactRequest(
                campaign_id=floor.campaign.id,
                debtor_id=promise.debtor_id,
                number=promise.number,
                mode="callback",
                agent_guaranteed=True,
                source=f"call-back:{promise.id}",
            )
            floor.asking += 1
            floor.do(ReserveContact(request=request, agent_id=seat.agent_id, call_back_id=promise.id))

    def _agent_for(self, promise: CallBack, now: Instant) -> Seat | None:
        """Whoever promised it, then anybody who is idle; of those who are lent, too."""
        floor, roster = self._floor, self._floor.roster
        own = roster.get(promise.agent_id) or self._lent(promise.agent_id, now)
        if own is not None and own.state is AgentState.READY:
            return own
        if promise.agent_id is not None and now.at - promise.at < OWN_AGENT_WAITED_FOR:
            return None
        here = (seat for seat in roster.in_state(AgentState.READY) if not floor.awaits_preview(seat.agent_id))
        return next(here, None) or floor.crew.borrow(floor, now)

    def _lent(self, agent_id: AgentId | None, now: Instant) -> Seat | None:
        crew = self._floor.crew
        if agent_id is None or (there := crew.floor_of(agent_id)) is None:
            return None
        seat = there.roster.get(agent_id)
        idle = seat is not None and seat.state is AgentState.READY
        return crew.fetch(self._floor, agent_id, now) if idle else None

    # ------------------------------------------------------------------------------------- the gate's answer

    def answered(self, told: ContactAnswered, now: Instant) -> None:
        floor, answer, asked = self._floor, told.answer, told.asked
        floor.asking -= 1
        seat = self._held(asked.agent_id, None)
        if answer.attempt is not None:
            self._send(answer.attempt, seat, asked, now)
            return
        self._let_go(seat, now)
        if answer.denial is not None:
            floor.denied(answer.denial, now)
            self._settle(asked.call_back_id, answer.denial.next_allowed_at)
            if asked.call_back_id is None:
                floor.answer(asked.request_id, now, "denied", **denial_payload(answer.denial))
        else:
            self._settle(asked.call_back_id, now.at + BUSY_AGAIN)
            if asked.call_back_id is None:
                floor.answer(asked.request_id, now, "debtor-on-the-line")

    def failed(self, failure: ContactFailed, now: Instant) -> None:
        asked = failure.asked
        self._floor.asking -= 1
        self._let_go(self._held(asked.agent_id, None), now)
        if asked.call_back_id is not None:
            self._settle(asked.call_back_id, now.at + BUSY_AGAIN)
        else:
            self._floor.answer(asked.request_id, now, failure.code, message=failure.detail)

    def _send(self, attempt: ReservedAttempt, seat: Seat | None, asked: ContactAsked, now: Instant) -> None:
        floor = self._floor
        refusal = "agent-not-signed-in" if seat is None else "" if floor.may_reserve() else "not-dialing-now"
        if seat is not None and not refusal:
            seat.call_id = seat.last_call_id = attempt.call_id
            call = LiveCall(
                attempt=attempt,
                for_agent=seat.agent_id,
                request_id=asked.request_id,
                call_back_id=asked.call_back_id,
            )
            sent = self._dialing.send(call, now)
            if sent is Sent.RECHECKING:
                return
            refusal = "no-line-free" if sent is Sent.NO_LINE else ""
        if refusal:
            floor.do(Release(attempt.call_id))
            self._let_go(seat, now)
        self._told(asked.request_id, asked.call_back_id, refusal, now, call_id=attempt.call_id)

    def rechecked(self, call: LiveCall, answer: Rechecked, now: Instant) -> None:
        """A call for an agent who waits, previewed or named, was asked about once more."""
        seat = self._held(call.for_agent, call.call_id)
        if seat is None:
            call.cancelled = True
        refusal = self._dialing.rechecked(call, answer, now)
        if refusal:
            self._let_go(seat, now)
        denial = denial_payload(answer.denial) if answer.denial is not None else {}
        self._told(call.request_id, call.call_back_id, refusal, now, call_id=call.call_id, **denial)

    # ------------------------------------------------------------------------------------- inside

    def _told(self, request_id: str, call_back_id: int | None, refusal: str, now: Instant, **more: object) -> None:
        if call_back_id is not None:
            self._settle(call_back_id, now.at + BUSY_AGAIN if refusal else None)
        else:
            self._floor.answer(request_id, now, refusal, **more)

    def _settle(self, call_back_id: int | None, again_at: datetime | None) -> None:
        if call_back_id is not None:
            self._calling_back.discard(call_back_id)
            self._floor.do(SettleCallBack(call_back_id, again_at))

    def _held(self, agent_id: AgentId | None, call_id: CallId | None) -> Seat | None:
        """The seat, if it is still there and waits for this call (None: for one that the gate has yet to name)."""
        seat = self._floor.roster.get(agent_id)
        if seat is None or seat.state is not AgentState.RESERVED or seat.call_id != call_id:
            return None
        return seat

    def _let_go(self, seat: Seat | None, now: Instant) -> None:
        if seat is not None:
            self._floor.free(seat, AgentSignal.RELEASE, now)
