"""What the console asks about pacing that takes a simulation to answer."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pacing.what_if import WhatIf


class PacingRoom(Protocol):
    async def what_if(
        self, campaign: str, *, since: datetime, until: datetime, target: float | None, pacer: str | None
    ) -> WhatIf:
        """The campaign's own calls of that time under another target or pacer; None: as it was. Raises UnknownCampaign,
        InputError where there are no calls or no such pacer, TookTooLong, StoreError, SimulationFailed."""
        ...
