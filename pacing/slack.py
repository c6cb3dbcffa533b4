"""Whether anything has happened since the last forecast that could let one more call in.

A forecast is the dear part of a decision. After one that lets no more calls in, the *slack* is how many agents more
would have to be free for the next call to be let in. Time and each event that makes room use some of it up; until it
is used up the answer is still "no more", and no forecast is made.
"""

from __future__ import annotations

import math

from pacing.interface import EventKind
from pacing.snapshot import State, calls_out

_AT_LAST_S = 3.0  # the longest time without a forecast
_AT_MOST_EVERY_S = 0.45  # calls take many seconds to land: a little later is as good
_BUSY_S = 200.0  # while nothing happens a busy agent makes room for one call in so long, ...
_RINGS_S = 60.0  # ... and a ringing call, less and less likely to be answered, in so long
_CALL = 0.3  # agents that a call makes room for when it comes to nothing
_ROOM = {
    EventKind.LOGIN.value: 1.0,
    EventKind.WRAP_END.value: 0.6,
    EventKind.TALK_END.value: 0.5,
    EventKind.WAS_MACHINE.value: 0.4,
    EventKind.NOANSWER.value: 0.05,
    EventKind.BUSY.value: _CALL,
    EventKind.FAILED.value: _CALL,
    EventKind.CONGESTION.value: _CALL,
    EventKind.CANCELLED.value: _CALL,
    EventKind.MACHINE.value: 0.4,
    EventKind.CONNECT.value: 0.0,
    EventKind.DIAL.value: 0.0,
    EventKind.ANSWER.value: 0.0,
    EventKind.LIVE.value: 0.0,
    EventKind.ABANDON.value: 0.0,
    EventKind.LEAVE.value: 0.0,
}
_CROWDS = {EventKind.ANSWER.value, EventKind.LIVE.value, EventKind.ABANDON.value}


class Slack:
    def __init__(self) -> None:
        self._left = self._per_second = self._not_for = 0.0
        self._at = -math.inf
        self._near_giving_up = False
        self._spare = 0  # calls out beyond one for each idle agent, at least: each event may use up one

    def none_left(self) -> None:
        self._left = self._not_for = 0.0

    def on_event(self, kind: str) -> None:
        self._left -= _ROOM.get(kind, 0.0)
        self._spare -= 1
        if self._near_giving_up and kind in _CROWDS:
            self.none_left()

    def left(self, state: State) -> bool:
        """Whether the last forecast's answer, no more calls, still holds at ``state``."""
        elapsed = state.now - self._at
        if not 0.0 <= elapsed < _AT_LAST_S:
            return False
        return elapsed < self._not_for or self._left > elapsed * self._per_second

    def stands(self, now: float) -> bool:
        """Whether ``left`` would be True at ``now`` of any floor that the events since can have led to, with a call
        out for each idle agent."""
        return 0.0 <= now - self._at < self._not_for and self._spare > 0

    def measure(self, state: State, *, placed: int, chance: float, theta: float, spread: float, soon: float) -> None:
        """After a forecast by which the next call would find no agent with ``chance``, and ``theta`` is allowed."""
        self._at = state.now
        busy, out = len(state.talk) + len(state.wrap), len(state.ringing) + len(state.amd) + placed
        self._per_second = busy / _BUSY_S + out / _RINGS_S
        self._spare = calls_out(state) - len(state.idle)
        self._near_giving_up = soon > theta
        self._not_for = _AT_MOST_EVERY_S
        # By the slope of the normal distribution's tail: of its logarithm, per standard deviation.
        deep = math.sqrt(max(0.0, -2.0 * math.log(min(1.0, max(theta, 1e-4)))))
        self._left = spread * math.log(max(chance, 1e-9) / max(theta, 1e-4)) / (deep + 0.8)
