"""Predictive dialing with a promise: as many calls as keep abandonment within what the windows of the law leave.

For each call that might be dialed now: when would it land, how many agents will be free by then, how many people will
have come before? While the chance that its person finds nobody stays under a threshold, it is dialed. The threshold
is what the budget allows (``pacing.budget``) over what past calls that passed it really cost.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from pacing.budget import Allowance, Budget
from pacing.decision import Decision, Forecast, Reason
from pacing.floor_memory import FloorMemory
from pacing.shortage import MIDDLE, NODES, Odds, Shortage
from pacing.slack import Slack
from pacing.snapshot import Info, State, calls_out

_PROBE_EVERY_S = 3.0  # while the trunk refuses every call
_GIVE_UP = 5.0  # times the threshold: the chance at which a call that rang long is worth less than its risk
_RINGING_FOR_ONE_MORE = 150  # one call is given up at a time, and one more for so many that ring
_SOON = 2  # the first landing times are those at which a call that rang long may land
_MOST_AT_ONCE = 80
_TEACH = 4  # calls of one decision: those of a burst, with every agent idle, say nothing about the next hour
_REFRESH_S = 5.0  # at the earliest; on a quiet floor after _REFRESH_AT_LAST_S
_REFRESH_AT_LAST_S = 15.0
_REFRESH_AFTER = 15  # calls and conversations that ended


class PredictivePacer:
    """See the module. ``allow`` gives it the ledger's windows; without them the session's own target is the only one.

    ``hang_up`` lets it give up calls that rang longer than ``Info.min_ring`` when too many people would come.
    """

    def __init__(self, *, hang_up: bool = True) -> None:
        self._hang_up = hang_up
        self.start(Info())

    def start(self, info: Info) -> None:
        self._info = info
        self._memory = FloorMemory(info)
        self.allowance = Allowance(target=info.target, seats=info.seats, handle_s=info.prior_talk + info.prior_wrap)
        self._slack = Slack()
        self._refreshed_at: float | None = None
        self._dialed_at = -math.inf
        self._soon = self._theta = self._theta_seen = self._chance_seen = self._coming = 0.0
        self._enough = Decision(calls_to_place=0, reason=Reason.ENOUGH_OUT)

    def retarget(self, info: Info) -> None:
        """The session's constants have changed, its target or its seats; what was learned stays."""
        self._info = info
        self.allowance.retarget(target=info.target, seats=info.seats)
        self._slack.none_left()

    def allow(self, windows: Sequence[Budget]) -> None:
        """The compliance ledger's windows as they are now. A tighter one can only lower the calls placed."""
        self.allowance.allow(windows)
        self._slack.none_left()

    def describe(self, call: str, features: Mapping[str, str]) -> None:
        """What is known of a call before it is dialed; see ``pacing.interface.Describing``."""
        self._memory.describe(call, features)

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self._slack.on_event(kind)
        self._memory.on_event(t, kind, ident, value)

    def stands(self, now: float) -> bool:
        """Whether the latest decision is so young, and the events since so few, that ``decide`` would place no call at
        ``now`` whatever they have made of the floor; see ``pacing.interface.Standing``."""
        return self._slack.stands(now)

    def held_back(self) -> None:
        """The governor let fewer calls through than the latest decision said."""
        self._slack.none_left()

    def decide(self, state: State) -> Decision:
        memory, now = self._memory, state.now
        people = max(0, state.connected - state.machine_to_agent) + state.abandoned
        self.allowance.see(now, people, state.abandoned)
        surely = max(0, min(len(state.idle) - calls_out(state), state.lines_free))
        self._soon = 0.0
        if now >= min(state.t_end, self._info.t_end):
            return Decision(calls_to_place=0, reason=Reason.WINDOW_OVER)
        if not (state.idle or state.talk or state.wrap):
            return Decision(calls_to_place=0, reason=Reason.NO_AGENT)
        if not surely and self._slack.left(state):
            return self._enough
        if self._stale(now):
            self._refresh(state)
        if memory.trunk_refuses(state):
            probe = min(1, surely) if now - self._dialed_at >= _PROBE_EVERY_S else 0
            if probe:
                self._dialed_at = now
            self._slack.none_left()
            return Decision(calls_to_place=probe, reason=Reason.TRUNK_REFUSES)
        outlook = self._outlook(state)
        rate = self.allowance.rate(now, min(state.t_end, self._info.t_end), self.allowance.target * self._coming)
        self._theta = theta = self._threshold(rate)
        most = min(_MOST_AT_ONCE, state.lines_free)
        placed = 0
        promised: list[float] = []  # of each call to place, what it is expected to cost
        chances = outlook.after(0)
        chance = sum(chances) / NODES
        while placed < most and (placed < surely or 0.0 < theta >= chance):
            memory.expect_dial(chance)
            promised.append(min(1.0, chance * memory.calibration))
            if theta > 0 and placed < _TEACH:
                self._learn(theta, chance)
            placed += 1
            chances = outlook.after(placed)
            chance = sum(chances) / NODES
        self._soon = sum(chances[:_SOON]) / _SOON
        if placed:
            self._dialed_at = now
        forecast = Forecast(
            horizon_s=float(self._horizons[MIDDLE]),
            people=outlook.people,
            agents_free=outlook.free,
            abandonment=chance,
        )
        decision = Decision(
            calls_to_place=placed,
            reason=self._reason(placed, surely, rate),
            forecast=forecast,
            chances=tuple(promised),
        )
        self._slack.measure(state, placed=placed, chance=chance, theta=theta, spread=outlook.spread(), soon=self._soon)
        self._enough = Decision(calls_to_place=0, reason=self._reason(0, 0, rate), forecast=forecast)
        return decision

    def cancel(self, state: State) -> Collection[str]:
        """Ringing calls to give up: those that rang longest, while a person who answered one now would too likely find
        nobody. Call it after ``decide``, with the same state."""
        risk = _GIVE_UP * max(self._theta, self.allowance.target)
        if not self._hang_up or self._soon <= risk:
            return ()
        oldest = state.now - self._info.min_ring
        old = sorted((since, call) for call, since in state.ringing.items() if since <= oldest)
        return [call for _, call in old[: 1 + len(state.ringing) // _RINGING_FOR_ONE_MORE]]

    def _reason(self, placed: int, surely: int, rate: float) -> Reason:
        if placed > surely:
            return Reason.PREDICTED
        if self.allowance.learning:
            return Reason.LEARNING
        if rate <= 0:
            return Reason.BUDGET_SPENT
        return Reason.PREDICTED if placed else Reason.ENOUGH_OUT

    # The threshold.

    def _threshold(self, rate: float) -> float:
        """The highest chance to be dialed: ``rate`` over what calls cost for each unit of threshold."""
        if rate <= 0:
            return 0.0
        # Before calls have taught it, one has two thirds of the threshold on average.
        cost = (self._chance_seen + 0.65 * 2.0) / (self._theta_seen + 2.0)
        return min(0.7, rate / max(0.02, cost * self._memory.calibration))

    def _learn(self, theta: float, chance: float) -> None:
        keep = 1.0 - 1.0 / 400.0
        self._theta_seen = self._theta_seen * keep + theta
        self._chance_seen = self._chance_seen * keep + chance

    # What is known now.

    def _stale(self, now: float) -> bool:
        if self._refreshed_at is None:
            return True
        age = now - self._refreshed_at
        if 0 <= age < _REFRESH_S:
            return False
        return not 0 <= age < _REFRESH_AT_LAST_S or self._memory.ended >= _REFRESH_AFTER

    def _refresh(self, state: State) -> None:
        self._refreshed_at = state.now
        memory = self._memory
        memory.refresh(state)
        # As long as keeps both chance and a list that drifts by a fifth in an hour or two small (docs/pacing.md).
        in_ten_minutes = self.allowance.people_per_second * 600.0
        memory.ringing.level.memory = min(500.0, max(40.0, 8.0 * in_ten_minutes ** (2 / 3)))
        self._horizons = memory.ringing.landing_times(NODES)
        chances = memory.ringing.chances(self._horizons)
        listened = np.minimum(memory.ringing.live_share, 0.98)[:, None].repeat(NODES, axis=1)
        within = self._horizons + 0.9 * max(0.0, self._info.patience)
        self._odds = Odds(np.concatenate([chances, listened]), memory.handling.chances(within))
        self._eventually = np.concatenate([memory.ringing.eventually(), memory.ringing.live_share])

    def _outlook(self, state: State) -> Shortage:
        memory = self._memory
        ringing, amd = memory.call_rows(state)
        amd += memory.ringing.rows
        calls = np.concatenate([ringing, amd])
        self._coming = float(np.add.reduce(self._eventually[calls])) + len(state.waiting)
        return Shortage(
            self._odds,
            calls,
            memory.agent_rows(state),
            new=memory.ringing.first_row(memory.covariates.next_class),
            sure=len(state.idle) - len(state.waiting),
        )
