"""How long a decision of the predictive pacer takes. Run it: ``python tests/perf/bench_pacing_cost.py``; it prints one
JSON object with a row for each size of floor.

Goal: 1 ms or less at 300 agents and 600 calls out, tables and hang-ups included. The time is processor time of one
thread, so that a machine that is busy with other things measures nearly the same. Every decision here makes a forecast;
in use many are spared (``pacing.slack``).
"""

from __future__ import annotations

import json
import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is loaded

import numpy as np

from pacing.predictive import PredictivePacer
from pacing.snapshot import Info, State

FLOORS = ((5, 15), (20, 50), (100, 200), (300, 600))
DECISIONS = 2_000
LEARNT_CALLS = 3_000
STEP_S = 0.25


def learnt(agents: int) -> PredictivePacer:
    """A pacer that has seen a morning."""
    rng = np.random.default_rng(1)
    pacer = PredictivePacer()
    pacer.start(Info(seats=agents))
    for n in range(LEARNT_CALLS):
        pacer.on_event(0.0, "dial", f"x{n}")
        live = rng.random() < 0.3
        pacer.on_event(0.0, "live" if live else "noanswer", f"x{n}", 5 + 15 * rng.random() if live else 25.0)
        if live:
            agent = f"a{n % agents}"
            pacer.on_event(0.0, "connect", f"x{n}", agent)
            pacer.on_event(0.0, "talk_end", agent, float(rng.lognormal(4.4, 0.8)))
            pacer.on_event(0.0, "wrap_end", agent, float(rng.lognormal(2.9, 0.5)))
    return pacer


def floor(rng: np.random.Generator, now: float, agents: int, calls: int) -> State:
    """A busy floor: one agent in thirty idle, one in seven in wrap-up, one call in fifteen with the detector."""
    idle, wrap, amd = max(1, agents // 30), max(1, agents // 7), max(1, calls // 15)
    return State(
        now=now,
        idle={f"a{n}": now - 1 for n in range(idle)},
        wrap={f"a{n}": now - 30 * rng.random() for n in range(idle, idle + wrap)},
        talk={f"a{n}": now - 200 * rng.random() for n in range(idle + wrap, agents)},
        ringing={f"c{n}": now - 25 * rng.random() for n in range(calls - amd)},
        amd={f"m{n}": (now - 1, 20 * rng.random()) for n in range(amd)},
        lines_free=5 * agents + 10,
        dialed=5000,
        connected=1500,
        machine_to_agent=50,
        abandoned=40,
        logged_in=agents,
        outstanding=calls,
    )


def row(agents: int, calls: int) -> dict[str, float]:
    rng = np.random.default_rng(2)
    pacer = learnt(agents)
    spent = []
    for n in range(DECISIONS):
        state = floor(rng, 10.0 + n * STEP_S, agents, calls)
        pacer.allow(())  # nothing that was forecast before holds any more
        begun = time.process_time_ns()
        pacer.decide(state)
        pacer.cancel(state)
        spent.append((time.process_time_ns() - begun) / 1e6)
    spent.sort()
    return {
        "agents": agents,
        "calls_out": calls,
        "mean_ms": round(statistics.mean(spent), 3),
        "median_ms": round(spent[len(spent) // 2], 3),
        "p99_ms": round(spent[int(0.99 * len(spent))], 3),
    }


if __name__ == "__main__":
    print(json.dumps({"bench": "pacing-cost", "decisions": DECISIONS, "rows": [row(*size) for size in FLOORS]}))
