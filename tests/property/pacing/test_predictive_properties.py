"""The promises of the predictive pacer, on the trace of a floor whose events are dropped, doubled and delayed."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pacing import Decision, Info, State
from pacing.budget import Budget
from pacing.predictive import PredictivePacer
from pacing.scenario import Scenario, Spread
from pacing.simulation import Simulation
from pacing.snapshot import calls_out

Event = tuple[float, str, str, float | str | None]
Trace = list[Event | State]

#: Short conversations and few lines: past its first people, the pacer dials ahead and the lines are all in use.
SCENARIO = Scenario(
    agents=8, hours=0.3, answer_rate=0.5, target=0.06, lines_per_agent=1, lines_more=3,
    talk=Spread(mean=25.0, cv=1.0), wrap=Spread(mean=5.0, cv=0.6),
)  # fmt: skip
INFO = Info(seats=8, target=SCENARIO.target, t_end=SCENARIO.t_end + 7200.0)


class Recorder(PredictivePacer):
    def __init__(self) -> None:
        super().__init__()
        self.trace: Trace = []

    def on_event(self, t: float, kind: str, ident: str, value: float | str | None = None) -> None:
        self.trace.append((t, kind, ident, value))
        super().on_event(t, kind, ident, value)

    def decide(self, state: State) -> Decision:
        copied = {name: dict(getattr(state, name)) for name in ("idle", "talk", "wrap", "ringing", "amd", "waiting")}
        self.trace.append(replace(state, **copied))
        return super().decide(state)


@cache
def trace() -> Trace:
    recorder = Recorder()
    Simulation(SCENARIO, recorder, seed=2).run()
    return recorder.trace


def mangled(seed: int, rate: float) -> Trace:
    """The trace with events dropped, told twice, told late, and told with nonsense for a value."""
    rng = np.random.default_rng(seed)
    found: Trace = []
    late: list[Event] = []
    for item in trace():
        if isinstance(item, State):
            found.append(item)
            continue
        chance = rng.random()
        if chance < rate:
            continue
        if chance < 2 * rate:
            found += [item, item]
        elif chance < 3 * rate:
            late.append(item)
        elif chance < 3.2 * rate:
            found.append((item[0], item[1], item[2], rng.choice([math.nan, -1.0, 1e12, math.inf])))
        else:
            found.append(item)
        if late and rng.random() < 0.2:
            found.append(late.pop(0))
    return found


def replay(
    items: Trace, *, pacer: Callable[[], PredictivePacer] = PredictivePacer
) -> tuple[PredictivePacer, list[int]]:
    made = pacer()
    made.start(INFO)
    placed = []
    for item in items:
        if isinstance(item, State):
            decision = made.decide(item)
            surely = max(0, min(len(item.idle) - calls_out(item), item.lines_free))
            assert surely <= decision.calls_to_place <= item.lines_free
            if decision.forecast is not None:
                assert 0.0 <= decision.forecast.abandonment <= 1.0
            given_up = list(made.cancel(item))
            assert len(set(given_up)) == len(given_up)
            assert all(item.now - item.ringing[call] >= INFO.min_ring for call in given_up)
            placed.append(decision.calls_to_place)
        else:
            made.on_event(*item)
    return made, placed


def test_on_this_trace_calls_are_dialed_ahead_and_the_lines_are_all_in_use() -> None:
    states = [item for item in trace() if isinstance(item, State)]
    _, placed = replay(trace())
    surely = [max(0, min(len(state.idle) - calls_out(state), state.lines_free)) for state in states]
    assert sum(calls > sure for calls, sure in zip(placed, surely, strict=True)) > 10
    assert any(calls == state.lines_free > 0 for calls, state in zip(placed, states, strict=True))


SEEDS = st.integers(0, 10_000)
RATES = st.floats(0.0, 0.3)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is not a smaller example


@settings(max_examples=8, deadline=None, phases=PHASES)
@given(seed=SEEDS, rate=RATES)
def test_never_negative_nor_above_the_lines_nor_below_one_call_an_idle_agent(seed: int, rate: float) -> None:
    replay(mangled(seed, rate))


@settings(max_examples=4, deadline=None, phases=PHASES)
@given(seed=SEEDS, rate=RATES)
def test_the_same_events_give_the_same_decisions(seed: int, rate: float) -> None:
    items = mangled(seed, rate)
    assert replay(items)[1] == replay(items)[1]


@settings(max_examples=8, deadline=None, phases=PHASES)
@given(
    seed=SEEDS,
    rate=RATES,
    share=st.floats(0.5, 1.0),
    limits=st.lists(st.floats(0.0, 0.1), min_size=2, max_size=2).map(sorted),
    people=st.integers(0, 5000),
    abandoned=st.lists(st.integers(0, 200), min_size=2, max_size=2).map(sorted),
    remaining=st.floats(1.0, 1e6),
)
def test_less_headroom_never_means_more_calls(
    seed: int, rate: float, share: float, limits: list[float], people: int, abandoned: list[int], remaining: float
) -> None:
    items = mangled(seed, rate)
    items = items[: max(20, int(share * len(items)))]
    last = next(item for item in reversed(items) if isinstance(item, State))

    def calls(windows: list[Budget]) -> int:
        pacer, _ = replay(items)
        pacer.allow(windows)
        return pacer.decide(last).calls_to_place

    def window(limit: float, lost: int) -> Budget:
        return Budget(limit=limit, people=people, abandoned=lost, remaining_s=remaining)

    roomy, tight = window(limits[1], abandoned[0]), window(limits[1], abandoned[1])
    assert calls([tight]) <= calls([roomy]) <= calls([])
    assert calls([roomy, tight]) <= calls([roomy])


@settings(max_examples=4, deadline=None, phases=PHASES)
@given(seed=SEEDS, rate=RATES)
def test_events_that_are_lost_do_not_stop_the_dialing(seed: int, rate: float) -> None:
    _, placed = replay(mangled(seed, rate))
    assert sum(placed) > 0.3 * sum(replay(trace())[1])


PARTS = (0.6, 0.3, 0.15, 0.05)  #: answer rates; a list may begin with all its good numbers, or end with them
FLOOR = State(
    now=0.0, talk={f"a{n}": -30.0 for n in range(12)}, ringing={f"r{n}": -0.1 for n in range(20)}, lines_free=50,
    dialed=100, connected=60, abandoned=1, logged_in=12, outstanding=20, t_end=1e9,
)  # fmt: skip


def hear(pacer: PredictivePacer, rate: float, calls: int, *, began: float, seed: int) -> float:
    """Tells of ``calls`` calls, one a second, of which a share of ``rate`` is answered; the people expected of the
    calls that ring on FLOOR afterwards."""
    rng = np.random.default_rng(seed)
    people = 0.0
    for n in range(calls):
        t = began + n
        pacer.on_event(t, "dial", f"{began}-{n}")
        live = rng.random() < rate
        pacer.on_event(t, "live" if live else "noanswer", f"{began}-{n}", 3.0 + 12.0 * rng.random() if live else 25.0)
        if n % 40 == 39:
            ages = {
                name: {key: t + since for key, since in getattr(FLOOR, name).items()} for name in ("talk", "ringing")
            }
            forecast = pacer.decide(replace(FLOOR, now=t, **ages)).forecast
            assert forecast is None or (math.isfinite(forecast.people) and math.isfinite(forecast.abandonment))
            people = people if forecast is None else forecast.people
    return people


@settings(max_examples=3, deadline=None, phases=PHASES)
@given(order=st.permutations(PARTS))
def test_of_an_extremely_long_sorted_list_only_its_end_is_remembered(order: list[float]) -> None:
    info = Info(seats=12, t_end=1e9)
    old, young = PredictivePacer(), PredictivePacer()
    old.start(info)
    young.start(info)
    for part, rate in enumerate(order):
        expected = hear(old, rate, 12_000, began=part * 12_000.0, seed=part)
    assert 0.5 < expected / hear(young, order[-1], 6_000, began=0.0, seed=len(order)) < 2.0
    assert len(pickle.dumps(old)) < 600_000  # an entry for each call would be more than that
