"""Impact Dialing: tries six ratios on a simulation of the next four minutes, drawn from its own recent calls.

Each minute, unless fewer than 5 agents are on a call or fewer than 50 recent calls are known (then the ratio is 1):

    history = the last 100 calls of 30 minutes: did a person answer, how long was the talk; rings are taken as 10 s
              answered and 15 s not, wrap-up as 5 s
    inv     = calls / answered;  for k = 1..6: d = max(1, inv x k/6)
              simulate 240 s in steps of 1 s: dial ``idle x d - ringing``, drawing from the history; who answers with
              nobody idle is abandoned
    best    = the d of highest utilisation among those that abandon less than the target

Each second: ``ratio = min(best, 4)``; while more than the target of all the campaign's people were abandoned,
``max(1, 0.75 x best)``; ``calls = floor(ratio x idle) - calls out``. Draws come from a generator of fixed seed, so that
the same events give the same answers. Assumed: the first agents of a simulation are as busy as now, with remaining
times drawn from the history.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.snapshot import Info, State, abandonment_rate, calls_out

EVERY_S = 60.0
HORIZON_S = 240
_RING_ANSWERED, _RING_OTHERWISE, _WRAP = 10, 15, 5
_NOBODY = frozenset({EventKind.MACHINE, EventKind.NOANSWER, EventKind.BUSY, EventKind.FAILED, EventKind.CONGESTION})


class ImpactPacer:
    """See the module."""

    def __init__(self, *, most: float = 4.0) -> None:
        self._most = most
        self.start(Info())

    def start(self, info: Info) -> None:
        self._target = info.target
        self.best = 1.0
        self._due = -math.inf
        self._calls: deque[tuple[float, bool]] = deque(maxlen=100)
        self._talks: deque[float] = deque(maxlen=100)
        self._rng = np.random.default_rng(20)

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.LIVE:
            self._calls.append((t, True))
        elif kind in _NOBODY:
            self._calls.append((t, False))
        elif kind == EventKind.TALK_END and isinstance(value, int | float):
            self._talks.append(float(value))

    def decide(self, state: State) -> Decision:
        if state.now >= self._due:
            self._due = state.now + EVERY_S
            self.best = self._choose(state)
        if not state.idle:
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        ratio, reason = min(self.best, self._most), Reason.RATIO
        if abandonment_rate(state) > self._target:
            ratio, reason = max(1.0, 0.75 * ratio), Reason.RATIO_CUT
        wanted = math.floor(ratio * len(state.idle)) - calls_out(state)
        return Decision(calls_to_place=max(0, wanted), reason=reason if wanted > 0 else Reason.ENOUGH_OUT)

    def _choose(self, state: State) -> float:
        answered = [person for at, person in self._calls if at > state.now - 1800]
        people = sum(answered)
        if len(state.talk) + len(state.wrap) < 5 or len(answered) < 50 or not people or not self._talks:
            return 1.0
        best, best_use = 1.0, -1.0
        for k in range(1, 7):
            ratio = max(1.0, len(answered) / people * k / 6)
            use, lost = self._rehearse(
                ratio, len(state.idle), len(state.talk) + len(state.wrap), people / len(answered)
            )
            if lost < self._target and use > best_use:
                best, best_use = ratio, use
        return best

    def _rehearse(self, ratio: float, idle: int, busy: int, answer_rate: float) -> tuple[float, float]:
        """Four minutes at ``ratio``: (utilisation, share abandoned)."""
        agents = idle + busy
        talks = [max(1, round(talk)) + _WRAP for talk in self._talks]
        free_at = [0] * (HORIZON_S + max(talks) + 2)
        lands_at = [0] * (HORIZON_S + _RING_OTHERWISE + 2)  # people
        ends_at = [0] * (HORIZON_S + _RING_OTHERWISE + 2)  # calls that stop ringing
        for left in self._rng.random(busy).tolist():
            free_at[1 + int(left * talks[int(self._rng.integers(len(talks)))])] += 1
        chances = iter(self._rng.random(4096).tolist())
        ringing = worked = met = lost = 0
        for second in range(HORIZON_S):
            idle += free_at[second]
            ringing -= ends_at[second]
            arrivals = lands_at[second]
            taken = min(idle, arrivals)
            met, lost, idle = met + taken, lost + arrivals - taken, idle - taken
            for which in self._rng.integers(len(talks), size=taken).tolist() if taken else ():
                free_at[second + talks[which]] += 1
            for _ in range(math.floor(idle * ratio) - ringing):
                chance = next(chances, None)
                if chance is None:
                    chances = iter(self._rng.random(4096).tolist())
                    chance = next(chances)
                ringing += 1
                if chance < answer_rate:
                    lands_at[second + _RING_ANSWERED] += 1
                    ends_at[second + _RING_ANSWERED] += 1
                else:
                    ends_at[second + _RING_OTHERWISE] += 1
            worked += agents - idle
        return worked / max(1, agents * HORIZON_S), lost / max(1, met + lost)
