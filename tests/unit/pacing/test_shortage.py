from __future__ import annotations

import numpy as np
import pytest

from pacing.shortage import NODES, Odds, Shortage

RNG = np.random.default_rng(11)


def outlook(agents: list[float], calls: list[float], *, sure: int, new: float = 0.25) -> Shortage:
    def rows(chances: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.repeat(np.array(chances)[:, None], NODES, axis=1)

    odds = Odds(rows([new, *calls]), rows(agents))
    return Shortage(odds, np.arange(1, 1 + len(calls)), np.arange(len(agents)), new=0, sure=sure)


def chance(agents: list[float], calls: list[float], *, sure: int) -> float:
    return float(np.mean(outlook(agents, calls, sure=sure).after()))


def by_hand(agents: list[float], calls: list[float], *, sure: int) -> float:
    """The chance that free agents less people is at most 0, by multiplying out."""
    polynomial, lowest = np.ones(1), -len(calls)
    for free in agents:
        polynomial = np.convolve(polynomial, [1 - free, free])
    for comes in calls:
        polynomial = np.convolve(polynomial, [comes, 1 - comes])
    return float(polynomial[: max(0, -(lowest + sure) + 1)].sum())


@pytest.mark.parametrize(("busy", "out", "sure"), [(3, 2, 0), (5, 9, 1), (8, 12, 0), (2, 0, 0), (1, 12, 4)])
def test_on_a_narrow_floor_the_chance_is_that_of_multiplying_out(busy: int, out: int, sure: int) -> None:
    agents, calls = list(RNG.random(busy) * 0.3), list(RNG.random(out) * 0.3)
    assert chance(agents, calls, sure=sure) == pytest.approx(by_hand(agents, calls, sure=sure), abs=1e-4)


@pytest.mark.parametrize("busy", [20, 80, 300])
def test_on_a_wide_floor_the_normal_approximation_is_near_the_exact_sum(busy: int) -> None:
    agents, calls = list(RNG.random(busy) * 0.3), list(RNG.random(2 * busy) * 0.15)
    for sure in (0, 2, 6):
        exact = by_hand(agents, calls, sure=sure)
        assert chance(agents, calls, sure=sure) == pytest.approx(exact, abs=2e-3, rel=0.05)


@pytest.mark.parametrize("busy", [4, 40])
def test_added_calls_count_as_if_they_had_been_out(busy: int) -> None:
    agents, calls = [0.2] * busy, [0.1] * busy
    found = [float(np.mean(outlook(agents, calls, sure=1).after(more))) for more in range(4)]
    expected = [by_hand(agents, [*calls, *[0.25] * more], sure=1) for more in range(4)]
    assert found == pytest.approx(expected, rel=0.05)
    one_after_the_other = outlook(agents, calls, sure=1)
    assert [float(np.mean(one_after_the_other.after(more))) for more in range(4)] == pytest.approx(found)


def test_people_and_free_agents_are_told_apart() -> None:
    found = outlook([0.5, 0.5, 0.5], [0.25, 0.25], sure=2)
    assert (found.people, found.free) == (pytest.approx(0.5), pytest.approx(3.5))


def test_a_fair_coin_is_no_special_case() -> None:
    assert chance([0.5] * 4, [0.5] * 4, sure=0) == pytest.approx(by_hand([0.5] * 4, [0.5] * 4, sure=0))


def test_waiting_people_without_an_agent_make_a_shortage_sure() -> None:
    assert chance([0.0], [0.0], sure=-40) == 1.0
    assert chance([0.0], [0.0], sure=40) == 0.0
    assert chance([0.5] * 40, [0.5] * 40, sure=200) == pytest.approx(0.0)
