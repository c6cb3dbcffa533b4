"""The small tables of docs/pacing.md, made again: ``python -m tests.perf.bench_pacing_sides [table ...]``.

* ``other``: the predictive pacer on the second floor, which it was not made on (``tests.support.other_floor``).
* ``shared``: two campaigns there that lend each other agents and share them with people who call in.
* ``told``: what it is worth to tell the pacer which segment of the list a call belongs to.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pacing.measures import pooled
from pacing.predictive import PredictivePacer
from pacing.scenario import Scenario, Segment
from pacing.simulation import simulate
from tests.support.other_floor import Campaign, OtherFloor
from tests.support.other_nature import Nature, Noise, either, gamma, normal, weibull

HOURS = 6.0
USUAL = Nature()
SORTED = (1.9, 1.6, 1.3, 1.0, 0.8, 0.6, 0.4, 0.3)  #: factors of the answer rate, the best numbers first
LISTS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "5 % of events lost, 5 % doubled, 10 % late": {"noise": Noise(lost=0.05, doubled=0.05, late=0.1)},
    "20 % lost, 10 % doubled, 20 % late": {"noise": Noise(lost=0.2, doubled=0.1, late=0.2)},
    "answer rate in bursts (0.6 in the logarithm)": {"nature": replace(USUAL, burst=0.6)},
    "list sorted, the best numbers first": {"nature": replace(USUAL, segments=SORTED, run=1800)},
    "list sorted, the best numbers last": {"nature": replace(USUAL, segments=SORTED[::-1], run=1800)},
    "talk of two kinds, 15 s and 260 s": {
        "nature": replace(USUAL, talk=either(0.4, normal(15.0, 5.0), gamma(260.0, 2.0)))
    },
    "talk of 40 s": {"nature": replace(USUAL, talk=weibull(40.0, 0.8), wrap=normal(5.0, 2.0))},
    "target 1 %": {"target": 0.01},
    "5 agents, target 3 %": {"agents": 5},
    "5 agents, target 1 %": {"agents": 5, "target": 0.01},
}


def other() -> Iterator[Sequence[str]]:
    yield "20 agents, six hours, three days", "utilisation", "abandonment", "as its dialer sees it", "worst hour"
    for name, changes in LISTS.items():
        used: list[float] = []
        hours: list[float] = []
        lost = seen = people = passed = 0
        for seed in (1, 2, 3):
            floor = _played([_campaign(changes)], hours=HOURS, noise=changes.get("noise", Noise()), seed=seed)
            (campaign,) = floor.campaigns
            used.append(floor.utilisation)
            hours.append(floor.worst_hour(campaign))
            lost += len(campaign.abandoned_at)
            people += campaign.people
            passed += campaign.passed_abandoned
            seen = lost + passed
        yield (
            name,
            _percent(used, 1),
            f"{100 * lost / people:.2f}",
            f"{100 * seen / (people + passed):.2f}",
            _percent(hours, 1),
        )


def shared() -> Iterator[Sequence[str]]:
    yield "8 and 12 agents, four hours, three days", "utilisation", "abandonment of each", "days over", "served in 20 s"
    for name, lends, inbound, reserve in (
        ("apart", False, 0.0, 0),
        ("lending", True, 0.0, 0),
        ("lending, 40 callers an hour, one agent kept for them", True, 40.0, 1),
    ):
        used: list[float] = []
        waits: list[float] = []
        lost, people, over = [0, 0], [0, 0], 0
        for seed in (1, 2, 3):
            campaigns = [
                Campaign(pacer=PredictivePacer(), agents=8),
                Campaign(
                    pacer=PredictivePacer(),
                    agents=12,
                    nature=replace(USUAL, answer_rate=0.45, talk=gamma(80.0, 2.0)),
                ),
            ]
            floor = _played(campaigns, hours=4.0, lends=lends, inbound_per_hour=inbound, reserve=reserve, seed=seed)
            used.append(floor.utilisation)
            waits += floor.inbound_waits
            for n, campaign in enumerate(campaigns):
                lost[n] += len(campaign.abandoned_at)
                people[n] += campaign.people
                over += campaign.abandonment > campaign.target
        rates = " and ".join(f"{100 * of / all_of:.2f}" for of, all_of in zip(lost, people, strict=True))
        served = f"{sum(wait <= 20.0 for wait in waits)} of {len(waits)}" if waits else ""
        yield name, _percent(used, 1), rates, f"{over} of 6", served


class _Untold:
    """The same pacer, to whom nobody describes a call."""

    def __init__(self) -> None:
        pacer = PredictivePacer()
        self.start, self.on_event, self.decide, self.cancel = pacer.start, pacer.on_event, pacer.decide, pacer.cancel


def told() -> Iterator[Sequence[str]]:
    yield "20 agents, six hours, three days", "told: utilisation / abandonment / worst hour", "not told"
    thirds = tuple(Segment(share=1 / 3, factor=factor) for factor in (0.25, 1.0, 1.75))
    for name, run in (("segments well mixed", 1), ("in runs of 200 calls", 200), ("in runs of 2,000 calls", 2000)):
        day = Scenario(agents=20, hours=HOURS, segments=thirds, segment_run=run)
        found = []
        for pacer in (PredictivePacer, _Untold):
            row = pooled([simulate(day, pacer(), seed=seed) for seed in (1, 2, 3)])
            found.append(" / ".join(f"{100 * row[of]:.1f}" for of in ("utilisation", "abandonment", "worst_hour")))
        yield name, *found


def _campaign(changes: Mapping[str, Any]) -> Campaign:
    of_campaign = {name: value for name, value in changes.items() if name != "noise"}
    return Campaign(pacer=PredictivePacer(), **{"agents": 20, **of_campaign})


def _played(campaigns: Sequence[Campaign], **floor: Any) -> OtherFloor:
    return OtherFloor(campaigns=campaigns, **floor).play()


def _percent(values: Sequence[float], digits: int) -> str:
    known = [value for value in values if not math.isnan(value)]
    return f"{100 * sum(known) / len(known):.{digits}f}" if known else "–"


TABLES: Mapping[str, Callable[[], Iterator[Sequence[str]]]] = {"other": other, "shared": shared, "told": told}


def main() -> None:
    for name in sys.argv[1:] or TABLES:
        for number, line in enumerate(TABLES[name]()):
            print("| " + " | ".join(line) + " |", flush=True)
            if number == 0:
                print("|" + "---|" * len(line))
        print()


if __name__ == "__main__":
    main()
