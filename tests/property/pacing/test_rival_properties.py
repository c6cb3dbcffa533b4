"""Whatever is told them, and in whatever order, the rivals answer with a number of calls, and always with the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pacing import EventKind, Info, State
from pacing.days import DayName, named_days
from pacing.foresight import play
from pacing.rivals.catalogue import ALL, BOUNDS, OWN, RIVALS, pacer_named
from pacing.scenario import Scenario

HALF_HOUR = Scenario(agents=4, hours=0.5)
NAMES = st.sampled_from([*RIVALS, "progressive", "fixed-ratio-1.5"])
EVENTS = st.tuples(
    st.floats(min_value=0.0, max_value=400.0),
    st.sampled_from(EventKind),
    st.sampled_from(["c1", "c2", "a1", "a2"]),
    st.none() | st.floats(min_value=0.0, max_value=900.0) | st.just("a1"),
)
STATES = st.builds(
    lambda now, idle, talk, wrap, ringing, waiting, lines, connected, abandoned: State(
        now=now,
        idle={f"a{n}": 0.0 for n in range(idle)},
        talk={f"b{n}": max(0.0, now - 5.0 * n) for n in range(talk)},
        wrap={f"w{n}": max(0.0, now - 3.0 * n) for n in range(wrap)},
        ringing={f"c{n}": 0.0 for n in range(ringing)},
        waiting={f"q{n}": 0.0 for n in range(waiting)},
        lines_free=lines,
        connected=connected,
        abandoned=abandoned,
        logged_in=idle + talk + wrap,
    ),
    st.floats(min_value=0.0, max_value=400.0),
    *[st.integers(0, most) for most in (12, 12, 5, 20, 3, 40, 200, 20)],
)
SCRIPTS = st.lists(EVENTS | STATES, max_size=30)


def answers(name: str, script: list[object]) -> list[int]:
    pacer = pacer_named(name, HALF_HOUR)
    pacer.start(Info(seats=4))
    found = []
    for step in script:
        if isinstance(step, State):
            found.append(pacer.decide(step).calls_to_place)
        else:
            pacer.on_event(*step)  # type: ignore[misc]
    return found


@given(name=NAMES, script=SCRIPTS)
@settings(max_examples=200)
def test_never_negative_and_always_the_same_whatever_comes_late_or_doubled(name: str, script: list[object]) -> None:
    found = answers(name, script)
    assert all(calls >= 0 for calls in found)
    assert answers(name, script) == found


@given(name=NAMES, script=SCRIPTS)
def test_a_pacer_that_is_started_again_has_forgotten(name: str, script: list[object]) -> None:
    pacer = pacer_named(name, HALF_HOUR)
    pacer.start(Info(seats=4))
    for step in script:
        if isinstance(step, State):
            pacer.decide(step)
        else:
            pacer.on_event(*step)  # type: ignore[misc]
    pacer.start(Info(seats=4))
    again = [pacer.decide(step).calls_to_place for step in script if isinstance(step, State)]
    fresh = answers(name, [step for step in script if isinstance(step, State)])
    assert again == fresh


@pytest.mark.parametrize("name", ALL)
def test_every_pacer_of_the_catalogue_plays_half_an_hour_and_plays_it_again(name: str) -> None:
    days = [play(HALF_HOUR, pacer_named(name, HALF_HOUR), seed=3) for _ in range(2)]
    assert days[0] == days[1]
    assert days[0].people > 5
    assert days[0].utilisation > 0.15


@pytest.mark.parametrize("name", ["nobody", "fixed-ratio-0.5", "fixed-ratio-many", "fixed-ratio-nan"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"pacer|ratio|float"):
        pacer_named(name, HALF_HOUR)


def test_the_names_are_told_apart() -> None:
    assert len(ALL) == len(OWN) + len(RIVALS) + len(BOUNDS)
    assert set(named_days(3)) == set(DayName.__args__)
