from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from pacing import Info, State
from pacing.covariates import AVERAGE, CLASSES, Covariates
from pacing.interface import Describing
from pacing.predictive import PredictivePacer


def taught(rates: Mapping[str, float], calls: int = 3000, *, seed: int = 4) -> Covariates:
    rng, found = np.random.default_rng(seed), Covariates()
    names = sorted(rates)
    for n in range(calls):
        name = names[n % len(names)]
        found.describe(f"c{n}", {"segment": name})
        found.ended(f"c{n}", person=bool(rng.random() < rates[name]))
    return found


def test_a_label_s_factor_comes_to_what_its_people_do() -> None:
    found = taught({"cold": 0.1, "warm": 0.5})
    assert found.factor(("segment", "cold")) == pytest.approx(0.1 / 0.3, rel=0.2)
    assert found.factor(("segment", "warm")) == pytest.approx(0.5 / 0.3, rel=0.2)


def test_a_label_seen_a_few_times_is_drawn_to_the_average() -> None:
    found = taught({"usual": 0.3})
    for n in range(6):
        found.describe(f"x{n}", {"segment": "new"})
        found.ended(f"x{n}", person=True)
    assert 1.0 < found.factor(("segment", "new")) < 1.5
    assert found.factor(("segment", "never seen")) == 1.0


def test_two_labels_that_always_come_together_are_not_counted_twice() -> None:
    rng, found = np.random.default_rng(2), Covariates()
    for n in range(6000):
        cold = n % 2 == 0
        found.describe(f"c{n}", {"segment": "b" if cold else "a", "history": "never" if cold else "before"})
        found.ended(f"c{n}", person=bool(rng.random() < (0.1 if cold else 0.4)))
    together = found.factor(("segment", "b")) * found.factor(("history", "never"))
    assert together == pytest.approx(0.1 / 0.25, rel=0.3)


def test_calls_are_sorted_by_factor_and_forgotten_when_they_are_over() -> None:
    found = taught({"cold": 0.1, "warm": 0.5})
    for call, segment in (("w", "warm"), ("c", "cold")):
        found.describe(call, {"segment": segment})
    assert CLASSES[found.class_of("c")] < CLASSES[AVERAGE] < CLASSES[found.class_of("w")]
    assert found.class_of("nobody described it") == AVERAGE
    found.forget("w")
    assert found.class_of("w") == AVERAGE


def test_the_next_call_is_taken_to_be_like_the_latest_ones() -> None:
    found = taught({"cold": 0.1, "warm": 0.5})
    for n in range(30):
        found.describe(f"n{n}", {"segment": "warm"})
    assert CLASSES[found.next_class] > 1.0
    for n in range(30):
        found.describe(f"m{n}", {"segment": "cold"})
    assert CLASSES[found.next_class] < 1.0


def test_labels_without_end_are_noise_and_not_kept() -> None:
    found = Covariates()
    for n in range(5000):
        found.describe(f"c{n}", {"debtor": str(n)})
        found.ended(f"c{n}", person=False)
    assert found.factor(("debtor", "4999")) == 1.0


def test_more_is_dialed_where_those_who_ring_seldom_answer() -> None:
    def calls(segment: str) -> int:
        pacer = PredictivePacer()
        assert isinstance(pacer, Describing)
        pacer.start(Info(seats=10))
        rng = np.random.default_rng(1)
        for n in range(1500):
            of = ("cold", "warm")[n % 2]
            pacer.describe(f"x{n}", {"segment": of})
            pacer.on_event(0.0, "dial", f"x{n}")
            if rng.random() < (0.05 if of == "cold" else 0.55):
                pacer.on_event(0.0, "live", f"x{n}", 10.0)
            else:
                pacer.on_event(0.0, "noanswer", f"x{n}", 25.0)
        for n in range(12):
            pacer.describe(f"r{n}", {"segment": segment})
            pacer.on_event(5.0, "dial", f"r{n}")
        ringing = {f"r{n}": 5.0 for n in range(12)}
        state = State(
            now=10.0,
            idle={f"a{n}": 0.0 for n in range(5)},
            talk={f"b{n}": -60.0 for n in range(8)},
            ringing=ringing,
            lines_free=60,
            connected=300,
            logged_in=10,
            outstanding=12,
        )
        return pacer.decide(state).calls_to_place

    assert calls("cold") > calls("warm")
