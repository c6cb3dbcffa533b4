"""Agents whom several campaigns share: where each of them sits, and when they change places.

One of these is shared by the campaigns of a process, as a trunk's limiter is. A seat is in one roster at a time, and so
its agent is counted by one pacer at a time:

* An agent sits with their home campaign; while that has nothing to dial, with the first of the others that has.
* While somebody waits elsewhere and finds nobody, an idle agent who serves that campaign too is lent for that one call,
  and its wrap-up.
* An agent who pauses is at home.

Changes are made at once, within the message that a core is handling, and told by that core.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dialer.domain.agent import AgentState
from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.campaign import CampaignState, DialMode
from dialer.domain.events import LegEvent
from dialer.domain.ids import AgentId, LegId
from dialer.engine.effects import Forward
from dialer.engine.live import Seat
from dialer.engine.messages import AgentCame, AgentOrder, Instant
from pacing.interface import EventKind

if TYPE_CHECKING:
    from dialer.engine.floor import Floor

_DIALS_AHEAD = (DialMode.POWER, DialMode.PREDICTIVE)
_EXPECTS_AN_AGENT = (*UNANSWERED, CallState.DETECTING, CallState.WAITING)
_BUSY = (AgentState.RESERVED, AgentState.TALKING, AgentState.WRAP_UP)


class Crew:
    """The floors of one process by campaign. Passive: its methods are called by the cores, one at a time."""

    def __init__(self) -> None:
        self._floors: dict[str, Floor] = {}

    def join(self, floor: Floor) -> None:
        self._floors[floor.campaign.name] = floor

    def leave(self, campaign: str) -> None:
        self._floors.pop(campaign, None)

    # ------------------------------------------------------------------------------------- where somebody is

    def floor_of(self, agent_id: AgentId) -> Floor | None:
        """Where the agent sits now."""
        return next((floor for floor in self._floors.values() if floor.roster.get(agent_id) is not None), None)

    def floor_of_leg(self, leg_id: LegId) -> Floor | None:
        return next((floor for floor in self._floors.values() if floor.roster.by_leg(leg_id) is not None), None)

    def place_of(self, seat: Seat, here: Floor) -> Floor:
        """Where the seat, in ``here`` now, belongs when nothing holds it."""
        home = self._floors.get(seat.home, here)
        if not seat.also or _has_work(home):
            return home
        others = (self._floors.get(name) for name in seat.also)
        return next((other for other in others if other is not None and _has_work(other)), home)

    def stays(self, seat: Seat, here: Floor) -> bool:
        """Whether the agent will be idle in ``here`` after what they have in hand."""
        return self.place_of(seat, here) is here

    def coming_home(self, floor: Floor) -> Iterator[Seat]:
        """Agents at work elsewhere who will be idle in ``floor`` afterwards."""
        for other in self._floors.values():
            if other is floor:
                continue
            for seat in other.roster:
                if seat.home == floor.campaign.name and seat.state in _BUSY and self.place_of(seat, other) is floor:
                    yield seat

    def lent_by(self, floor: Floor) -> Iterator[tuple[Seat, str]]:
        """The agents of ``floor`` who sit elsewhere, and with which campaign."""
        for name, other in self._floors.items():
            if other is not floor:
                yield from ((seat, name) for seat in other.roster if seat.home == floor.campaign.name)

    # ------------------------------------------------------------------------------------- changing places

    def borrow(self, floor: Floor, now: Instant) -> Seat | None:
        """Bring an idle agent of another roster, the one who has been idle longest, to ``floor``, where somebody waits
        and nobody is idle. None where there is none to be had."""
        name = floor.campaign.name
        lenders = [other for other in self._floors.values() if other is not floor and _may_lend(other, now)]
        idle = [(seat, other) for other in lenders for seat in _idle(other) if seat.serves(name)]
        if not idle:
            return None
        seat, lender = min(idle, key=lambda one: (one[0].since.monotonic, one[0].agent_id))
        self._move(seat, lender, floor, floor, now)
        return seat

    def settle(self, floor: Floor, seat: Seat, now: Instant) -> None:
        """The agent may have nothing in hand any more: to their place with them, if it is elsewhere."""
        if seat.state not in (AgentState.READY, AgentState.PAUSED) or floor.awaits_preview(seat.agent_id):
            return
        if seat.home == floor.campaign.name and not seat.also:
            return
        place = self._floors.get(seat.home, floor)
        if seat.state is AgentState.READY:
            place = self.place_of(seat, floor)
            if somebody_waits(floor) and not somebody_waits(place):
                return  # they are needed here at once
            if seat.home == floor.campaign.name and len(_idle(floor)) <= floor.campaign.inbound_reserve:
                return  # kept for people who call in
        if place is not floor and place.roster.get(seat.agent_id) is None:
            self._move(seat, floor, place, floor, now)
            floor.do(Forward(place.campaign.name, AgentCame()))

    def settle_all(self, floor: Floor, now: Instant) -> None:
        if len(self._floors) > 1:
            for seat in floor.roster.in_state(AgentState.READY):
                self.settle(floor, seat, now)

    def fetch(self, floor: Floor, agent_id: AgentId, now: Instant) -> Seat | None:
        """The agent's seat in ``floor``; brought from where they are idle, if they serve this campaign."""
        here = floor.roster.get(agent_id)
        other = self.floor_of(agent_id)
        if here is not None or other is None:
            return here
        seat = other.roster.get(agent_id)
        if seat is None or not seat.serves(floor.campaign.name) or other.awaits_preview(agent_id):
            return None
        if seat.state not in (AgentState.READY, AgentState.PAUSED):
            return None
        self._move(seat, other, floor, floor, now)
        return seat

    def _move(self, seat: Seat, source: Floor, target: Floor, teller: Floor, now: Instant) -> None:
        """From one roster to another, told by the floor whose message is being handled."""
        source.roster.remove(seat)
        target.roster.add(seat)
        ident = str(seat.agent_id)
        if seat.state is AgentState.READY:
            source.tell_pacer(now, EventKind.LEAVE, ident, target.campaign.name)
            target.tell_pacer(now, EventKind.LOGIN, ident)
        teller.do(source.telling("agent.moved", now, agent_id=ident, name=seat.name, to=target.campaign.name))
        teller.do(target.telling_of(seat, now))

    # ------------------------------------------------------------------------------------- what reached the wrong one

    def forward(self, floor: Floor, message: AgentOrder | LegEvent) -> bool:
        """Hand over what is for an agent who sits elsewhere. False where it is for ``floor``, or for nobody."""
        if isinstance(message, LegEvent):
            there = None if floor.roster.by_leg(message.leg_id) else self.floor_of_leg(message.leg_id)
        else:
            there = None if floor.roster.get(message.agent_id) else self.floor_of(message.agent_id)
        if there is None:
            return False
        floor.do(Forward(there.campaign.name, message))
        return True


def somebody_waits(floor: Floor) -> bool:
    return any(call.for_agent is None for call in floor.calls.in_state(CallState.WAITING))


def _has_work(floor: Floor) -> bool:
    """Whether there is, or soon may be, somebody for an idle agent."""
    if floor.state is CampaignState.RUNNING and not floor.exhausted:
        return True
    if floor.reserving or floor.asking:
        return True
    return any(call.state in _EXPECTS_AN_AGENT and call.for_agent is None for call in floor.calls.values())


def _idle(floor: Floor) -> list[Seat]:
    """Idle agents, longest first, whom nobody has named and nothing is being shown to."""
    return [seat for seat in floor.roster.in_state(AgentState.READY) if not floor.awaits_preview(seat.agent_id)]


def _may_lend(floor: Floor, now: Instant) -> bool:
    """Whether the campaign can do without one of its idle agents: nobody waits there, those it keeps for people who
    call in are left to it, and if it dials no more calls than it has idle agents, each of its calls keeps one."""
    if not floor.synced or somebody_waits(floor):
        return False
    kept = floor.campaign.inbound_reserve
    if floor.campaign.mode not in _DIALS_AHEAD or not floor.abandonment.may_overdial(now):
        expecting = [call for call in floor.calls.in_state(*_EXPECTS_AN_AGENT) if call.for_agent is None]
        kept += len(expecting) + floor.reserving
    return len(floor.roster.in_state(AgentState.READY)) > kept
