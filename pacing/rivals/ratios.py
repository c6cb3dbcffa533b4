"""Lines for each idle agent: a number somebody chose, or one that follows the abandonment.

**Fixed ratio**: ``calls out = ratio x idle agents``, whatever is abandoned. Most dialers have it under some name.

**Adaptive ratio**: the same, with a ratio that each person who answers moves,

    ratio <- ratio x exp(gain x (target - lost)),   lost = 1 if abandoned, 0 if connected

so that it rests where the mean of ``lost`` is the target (an integral controller, as the closed dialers describe
theirs: "lines per agent, corrected by the abandonment"). ``gain`` falls with the size of the floor, because more
people answer in the time a correction takes to show; a leak of the recent error brings the day's mean to the target.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.power import PowerPacer
from pacing.snapshot import Info, State, calls_out


class FixedRatioPacer(PowerPacer):
    """``ratio`` lines (1.0 to 10.0) for each idle agent, and no look at abandonment."""

    def start(self, info: Info) -> None:
        super().start(replace(info, target=1.0))


class AdaptiveRatioPacer:
    """See the module. ``gain`` is for 20 seats; ``most`` caps the ratio."""

    def __init__(self, *, first: float = 1.5, most: float = 20.0, gain: float = 0.1, pull: float = 4.0) -> None:
        self._first, self._most, self._gain, self._pull = first, most, gain, pull
        self.start(Info())

    def start(self, info: Info) -> None:
        self._target = info.target
        self._step = self._gain * min(1.0, math.sqrt(20.0 / max(1, info.seats)))
        self.ratio = self._first
        self._people = self._lost = 0
        self._lines: dict[tuple[str, float], float] = {}

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.CONNECT:
            self._see(0.0)
        elif kind == EventKind.ABANDON:
            self._see(1.0)

    def _see(self, lost: float) -> None:
        self._people += 1
        self._lost += lost > 0
        surplus = (self._target * self._people - self._lost) / (self._people + 100)
        push = self._target - lost + self._pull * surplus
        self.ratio = min(self._most, max(1.0, self.ratio * math.exp(self._step * push)))

    def decide(self, state: State) -> Decision:
        if not state.idle:
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        wanted = math.floor(self.ratio * len(state.idle) + 0.5) - calls_out(state)
        if wanted <= 0:
            return Decision(calls_to_place=0, reason=Reason.ENOUGH_OUT)
        return Decision(calls_to_place=wanted, reason=Reason.RATIO)
