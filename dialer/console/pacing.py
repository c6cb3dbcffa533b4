"""The console's questions about pacing, answered beside the engine."""

from __future__ import annotations

from datetime import datetime

from dialer.beside import Beside
from dialer.settings import Settings
from dialer.store.database import Database
from dialer.what_if import Effort, Question, answer, read_floor
from pacing.what_if import WhatIf

EFFORT = Effort(plays=12, processes=1, budget_s=20.0, patience_s=50.0)


class ConsolePacing:
    """Implements ``agent_console.ports_pacing.PacingRoom``. ``beside`` reads the log and waits for the process that
    plays it, so that not even writing a long trace down for it holds up a call."""

    def __init__(self, beside: Beside, settings: Settings, *, effort: Effort = EFFORT) -> None:
        self._beside = beside
        self._settings = settings
        self._effort = effort

    async def what_if(
        self, campaign: str, *, since: datetime, until: datetime, target: float | None, pacer: str | None
    ) -> WhatIf:
        question = Question(campaign=campaign, since=since, until=until, target=target, pacer=pacer)

        async def work(database: Database) -> WhatIf:
            found, floor = await read_floor(database, question, self._settings)
            return await answer(question, found, floor, self._settings, self._effort)

        return await self._beside.ask(work)
