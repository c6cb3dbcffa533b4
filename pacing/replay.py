"""The supervisor's what-if: the day's own calls under another target or another pacer.

The simulator plays a ``Trace``: the same agents at the same hours, and the list's calls with the fates they had, in the
order they were dialed. A pacer that dials more than was dialed gets fates drawn from those of the same hour. One play
is one day of many that might have been, so it is played many times: each draws every fate anew from its neighbours in
the list (a moving-block bootstrap), and what is told is the mean and where 95 of 100 such days lie.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pacing.interface import EventKind, Pacer
from pacing.leads import Lead
from pacing.measures import Measures
from pacing.scenario import Scenario
from pacing.simulation import Simulation
from pacing.snapshot import Info
from pacing.trace import ANSWERED, Fate, FateKind, Spans, Trace

NEIGHBOURS = 100  #: a fate is drawn anew from so many on either side in the list
SAME_HOUR_S = 900.0  #: beyond the end of the list, from those dialed within so long of the same time of day
FEWEST = 50  #: or from so many that were dialed nearest to it
_BLOCK = 4096
_USUAL = Scenario()

_END_KINDS = {
    FateKind.NO_ANSWER: EventKind.NOANSWER,
    FateKind.BUSY: EventKind.BUSY,
    FateKind.FAILED: EventKind.FAILED,
    FateKind.CONGESTION: EventKind.CONGESTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """``mean`` over the plays, and between what 95 of 100 such days lie."""

    mean: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a trace is worth under a pacer. ``abandonment.mean`` is of all people of all plays together."""

    plays: int
    utilisation: Span
    abandonment: Span
    worst_hour: Span | None  #: None where too few people answer in an hour to say
    people_per_agent_hour: Span
    dials_per_person: Span
    idle_wait_s: Span
    people: Span
    dialed: Span


class Refates:
    """The fates that the simulator deals out, completed where the log is silent. The draws belong to the place in the
    list, so that two pacers meet the same people. ``seed`` None: the list as it was, nothing drawn that is known."""

    def __init__(self, trace: Trace, seed: int | None) -> None:
        self._fates = list(trace.fates)
        self._at = [fate.at for fate in self._fates]
        self._seed = seed
        self._ring_timeout = trace.ring_timeout
        self._known = sorted(
            (fate for fate in self._fates if fate.kind is not FateKind.CANCELLED), key=lambda fate: fate.ring_s
        )
        self._known_rings = [fate.ring_s for fate in self._known]
        self._talks = sorted(fate.talk_s for fate in trace.people if fate.talk_s is not None)
        self._wraps = [fate.wrap_s for fate in trace.people if fate.wrap_s is not None]
        self._place = 0
        self._drawn: Iterator[list[float]] = iter(())

    def next(self, now: float) -> Fate:
        """The fate of the call that is dialed now."""
        place, chance = self._place, self._chances()
        self._place += 1
        if place >= len(self._fates):
            fate = self._fates[self._same_hour(now, chance[0])]
        elif self._seed is None:
            fate = self._fates[place]
        else:
            first, last = max(0, place - NEIGHBOURS), min(len(self._fates), place + NEIGHBOURS + 1)
            fate = self._fates[first + int(chance[0] * (last - first))]
        return self._completed(fate, chance)

    def _same_hour(self, now: float, chance: float) -> int:
        first = bisect.bisect_left(self._at, now - SAME_HOUR_S)
        last = bisect.bisect_right(self._at, now + SAME_HOUR_S)
        lacking = FEWEST - (last - first)
        if lacking > 0:
            first = max(0, min(first - (lacking + 1) // 2, len(self._at) - FEWEST))
            last = min(len(self._at), max(last, first + FEWEST))
        return first + int(chance * (last - first))

    def _completed(self, fate: Fate, chance: Sequence[float]) -> Fate:
        if fate.kind is FateKind.CANCELLED:  # one of those that rang on for longer
            first = bisect.bisect_right(self._known_rings, fate.ring_s)
            if first == len(self._known):
                return replace(fate, kind=FateKind.NO_ANSWER, ring_s=max(fate.ring_s, self._ring_timeout))
            fate = self._known[first + int(chance[1] * (len(self._known) - first))]
        if fate.kind is not FateKind.PERSON:
            return fate
        talk_s, wrap_s = fate.talk_s, fate.wrap_s
        if talk_s is None:
            talk_s = self._talk(fate.talked_s or 0.0, chance[2])
        if wrap_s is None:
            wrap_s = self._wraps[int(chance[3] * len(self._wraps))] if self._wraps else _USUAL.wrap.mean
        return replace(fate, talk_s=talk_s, wrap_s=wrap_s)

    def _talk(self, longer_than: float, chance: float) -> float:
        first = bisect.bisect_right(self._talks, longer_than)
        if first < len(self._talks):
            return self._talks[first + int(chance * (len(self._talks) - first))]
        return longer_than + (self._talks[int(chance * len(self._talks))] if self._talks else _USUAL.talk.mean)

    def _chances(self) -> list[float]:
        found = next(self._drawn, None)
        if found is None:
            seed = [0, 0] if self._seed is None else [1, self._seed]
            rng = np.random.default_rng([*seed, self._place // _BLOCK])
            self._drawn = iter(rng.random((_BLOCK, 4)).tolist())
            found = next(self._drawn)
        return found


class _Shifts:
    """An agent's hours as they were, in the shape in which the simulator asks for them."""

    leaves_early = 0.0
    speed = 1.0

    def __init__(self, spans: Spans) -> None:
        self._spans = list(spans)
        self._next = 0
        self.login = spans[0][0]

    def next_work(self) -> float:
        begin, end = self._spans[self._next]
        self._next += 1
        return end - begin

    def back_at(self, now: float) -> float:
        """When they return, having left at ``now``; a shift that is over by then is left out."""
        while self._next < len(self._spans) and self._spans[self._next][1] <= now:
            self._next += 1
        return max(now, self._spans[self._next][0]) if self._next < len(self._spans) else math.inf


class TraceSimulation(Simulation):
    """Plays ``trace`` under ``pacer``: once as the list was (``seed`` None), or drawn anew."""

    def __init__(self, trace: Trace, pacer: Pacer, *, seed: int | None) -> None:
        scenario = Scenario(
            agents=0,
            hours=trace.t_end / 3600.0,
            target=trace.target,
            drift=0.0,
            ring_timeout=trace.ring_timeout,
            min_ring=trace.min_ring,
            patience=trace.patience,
            verdict_after=(0.0, 1.0),  # so that a lead's verdict is in seconds
            person_taken_for_machine=0.5,  # a lead's mistake is 0 or 1: it is taken for what it was taken for
            machine_passed=0.5,
            lines_per_agent=0,
            lines_more=trace.lines,
        )
        super().__init__(scenario, pacer, seed=seed or 0)
        self.dialing_ends = math.inf  # the trace was cut somewhere: nobody on the floor knew
        self._trace = trace
        self._fates = Refates(trace, seed)
        self._patiences: dict[str, float] = {}
        self._lefts: set[str] = set()
        self._shifts = {name: _Shifts(spans) for name, spans in trace.present.items() if spans}
        for name, shifts in self._shifts.items():
            self.add_agent(name, shifts)

    def info(self) -> Info:
        trace = self._trace
        return replace(
            super().info(),
            seats=len(self._shifts),
            prior_answer_rate=trace.prior_answer_rate,
            prior_talk=trace.prior_talk,
            prior_wrap=trace.prior_wrap,
        )

    def _dial(self) -> None:
        fate = self._fates.next(self._now)
        call = self._new_call()
        self._tell(EventKind.DIAL, call)
        person = fate.kind is FateKind.PERSON
        lead = Lead(
            chance=0.0, kind=0.0, segment_factor=1.0, person_ring=fate.ring_s, machine_ring=fate.ring_s, short=0.0,
            verdict=fate.verdict_s, mistake=1.0, refused=1.0, talk=fate.talk_s or 0.0, wrap=fate.wrap_s or 0.0,
        )  # fmt: skip
        self._calls[call] = (lead, person, fate.ring_s)
        if fate.patience_s is not None:
            self._patiences[call] = fate.patience_s
        if fate.kind is FateKind.LEFT:
            self._lefts.add(call)
        at = self._now + fate.ring_s
        if fate.kind in ANSWERED:
            self._at(at, self._answer, call)
        else:
            kind = _END_KINDS[fate.kind]
            self._at(at, lambda ended: self._over(ended, kind), call)

    def _verdict(self, call: str) -> None:
        if call not in self._lefts:
            super()._verdict(call)
            return
        answered, rang = self._amd.pop(call)
        del self._calls[call]
        self._tell(EventKind.FAILED, call, self._now - answered + rang)

    def _patience_of(self, call: str) -> float:
        return self._patiences.get(call, self.scenario.patience)

    def _back_at(self, name: str) -> float:
        return self._shifts[name].back_at(self._now)


def summed_up(days: Sequence[Measures]) -> Played:
    """Mean and spread over plays of one trace."""
    people = sum(day.people for day in days)
    hours = [day.worst_hour for day in days if not math.isnan(day.worst_hour)]
    abandonment = _level([day.abandonment for day in days])
    return Played(
        plays=len(days),
        utilisation=_level([day.utilisation for day in days]),
        abandonment=replace(abandonment, mean=sum(day.abandoned for day in days) / max(1, people)),
        worst_hour=_level(hours) if hours else None,
        people_per_agent_hour=_level([day.people_per_agent_hour for day in days]),
        dials_per_person=_level([day.dials_per_person for day in days]),
        idle_wait_s=_level([day.idle_wait_s for day in days]),
        people=_level([float(day.people) for day in days]),
        dialed=_level([_dialed(day) for day in days]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the other pacer or target would have changed, play by play with the same people: other less same."""

    utilisation: Span
    abandonment: Span
    people_connected: Span
    dialed: Span


def difference(same: Sequence[Measures], other: Sequence[Measures]) -> Difference:
    """Of plays in the same order, whose seeds are the same."""
    pairs = list(zip(same, other, strict=True))
    return Difference(
        utilisation=_span([b.utilisation - a.utilisation for a, b in pairs]),
        abandonment=_span([b.abandonment - a.abandonment for a, b in pairs]),
        people_connected=_span([float(_connected(b) - _connected(a)) for a, b in pairs]),
        dialed=_span([_dialed(b) - _dialed(a) for a, b in pairs]),
    )


def _level(values: Sequence[float]) -> Span:
    return _span(values, least=0.0)


def _connected(day: Measures) -> int:
    return day.people - day.abandoned


def _dialed(day: Measures) -> float:
    return day.dials_per_person * max(1, _connected(day))


def _span(values: Sequence[float], *, least: float = -math.inf) -> Span:
    """The interval of one more play (Student's, for the spread is itself known from so few plays)."""
    found = np.asarray(values)
    mean = float(found.mean())
    if len(found) < 2:
        return Span(mean=mean, low=least, high=math.inf)
    half = _t_975(len(found) - 1) * float(found.std(ddof=1)) * math.sqrt(1.0 + 1.0 / len(found))
    return Span(mean=mean, low=max(least, mean - half), high=mean + half)


def _t_975(freedom: int) -> float:
    """The 97.5 % quantile of Student's distribution (Cornish-Fisher expansion, Abramowitz and Stegun 26.7.5)."""
    z = 1.959964
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
