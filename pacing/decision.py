"""A pacer's answer, with its reason. The reason reaches log, metric and API unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why so many calls and no more. The values are stable ids: never rename one."""

    IDLE_AGENTS = "idle-agents"  #: one call for each idle agent
    RATIO = "ratio"  #: the fixed ratio times the idle agents
    RATIO_CUT = "ratio-cut-abandonment"  #: too many people abandoned: one call for each idle agent until it is better
    ENOUGH_OUT = "enough-calls-out"  #: the calls already out may need every agent who is or becomes free
    NO_IDLE_AGENT = "no-idle-agent"
    PREDICTED = "predicted"  #: as many as the forecast lets in
    LEARNING = "learning"  #: hardly more than one call for each idle agent until more people have answered
    BUDGET_SPENT = "abandonment-budget-spent"  #: nobody more may be abandoned for now: one call for each idle agent
    WINDOW_OVER = "window-over"  #: the time to dial is over
    AGENTS_CHOOSE = "agents-choose"  #: preview: a call is placed when an agent says so, never by itself

    # The governor's own.
    DRAINING = "draining"
    LINK_DOWN = "link-down"  #: nothing is known of the calls that are out, so none is added
    TRUNK_DOWN = "trunk-down"
    NO_AGENT = "no-agent-signed-in"  #: or all are on a break
    NO_LINE_FREE = "no-line-free"
    LINES = "lines"  #: fewer than wanted: the free lines are used up
    CALLS_PER_SECOND = "calls-per-second"
    TRUNK_REFUSES = "trunk-refuses-calls"  #: fewer than wanted: the carrier refused several calls in a row
    NO_HEADROOM = "no-headroom"  #: the law's abandonment rate leaves no room: one call for each idle agent
    RAMP = "ramp"  #: fewer than wanted: after a start or a change of the floor more is let in little by little


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the pacer expects within ``horizon_s`` seconds: ``people`` who answer, ``agents_free`` to take them, and
    the chance (0..1) that the next person who answers finds nobody."""

    horizon_s: float
    people: float
    agents_free: float
    abandonment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``calls_to_place`` now, at least 0. ``forecast`` is None from a pacer that makes none. ``chances``: of each call
    to place, that a person who answers it is abandoned (0..1, what was learned of earlier forecasts included); empty
    from a pacer that forecasts none."""

    calls_to_place: int
    reason: Reason
    forecast: Forecast | None = None
    chances: tuple[float, ...] = ()
