"""After a beginning or a shock nobody knows how many people will answer: dialing ahead is let in little by little."""

from __future__ import annotations

import math
from collections import deque

from pacing.snapshot import State, calls_out

_QUIET_S = 60.0  # so long without a call out, and it is a new beginning: lunch, an empty list, a closed window
_LOOK_BACK_S = 60.0  # agents are compared with those of a minute ago
_ROSE, _FELL, _AT_LEAST = 1.5, 0.7, 3  # times as many, and a difference of some agents


class Ramp:
    """For ``length_s`` seconds after a beginning, what goes beyond one call for each idle agent grows from nothing to
    what the pacer wants.

    It begins with the first decision, after every hard stop, when dialing goes on after a minute without a call, when
    the carrier takes calls again, and when within a minute half as many agents more are at work, or three in ten fewer.
    """

    def __init__(self, length_s: float) -> None:
        if length_s < 0:
            raise ValueError("ramp_s must be 0 or more")
        self._length_s = length_s
        self._from: float | None = None
        self._out_at: float | None = None
        self._at_work: deque[tuple[float, int]] = deque()
        self._most = self._least = 0  # of those
        self._trunk_open = True

    def begin(self) -> None:
        """With the next decision it begins anew."""
        self._from = None

    def see(self, state: State, *, trunk_open: bool) -> None:
        """The floor before a decision."""
        now = state.now
        if calls_out(state) or self._out_at is None:
            self._out_at = now
        if now - self._out_at >= _QUIET_S or (trunk_open and not self._trunk_open) or self._shocked(state):
            self._from = None
            self._out_at = now
        self._trunk_open = trunk_open
        if self._from is None:
            self._from = now

    def most(self, state: State, wanted: int) -> int:
        """Of ``wanted`` calls, those that are let in. Call ``see`` first."""
        elapsed = max(0.0, state.now - (state.now if self._from is None else self._from))
        if elapsed >= self._length_s:
            return wanted
        out, surely = calls_out(state), len(state.idle)
        beyond = max(0, out + wanted - surely)
        return max(0, surely + math.floor(beyond * elapsed / self._length_s) - out)

    def _shocked(self, state: State) -> bool:
        """Whether many agents came or went within the last minute."""
        at_work = len(state.idle) + len(state.talk) + len(state.wrap)
        seen = self._at_work
        before = len(seen)
        while seen and not 0.0 <= state.now - seen[0][0] < _LOOK_BACK_S:
            seen.popleft()
        if not seen or state.now - seen[-1][0] >= 1.0:
            seen.append((state.now, at_work))
            before = 0
        if len(seen) != before:
            counts = [count for _, count in seen]
            self._most, self._least = max(counts), min(counts)
        came = at_work >= max(_ROSE * self._least, self._least + _AT_LEAST)
        went = at_work <= min(_FELL * self._most, self._most - _AT_LEAST)
        if came or went:
            seen.clear()
            seen.append((state.now, at_work))
            self._most = self._least = at_work
        return came or went
