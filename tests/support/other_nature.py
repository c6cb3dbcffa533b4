"""How people, machines and lines are on the other floor: distributions unlike those of ``pacing.scenario``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.random.Generator], float]


def gamma(mean: float, shape: float) -> Draw:
    return lambda rng: float(rng.gamma(shape, mean / shape))


def weibull(mean: float, shape: float) -> Draw:
    return lambda rng: mean / math.gamma(1 + 1 / shape) * float(rng.weibull(shape))


def either(share: float, first: Draw, second: Draw) -> Draw:
    return lambda rng: first(rng) if rng.random() < share else second(rng)


def normal(mean: float, deviation: float) -> Draw:
    return lambda rng: max(0.3, float(rng.normal(mean, deviation)))


PERSON_RING = either(0.55, normal(6.0, 1.5), normal(17.0, 3.0))
MACHINE_RING = normal(20.0, 1.0)
VERDICT = either(0.6, normal(0.7, 0.2), normal(3.6, 0.5))
TALK = gamma(150.0, 1.4)
WRAP = weibull(25.0, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """How people, machines and conversations are. Times in seconds."""

    answer_rate: float = 0.25
    burst: float = 0.25  #: deviation of the logarithm of the answer rate, with a memory of two minutes
    segments: Sequence[float] = (1.0,)  #: factors of the answer rate, in runs of ``run`` calls
    run: int = 700
    change: Callable[[float], float] = lambda _now: 1.0  #: of the answer rate, by time
    machine_rate: float = 0.3
    quick_end: float = 0.15  #: of the calls: busy or wrong, within 4 s
    person_ring: Draw = PERSON_RING
    machine_ring: Draw = MACHINE_RING
    ring_timeout: float = 30.0
    verdict: Draw = VERDICT
    machine_passes: float = 0.08
    person_lost: float = 0.03
    talk: Draw = TALK
    wrap: Draw = WRAP
    speeds: tuple[float, float] = (0.7, 1.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What becomes of events on their way to the pacer."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0  #: share that comes up to 3 s late, after others
