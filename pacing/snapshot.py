"""What a pacer may know: the campaign's constants once, and the floor as it is now.

The field names are the ones that any pacer and any simulator agree on; they are not ours to change. Times are seconds
on one clock that never goes back; a duration is in seconds, a rate a fraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What holds for the whole session.

    ``target`` is the abandonment rate allowed, 0.03 for 3 %. ``patience`` is how long a person may wait for an agent
    after the verdict. ``seats`` is the number of agents on the roster. ``min_ring`` is how long a phone must ring
    before the call may be given up. The ``prior_*`` fields are what to believe before anything was seen.
    """

    target: float = 0.03
    patience: float = 2.0
    ring_timeout: float = 25.0
    t_end: float = float("inf")
    seats: int = 1
    min_ring: float = 15.0
    prior_answer_rate: float = 0.3
    prior_talk: float = 120.0
    prior_wrap: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The floor at ``now``. Agents on a break are in none of ``idle``, ``talk`` and ``wrap``.

    * ``idle``, ``talk``, ``wrap``: agent to since when; ``idle`` in order, the longest idle first.
    * ``ringing``: call to when it was dialed; from the decision to dial on, so that no call is decided twice.
    * ``amd``: answered call to (when it was answered, how many seconds it rang), verdict not yet known.
    * ``waiting``: call found to be a person, not yet with an agent, to when that was decided.
    * ``lines_free``: calls that the trunk still has room for, at least 0.
    * ``dialed``, ``connected``, ``machine_to_agent``, ``abandoned``: counts over the campaign's window. ``connected``
      counts every call that reached an agent, the ``machine_to_agent`` among them.
    * ``logged_in``: agents signed in; ``outstanding``: calls dialed that are neither over nor with an agent.
    """

    now: float
    idle: Mapping[str, float] = field(default_factory=dict)
    talk: Mapping[str, float] = field(default_factory=dict)
    wrap: Mapping[str, float] = field(default_factory=dict)
    ringing: Mapping[str, float] = field(default_factory=dict)
    amd: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    waiting: Mapping[str, float] = field(default_factory=dict)
    lines_free: int = 0
    dialed: int = 0
    connected: int = 0
    machine_to_agent: int = 0
    abandoned: int = 0
    t_end: float = float("inf")
    logged_in: int = 0
    outstanding: int = 0


def calls_out(state: State) -> int:
    """Calls that may still need an agent."""
    return len(state.ringing) + len(state.amd) + len(state.waiting)


def abandonment_rate(state: State) -> float:
    """People abandoned over people answered in the window; 0 while nobody answered.

    Machines that reached an agent are not people: they must not dilute the rate.
    """
    people = max(0, state.connected - state.machine_to_agent) + state.abandoned
    return state.abandoned / people if people else 0.0
