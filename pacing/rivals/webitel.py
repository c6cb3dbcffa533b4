"""Webitel: one over the share of calls that a person answers, leaned on by how far the abandonment is from its aim.

Every 30 s, over the last hour (all in per cent):

    hit  = people answered / calls tried;  over = 1/hit          (none yet: calls tried / agents - 1)
    now  = abandoned / people answered
    now >= most:        over = 1
    aim - now =: d > 0: over x (1 + d x q/100)                   (d = 0 is taken as 0.99)
                 d < 0: over x (most - now) x (100 + q) / most / 100

with ``aim`` = ``most`` unless somebody sets it lower, and q, the load factor, 10. ``over`` lines for each idle agent,
one each until ``min_attempts`` calls were tried. Assumed, because it is not described: min_attempts 50, at most 10
lines an agent, and that lines are rounded down over all idle agents together.
"""

from __future__ import annotations

import math

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.rivals.recent import RecentCount
from pacing.snapshot import Info, State, calls_out

EVERY_S = 30.0
HOUR_S = 3600.0


def over_dial(*, tried: int, people: int, abandoned: int, agents: int, most: float, aim: float, q: float = 10) -> float:
    """Lines for each idle agent, at least 1. ``most`` and ``aim`` are in per cent."""
    over = tried / people if people else tried / max(1, agents) - 1.0
    current = 100.0 * abandoned / people if people else 0.0
    if current >= most:
        return 1.0
    away = (aim - current) or 0.99
    if away > 0:
        over *= 1.0 + away * q / 100
    else:
        over *= (most - current) * (100 + q) / most / 100
    return max(1.0, over)


class WebitelPacer:
    """``aim`` is the part of the target to aim at (1: the target itself)."""

    def __init__(self, *, aim: float = 1.0, most_lines: float = 10.0, min_attempts: int = 50) -> None:
        self._aim, self._most_lines, self._min_attempts = aim, most_lines, min_attempts
        self.start(Info())

    def start(self, info: Info) -> None:
        self._most = 100.0 * info.target
        self.over = 1.0
        self._due = -math.inf
        self._tried, self._people, self._lost = RecentCount(HOUR_S), RecentCount(HOUR_S), RecentCount(HOUR_S)

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.DIAL:
            self._tried.add(t)
        elif kind == EventKind.LIVE:
            self._people.add(t)
        elif kind == EventKind.ABANDON:
            self._lost.add(t)

    def decide(self, state: State) -> Decision:
        now = state.now
        if now >= self._due:
            self._due = now + EVERY_S
            tried = self._tried.at(now)
            self.over = 1.0
            if tried >= self._min_attempts:
                over = over_dial(
                    tried=tried,
                    people=self._people.at(now),
                    abandoned=self._lost.at(now),
                    agents=state.logged_in,
                    most=self._most,
                    aim=self._most * self._aim,
                )
                self.over = min(self._most_lines, over)
        if not state.idle:
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        wanted = math.floor(self.over * len(state.idle)) - calls_out(state)
        if wanted <= 0:
            return Decision(calls_to_place=0, reason=Reason.ENOUGH_OUT)
        return Decision(calls_to_place=wanted, reason=Reason.RATIO)
