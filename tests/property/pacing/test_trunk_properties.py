from __future__ import annotations

import math
from bisect import bisect_left
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pacing import TrunkHealth, TrunkLimiter

ACTIONS = st.sampled_from(["place", "place", "place", "rang", "end", "congested", "end-again", "unknown"])
STEPS = st.lists(
    st.tuples(st.floats(min_value=0.0, max_value=2.0) | st.just(0.25), ACTIONS, st.integers(0, 40)), max_size=150
)
RATES = st.floats(min_value=0.2, max_value=40.0) | st.integers(1, 40).map(float)


def play(trunk: TrunkLimiter, steps: list[tuple[float, str, int]]) -> tuple[list[float], list[int]]:
    """Run the steps; returns the instants of the calls placed and the lines used after each step."""
    now, placed, used = 0.0, list[float](), list[int]()
    for number, (wait, action, ident) in enumerate(steps):
        now += wait
        match action:
            case "place":
                for n in range(5):
                    if trunk.place(f"{number}-{n}", now):
                        placed.append(now)
            case "rang":
                trunk.rang(f"{ident}-0")
            case "end" | "end-again":
                trunk.ended(f"{ident}-0")
                trunk.ended(f"{ident}-1")
            case "congested":
                trunk.ended(f"{ident}-0", congested=True)
            case _:
                trunk.ended("unknown", congested=True)
        used.append(trunk.lines_used)
        assert trunk.available(now) >= 0
    return placed, used


@given(lines=st.integers(1, 30), rate=RATES, steps=STEPS)
def test_never_above_the_lines_nor_the_rate_in_any_second(
    lines: int, rate: float, steps: list[tuple[float, str, int]]
) -> None:
    placed, used = play(TrunkLimiter(lines, rate), steps)
    assert all(count <= lines for count in used)
    most = math.ceil(rate)
    window = most / rate
    assert window >= 1.0
    for index, begin in enumerate(placed):
        assert bisect_left(placed, begin + window - 1e-6) - index <= most


@given(lines=st.integers(1, 30), rate=RATES, steps=STEPS)
def test_the_same_events_give_the_same_answers(lines: int, rate: float, steps: list[tuple[float, str, int]]) -> None:
    assert play(TrunkLimiter(lines, rate), steps) == play(TrunkLimiter(lines, rate), steps)


@given(gaps=st.lists(st.floats(min_value=0.0, max_value=5.0), min_size=1, max_size=80))
def test_a_probing_trunk_gets_one_call_in_any_three_seconds(gaps: list[float]) -> None:
    trunk, now = TrunkLimiter(50, 20.0), 0.0
    while trunk.health is not TrunkHealth.PROBING:
        now += 1.0
        trunk.place(f"{now}", now)
        trunk.ended(f"{now}", congested=True)
    placed = [now]
    for number, gap in enumerate(gaps):
        now += gap
        if trunk.place(f"probe-{number}", now):
            placed.append(now)
            trunk.ended(f"probe-{number}", congested=True)
    assert all(later - earlier >= 3.0 - 1e-6 for earlier, later in pairwise(placed))
