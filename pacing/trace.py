"""What a floor really lived through: the fates of its calls in the order they were dialed, and who was there when.

Times are seconds from the beginning of the trace. A trace is complete enough to be played again under another pacer:
what the log cannot know (how long somebody would have talked whom nobody took) is drawn from calls of which it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pacing.measures import Measures, Tally, measure
from pacing.snapshot import Info

_USUAL = Info()


class FateKind(StrEnum):
    """What came of a call."""

    PERSON = "person"  #: the detector let it through to the agents
    MACHINE = "machine"  #: the detector told it from a person
    LEFT = "left"  #: answered, and hung up before the detector had decided
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    CONGESTION = "congestion"  #: the carrier refused it
    CANCELLED = "cancelled"  #: we hung up while it rang: nobody knows what would have come


ANSWERED = frozenset({FateKind.PERSON, FateKind.MACHINE, FateKind.LEFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """One call. ``ring_s``: dialing to answer or end. ``verdict_s``: answer to verdict, or to the hang-up of who left.

    ``bridge_s``: verdict to agent, None where no agent came; ``talk_s`` and ``wrap_s`` are None where there was no
    conversation, or it was not over when the trace ended. ``patience_s``: how long this person might wait for an agent;
    None: the campaign's patience."""

    at: float
    kind: FateKind
    ring_s: float
    verdict_s: float = 0.0
    bridge_s: float | None = None
    talk_s: float | None = None
    talked_s: float | None = None  #: of a conversation that is not over: so far
    wrap_s: float | None = None
    patience_s: float | None = None

    @property
    def verdict_at(self) -> float:
        return self.at + self.ring_s + self.verdict_s


Spans = Sequence[tuple[float, float]]  #: (from, to), in order, apart from one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """``fates`` in the order of dialing; ``present`` when each agent was signed in and not on a break. ``abandoned_at``
    are the people whom no agent took, by the log. ``lines`` are the trunk's. The ``prior_*`` are what a pacer may
    believe before the first call."""

    t_end: float
    target: float
    patience: float
    ring_timeout: float
    min_ring: float
    lines: int
    fates: Sequence[Fate]
    present: Mapping[str, Spans]
    abandoned_at: Sequence[float] = field(default_factory=tuple)
    prior_answer_rate: float = _USUAL.prior_answer_rate
    prior_talk: float = _USUAL.prior_talk
    prior_wrap: float = _USUAL.prior_wrap

    @property
    def present_s(self) -> float:
        return sum(end - begin for spans in self.present.values() for begin, end in spans)

    @property
    def people(self) -> list[Fate]:
        return [fate for fate in self.fates if fate.kind is FateKind.PERSON]

    def happened(self) -> Measures:
        """What the time of the trace was worth, by the log."""
        tally = Tally(t_end=self.t_end, target=self.target)
        tally.dialed = len(self.fates)
        tally.present_s = self.present_s
        tally.abandoned_at = [at for at in self.abandoned_at if 0.0 <= at < self.t_end]
        for fate in self.people:
            if fate.bridge_s is None:
                continue
            began = fate.verdict_at + fate.bridge_s
            if began < self.t_end:
                tally.connected_at.append(began)
                running = fate.talk_s is None or fate.wrap_s is None
                over = self.t_end if running else began + (fate.talk_s or 0.0) + (fate.wrap_s or 0.0)
                tally.work_s += min(over, self.t_end) - began
        return measure(tally)
