"""The limits that hold over any pacer, whatever it says."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from pacing.decision import Decision, Reason
from pacing.interface import Cancelling, Pacer, Standing
from pacing.ramp import Ramp
from pacing.rate import RateLimit
from pacing.snapshot import Info, State, calls_out
from pacing.trunk import TrunkHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the floor does not tell.

    ``trunk_up`` is False while the trunk cannot be used at all. ``trunk_available`` and ``trunk_health`` are what its
    TrunkLimiter says now; None where none is asked. ``overdial`` is False while a rate that the law watches has no
    headroom left, or while nobody knows.
    """

    link_up: bool = True
    draining: bool = False
    trunk_up: bool = True
    trunk_available: int | None = None
    trunk_health: TrunkHealth = TrunkHealth.OPEN
    overdial: bool = True


ALL_CLEAR = Conditions()


class Governor:
    """Wraps a pacer and is one itself.

    * Hard stops: draining, link down, trunk down, no agent at work. Nothing is placed.
    * Without headroom under the law, at most one call for each idle agent.
    * Never more than the free lines, nor than ``calls_per_second`` in any second (None: no limit of its own).
    * For ``ramp_s`` seconds after a start, a hard stop, a shock or lunch, what goes beyond one call for each idle agent
      is let in little by little (``pacing.ramp``).
    """

    def __init__(self, pacer: Pacer, *, calls_per_second: float | None = None, ramp_s: float = 30.0) -> None:
        self._ramp = Ramp(ramp_s)
        self.use(pacer)
        self._rate = None if calls_per_second is None else RateLimit(calls_per_second)
        self._info = Info()

    def start(self, info: Info) -> None:
        self._info = info
        self.pacer.start(info)

    def limit(self, info: Info) -> None:
        """The constants have changed; what the pacer learned stays, and it is told by whoever changed them."""
        self._info = info

    def use(self, pacer: Pacer) -> None:
        """Another pacer from now on, already started. What it wants beyond the idle agents is let in little by
        little, as after a start."""
        self.pacer = pacer
        self._cancelling = pacer if isinstance(pacer, Cancelling) else None
        self._standing = pacer if isinstance(pacer, Standing) else None
        self._ramp.begin()

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self.pacer.on_event(t, kind, ident, value)

    def stands(self, now: float) -> bool:
        """Whether the pacer is known to place nothing at ``now``: ``decide`` could only give another reason for it."""
        return self._standing is not None and self._standing.stands(now)

    def decide(self, state: State, conditions: Conditions = ALL_CLEAR) -> Decision:
        """As many calls as the pacer wants and the limits allow; the reason is that of whatever set the number."""
        stop = _hard_stop(state, conditions)
        if stop is not None:
            self._ramp.begin()
            return Decision(calls_to_place=0, reason=stop)
        self._ramp.see(state, trunk_open=conditions.trunk_health is TrunkHealth.OPEN)

        wanted = decision = self.pacer.decide(state)
        decision = _cut(decision, self._ramp.most(state, decision.calls_to_place), Reason.RAMP)
        if not conditions.overdial:
            decision = _cut(decision, max(0, len(state.idle) - calls_out(state)), Reason.NO_HEADROOM)
        decision = _cut(decision, state.lines_free, Reason.LINES if state.lines_free > 0 else Reason.NO_LINE_FREE)
        if conditions.trunk_available is not None:
            healthy = conditions.trunk_health is TrunkHealth.OPEN
            reason = Reason.CALLS_PER_SECOND if healthy else Reason.TRUNK_REFUSES
            decision = _cut(decision, conditions.trunk_available, reason)
        if self._rate is not None:
            decision = _cut(decision, self._rate.available(state.now), Reason.CALLS_PER_SECOND)
            self._rate.take(state.now, decision.calls_to_place)
        if self._standing is not None and decision.calls_to_place < wanted.calls_to_place:
            self._standing.held_back()
        return decision

    def cancel(self, state: State) -> Collection[str]:
        """The pacer's choice of ringing calls to give up, less those that have not rung long enough."""
        if self._cancelling is None:
            return ()
        latest = state.now - self._info.min_ring
        return [call for call in self._cancelling.cancel(state) if state.ringing.get(call, math.inf) <= latest]


def _hard_stop(state: State, conditions: Conditions) -> Reason | None:
    if conditions.draining:
        return Reason.DRAINING
    if not conditions.link_up:
        return Reason.LINK_DOWN
    if not conditions.trunk_up:
        return Reason.TRUNK_DOWN
    if state.logged_in <= 0 or not (state.idle or state.talk or state.wrap):
        return Reason.NO_AGENT
    return None


def _cut(decision: Decision, most: int, reason: Reason) -> Decision:
    if decision.calls_to_place < 0:
        decision = replace(decision, calls_to_place=0, chances=())
    if decision.calls_to_place <= most:
        return decision
    most = max(0, most)
    return replace(decision, calls_to_place=most, reason=reason, chances=decision.chances[:most])
