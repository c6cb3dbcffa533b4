from __future__ import annotations

import numpy as np
import pytest

from pacing.handling import Handling

SPEEDS = {"quick": 0.55, "usual": 1.0, "slow": 1.8}
HORIZON_S = 14.0


def taught(speeds: dict[str, float], *, conversations: int = 150, seed: int = 3) -> Handling:
    rng, handling = np.random.default_rng(seed), Handling(talk=120.0, wrap=20.0)
    for n in range(conversations):
        for agent, speed in speeds.items():
            handling.talked(agent, speed * float(rng.lognormal(4.44, 0.83)))
            handling.wrapped(speed * float(rng.lognormal(2.84, 0.55)), machine=False)
        if n % 10 == 0:
            handling.refresh(np.empty(0), np.empty(0))
    return handling


def chance(handling: Handling, agent: str, age: float) -> float:
    table = handling.chances(np.array([HORIZON_S]))[:, 0]
    row = handling.row(handling.ages({agent: -age}, 0.0)) + np.array(handling.first_rows([agent]))
    return float(table[row[0]])


def surprise(handling: Handling, *, seed: int = 8, known: bool) -> float:
    """Mean logarithmic loss of foretelling whether an agent's talk and wrap-up end within the horizon."""
    rng, lost = np.random.default_rng(seed), []
    for _ in range(400):
        for agent, speed in SPEEDS.items():
            talk, wrap = speed * rng.lognormal(4.44, 0.83), speed * rng.lognormal(2.84, 0.55)
            age = float(talk * rng.random())
            told = min(0.99, max(0.002, chance(handling, agent if known else "nobody knows me", age)))
            lost.append(-np.log(told if talk + wrap - age <= HORIZON_S else 1.0 - told))
    return float(np.mean(lost))


def test_an_agent_s_speed_is_learned_and_drawn_to_the_team_s_while_little_is_known() -> None:
    handling = taught(SPEEDS)
    assert handling.speed("quick") < 0.75 < 1.35 < handling.speed("slow")
    handling.talked("new", 4000.0)
    assert handling.speed("new") == 1.0
    assert handling.speed("unheard of") == 1.0


def test_a_slow_agent_is_free_later_than_a_quick_one_who_talks_as_long() -> None:
    handling = taught(SPEEDS)
    assert chance(handling, "slow", 60.0) < 0.8 * chance(handling, "usual", 60.0) < chance(handling, "quick", 60.0)


def test_knowing_who_talks_foretells_better_when_they_will_be_free() -> None:
    handling = taught(SPEEDS)
    assert surprise(handling, known=True) < 0.99 * surprise(handling, known=False)


def test_agents_who_are_alike_need_no_tables_of_their_own() -> None:
    handling = taught(dict.fromkeys(("a", "b", "c"), 1.0))
    assert handling.chances(np.array([HORIZON_S])).shape == (3 * handling.rows, 1)
    assert chance(handling, "a", 60.0) == pytest.approx(chance(handling, "nobody knows me", 60.0), abs=0.03)
