"""The best any pacer without foresight can do on a floor without memory: a yardstick for small and large teams.

The floor: handling lasts exponentially long (``handle_s`` on average), so does the time from dialing to the verdict
(``ring_s``), a call meets a person with probability ``answer_rate``, nobody waits, everything is known. A state is
(agents busy, calls out); a policy dials as many more as it likes at any moment.

For a price on abandonment, relative value iteration finds the policy that earns most; the optimum under the limit is,
by duality, the least over all prices of

    max over policies of  busy agents + price x (target x people - abandoned)

and no policy needs to be evaluated. The calls out are cut at a number that is seldom reached (the bound may lose some
hundredths of a point).
"""

from __future__ import annotations

import math

import numpy as np

from pacing.leads import Floats

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def best_utilisation(
    *,
    agents: int,
    answer_rate: float,
    target: float,
    handle_s: float = 140.0,
    ring_s: float = 14.0,
    precision: float = 2e-4,
) -> float:
    """Highest utilisation (0..1) at which at most ``target`` (0..1) of the people who answer are abandoned.

    Takes from a tenth of a second (2 agents) to minutes (100 agents).
    """
    floor = _Floor(agents, answer_rate, target, handle_s, ring_s, precision)
    low, high = 0.0, 8.0  # of the price's logarithm, in people handled
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = floor.dual(math.exp(left) - 1.0), floor.dual(math.exp(right) - 1.0)
    while high - low > 0.02:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = floor.dual(math.exp(left) - 1.0)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = floor.dual(math.exp(right) - 1.0)
    return min(1.0, at_left, at_right)


class _Floor:
    def __init__(
        self, agents: int, answer_rate: float, target: float, handle_s: float, ring_s: float, precision: float
    ) -> None:
        self._agents, self._answer_rate, self._target, self._precision = agents, answer_rate, target, precision
        people = agents / handle_s * ring_s  # in the air, were every agent always busy
        most_out = math.ceil((people + 4.0 * math.sqrt(people) + 4.0) / answer_rate)
        busy = np.arange(agents + 1.0)[:, None]
        out = np.arange(most_out + 1.0)[None, :]
        self._rate = agents / handle_s + most_out / ring_s
        self._ends = busy / handle_s / self._rate
        self._verdicts = out / ring_s / self._rate
        self._busy = np.broadcast_to(busy / agents, (agents + 1, most_out + 1))
        self._full = np.zeros((agents + 1, most_out + 1))
        self._full[agents] = 1.0
        self._unit = handle_s / agents  # one person a second fewer is so much utilisation
        self._value: Floats = np.zeros((agents + 1, most_out + 1))

    def dual(self, price: float) -> float:
        """The most that a policy earns at ``price`` people handled for one abandoned beyond the target."""
        people = self._verdicts * self._rate * self._answer_rate
        earn = self._busy + price * self._unit * people * (self._target - self._full)
        value, stay = self._value, 1.0 - self._ends - self._verdicts
        while True:
            for _ in range(25):
                value = self._step(value, earn, stay)
            after = self._step(value, earn, stay)
            gain = (after - value) * self._rate
            value = after - after[0, 0]
            low, high = float(gain.min()), float(gain.max())
            if high - low < self._precision:
                self._value = value
                return (low + high) / 2

    def _step(self, value: Floats, earn: Floats, stay: Floats) -> Floats:
        """One event; then as many calls are dialed as is best, which is the best value at that many out or more."""
        nobody = np.empty_like(value)
        nobody[:, 1:], nobody[:, 0] = value[:, :-1], value[:, 0]
        person = np.vstack([nobody[1:], nobody[-1:]])
        freed = np.vstack([value[:1], value[:-1]])
        after = self._verdicts * (self._answer_rate * person + (1.0 - self._answer_rate) * nobody)
        after += self._ends * freed + stay * value + earn / self._rate
        best: Floats = np.maximum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
        return best
