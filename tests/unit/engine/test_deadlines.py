"""A deadline that means nothing any more wakes nobody."""

from __future__ import annotations

import math

from dialer.domain.call import CallState
from dialer.domain.ids import CallId
from dialer.engine.deadlines import DeadlineKind, Deadlines
from dialer.engine.live import LiveCall
from tests.support.memory_log import attempt_for

CALL = CallId("c1")


def with_a_call(state: CallState) -> tuple[LiveCall, Deadlines]:
    call = LiveCall(attempt=attempt_for(1, CALL), state=state)
    return call, Deadlines({CALL: call})


def test_the_earliest_comes_first_and_each_once() -> None:
    _, deadlines = with_a_call(CallState.RINGING)
    assert deadlines.next_at == math.inf
    deadlines.set(20.0, DeadlineKind.RING, CALL)
    deadlines.set(10.0, DeadlineKind.TRUNK, "")
    assert deadlines.next_at == 10.0
    assert list(deadlines.due(25.0)) == [(DeadlineKind.TRUNK, ""), (DeadlineKind.RING, CALL)]
    assert (list(deadlines.due(25.0)), deadlines.next_at) == ([], math.inf)


def test_that_of_a_call_that_has_moved_on_lapses() -> None:
    call, deadlines = with_a_call(CallState.RINGING)
    deadlines.set(20.0, DeadlineKind.RING, CALL)
    assert deadlines.next_at == 20.0
    call.state = CallState.TALKING
    assert deadlines.next_at == math.inf
    deadlines.set(30.0, DeadlineKind.PATIENCE, CALL)
    deadlines.set(31.0, DeadlineKind.TALK, f"{CALL} 2")
    assert list(deadlines.due(40.0)) == [(DeadlineKind.TALK, f"{CALL} 2")]


def test_one_may_make_another_lapse_that_is_due_at_the_same_time() -> None:
    call, deadlines = with_a_call(CallState.WAITING)
    deadlines.set(20.0, DeadlineKind.PATIENCE, CALL)
    deadlines.set(20.0, DeadlineKind.PATIENCE, CALL)
    came = []
    for kind, _ in deadlines.due(20.0):
        came.append(kind)
        call.state = CallState.MESSAGE
    assert came == [DeadlineKind.PATIENCE]


def test_that_of_a_call_that_is_gone_lapses() -> None:
    call = LiveCall(attempt=attempt_for(1, CALL), state=CallState.RINGING)
    calls = {CALL: call}
    deadlines = Deadlines(calls)
    deadlines.set(20.0, DeadlineKind.SERVICE, CALL)
    deadlines.set(30.0, DeadlineKind.WRAP_UP, f"agent1 {CALL}")
    calls.clear()
    assert deadlines.next_at == 30.0
