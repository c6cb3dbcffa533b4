"""A campaign's core: told what happened, it answers what to do. No I/O, no clock, one writer.

The same messages in the same order give the same effects. Messages may come late, doubled or crossed: what they no
longer mean is ignored, and what never comes is caught by a deadline or by a comparison with Asterisk's own list.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import zip_longest
from typing import assert_never

from dialer.domain.agent import AgentState
from dialer.domain.call import UNANSWERED
from dialer.domain.campaign import Campaign, CampaignState, DialMode
from dialer.domain.events import CallEnded, CallEvent, LegEvent, LinkLost, LinkRestored
from dialer.engine import recovery
from dialer.engine.agent_flow import AgentFlow
from dialer.engine.call_end import CallEnd
from dialer.engine.call_flow import CallFlow
from dialer.engine.contact_flow import ContactFlow
from dialer.engine.crew import Crew
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.dialing import Dialing, Sent
from dialer.engine.effects import Effect, ListChannels, Release, Reserve
from dialer.engine.floor import Entropy, Floor, Trunk
from dialer.engine.live import LiveCall
from dialer.engine.messages import (
    AgentCame,
    AgentOrder,
    AttemptsReserved,
    CallBackLater,
    CallBackPromised,
    CallBacksDue,
    CallCameIn,
    CampaignOrder,
    ChannelsListed,
    ContactAnswered,
    ContactFailed,
    DeadlineCame,
    DebtSettled,
    Dial,
    DrainCampaign,
    Instant,
    Message,
    OpenAttemptsFound,
    PauseCampaign,
    PersonsOrder,
    PlacingFailed,
    Rechecked,
    Reconfigure,
    ReservationFailed,
    SetMode,
    SignIn,
    StandingsRead,
    StartCampaign,
    StopCampaign,
    Tick,
)
from dialer.engine.own_windows import OwnWindows
from dialer.engine.pace import Pace
from dialer.engine.pacers import Pacers, info_for
from dialer.engine.refusal import OrderRefused, refuse_unknown_actions
from dialer.engine.state_view import state_payload
from dialer.ports import NOTHING_PAST, PastCalls

_AGENT_DEADLINES = (DeadlineKind.LEG, DeadlineKind.RETURN, DeadlineKind.WRAP_UP, DeadlineKind.PREVIEW)
LIST_TIMEOUT_S = 15.0  # more than the telephony needs to give up the request by itself
LOOK_AGAIN_S = 30.0  # a list at its end is asked about so often
REST_S = 2.0  # after the log had nobody to dial, it is not asked again for so long


class CampaignCore:
    """``handle`` takes one message and returns the effects, in the order to be carried out."""

    def __init__(
        self,
        campaign: Campaign,
        trunk: Trunk,
        *,
        entropy: Entropy,
        seats: int = 1,
        caller_id_demands: frozenset[str] = frozenset(),
        ring_minimum_s: float = 15.0,
        past: PastCalls = NOTHING_PAST,
        zone: tzinfo = UTC,
        has_service: bool = False,
        crew: Crew | None = None,
    ) -> None:
        self.floor = Floor(
            campaign=campaign,
            trunk=trunk,
            pacers=Pacers(campaign, info_for(campaign, seats=seats, ring_minimum_s=ring_minimum_s, past=past)),
            own_windows=OwnWindows(zone, past),
            entropy=entropy,
            has_service=has_service,
            crew=crew or Crew(),
            caller_id_demands=caller_id_demands,
        )
        self._end = CallEnd(self.floor)
        self._pace = Pace(self.floor, self._end)
        self._dialing = Dialing(self.floor)
        self._calls = CallFlow(self.floor, self._end, self._dialing)
        self._contacts = ContactFlow(self.floor, self._dialing)
        self._agents = AgentFlow(self.floor, self._calls, self._end, self._dialing, self._contacts)

    def handle(self, message: Message, now: Instant) -> list[Effect]:
        floor = self.floor
        floor.effects = []
        match message:
            case Tick():
                self._deadlines(now)
                self._tick(now)
            case DeadlineCame():
                self._deadlines(now)
            case _ if isinstance(message, CallEvent):
                self._calls.on_event(message, now)
            case AttemptsReserved():
                self._reserved(message, now)
            case ReservationFailed():
                self._reservation_over(message, now)
                if message.for_agent is None:
                    self._pace.reserved(message)
                floor.rest_until = now.monotonic + REST_S
            case Rechecked():
                self._rechecked(message, now)
            case ContactAnswered():
                self._contacts.answered(message, now)
            case ContactFailed():
                self._contacts.failed(message, now)
            case CallBacksDue():
                self._contacts.keep_promises(message, now)
            case CallBackPromised():
                self._contacts.promised(message, now)
            case StandingsRead():
                self._pace.read(message, now)
            case PlacingFailed():
                self._placing_failed(message, now)
            case ChannelsListed():
                self._channels_listed(message, now)
            case CallCameIn():
                self._calls.came_in(message, now)
            case OpenAttemptsFound():
                floor.link_up = True
                recovery.adopt(floor, self._calls, self._end, message.attempts, message.channels, now)
                self._ask_for_channels(now)  # once more: nobody told of what ended before these were known
            case LinkLost():
                floor.link_up = floor.synced = False
                recovery.blinded(floor)
            case LinkRestored():
                floor.link_up = True
                self._ask_for_channels(now)
            case _ if isinstance(message, PersonsOrder):
                self._order(message, now)
            case AgentCame():
                self._agents.became_ready(now)
            case DebtSettled():
                self._debt_settled(message.debt_id, now)
            case _ if isinstance(message, LegEvent):
                if not floor.crew.forward(floor, message):
                    self._agents.on_leg(message, now)
        if floor.state is CampaignState.DRAINING and self.idle:
            self._set_state(CampaignState.STOPPED, now)
        return floor.effects

    # ------------------------------------------------------------------------------------- sight

    def _ask_for_channels(self, now: Instant) -> None:
        """Nothing is dialed and nobody is connected until Asterisk's list has been compared with ours."""
        self.floor.synced = False
        self.floor.do(ListChannels())
        self.floor.deadlines.set(now.monotonic + LIST_TIMEOUT_S, DeadlineKind.SYNC, "")

    def _channels_listed(self, listed: ChannelsListed, now: Instant) -> None:
        floor = self.floor
        if not floor.link_up:
            return  # a list from before the link was lost is worth nothing
        if floor.synced:
            recovery.end_missing(floor, self._end, listed.channels, now)
            return
        recovery.compare(floor, self._calls, self._end, self._agents, listed.channels, now)
        floor.synced = True
        self._calls.joining.serve_waiting(now)

    # ------------------------------------------------------------------------------------- time

    def _deadlines(self, now: Instant) -> None:
        floor = self.floor
        for kind, ident in floor.deadlines.due(now.monotonic):
            if kind is DeadlineKind.SYNC:
                if floor.link_up and not floor.synced:
                    self._ask_for_channels(now)
            elif kind is DeadlineKind.TRUNK:
                self._pace.beat(now)
            elif kind in _AGENT_DEADLINES:
                self._agents.on_deadline(kind, ident, now)
            else:
                self._calls.on_deadline(kind, ident, now)  # type: ignore[arg-type]  # their idents are call ids

    def _tick(self, now: Instant) -> None:
        floor = self.floor
        self._calls.joining.serve_waiting(now)
        floor.crew.settle_all(floor, now)
        self._look_again(now)
        if floor.campaign.mode is DialMode.PREVIEW:
            self._agents.became_ready(now)
        self._pace.beat(now)

    def _look_again(self, now: Instant) -> None:
        """A list that was at its end may have grown, or a new day begun: with its agents lent, no pacer would ask."""
        floor = self.floor
        if floor.exhausted and floor.may_reserve() and now.monotonic >= floor.look_again_at:
            floor.look_again_at = now.monotonic + LOOK_AGAIN_S
            floor.do(Reserve(count=0))

    # ------------------------------------------------------------------------------------- reservations

    def _reserved(self, answer: AttemptsReserved, now: Instant) -> None:
        floor = self.floor
        self._reservation_over(answer, now)
        for denial in answer.reservation.denials:
            floor.denied(denial, now)
        floor.exhausted = answer.reservation.exhausted
        if answer.requested and not answer.reservation.attempts and not answer.reservation.denials:
            floor.rest_until = now.monotonic + REST_S
        if answer.for_agent is not None:
            self._agents.offer(answer, now)
            return
        chances = self._pace.reserved(answer)
        for attempt, chance in zip_longest(answer.reservation.attempts, chances[: len(answer.reservation.attempts)]):
            # Time has passed since the decision: a drain, a lost link or a full trunk takes the call back; and what was
            # allowed because an agent would look at it first is not dialed without one.
            may_leave = floor.may_reserve() and attempt.mode != DialMode.PREVIEW
            if not may_leave or self._dialing.send(LiveCall(attempt=attempt, chance=chance), now) is Sent.NO_LINE:
                floor.do(Release(attempt.call_id))

    def _rechecked(self, answer: Rechecked, now: Instant) -> None:
        call = self.floor.calls.get(answer.call_id)
        if call is None or not call.rechecking:
            return
        if call.for_agent is not None or call.request_id or call.call_back_id is not None:
            self._contacts.rechecked(call, answer, now)
        else:
            self._dialing.rechecked(call, answer, now)

    def _reservation_over(self, answer: AttemptsReserved | ReservationFailed, now: Instant) -> None:
        if answer.for_agent is None:
            self.floor.reserving = max(0, self.floor.reserving - answer.requested)
        elif isinstance(answer, ReservationFailed):
            self._agents.preview_answered(answer.for_agent, now)

    def _placing_failed(self, failure: PlacingFailed, now: Instant) -> None:
        call = self.floor.calls.get(failure.call_id)
        if call is None or not failure.certain:
            return  # it may exist: its events, its ring deadline or the next comparison will tell
        self._end.ended(call, CallEnded(at=now.at, monotonic=now.monotonic, call_id=call.call_id, cause=0), now)

    # ------------------------------------------------------------------------------------- orders

    def _order(self, order: PersonsOrder, now: Instant) -> None:
        try:
            if isinstance(order, AgentOrder):
                answered_now = self._agent_order(order, now)
            else:
                answered_now = self._campaign_order(order, now)
        except OrderRefused as refusal:
            self.floor.answer(order.request_id, now, refusal.code, message=refusal.message or None)
        else:
            if answered_now:
                self.floor.answer(order.request_id, now)

    def _agent_order(self, order: AgentOrder, now: Instant) -> bool:
        """Follow it, or hand it to the core that has the agent now. False where the answer is given later."""
        floor = self.floor
        if isinstance(order, SignIn):
            return self._agents.on_order(order, now)
        if not isinstance(order, Dial):
            return not floor.crew.forward(floor, order) and self._agents.on_order(order, now)
        # The debtor is this campaign's, so the agent comes here.
        seat = floor.crew.fetch(floor, order.agent_id, now)
        if seat is None and floor.crew.floor_of(order.agent_id) is not None:
            raise OrderRefused("agent-busy")
        try:
            return self._agents.on_order(order, now)
        finally:
            if seat is not None:
                floor.crew.settle(floor, seat, now)

    def _debt_settled(self, debt_id: int, now: Instant) -> None:
        """Give up the calls that had no other debt to speak of. Whoever has answered is spoken with."""
        floor = self.floor
        for call in list(floor.calls.values()):
            if debt_id not in call.attempt.debt_ids:
                continue
            call.settled |= {debt_id}
            if not call.settled.issuperset(call.attempt.debt_ids):
                continue
            seat = floor.roster.get(call.for_agent)
            if call.rechecking:
                call.cancelled = True
            elif call.state in UNANSWERED:
                self._end.cancel(call, now)
            elif seat is not None and seat.state is AgentState.PREVIEW and seat.call_id == call.call_id:
                self._agents.withdraw_preview(seat, now)
                self._agents.became_ready(now)

    def _campaign_order(self, order: CampaignOrder, now: Instant) -> bool:
        """Follow it. False where the answer is given later."""
        floor = self.floor
        match order:
            case StartCampaign():
                refuse_unknown_actions(floor.campaign, has_service=floor.has_service)
                self._require_caller_id()
                if len(floor.roster) and not floor.tally.placed:
                    floor.pacers.change(floor.campaign, seats=len(floor.roster))
                floor.rest_until = 0.0
                floor.exhausted = False
                self._set_state(CampaignState.PAUSED if order.paused else CampaignState.RUNNING, now)
            case PauseCampaign():
                self._pause(now)
            case DrainCampaign():
                self._drain(now)
            case StopCampaign():
                self._drain(now)
                for call in list(floor.calls.values()):
                    if call.state in UNANSWERED:
                        self._end.cancel(call, now)
            case SetMode():
                ratio = floor.campaign.ratio if order.ratio is None else order.ratio
                target = floor.campaign.target_abandonment if order.target is None else order.target
                changed = replace(floor.campaign, mode=order.mode, ratio=ratio, target_abandonment=target)
                refuse_unknown_actions(changed, has_service=floor.has_service)
                floor.campaign = changed
                floor.pacers.change(floor.campaign)
                self._tell_change(now, paced=True)
            case Reconfigure():
                changed = floor.campaign.reconfigured(order.campaign)
                refuse_unknown_actions(changed, has_service=floor.has_service)
                floor.campaign = changed
                floor.pacers.change(changed)
            case CallBackLater():
                self._contacts.call_back_later(order, now)
                return False
            case _:
                assert_never(order)
        return True

    def _require_caller_id(self) -> None:
        floor = self.floor
        if floor.caller_id_demands and not floor.caller_id:
            demands = ", ".join(sorted(floor.caller_id_demands))
            raise OrderRefused(
                "caller-id-missing",
                f"The rule packs of campaign {floor.campaign.name} demand a caller id ({demands}). Give the campaign "
                f"one, or trunk {floor.trunk.name}.",
            )

    def _pause(self, now: Instant) -> None:
        floor = self.floor
        if floor.state is CampaignState.STOPPED:
            raise OrderRefused("not-running", f"Campaign {floor.campaign.name} is stopped: there is nothing to pause.")
        floor.last_decision = None  # the pacer is not asked meanwhile
        self._set_state(CampaignState.PAUSED, now)
        self._withdraw_previews(now)

    def _drain(self, now: Instant) -> None:
        if self.floor.state is not CampaignState.STOPPED:
            self._set_state(CampaignState.DRAINING, now)
        self._withdraw_previews(now)

    def _withdraw_previews(self, now: Instant) -> None:
        for seat in list(self.floor.roster):
            if seat.state is AgentState.PREVIEW:
                self._agents.withdraw_preview(seat, now)

    def _set_state(self, state: CampaignState, now: Instant) -> None:
        if self.floor.state is not state:
            if state is CampaignState.STOPPED:
                self._pace.compare(now)
            self.floor.state = state
            self._tell_change(now)

    def _tell_change(self, now: Instant, *, paced: bool = False) -> None:
        floor = self.floor
        floor.publish(
            "campaign.changed",
            now,
            state=floor.state.value,
            mode=floor.campaign.mode.value,
            ratio=floor.campaign.ratio,
            target_abandonment=floor.campaign.target_abandonment,
            paced=paced,
        )

    # ------------------------------------------------------------------------------------- what others may read

    @property
    def next_deadline(self) -> float:
        return self.floor.deadlines.next_at

    @property
    def idle(self) -> bool:
        """Nothing is out, nothing is asked for."""
        return not (self.floor.calls or self.floor.reserving or self.floor.asking)

    def state_payload(self, now: Instant) -> dict[str, object]:
        """What the ``state`` topic carries."""
        return state_payload(self.floor, now)
