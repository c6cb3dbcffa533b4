"""What every pacer offers, so that any of them runs in the engine and in any simulator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pacing.decision import Decision
from pacing.snapshot import Info, State


class EventKind(StrEnum):
    """What can happen. ``ident`` and ``value`` of ``on_event`` are named after each."""

    LOGIN = "login"  #: agent
    LEAVE = "leave"  #: agent, where they go on working; None for a break or a log-out
    DIAL = "dial"  #: call; its chance of Decision.chances where the dialer kept it, else None
    ANSWER = "answer"  #: call, seconds it rang
    LIVE = "live"  #: call, seconds it rang: the detector says person
    MACHINE = "machine"  #: call, seconds it rang
    NOANSWER = "noanswer"  #: call, age in seconds
    BUSY = "busy"  #: call, age
    FAILED = "failed"  #: call, age
    CONGESTION = "congestion"  #: call, age: the carrier refused
    CANCELLED = "cancelled"  #: call, age
    CONNECT = "connect"  #: call, agent
    ABANDON = "abandon"  #: call, seconds waited
    TALK_END = "talk_end"  #: agent, seconds
    WAS_MACHINE = "was_machine"  #: agent: reports that the last call was a machine
    WRAP_END = "wrap_end"  #: agent, seconds


class Pacer(Protocol):
    """Decides how many calls to place. Owns no clock and no randomness: the same events give the same answers."""

    def start(self, info: Info) -> None:
        """Called once, before the first event."""
        ...

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        """Called after every event, in the order of time. ``kind`` is a value of EventKind; unknown kinds are
        ignored, so that a simulator may tell more than a pacer uses."""
        ...

    def decide(self, state: State) -> Decision:
        """Called after events, at most every 0.2 s and at least every second. May be called twice for one instant."""
        ...


@runtime_checkable
class Cancelling(Protocol):
    """A pacer that may also give up ringing calls."""

    def cancel(self, state: State) -> Collection[str]:
        """Ringing calls to hang up now; each must have rung for ``Info.min_ring`` at least."""
        ...


@runtime_checkable
class Describing(Protocol):
    """A pacer that learns from what is known of a call beforehand."""

    def describe(self, call: str, features: Mapping[str, str]) -> None:
        """Called just before the call's ``dial`` event, where anything is known: the list's segment, the hour of the
        day, how the number's earlier calls went. Names and values are labels of a few values each (``{"segment":
        "under-30-days", "history": "answered-before"}``), not measurements; calls without a description are average."""
        ...


@runtime_checkable
class Standing(Protocol):
    """A pacer that knows without looking at the floor that it would place nothing."""

    def stands(self, now: float) -> bool:
        """True only where ``decide`` would place no call at ``now`` (seconds on the clock of ``State.now``), and
        ``cancel`` give up none, whatever the events that it was told of have made of the floor. False says nothing."""
        ...

    def held_back(self) -> None:
        """Fewer calls were let through than the latest ``decide`` said: it wants more, and no answer stands."""
        ...
