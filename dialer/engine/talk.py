"""The live record of a talk: its state, whom else it is about, and what was done in it, for the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.domain import talk as talk_table
from dialer.domain.ids import AgentId, LegId
from dialer.domain.talk import TalkSignal, TalkState
from dialer.engine.messages import Instant
from dialer.ports import TalkNote

MOST_NOTES = 200  # of one call; an agent who plays with a button must not fill the log


@dataclass(slots=True, kw_only=True)
class Target:
    """Whom the agent wants to speak with, or to give the person to. ``agent_id`` is None for somebody outside."""

    leg_id: LegId
    name: str
    agent_id: AgentId | None = None
    number: str = ""
    up: bool = False  #: their phone is answered


@dataclass(slots=True, kw_only=True)
class Talk:
    """``settled``: that people hear each other as ``state`` says was told, and not only asked for."""

    state: TalkState = TalkState.JOINED
    since: Instant | None = None
    settled: bool = True
    step: int = 0  #: counts what was asked for, so that an old deadline does nothing
    target: Target | None = None
    thirds: int = 0  #: people outside who were called
    notes: list[TalkNote] = field(default_factory=list)
    notes_dropped: int = 0

    def advance(self, signal: TalkSignal, now: Instant, *, settled: bool = False) -> bool:
        """Take the transition that ``signal`` asks for; False where it means nothing now."""
        following = talk_table.next_state(self.state, signal)
        if following is None:
            return False
        self.state, self.since, self.settled = following, now, settled
        self.step += 1
        return True

    def advance_to(self, state: TalkState, now: Instant) -> None:
        """``state`` is found to be so, whatever it was before."""
        self.state, self.since, self.settled = state, now, True
        self.step += 1

    def note(self, now: Instant, what: str, agent_id: AgentId | None, other: str = "") -> None:
        if len(self.notes) >= MOST_NOTES:
            self.notes_dropped += 1
            return
        self.notes.append(TalkNote(at=now.at, what=what, agent_id=agent_id, other=other))
