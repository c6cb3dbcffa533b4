"""A fixed number of lines for each idle agent, and one line only while too many people are being abandoned."""

from __future__ import annotations

import math

from pacing.decision import Decision, Reason
from pacing.snapshot import Info, State, abandonment_rate, calls_out


class PowerPacer:
    """Keeps ``ratio`` (1.0 to 10.0) calls out for each idle agent.

    A ratio such as 1.5 is kept as an average: of the agents who become idle, one gets one line and the next gets two.
    Each agent keeps their lines until they are busy again, so that deciding often does not dial more.

    While the abandonment rate of the window is above ``Info.target`` the ratio is 1.
    """

    def __init__(self, ratio: float) -> None:
        if not 1.0 <= ratio <= 10.0:
            raise ValueError("ratio must lie between 1.0 and 10.0 lines per idle agent")
        self._ratio = ratio
        self._target = Info().target
        self._lines: dict[tuple[str, float], int] = {}
        self._idle_spells = 0

    def start(self, info: Info) -> None:
        self._target = info.target
        self._lines = {}
        self._idle_spells = 0

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None: ...

    def decide(self, state: State) -> Decision:
        lines = self._lines_for_idle(state)
        if not state.idle:
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        reason = Reason.RATIO
        if abandonment_rate(state) > self._target:
            lines, reason = len(state.idle), Reason.RATIO_CUT
        wanted = lines - calls_out(state)
        if wanted <= 0:
            return Decision(calls_to_place=0, reason=reason if reason is Reason.RATIO_CUT else Reason.ENOUGH_OUT)
        return Decision(calls_to_place=wanted, reason=reason)

    def _lines_for_idle(self, state: State) -> int:
        kept: dict[tuple[str, float], int] = {}
        for spell in state.idle.items():
            lines = self._lines.get(spell)
            if lines is None:
                before = self._idle_spells
                self._idle_spells += 1
                lines = math.floor(self._idle_spells * self._ratio) - math.floor(before * self._ratio)
            kept[spell] = lines
        self._lines = kept
        return sum(kept.values())
