"""How many calls to place now. Pure: no clock, no chance and nothing of the rest of the project.

A pacer sees the floor (``State``) and what happened (``on_event``) and answers with a ``Decision``. ``Governor`` wraps
any pacer in the limits that always hold; ``TrunkLimiter`` keeps one trunk within what its carrier bears.
"""

from __future__ import annotations

from pacing.catalogue import PACERS, pacer_for
from pacing.decision import Decision, Forecast, Reason
from pacing.governor import Conditions, Governor
from pacing.interface import Cancelling, EventKind, Pacer
from pacing.snapshot import Info, State
from pacing.trunk import TrunkHealth, TrunkLimiter

__all__ = [
    "PACERS",
    "Cancelling",
    "Conditions",
    "Decision",
    "EventKind",
    "Forecast",
    "Governor",
    "Info",
    "Pacer",
    "Reason",
    "State",
    "TrunkHealth",
    "TrunkLimiter",
    "pacer_for",
]
