"""How fast a campaign dials: the pacer is told of the floor and asked, and its answers become reservations."""

from __future__ import annotations

from collections import deque

from dialer.domain.call import UNANSWERED
from dialer.domain.campaign import CampaignState
from dialer.domain.ids import CallId
from dialer.engine.call_end import CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import Reserve
from dialer.engine.floor import Floor
from dialer.engine.messages import AttemptsReserved, Instant, ReservationFailed, StandingsRead
from dialer.engine.state_view import decision_payload
from pacing.decision import Decision, Reason
from pacing.governor import Conditions
from pacing.snapshot import State

TRUNK_BEAT_S = 0.05  # the pacer's beat while the trunk's rate holds calls back: a slower one would waste the rate
TELL_EVERY_S = 1.0  # at most so often a decision is told


class Pace:
    """Touched by nobody but the core of its campaign."""

    def __init__(self, floor: Floor, end: CallEnd) -> None:
        self._floor = floor
        self._end = end
        self._promised: deque[float | None] = deque(maxlen=4096)  # chances of calls that were asked of the log
        self._told: tuple[int, Reason] | None = None
        self._told_at = 0.0
        self._decided = 0  # calls, since it was told

    def beat(self, now: Instant) -> None:
        """Ask the pacer, and act on its answer."""
        floor = self._floor
        if floor.state is CampaignState.STOPPED:
            return
        if floor.forecasts.is_over(now):
            self.compare(now)
        if floor.state is CampaignState.PAUSED:
            return
        if floor.may_reserve() and floor.pacers.governor.stands(now.monotonic):
            return  # to take the whole floor in is the dear part
        self._count_seats()
        conditions = Conditions(
            link_up=floor.link_up and floor.synced,
            draining=floor.state is CampaignState.DRAINING,
            trunk_up=floor.trunk.limiter.is_up(now.monotonic),
            trunk_available=max(0, floor.trunk.limiter.available(now.monotonic) - floor.on_their_way),
            trunk_health=floor.trunk.limiter.health,
            overdial=floor.abandonment.may_overdial(now),
        )
        state = floor.snapshot(now)
        decision = floor.pacers.governor.decide(state, conditions)
        self._tell(decision, now)
        if decision.reason is Reason.CALLS_PER_SECOND and now.monotonic >= floor.trunk_beat:
            floor.trunk_beat = now.monotonic + TRUNK_BEAT_S
            floor.deadlines.set(floor.trunk_beat, DeadlineKind.TRUNK, "")
        if decision.calls_to_place > 0 and now.monotonic >= floor.rest_until:
            count = decision.calls_to_place
            self._decided += count
            self._promised.extend(decision.chances or [None] * count)
            floor.reserving += count
            floor.do(Reserve(count=count))
        if floor.may_reserve():
            self._give_up(state, now)

    def reserved(self, answer: AttemptsReserved | ReservationFailed) -> list[float | None]:
        """The log has answered: the chances that were forecast for the calls it was asked for, one each."""
        promised = [self._promised.popleft() for _ in range(min(answer.requested, len(self._promised)))]
        if isinstance(answer, AttemptsReserved):
            attempts = answer.reservation.attempts
            ends = [attempt.holds_until for attempt in attempts]
            if attempts:
                self._floor.window_ends = None if None in ends else max(end for end in ends if end is not None)
        return promised

    def read(self, reading: StandingsRead, now: Instant) -> None:
        """Where the ledger stands: the pacer's budgets follow it, and the campaign's own promise."""
        floor = self._floor
        floor.abandonment.read(reading.standings, reading.asked)
        talking = sum(call.bridged is not None and not call.abandoned for call in floor.calls.values())
        own = floor.own_windows.budgets(floor.campaign.target_abandonment, now.at)
        floor.pacers.allow([*own, *floor.abandonment.budgets(now, talking=talking)])

    def compare(self, now: Instant) -> None:
        """Tell what was forecast since it was last told, and what came."""
        floor = self._floor
        made = floor.forecasts.close(now)
        if made is not None:
            campaign = floor.campaign
            floor.publish("pacing.compared", now, mode=campaign.mode.value, target=campaign.target_abandonment, **made)

    def _count_seats(self) -> None:
        """More agents than were expected have signed in."""
        floor = self._floor
        if len(floor.roster) > floor.pacers.info.seats:
            floor.pacers.change(floor.campaign, seats=len(floor.roster))

    def _give_up(self, state: State, now: Instant) -> None:
        """End the ringing of calls that the pacer wants back, of those that have rung as long as their law asks."""
        floor = self._floor
        for ident in floor.pacers.governor.cancel(state):
            call = floor.calls.get(CallId(ident))
            if call is not None and call.state in UNANSWERED and now.monotonic >= call.may_be_cut:
                floor.tally.given_up += 1
                self._end.cancel(call, now)

    def _tell(self, decision: Decision, now: Instant) -> None:
        floor = self._floor
        floor.last_decision = decision
        said = decision.calls_to_place, decision.reason
        if said == self._told or (self._told is not None and now.monotonic - self._told_at < TELL_EVERY_S):
            return
        self._told, self._told_at = said, now.monotonic
        floor.publish("pacing.decided", now, since_last=self._decided, **decision_payload(decision))
        self._decided = 0
