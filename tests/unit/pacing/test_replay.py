"""Traces played again: the same people, under whatever pacer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pacing.decision import Decision, Reason
from pacing.power import PowerPacer
from pacing.predictive import PredictivePacer
from pacing.progressive import ProgressivePacer
from pacing.replay import Refates, TraceSimulation, difference, summed_up
from pacing.scenario import Scenario
from pacing.snapshot import State
from pacing.trace import Fate, FateKind, Trace
from pacing.what_if import agreement, compared, happened
from tests.support.traces import Recorder, recorded

HOUR = Scenario(agents=20, hours=1.0, drift=0.0)
PERSON = Fate(at=0.0, kind=FateKind.PERSON, ring_s=5.0, verdict_s=1.0, bridge_s=0.0, talk_s=60.0, wrap_s=10.0)


def trace_of(*fates: Fate, t_end: float = 600.0, agents: int = 1, **changes: object) -> Trace:
    trace = Trace(
        t_end=t_end, target=0.03, patience=2.0, ring_timeout=25.0, min_ring=15.0, lines=50, fates=fates,
        present={f"a{n}": [(0.0, t_end)] for n in range(agents)},
    )  # fmt: skip
    return replace(trace, **changes)  # type: ignore[arg-type]


class AtOnce(ProgressivePacer):
    """Dials so many calls at the first decision, and none afterwards."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = calls

    def decide(self, state: State) -> Decision:
        if state.now < 1.0:
            return Decision(calls_to_place=0, reason=Reason.IDLE_AGENTS)
        calls, self._calls = self._calls, 0
        return Decision(calls_to_place=calls, reason=Reason.IDLE_AGENTS)


def played(trace: Trace, pacer: ProgressivePacer) -> Recorder:
    recorder = Recorder(pacer)
    TraceSimulation(trace, recorder, seed=None).run()
    return recorder


def test_undrawn_fates_are_dealt_as_the_list_was() -> None:
    fates = [replace(PERSON, at=float(n), ring_s=5.0 + n) for n in range(20)]
    dealt = Refates(trace_of(*fates), None)
    assert [dealt.next(0.0) for _ in fates] == fates


def test_a_fate_that_is_drawn_anew_is_one_of_its_neighbours() -> None:
    fates = [replace(PERSON, at=float(n), talk_s=float(n + 1)) for n in range(1000)]
    dealt = Refates(trace_of(*fates), 7)
    talks = [dealt.next(0.0).talk_s or 0.0 for _ in fates]
    assert all(abs(talk - 1 - place) <= 100 for place, talk in enumerate(talks))
    assert len(set(talks)) < 900  # drawn with replacement


def test_a_draw_belongs_to_its_place_in_the_list_whoever_dials_and_when() -> None:
    trace = trace_of(*(replace(PERSON, at=float(n), talk_s=float(n + 1)) for n in range(50)))
    early, late = Refates(trace, 3), Refates(trace, 3)
    assert [early.next(0.0) for _ in range(50)] == [late.next(500.0) for _ in range(50)]


def test_beyond_the_end_of_the_list_fates_are_those_of_the_same_hour() -> None:
    morning = [replace(PERSON, at=float(n)) for n in range(200)]
    evening = [Fate(at=20_000.0 + n, kind=FateKind.BUSY, ring_s=2.0) for n in range(200)]
    dealt = Refates(trace_of(*morning, *evening, t_end=30_000.0), None)
    for _ in range(400):
        dealt.next(0.0)
    assert {dealt.next(100.0).kind for _ in range(50)} == {FateKind.PERSON}
    assert {dealt.next(20_100.0).kind for _ in range(50)} == {FateKind.BUSY}
    assert {dealt.next(10_000.0).kind for _ in range(50)} <= {FateKind.PERSON, FateKind.BUSY}  # the nearest there are


def test_a_call_that_was_hung_up_becomes_one_that_rang_for_longer() -> None:
    hung_up = Fate(at=0.0, kind=FateKind.CANCELLED, ring_s=16.0)
    others = [replace(PERSON, ring_s=ring_s) for ring_s in (4.0, 8.0, 17.0, 20.0)]
    for seed in range(20):
        fate = Refates(trace_of(hung_up, *others), None if seed == 0 else seed).next(0.0)
        assert fate.kind is FateKind.PERSON
    dealt = Refates(trace_of(hung_up, *others), None)
    assert dealt.next(0.0).ring_s in (17.0, 20.0)


def test_where_none_rang_for_longer_nobody_answers() -> None:
    fate = Refates(trace_of(Fate(at=0.0, kind=FateKind.CANCELLED, ring_s=16.0)), None).next(0.0)
    assert (fate.kind, fate.ring_s) == (FateKind.NO_ANSWER, 25.0)


def test_who_was_abandoned_talks_as_long_as_one_of_the_others_did() -> None:
    lost = replace(PERSON, bridge_s=None, talk_s=None, wrap_s=None)
    fate = Refates(trace_of(lost, PERSON), None).next(0.0)
    assert (fate.talk_s, fate.wrap_s) == (60.0, 10.0)


def test_agents_are_there_when_they_were() -> None:
    present = {"ana": [(0.0, 100.0), (300.0, 500.0)], "leo": [(200.0, 600.0)]}
    recorder = played(trace_of(PERSON, present=present), AtOnce(0))
    assert recorder.trace(Scenario(hours=1 / 6)).present == present


def test_who_hangs_up_before_the_verdict_meets_no_agent_and_is_not_abandoned() -> None:
    recorder = played(trace_of(Fate(at=0.0, kind=FateKind.LEFT, ring_s=5.0, verdict_s=0.4)), AtOnce(1))
    (fate,) = recorder.fates.values()
    assert (fate.kind, fate.bridge_s) == (FateKind.FAILED, None)
    assert recorder.abandoned_at == []


def test_a_person_waits_no_longer_than_the_law_of_their_call_allows() -> None:
    two = (replace(PERSON, patience_s=0.5), replace(PERSON, patience_s=0.5))
    recorder = played(trace_of(*two), AtOnce(2))
    (at,) = recorder.abandoned_at
    assert at == pytest.approx(1.0 + 5.0 + 1.0 + 0.5)


def test_the_trace_of_a_day_says_of_it_what_the_simulator_said() -> None:
    # Without machines that pass for people: of those the log cannot know.
    trace, said = recorded(replace(HOUR, machine_passed=0.0), PowerPacer(2.0))
    found = trace.happened()
    assert (found.people, found.abandoned) == (said.people, said.abandoned)
    assert found.people_per_agent_hour == pytest.approx(said.people_per_agent_hour, rel=1e-9)
    # Conversations that run at the end have no length yet.
    assert found.utilisation == pytest.approx(said.utilisation, abs=0.03)


@pytest.mark.parametrize("make", [PredictivePacer, ProgressivePacer, lambda: PowerPacer(2.0)])
def test_played_again_under_the_same_pacer_a_day_comes_out_as_it_was(make: type[ProgressivePacer]) -> None:
    trace, _ = recorded(HOUR, make(), seed=4)
    days = [TraceSimulation(trace, make(), seed=n).run() for n in range(6)]
    agreed = agreement(happened(trace), summed_up(days))
    assert agreed.utilisation
    assert agreed.abandonment


def test_another_pacer_is_told_apart_with_few_plays_because_it_meets_the_same_people() -> None:
    trace, _ = recorded(HOUR, PowerPacer(2.0), seed=4)
    same = [TraceSimulation(trace, PowerPacer(2.0), seed=n).run() for n in range(6)]
    other = [TraceSimulation(trace, ProgressivePacer(), seed=n).run() for n in range(6)]
    change = difference(same, other)
    assert change.utilisation.high < 0.0
    assert change.abandonment.high < 0.0
    _, summed, again = compared([same, other])
    assert (summed, again) == (summed_up(other), change)
    assert compared([same]) == (summed_up(same), None, None)


def test_the_same_seed_gives_the_same_play() -> None:
    trace, _ = recorded(replace(HOUR, hours=0.5), ProgressivePacer())
    once, twice, another = (TraceSimulation(trace, ProgressivePacer(), seed=n).run() for n in (1, 1, 2))
    assert once == twice
    assert once != another
