"""A whole day of the whole engine in virtual time: predictive dialing through the fake PBX and a log in memory.

    python -m tests.perf.bench_virtual_day [--agents 100] [--hours 8] [--seed 1] [--profile FILE]

Prints how long it took, and what the day was worth by the log. The exit code is 1 where a call was not accounted for;
it never depends on how fast anything was.
"""

from __future__ import annotations

import argparse
import cProfile
import sys
import time

from dialer.domain.outcome import Outcome
from dialer.virtual_time import run_virtually
from pacing.scenario import Scenario
from tests.support.virtual_floor import Day, virtual_day


def show(day: Day, *, wall_s: float, cpu_s: float) -> None:
    measures, calls = day.measures, len(day.closings)
    print(f"wall time            {wall_s:8.1f} s")
    print(f"processor time       {cpu_s:8.2f} s")
    print(f"calls                {calls:8d}")
    print(f"engine CPU a call    {1000 * cpu_s / calls:8.2f} ms")
    print(f"messages on the bus  {day.said:8d}")
    print(f"utilisation          {100 * measures.utilisation:8.1f} %")
    print(f"abandonment          {100 * day.abandonment:8.2f} %   by the log")
    print(f"worst hour           {100 * measures.worst_hour:8.2f} %")
    print(f"people               {measures.people:8d}   {measures.people_per_agent_hour:.1f} per agent-hour")
    print(f"conversations        {day.outcomes[Outcome.CONVERSATION]:8d}")
    print(f"not accounted for    {len(day.log.unaccounted):8d}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--agents", type=int, default=100)
    arguments.add_argument("--hours", type=float, default=8.0)
    arguments.add_argument("--target", type=float, default=0.03)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--profile", default="", help="write what cProfile finds into this file")
    given = arguments.parse_args()
    scenario = Scenario(agents=given.agents, hours=given.hours, target=given.target)
    profiler = cProfile.Profile() if given.profile else None
    began, began_cpu = time.perf_counter(), time.process_time()
    if profiler is not None:
        profiler.enable()
    day = run_virtually(virtual_day(scenario, seed=given.seed))
    if profiler is not None:
        profiler.disable()
        profiler.dump_stats(given.profile)
    show(day, wall_s=time.perf_counter() - began, cpu_s=time.process_time() - began_cpu)
    sys.exit(1 if day.log.unaccounted or day.log.closed_twice else 0)


if __name__ == "__main__":
    main()
