from __future__ import annotations

import numpy as np
import pytest

from pacing.shortage import NODES, Shortage, Tables

RNG = np.random.default_rng(11)


def outlook(agents: list[float], calls: list[float], *, sure: int, new: float = 0.25, exact: bool = True) -> Shortage:
    def table(chances: list[float], *, agent: bool) -> Tables:
        return Tables(np.repeat(np.array(chances)[:, None], NODES, axis=1), agents=agent, exact=exact)

    return Shortage(
        sure=sure,
        agents=(table(agents, agent=True), np.arange(len(agents))),
        calls=[(table(calls, agent=False), np.arange(len(calls)))],
        new=(table([new], agent=False), np.zeros(1, dtype=np.int64)),
    )


def by_hand(agents: list[float], calls: list[float], *, sure: int) -> float:
    """The chance that free agents less people is at most 0, by multiplying out."""
    polynomial, lowest = np.ones(1), -len(calls)
    for chance in agents:
        polynomial = np.convolve(polynomial, [1 - chance, chance])
    for chance in calls:
        polynomial = np.convolve(polynomial, [chance, 1 - chance])
    return float(polynomial[: max(0, -(lowest + sure) + 1)].sum())


@pytest.mark.parametrize(
    ("busy", "out", "sure"), [(3, 2, 0), (5, 9, 1), (10, 25, 0), (20, 40, 3), (2, 0, 0), (1, 12, 4)]
)
def test_the_chance_is_that_of_multiplying_out(busy: int, out: int, sure: int) -> None:
    agents, calls = list(RNG.random(busy) * 0.4), list(RNG.random(out) * 0.4)
    assert outlook(agents, calls, sure=sure).chance() == pytest.approx(by_hand(agents, calls, sure=sure), abs=2e-3)


def test_added_calls_count_as_if_they_had_been_out() -> None:
    agents, calls = [0.2] * 8, [0.3] * 6
    found = outlook(agents, calls, sure=1, new=0.25)
    found.add()
    found.add(2)
    assert found.chance() == pytest.approx(by_hand(agents, [*calls, 0.25, 0.25, 0.25], sure=1), abs=2e-3)


def test_a_fair_coin_is_no_special_case() -> None:
    assert outlook([0.5] * 4, [0.5] * 4, sure=0).chance() == pytest.approx(by_hand([0.5] * 4, [0.5] * 4, sure=0))


def test_the_normal_approximation_is_near_the_exact_sum() -> None:
    agents, calls = list(RNG.random(80) * 0.3), list(RNG.random(60) * 0.3)
    for sure in (0, 2, 6):
        near = outlook(agents, calls, sure=sure, exact=False).chance()
        assert near == pytest.approx(by_hand(agents, calls, sure=sure), abs=6e-3)


def test_waiting_people_without_an_agent_make_a_shortage_sure() -> None:
    assert outlook([0.0], [0.0], sure=-40).chance() == 1.0
    assert outlook([0.0], [0.0], sure=40).chance() == 0.0
