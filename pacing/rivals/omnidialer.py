"""OMniDialer: free agents, plus those its formula expects, less the people it expects, over the answer rate.

Each second:

    p     = running mean (weight 0.1) of 1 for a person who answered, 0 for any other end; used as max(p, 0.05)
    D     = running mean (weight 0.1) of 1 for an abandonment, 0 for a person connected
    ring  = mean ring of answered calls (15 s until one is known) + AMD time (5 s until known)
    A     = sum over busy agents of 1 - exp(-ring / max(1, mean - elapsed))     (mean talk, or mean wrap-up)
    gamma = boost while D <= most/2; from boost down to 0.2 between most/2 and most; 0.2 above; after five seconds
            above, progressive until D < 0.8 x most
    calls = max(0, floor((idle + A - R x p) / p x gamma)),  R calls ringing

with ``most`` = the target, boost 1, progressive for the first 50 answered calls, and no more than ``calls_per_second``
(3 by default; None: no limit). Answered calls that wait are not taken away, as described.
"""

from __future__ import annotations

import math

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.rivals.recent import Hand, RunningMean
from pacing.snapshot import Info, State, calls_out

EVERY_S = 1.0
_WARM_UP_CALLS = 50
_NOBODY = frozenset({EventKind.MACHINE, EventKind.NOANSWER, EventKind.BUSY, EventKind.FAILED, EventKind.CONGESTION})


def damping(drop: float, most: float, boost: float = 1.0) -> float:
    """The factor on the calls to place, for a drop rate."""
    if drop <= most / 2:
        return boost
    if drop >= most:
        return 0.2
    return boost + (0.2 - boost) * (drop - most / 2) / (most / 2)


class OmniDialerPacer:
    """See the module."""

    def __init__(self, *, boost: float = 1.0, calls_per_second: float | None = 3.0) -> None:
        self._boost, self._calls_per_second = min(5.0, max(0.1, boost)), calls_per_second
        self.start(Info())

    def start(self, info: Info) -> None:
        self._most = info.target
        self._answer_rate, self._drop = RunningMean(0.1, 0.0), RunningMean(0.1, 0.0)
        self._ring, self._verdict = RunningMean(0.1, 15.0), RunningMean(0.1, 5.0)
        self._talk, self._wrap = RunningMean(0.02, info.prior_talk), RunningMean(0.02, info.prior_wrap)
        self._answered_at: dict[str, float] = {}
        self._handled = self._above = 0
        self._latched = False
        self._due = -math.inf
        self._hand = Hand(self._calls_per_second) if self._calls_per_second is not None else None

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        number = float(value) if isinstance(value, int | float) else None
        if kind == EventKind.ANSWER:
            self._answered_at[ident] = t
            if number is not None:
                self._ring.add(number)
        elif kind in (EventKind.LIVE, EventKind.MACHINE):
            answered_at = self._answered_at.pop(ident, None)
            if answered_at is not None:
                self._verdict.add(t - answered_at)
            self._answer_rate.add(1.0 if kind == EventKind.LIVE else 0.0)
        elif kind in _NOBODY:
            self._answer_rate.add(0.0)
        elif kind in (EventKind.CONNECT, EventKind.ABANDON):
            self._drop.add(1.0 if kind == EventKind.ABANDON else 0.0)
            self._handled += 1
        elif kind == EventKind.TALK_END and number is not None:
            self._talk.add(number)
        elif kind == EventKind.WRAP_END and number is not None:
            self._wrap.add(number)

    def expected_free(self, state: State) -> float:
        """A of the module's formula."""
        reach = self._ring.value + self._verdict.value
        left = [max(1.0, self._talk.value - (state.now - since)) for since in state.talk.values()]
        left += [max(1.0, self._wrap.value - (state.now - since)) for since in state.wrap.values()]
        return sum(1.0 - math.exp(-reach / each) for each in left)

    def decide(self, state: State) -> Decision:
        if state.now < self._due:
            return Decision(calls_to_place=0, reason=Reason.ENOUGH_OUT)
        self._due = state.now + EVERY_S
        self._latch()
        if self._handled < _WARM_UP_CALLS or not self._answer_rate.seen or self._latched:
            wanted = len(state.idle) - calls_out(state)
        else:
            rate = max(0.05, self._answer_rate.value)
            expected = len(state.idle) + self.expected_free(state) - len(state.ringing) * rate
            wanted = math.floor(expected / rate * damping(self._drop.value, self._most, self._boost))
        if not (state.idle or state.talk or state.wrap):
            wanted = 0
        wanted = max(0, min(wanted, state.lines_free))
        placed = wanted if self._hand is None else self._hand.take(state.now, wanted)
        return Decision(calls_to_place=placed, reason=Reason.RATIO if placed else Reason.ENOUGH_OUT)

    def _latch(self) -> None:
        self._above = self._above + 1 if self._drop.value >= self._most else 0
        if self._above >= 5:
            self._latched = True
        elif self._drop.value < 0.8 * self._most:
            self._latched = False
