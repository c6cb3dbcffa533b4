"""Erlang rate: so many people an hour as Erlang's loss formula lets the agents take.

    a(N) = the load in erlangs at which Erlang B loses ``target`` of what arrives at N agents
    calls a second = a(N) / (p x handle)

Calls are placed evenly at that rate, without regard to who is idle: the textbook's answer, right on average and blind
to the moment. ``p`` is people per call (a running mean of 300 ended calls), ``handle`` talk and wrap-up (of 100). Loads
between whole agents do not arise; calls that AMD passes wrongly make ``handle`` a little shorter, as in life.
"""

from __future__ import annotations

from pacing.decision import Decision, Reason
from pacing.interface import EventKind
from pacing.rivals.recent import RunningMean
from pacing.snapshot import Info, State

_NOBODY = frozenset({EventKind.MACHINE, EventKind.NOANSWER, EventKind.BUSY, EventKind.FAILED, EventKind.CONGESTION})


def erlang_b(agents: int, load: float) -> float:
    """The share lost of ``load`` erlangs offered to ``agents`` servers without a queue."""
    lost = 1.0
    for n in range(1, agents + 1):
        lost = load * lost / (n + load * lost)
    return lost


def load_that_loses(agents: int, share: float) -> float:
    """The load in erlangs at which ``agents`` lose ``share`` (0..1, exclusive)."""
    low, high = 0.0, agents / (1.0 - share)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if erlang_b(agents, middle) < share else (low, middle)
    return low


class ErlangPacer:
    """See the module."""

    def __init__(self) -> None:
        self.start(Info())

    def start(self, info: Info) -> None:
        self._target = min(0.5, max(1e-6, info.target))
        self._answer_rate = RunningMean(1 / 300, info.prior_answer_rate)
        self._answer_rate.seen = 1
        self._talk = RunningMean(1 / 100, info.prior_talk)
        self._talk.seen = 1
        self._wrap = RunningMean(1 / 100, info.prior_wrap)
        self._wrap.seen = 1
        self._loads: dict[int, float] = {}
        self._credit = 0.0
        self._at: float | None = None

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        if kind == EventKind.LIVE:
            self._answer_rate.add(1.0)
        elif kind in _NOBODY:
            self._answer_rate.add(0.0)
        elif kind == EventKind.TALK_END and isinstance(value, int | float):
            self._talk.add(float(value))
        elif kind == EventKind.WRAP_END and isinstance(value, int | float):
            self._wrap.add(float(value))

    def rate(self, agents: int) -> float:
        """Calls a second for ``agents`` at work."""
        if agents not in self._loads:
            self._loads[agents] = load_that_loses(agents, self._target)
        handle = max(1.0, self._talk.value + self._wrap.value)
        return self._loads[agents] / (max(0.02, self._answer_rate.value) * handle)

    def decide(self, state: State) -> Decision:
        agents = len(state.idle) + len(state.talk) + len(state.wrap)
        if agents == 0:
            self._at = state.now
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        since = state.now if self._at is None else self._at
        self._at = max(since, state.now)
        self._credit = min(self._credit + (self._at - since) * self.rate(agents), 5.0 + agents)
        placed = max(0, min(int(self._credit), state.lines_free))
        self._credit -= placed
        return Decision(calls_to_place=placed, reason=Reason.RATIO if placed else Reason.ENOUGH_OUT)
