"""Preview: the agent looks at the debtor first, and the call is placed when the agent says so."""

from __future__ import annotations

from pacing.decision import Decision, Reason
from pacing.snapshot import Info, State


class PreviewPacer:
    """Never places a call by itself."""

    def start(self, info: Info) -> None: ...

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None: ...

    def decide(self, state: State) -> Decision:
        return Decision(calls_to_place=0, reason=Reason.AGENTS_CHOOSE)
