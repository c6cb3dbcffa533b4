"""The agents of a campaign and what state each is in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter

from dialer.domain import agent as agent_table
from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.ids import AgentId, CallId, LegId
from dialer.engine.live import Seat
from dialer.engine.messages import Instant

#: Called with the seat, the state it left, and when, after each change.
SeatListener = Callable[[Seat, AgentState, Instant, Instant], None]


class Roster:
    """Seats by agent. Every change of state goes through ``signal`` and so through the table of transitions."""

    def __init__(self, campaign: str, on_change: SeatListener) -> None:
        self._campaign = campaign
        self._seats: dict[AgentId, Seat] = {}
        self._in: dict[AgentState, dict[AgentId, Seat]] = {state: {} for state in AgentState}
        self._shared: dict[AgentId, Seat] = {}
        # Of those in a state, the longest there first; and since when, without those who want to leave after it.
        self._since: dict[AgentState, dict[str, float]] = {state: {} for state in AgentState}
        self._on_change = on_change

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._seats.values())

    def __len__(self) -> int:
        return len(self._seats)

    def get(self, agent_id: AgentId | None) -> Seat | None:
        return self._seats.get(agent_id) if agent_id is not None else None

    def by_leg(self, leg_id: LegId) -> Seat | None:
        return next((seat for seat in self if seat.leg_id == leg_id), None)

    def add(self, seat: Seat) -> None:
        self._seats[seat.agent_id] = seat
        if seat.also or seat.home != self._campaign:
            self._shared[seat.agent_id] = seat
        self._enter(seat)

    def remove(self, seat: Seat) -> None:
        """The seat goes to another roster, as it is."""
        self._gone(seat)
        self._leave(seat)

    def signal(self, seat: Seat, signal: AgentSignal, now: Instant) -> bool:
        """Move the seat; False where the signal means nothing in its state. Offline agents leave the roster."""
        following = agent_table.next_state(seat.state, signal)
        if following is None:
            return False
        if not seat.leg_up and following in (AgentState.RESERVED, AgentState.PREVIEW):
            return False
        if (not seat.leg_up and following is AgentState.READY) or signal is AgentSignal.LEG_LOST:
            # They take calls again when their phone is back, unless they asked for something else.
            following, seat.ready_on_connect = AgentState.CONNECTING, seat.wants is None
        left, since = seat.state, seat.since
        self._leave(seat)
        seat.state, seat.since = following, now
        if following is AgentState.OFFLINE:
            self._gone(seat)
        else:
            self._enter(seat)
        self._on_change(seat, left, since, now)
        return True

    def begin_anew(self, seat: Seat, now: Instant) -> None:
        """The seat's state ends and the same begins."""
        self._leave(seat)
        seat.since = now
        self._enter(seat)

    def wish(self, seat: Seat, wants: AgentState | None) -> None:
        """What the agent will do when the call is over: pause, sign out, or None for the next one."""
        seat.wants = wants
        if seat.agent_id in self._in[seat.state]:
            self._put_in_order(seat.state)

    def _enter(self, seat: Seat) -> None:
        state, since = seat.state, seat.since.monotonic
        here = self._in[state]
        latest = next(reversed(here.values()), seat).since.monotonic
        here[seat.agent_id] = seat
        if since < latest:  # they come from another roster, or their event came late
            self._put_in_order(state)
        elif seat.wants is None:
            self._since[state][seat.agent_id] = since

    def _leave(self, seat: Seat) -> None:
        self._in[seat.state].pop(seat.agent_id, None)
        self._since[seat.state].pop(seat.agent_id, None)

    def _put_in_order(self, state: AgentState) -> None:
        seats = sorted(self._in[state].values(), key=_SINCE)
        self._in[state] = {seat.agent_id: seat for seat in seats}
        self._since[state] = {seat.agent_id: seat.since.monotonic for seat in seats if seat.wants is None}

    def _gone(self, seat: Seat) -> None:
        self._seats.pop(seat.agent_id, None)
        self._shared.pop(seat.agent_id, None)

    def longest_idle(self) -> Seat | None:
        return next(iter(self._in[AgentState.READY].values()), None)

    def in_state(self, state: AgentState) -> Sequence[Seat]:
        """Seats in ``state``, longest there first."""
        return list(self._in[state].values())

    def since(self, *states: AgentState) -> dict[str, float]:
        """Monotonic: since when each of those in ``states`` has been there, longest first in each; without those who
        will pause or sign out after it."""
        found: dict[str, float] = {}
        for state in states:
            found |= self._since[state]
        return found

    def rows(self) -> list[Mapping[str, object]]:
        """All seats as the ``state`` topic shows them."""
        return [seat.shown or seat.row() for seat in self._seats.values()]

    @property
    def shared(self) -> Collection[Seat]:
        """Those whom other campaigns may borrow, or have lent."""
        return self._shared.values()

    def offer(self, seat: Seat, call_id: CallId, now: Instant) -> bool:
        """Show the agent a debtor to preview."""
        return self._give(seat, call_id, AgentSignal.OFFER, now)

    def hold(self, seat: Seat, now: Instant) -> bool:
        """Keep the agent free for a call that is yet to be decided on. Whoever paused pauses again after it."""
        paused = seat.state is AgentState.PAUSED
        if not self.signal(seat, AgentSignal.HOLD, now):
            return False
        seat.call_id = None
        if paused:
            self.wish(seat, AgentState.PAUSED)
        return True

    def take(self, seat: Seat, call_id: CallId, now: Instant) -> bool:
        """Reserve the agent for a call."""
        return self._give(seat, call_id, AgentSignal.RESERVE, now)

    def _give(self, seat: Seat, call_id: CallId, signal: AgentSignal, now: Instant) -> bool:
        before = seat.call_id, seat.last_call_id
        seat.call_id = seat.last_call_id = call_id  # first, so that the change of state is told with its call
        if not self.signal(seat, signal, now):
            seat.call_id, seat.last_call_id = before
            return False
        return True

    def free(self, seat: Seat, signal: AgentSignal, now: Instant) -> None:
        """End what the agent was on (``RELEASE`` or ``WRAPPED_UP``), then honour a pause or sign-out they asked for."""
        seat.call_id = None
        if not self.signal(seat, signal, now):
            return
        match seat.wants:
            case AgentState.PAUSED:
                self.wish(seat, None)
                self.signal(seat, AgentSignal.PAUSE, now)
            case AgentState.OFFLINE:
                self.wish(seat, None)
                self.signal(seat, AgentSignal.SIGN_OUT, now)

    def counts(self) -> Mapping[str, int]:
        tally: dict[str, int] = {}
        for seat in self:
            tally[seat.state.value] = tally.get(seat.state.value, 0) + 1
        return tally


_SINCE = attrgetter("since.monotonic")
