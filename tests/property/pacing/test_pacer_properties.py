from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pacing import PACERS, Conditions, Decision, Governor, Info, Reason, State, TrunkHealth, pacer_for
from pacing.snapshot import calls_out

AGENTS = st.sets(st.integers(0, 30), max_size=15)
CALLS = st.integers(0, 30)


@st.composite
def states(draw: st.DrawFn) -> State:
    now = draw(st.floats(min_value=0.0, max_value=40.0))
    on_phone = draw(AGENTS)
    idle = draw(AGENTS) - on_phone
    connected = draw(st.integers(0, 300))
    return State(
        now=now,
        idle={f"a{n}": 0.0 for n in sorted(idle)},
        talk={f"a{n}": 0.0 for n in sorted(on_phone)},
        ringing={f"r{n}": 0.0 for n in range(draw(CALLS))},
        amd={f"m{n}": (0.0, 5.0) for n in range(draw(CALLS))},
        waiting={f"w{n}": 0.0 for n in range(draw(st.integers(0, 3)))},
        lines_free=draw(st.integers(0, 60)),
        connected=connected,
        machine_to_agent=draw(st.integers(0, connected)),
        abandoned=draw(st.integers(0, 20)),
        logged_in=len(idle) + len(on_phone),
    )


SEQUENCES = st.lists(states(), min_size=1, max_size=12).map(lambda found: sorted(found, key=lambda state: state.now))
CONDITIONS = st.builds(
    Conditions,
    link_up=st.booleans(),
    draining=st.booleans(),
    trunk_up=st.booleans(),
    trunk_available=st.none() | st.integers(0, 20),
    trunk_health=st.sampled_from(list(TrunkHealth)),
    overdial=st.booleans(),
)
MODES = st.sampled_from(sorted(PACERS))
RATIOS = st.floats(min_value=1.0, max_value=10.0)


def governed(mode: str, ratio: float) -> Callable[[], Governor]:
    def make() -> Governor:
        governor = Governor(pacer_for(mode, ratio=ratio), calls_per_second=12)
        governor.start(Info())
        return governor

    return make


def run(make: Callable[[], Governor], sequence: list[State], conditions: Conditions) -> list[Decision]:
    governor = make()
    return [governor.decide(state, conditions) for state in sequence]


@given(mode=MODES, ratio=RATIOS, sequence=SEQUENCES, conditions=CONDITIONS)
def test_never_negative_and_never_above_lines_trunk_or_calls_a_second(
    mode: str, ratio: float, sequence: list[State], conditions: Conditions
) -> None:
    decisions = run(governed(mode, ratio), sequence, conditions)
    for state, decision in zip(sequence, decisions, strict=True):
        assert 0 <= decision.calls_to_place <= state.lines_free
        if conditions.trunk_available is not None:
            assert decision.calls_to_place <= conditions.trunk_available
    for first in sequence:
        second = [d for s, d in zip(sequence, decisions, strict=True) if first.now <= s.now < first.now + 1 - 1e-6]
        assert sum(decision.calls_to_place for decision in second) <= 12


@given(mode=MODES, ratio=RATIOS, sequence=SEQUENCES, stop=st.sampled_from(["link", "drain", "trunk"]))
def test_nothing_is_placed_while_stopped(mode: str, ratio: float, sequence: list[State], stop: str) -> None:
    conditions = Conditions(link_up=stop != "link", draining=stop == "drain", trunk_up=stop != "trunk")
    assert all(decision.calls_to_place == 0 for decision in run(governed(mode, ratio), sequence, conditions))


@given(mode=MODES, ratio=RATIOS, sequence=SEQUENCES, conditions=CONDITIONS)
def test_the_same_floor_gives_the_same_decisions(
    mode: str, ratio: float, sequence: list[State], conditions: Conditions
) -> None:
    make = governed(mode, ratio)
    assert run(make, sequence, conditions) == run(make, sequence, conditions)


@given(state=states(), ratio=RATIOS)
def test_power_never_places_less_than_progressive_nor_more_than_its_ratio(state: State, ratio: float) -> None:
    progressive = pacer_for("progressive").decide(state).calls_to_place
    power = pacer_for("power", ratio=ratio).decide(state).calls_to_place
    assert progressive <= power <= len(state.idle) * ratio


class Anything:
    """Says whatever it was told to say."""

    def __init__(self, answers: list[int]) -> None:
        self.answers = iter(answers)

    def start(self, info: Info) -> None: ...

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None: ...

    def decide(self, state: State) -> Decision:
        calls = next(self.answers)
        return Decision(calls_to_place=calls, reason=Reason.PREDICTED, chances=(0.5,) * max(0, calls))


@given(
    sequence=st.lists(st.tuples(states(), CONDITIONS, st.integers(-5, 200)), min_size=1, max_size=12).map(
        lambda found: sorted(found, key=lambda each: each[0].now)
    )
)
def test_no_limit_is_passed_whatever_the_pacer_says(sequence: list[tuple[State, Conditions, int]]) -> None:
    governor = Governor(Anything([calls for _, _, calls in sequence]), calls_per_second=12)
    began: float | None = None
    for state, conditions, wanted in sequence:
        decision = governor.decide(state, conditions)
        placed = decision.calls_to_place
        surely = max(0, len(state.idle) - calls_out(state))
        at_work = len(state.idle) + len(state.talk) + len(state.wrap)
        assert 0 <= placed <= min(max(0, wanted), state.lines_free, 12)
        assert len(decision.chances) == placed
        if conditions.draining or not conditions.link_up or not conditions.trunk_up or not at_work:
            assert placed == 0
            began = None
            continue
        if conditions.trunk_available is not None:
            assert placed <= conditions.trunk_available
        if not conditions.overdial:
            assert placed <= surely
        if began is None:
            began = state.now
            assert placed <= surely, "a beginning is not a leap"


@given(sequence=st.lists(states(), min_size=1, max_size=8), least=st.floats(5.0, 30.0))
def test_no_phone_is_cut_before_it_rang_as_long_as_the_law_asks(sequence: list[State], least: float) -> None:
    class GivesUpAll(Anything):
        def cancel(self, state: State) -> list[str]:
            return [*state.ringing]

    governor = Governor(GivesUpAll([5] * len(sequence)))
    governor.start(Info(min_ring=least))
    for state in sequence:
        governor.decide(state)
        assert all(state.now - state.ringing[call] >= least for call in governor.cancel(state))
