"""What a predictive pacer remembers of the floor: it turns events into observations and a state into counts.

Events may come late, twice or not at all. A call or a conversation is counted once, when it is first said to be over;
what the state shows and no event told is taken from the state.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Mapping

import numpy as np

from pacing.covariates import CLASSES, Covariates
from pacing.handling import Handling
from pacing.interface import EventKind
from pacing.ringing import BIN_S, LIVE, MACHINE, OTHER, Ringing, Rows, age_bin
from pacing.snapshot import Info, State

_CALIBRATION = 1.0  # of a fresh pacer
_CALIBRATION_WORTH = 6.0  # people whom it was expected of, that the first guess counts for
_CALIBRATION_MEMORY = 80.0
# Looked up once: the property of an enumeration is slow, and there are many events.
_ABANDON = EventKind.ABANDON.value
_ANSWER = EventKind.ANSWER.value
_BUSY = EventKind.BUSY.value
_CANCELLED = EventKind.CANCELLED.value
_CONGESTION = EventKind.CONGESTION.value
_CONNECT = EventKind.CONNECT.value
_DIAL = EventKind.DIAL.value
_FAILED = EventKind.FAILED.value
_LEAVE = EventKind.LEAVE.value
_LIVE = EventKind.LIVE.value
_MACHINE = EventKind.MACHINE.value
_NOANSWER = EventKind.NOANSWER.value
_TALK_END = EventKind.TALK_END.value
_WAS_MACHINE = EventKind.WAS_MACHINE.value
_WRAP_END = EventKind.WRAP_END.value
_OVER = {
    _NOANSWER,
    _BUSY,
    _FAILED,
}
_REFUSALS = 4  # in a row, after which the trunk is taken to refuse every call
_RINGS_S = 1.5  # a call that is up for so long was not refused


class FloorMemory:
    def __init__(self, info: Info) -> None:
        self.ringing = Ringing(ring_timeout=info.ring_timeout, answer_rate=info.prior_answer_rate)
        self.handling = Handling(talk=info.prior_talk, wrap=info.prior_wrap)
        self.covariates = Covariates()
        self._expected: deque[float] = deque(maxlen=256)
        self._chance: dict[str, float] = {}  # by call that is out: what was expected of it when it was dialed
        self._answered: dict[str, float] = {}
        self._talking: set[str] = set()
        self._wrapping: dict[str, bool] = {}  # agent: after a machine?
        self._predicted = _CALIBRATION_WORTH
        self._abandoned = _CALIBRATION * _CALIBRATION_WORTH
        self._pending_leave: str | None = None
        self._refused = 0  # calls in a row
        self._refused_at = -math.inf
        self.ended = 0  #: calls and conversations since the last refresh

    @property
    def calibration(self) -> float:
        """People abandoned over people whom the pacer expected to be."""
        return min(6.0, max(0.25, self._abandoned / self._predicted))

    def _given(self, promised: float) -> float:
        """The chance that a call which is dialed now was given, from what its decision promised where the dialer kept
        it (``Decision.chances``); else the decisions' chances are taken in their order."""
        if math.isfinite(promised):
            return min(1.0, max(0.0, promised / self.calibration))
        return self._expected.popleft() if self._expected else 0.0

    def expect_dial(self, chance: float) -> None:
        """The next call that is dialed was given this chance to find no agent."""
        self._expected.append(chance)

    def describe(self, call: str, features: Mapping[str, str]) -> None:
        if call not in self._chance:
            self.covariates.describe(call, features)

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        seconds = float(value) if isinstance(value, (int, float)) else math.nan
        if kind == _CONGESTION:
            # Says nothing of people, and makes room at once: it must not spoil what is known of the list.
            self.covariates.forget(ident)
            if self._chance.pop(ident, None) is not None:
                self._refused += 1
                self._refused_at = t
        elif kind == _DIAL:
            self._chance.setdefault(ident, self._given(seconds))
        elif kind in _OVER:
            if self._chance.pop(ident, None) is not None:
                self._refused = 0
                self._stopped_ringing(ident, OTHER, seconds)
        elif kind == _ANSWER:
            self._refused = 0
            if ident in self._chance:
                self._answered.setdefault(ident, t)
        elif kind == _LIVE:
            self._verdict(t, ident, LIVE, seconds)
        elif kind == _MACHINE:
            self._verdict(t, ident, MACHINE, seconds)
        elif kind == _CANCELLED:
            self._chance.pop(ident, None)
            self._answered.pop(ident, None)
            self.covariates.forget(ident)
        elif kind == _ABANDON:
            self._abandoned += 1.0
        else:
            self._agent_event(kind, ident, value, seconds)

    def _verdict(self, t: float, call: str, cause: int, rang: float) -> None:
        chance = self._chance.pop(call, None)
        answered = self._answered.pop(call, None)
        if chance is None:
            return
        self._stopped_ringing(call, cause, rang)
        if answered is not None:
            self.ringing.verdict_took(t - answered)
        if cause == LIVE:
            keep = math.exp(-chance / _CALIBRATION_MEMORY)
            self._abandoned *= keep
            self._predicted = self._predicted * keep + chance

    def _stopped_ringing(self, call: str, cause: int, age: float) -> None:
        self.ended += 1
        if self.covariates:
            self.ringing.ended(cause, age, factor=float(CLASSES[self.covariates.class_of(call)]))
            self.covariates.ended(call, person=cause == LIVE)
        else:
            self.ringing.ended(cause, age)

    def _agent_event(self, kind: str, ident: str, value: float | str | None, seconds: float) -> None:
        handling = self.handling
        if kind == _CONNECT:
            self._talking.add(str(value))
        elif kind == _TALK_END:
            if ident in self._talking:
                self._talking.discard(ident)
                self._wrapping[ident] = False
                handling.talked(ident, seconds)
                self.ended += 1
        elif kind == _WAS_MACHINE:
            if ident in self._wrapping:
                self._wrapping[ident] = True
        elif kind == _WRAP_END:
            machine = self._wrapping.pop(ident, None)
            if machine is not None:
                handling.wrapped(seconds, machine=machine)
                self._pending_leave = ident
                return
        elif kind == _LEAVE:
            if self._pending_leave == ident and value is None:
                handling.left()
            self._talking.discard(ident)
            self._wrapping.pop(ident, None)
        self._pending_leave = None

    def refresh(self, state: State) -> None:
        """Takes in what runs now, and what the state shows and no event told."""
        self.ended = 0
        if self.covariates:
            self.ringing.tell_apart()
        self._talking |= state.talk.keys()
        self._talking &= state.talk.keys()
        for agent in state.wrap:
            self._wrapping.setdefault(agent, False)
        for known in (self._chance, self._answered):
            gone = [call for call in known if call not in state.ringing and call not in state.amd]
            for call in gone if len(gone) > 200 else ():
                del known[call]
                self.covariates.forget(call)
        for call in state.ringing:
            self._chance.setdefault(call, 0.0)
        self.ringing.refresh(*self.call_rows(state))
        handling = self.handling
        handling.refresh(handling.ages(state.talk, state.now), handling.ages(state.wrap, state.now))

    def trunk_refuses(self, state: State) -> bool:
        """Whether the carrier refused the latest calls and nothing that was dialed since rings."""
        if self._refused < _REFUSALS:
            return False
        if any(self._refused_at - _RINGS_S < dialed <= state.now - _RINGS_S for dialed in state.ringing.values()):
            self._refused = 0
            return False
        return True

    def call_rows(self, state: State) -> tuple[Rows, Rows]:
        """The row of ``Ringing.chances`` of each call that rings, and the row at which each was answered that the
        detector listens to."""
        ringing, bins = self.ringing, self.ringing.bins
        dialed = np.fromiter(state.ringing.values(), float, len(state.ringing))
        rows = np.minimum(np.maximum((state.now - dialed) / BIN_S, 0), bins - 1).astype(np.int64)
        amd = np.array([age_bin(rang, bins) for _, rang in state.amd.values()], dtype=np.int64)
        if ringing.rows > bins:
            rows += bins * np.array(self.covariates.classes_of(state.ringing), dtype=np.int64)
            amd += bins * np.array(self.covariates.classes_of(state.amd), dtype=np.int64)
        return rows, amd

    def agent_rows(self, state: State) -> Rows:
        """The row of ``Handling.chances`` of each busy agent."""
        handling, wrapping = self.handling, self._wrapping
        rows = handling.row(handling.ages({**state.talk, **state.wrap}, state.now))
        if state.wrap:
            first = handling.rows
            rows[len(state.talk) :] += [2 * first if wrapping.get(agent) else first for agent in state.wrap]
        if handling.differ:
            rows += np.array(handling.first_rows(itertools.chain(state.talk, state.wrap)), dtype=np.int64)
        return rows
