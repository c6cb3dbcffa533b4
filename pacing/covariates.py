"""How much more often some calls are answered than others: by segment, by hour, by the number's own history.

A call may be described by labels (``{"segment": "b", "history": "answered-before"}``). Each label has a factor on the
answer rate, learnt as people seen over people expected of the calls that bear it, where the other labels' factors are
taken into account; it is drawn to 1 while little was seen (partial pooling). Calls that nobody described have factor 1.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import repeat

import numpy as np

from pacing.hazards import Floats

#: Factors that calls are sorted into, so that one table serves all calls of a class.
CLASSES: Floats = np.array([0.2, 0.33, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8])
AVERAGE = 4  #: the class of factor 1
_BORDERS: list[float] = np.sqrt(CLASSES[1:] * CLASSES[:-1]).tolist()
_WORTH = 15.0  # expected people that the factor 1 counts for
_MEMORY = 600.0  # expected people of one label
_RATE_MEMORY = 4000.0  # calls
_MOST_LABELS = 2000  # more are taken for noise, not for groups
_NEXT = 0.15  # share of the latest call in what the next one is taken to be

Label = tuple[str, str]


class Covariates:
    def __init__(self) -> None:
        self._seen: dict[Label, float] = {}
        self._expected: dict[Label, float] = {}
        self._labels: dict[str, tuple[Label, ...]] = {}  # of each call that is out
        self._class: dict[str, int] = {}
        self._people, self._calls = 1.0, 4.0
        self._next = 0.0  # log factor

    def __bool__(self) -> bool:
        """Whether any call was described."""
        return bool(self._expected)

    def describe(self, call: str, features: Mapping[str, str]) -> None:
        labels = tuple((str(name), str(value)) for name, value in sorted(features.items()))
        room = len(self._expected) < _MOST_LABELS
        labels = tuple(label for label in labels if room or label in self._expected)
        for label in labels:
            self._seen.setdefault(label, _WORTH)
            self._expected.setdefault(label, _WORTH)
        self._labels[call] = labels
        factor = math.prod(self.factor(label) for label in labels)
        self._class[call] = bisect_left(_BORDERS, factor)
        self._next += _NEXT * (math.log(factor) - self._next)

    def factor(self, label: Label) -> float:
        """People seen over people expected of calls with this label; 1.0 where nothing is known."""
        if label not in self._expected:
            return 1.0
        return min(4.0, max(0.15, self._seen[label] / self._expected[label]))

    def class_of(self, call: str) -> int:
        return self._class.get(call, AVERAGE)

    def classes_of(self, calls: Iterable[str]) -> list[int]:
        return list(map(self._class.get, calls, repeat(AVERAGE)))

    @property
    def next_class(self) -> int:
        """Of a call that is dialed now: like the latest ones."""
        return bisect_left(_BORDERS, math.exp(self._next)) if self else AVERAGE

    def ended(self, call: str, *, person: bool) -> None:
        """The call is over; ``person``: somebody answered it."""
        keep = 1.0 - 1.0 / _RATE_MEMORY
        self._people = self._people * keep + person
        self._calls = self._calls * keep + 1.0
        self._class.pop(call, None)
        labels = self._labels.pop(call, ())
        factors = [self.factor(label) for label in labels]
        rate = self._people / self._calls
        for number, label in enumerate(labels):
            expected = min(0.95, rate * math.prod(factors[:number] + factors[number + 1 :]))
            keep = math.exp(-expected / _MEMORY)
            self._seen[label] = self._seen[label] * keep + person + (1.0 - keep) * _WORTH
            self._expected[label] = self._expected[label] * keep + expected + (1.0 - keep) * _WORTH

    def forget(self, call: str) -> None:
        """The call is gone and taught nothing."""
        self._class.pop(call, None)
        self._labels.pop(call, None)
