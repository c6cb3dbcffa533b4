"""One call for each idle agent: nobody is abandoned unless an agent leaves while the phone rings."""

from __future__ import annotations

from pacing.decision import Decision, Reason
from pacing.snapshot import Info, State, calls_out


class ProgressivePacer:
    """Places as many calls as there are idle agents, less the calls that are out and may need one of them."""

    def start(self, info: Info) -> None: ...

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None: ...

    def decide(self, state: State) -> Decision:
        if not state.idle:
            return Decision(calls_to_place=0, reason=Reason.NO_IDLE_AGENT)
        wanted = len(state.idle) - calls_out(state)
        if wanted <= 0:
            return Decision(calls_to_place=0, reason=Reason.ENOUGH_OUT)
        return Decision(calls_to_place=wanted, reason=Reason.IDLE_AGENTS)
