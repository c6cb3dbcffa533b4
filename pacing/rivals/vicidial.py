"""VICIdial, as its documentation and the study of its behaviour describe it.

**Dialing** goes round every 2.5 s: ``goal = round(level x agents)``, ``have`` = all of the campaign's calls, those in
conversation included, ``make = goal - have``, spaced at 5 a second for each server (assumed: a server for 25 seats).
``agents`` are all who are ready or in conversation (wrap-up is a pause there), or only those who are ready ("available
only": then the calls in conversation are added to the goal).

**The level** is corrected every 15 s by how many agents stood idle over the last 15 samples of a second:

    p     = (mean idle - mean calls waiting + difference target) / mean signed in
    p     = p x (1 + intensity/100) if p >= 0 else p x |intensity/100 - 1|
    level = max(1, min(level x (1 + p), most))

halved where more than 20 calls of the last minute lost more than half, and, once 50 calls were answered today and the
drop rate of **today** (renewed each minute, in per cent of people answered) is over the limit: back to 1 (hard limit),
halved (average), or times the thousandth part of the clock's hundredths of hours that are left (tapered).

The trunk limit of a server (23) is left out: ``lines_free`` stands for it. Who is signed in but on a break is not in a
``State``; VICIdial would count them in "mean signed in".
"""

from __future__ import annotations

import math
from collections import deque
from enum import StrEnum

import numpy as np

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.rivals.recent import Hand, RecentCount
from pacing.snapshot import Info, State

ROUND_S = 2.5
LEVEL_EVERY_S = 15.0
DROPS_EVERY_S = 60.0


class OverLimit(StrEnum):
    """What happens to the level while today's drop rate is over the limit."""

    HARD_LIMIT = "hard-limit"
    AVERAGE = "average"
    TAPERED = "tapered"


class VicidialPacer:
    """``most`` is the highest level, ``intensity`` -100 to 100; ``difference`` is how many agents are to wait or,
    below 0, how many calls."""

    def __init__(
        self,
        *,
        method: OverLimit = OverLimit.HARD_LIMIT,
        available_only: bool = False,
        most: float = 3.0,
        intensity: int = 0,
        difference: int = 0,
    ) -> None:
        self._method, self._available_only = method, available_only
        self._most, self._intensity, self._difference = most, intensity, difference
        self.start(Info())

    def start(self, info: Info) -> None:
        self._info = info
        self.level = 1.0
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=15)
        self._sample_due = self._round_due = -math.inf
        self._level_due: float | None = None
        self._drops_due = -math.inf
        self._drop_percent = 0.0
        self._connected = self._dropped = self._calls = 0
        self._calls_minute, self._drops_minute = RecentCount(60.0), RecentCount(60.0)
        self._to_make = 0
        self._hand = Hand(5.0 * math.ceil(max(1, info.seats) / 25))

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.DIAL:
            self._calls += 1
            self._calls_minute.add(t)
        elif kind == EventKind.CONNECT:
            self._connected += 1
        elif kind == EventKind.ABANDON:
            self._dropped += 1
            self._drops_minute.add(t)

    def decide(self, state: State) -> Decision:
        now = state.now
        if now >= self._sample_due:
            self._sample_due = now + 1.0
            self._samples.append((len(state.idle), len(state.waiting), state.logged_in))
        if now >= self._drops_due:
            self._drops_due = now + DROPS_EVERY_S
            self._drop_percent = 100.0 * self._dropped / max(1, self._connected + self._dropped)
        if self._level_due is None:
            self._level_due = now + LEVEL_EVERY_S
        elif now >= self._level_due:
            self._level_due = now + LEVEL_EVERY_S
            self.level = self._next_level(now)
        if now >= self._round_due:
            self._round_due = now + ROUND_S
            self._to_make = (
                self.goal(state) - len(state.ringing) - len(state.amd) - len(state.waiting) - len(state.talk)
            )
        placed = self._hand.take(now, min(self._to_make, state.lines_free))
        self._to_make -= placed
        return Decision(calls_to_place=placed, reason=Reason.RATIO if placed else Reason.ENOUGH_OUT)

    def goal(self, state: State) -> int:
        """Calls there should be, those in conversation included."""
        if self._available_only:
            return math.floor(self.level * len(state.idle) + 0.5) + len(state.talk)
        return math.floor(self.level * (len(state.idle) + len(state.talk)) + 0.5)

    def _next_level(self, now: float) -> float:
        count = len(self._samples)
        idle, waiting, signed_in = (sum(column) / count for column in zip(*self._samples, strict=True))
        push = (idle - waiting + self._difference) / max(1.0, signed_in)
        push *= 1.0 + self._intensity / 100 if push >= 0 else abs(self._intensity / 100 - 1.0)
        level: float = max(1.0, min(self.level * (1.0 + push), self._most))
        calls, drops = self._calls_minute.at(now), self._drops_minute.at(now)
        if calls > 20 and drops / calls > 0.5:
            level /= 2
        if self._calls > 50 and self._drop_percent > 100.0 * self._info.target:
            level = self._braked(level, now)
        return max(1.0, level)

    def _braked(self, level: float, now: float) -> float:
        if self._method is OverLimit.HARD_LIMIT:
            return 1.0
        if self._method is OverLimit.AVERAGE:
            return level / 2
        hundredths = (self._info.t_end - now) / 3600.0 * 100
        return level * min(1.0, max(0.0, hundredths / 1000))


#: Seats, and the ceiling in people at the phone for each ready agent that was found best for so many.
_CEILINGS = ((5, 0.55), (20, 0.66), (50, 0.95), (100, 1.35), (300, 2.0))


def hand_tuned(seats: int, answer_rate: float) -> VicidialPacer:
    """The settings that a patient supervisor finds: only ready agents counted, slow corrections, and a ceiling for
    this floor and this list. That it knows the list's ``answer_rate`` beforehand is a favour to it."""
    people = np.interp(math.log(max(1, seats)), [math.log(n) for n, _ in _CEILINGS], [most for _, most in _CEILINGS])
    return VicidialPacer(available_only=True, intensity=-80, most=max(1.0, float(people) / answer_rate))
