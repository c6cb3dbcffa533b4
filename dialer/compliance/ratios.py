"""Rates that the law watches, such as abandoned calls over people answered, and how much of them is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioStanding:
    """Where a campaign stands under one ratio rule, counted from the log. ``numerator`` and ``denominator`` are
    estimates where the pack adds any. ``headroom`` is how many further abandoned answers fit, None where the rule is not
    active; ``overdial`` whether more lines than free agents may be dialed. ``maximum`` and ``target`` are fractions."""

    rule: str
    window_from: datetime
    window_to: datetime
    numerator: float
    denominator: float
    maximum: float
    target: float
    rate: float
    breach: bool
    headroom: int | None
    overdial: bool
