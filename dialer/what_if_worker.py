"""Plays a trace again, in a process of its own: a simulation in the engine's process would hold up its calls.

``python -m dialer.what_if_worker`` reads a ``Work`` as JSON and writes ``{"days": [[measures, …], …]}``: a list for
each pacer that was asked for, all of the same length.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from dialer.clock import SystemClock
from pacing.catalogue import PACERS, pacer_for
from pacing.governor import Governor
from pacing.interface import Pacer
from pacing.measures import Measures
from pacing.replay import TraceSimulation
from pacing.rivals.catalogue import OWN, RIVALS, pacer_named
from pacing.scenario import Scenario
from pacing.trace import Fate, FateKind, Trace

POLITE = 10  #: how much lower its priority is than that of whoever asks
_FOLLOWED = ("worst_hour", "peak")  # measures that may not be a number, which JSON cannot say


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A pacer by its name: a mode, with its ``ratio`` where it has one, or one of the rivals."""

    name: str
    target: float
    ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """So many ``plays`` of each pacer with the same seeds, as far as ``budget_s`` seconds go; one at least."""

    trace: Trace
    pacers: Sequence[Chosen]
    plays: int
    first_seed: int = 1
    budget_s: float = float("inf")
    calls_per_second: float | None = None


def known_pacers() -> list[str]:
    """Names that may be asked for, besides ``fixed-ratio-R``."""
    return [name for name in dict.fromkeys((*PACERS, *OWN, *RIVALS)) if name != "preview"]


def make_pacer(chosen: Chosen, trace: Trace) -> Pacer:
    """A fresh pacer. Raises ValueError where nobody knows it, or where it waits for its agents' word."""
    if chosen.name == "preview":
        raise ValueError("in preview mode agents decide: there is nothing to simulate")
    if chosen.name in PACERS:
        return pacer_for(chosen.name, ratio=chosen.ratio)
    if chosen.name not in RIVALS and not chosen.name.startswith("fixed-ratio-"):
        raise ValueError(f"there is no pacer {chosen.name!r}; there are {', '.join(known_pacers())}, fixed-ratio-R")
    rate = len(trace.people) / max(1, len(trace.fates))
    return pacer_named(chosen.name, Scenario(agents=max(1, len(trace.present)), answer_rate=rate))


def play(work: Work) -> list[list[Measures]]:
    """The measures of each pacer's plays."""
    clock = SystemClock()
    began = clock.monotonic()
    days: list[list[Measures]] = [[] for _ in work.pacers]
    for n in range(work.plays):
        for found, chosen in zip(days, work.pacers, strict=True):
            governor = Governor(make_pacer(chosen, work.trace), calls_per_second=work.calls_per_second)
            trace = replace(work.trace, target=chosen.target)
            found.append(TraceSimulation(trace, governor, seed=work.first_seed + n).run())
        spent_s = clock.monotonic() - began
        if spent_s + spent_s / (n + 1) > work.budget_s:
            break
    return days


def work_from(data: Mapping[str, Any]) -> Work:
    trace = dict(data["trace"])
    trace["fates"] = [Fate(**{**each, "kind": FateKind(each["kind"])}) for each in trace["fates"]]
    budget_s = float("inf") if data["budget_s"] is None else data["budget_s"]
    return Work(
        **{**data, "trace": Trace(**trace), "pacers": [Chosen(**each) for each in data["pacers"]], "budget_s": budget_s}
    )


def measures_from(data: Mapping[str, Any]) -> Measures:
    """What ``main`` wrote of one play."""
    numbers = {name: float("nan") if data[name] is None else data[name] for name in _FOLLOWED}
    return Measures(**{**data, **numbers})


def main() -> None:
    os.nice(POLITE)
    days = play(work_from(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps({"days": days}))


if __name__ == "__main__":
    main()
