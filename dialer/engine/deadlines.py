"""What must not wait for ever. A deadline whose call is gone or has moved on lapses: nobody is woken for it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from itertools import count

from dialer.domain.call import UNANSWERED, CallState
from dialer.domain.ids import CallId
from dialer.engine.live import LiveCall


class DeadlineKind(StrEnum):
    RING = "ring"
    RING_MINIMUM = "ring_minimum"  #: a call that is to be given up has rung long enough
    VERDICT = "verdict"  #: answered, and the detector says nothing
    PATIENCE = "patience"  #: a person waits for an agent
    BRIDGE = "bridge"  #: Asterisk has not said that the bridge is there
    MESSAGE = "message"  #: a recorded message, or the wait for a beep, takes too long
    TALK = "talk"  #: what was asked for the call in hand has not come about
    HANDED_OVER = "handed_over"  #: a person has been with somebody outside for too long
    SERVICE = "service"  #: whoever serves themselves has been on the line for too long
    AGENT_WANTED = "agent_wanted"  #: they have waited for an agent as long as their flow says
    HANG_UP = "hang_up"  #: the hang-up we asked for has not come
    LEG = "leg"  #: an agent's phone has not answered
    RETURN = "return"  #: a lost phone is called again, or given up
    UNBRIDGED = "unbridged"  #: the person has lost their agent, and no phone was lost
    WRAP_UP = "wrap_up"
    PREVIEW = "preview"
    TRUNK = "trunk"  #: the trunk's rate held calls back: it may have room again
    SYNC = "sync"  #: Asterisk's list of channels has not come


_NOT_OF_A_CALL = (
    DeadlineKind.LEG,
    DeadlineKind.RETURN,
    DeadlineKind.WRAP_UP,
    DeadlineKind.PREVIEW,
    DeadlineKind.TRUNK,
    DeadlineKind.SYNC,
)


#: Where a call is while a deadline can still come to mean anything; of other kinds, it must still be there.
_WHILE: Mapping[DeadlineKind, Container[CallState]] = {
    DeadlineKind.RING: UNANSWERED,
    DeadlineKind.RING_MINIMUM: UNANSWERED,
    DeadlineKind.VERDICT: {CallState.DETECTING},
    DeadlineKind.PATIENCE: {CallState.WAITING, CallState.BRIDGING},  # a bridge that fails has them wait on
    DeadlineKind.BRIDGE: {CallState.BRIDGING},
    DeadlineKind.MESSAGE: {CallState.LISTENING, CallState.MESSAGE},
    DeadlineKind.HANDED_OVER: {CallState.HANDED_OVER},
    DeadlineKind.HANG_UP: {CallState.ENDING},
}


class Deadlines:
    """A heap of (when, kind, ident). A call's ident begins with the call's id; ``calls`` are those that are out."""

    def __init__(self, calls: Mapping[CallId, LiveCall]) -> None:
        self._calls = calls
        self._heap: list[tuple[float, int, DeadlineKind, str]] = []
        self._order = count()

    def set(self, when: float, kind: DeadlineKind, ident: str) -> None:
        heapq.heappush(self._heap, (when, next(self._order), kind, ident))

    def due(self, now: float) -> Iterator[tuple[DeadlineKind, str]]:
        while self._heap and self._heap[0][0] <= now:
            _, _, kind, ident = heapq.heappop(self._heap)
            if not self._lapsed(kind, ident):
                yield kind, ident

    @property
    def next_at(self) -> float:
        """Monotonic seconds of the earliest; inf where there is none."""
        heap = self._heap
        while heap and self._lapsed(*heap[0][2:]):
            heapq.heappop(heap)
        return heap[0][0] if heap else math.inf

    def _lapsed(self, kind: DeadlineKind, ident: str) -> bool:
        if kind in _NOT_OF_A_CALL:
            return False
        call = self._calls.get(CallId(ident.partition(" ")[0]))
        return call is None or (kind in _WHILE and call.state not in _WHILE[kind])
