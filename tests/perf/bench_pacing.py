"""Every pacer on the same simulated days: how busy the agents are, and who keeps the promise.

Run as ``python -m tests.perf.bench_pacing``. Days already played are read from the results folder and not played
again, so it may be stopped and started; days played by code that has changed since are played anew.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from tests.perf.pacing_grid import ROOT, Plan, Results, played, small_grid, whole_grid
from tests.perf.pacing_report import write_report


def main() -> None:
    args = _arguments()
    args.results.mkdir(parents=True, exist_ok=True)
    results = Results(args.results / "pacing.jsonl")
    cells = small_grid() if args.quick else whole_grid()
    if args.agents:
        cells = [cell for cell in cells if cell.agents in args.agents]
    plan = Plan(
        cells=cells,
        own_days=args.days or (2 if args.quick else 20),
        rival_days=args.rival_days or (2 if args.quick else 5),
        bound_days=1,
        pacers=args.pacers,
    )
    jobs = [] if args.report_only else [job for job in plan.jobs() if job not in results]
    print(f"{len(jobs)} days to play", flush=True)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when the workers load numpy
    began = last = time.monotonic()
    with get_context("spawn").Pool(args.processes, initializer=os.nice, initargs=(10,)) as pool:
        for count, row in enumerate(pool.imap_unordered(played, jobs), start=1):
            results.add(row)
            if time.monotonic() - last > 30:
                last = time.monotonic()
                print(f"{count} of {len(jobs)} days in {last - began:.0f} s", flush=True)
    output = args.output or (args.results / "pacing-quick.md" if args.quick else ROOT / "docs" / "pacing-benchmarks.md")
    write_report(plan, results, output)
    print(f"written: {output}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=sys.modules[__name__].__doc__)
    parser.add_argument("--quick", action="store_true", help="a few cells and days; not into docs/")
    parser.add_argument("--report-only", action="store_true", help="write the page from the days played so far")
    parser.add_argument("--results", type=Path, default=ROOT / "build", help="where played days are kept")
    parser.add_argument("--output", type=Path, help="the page; its pictures go to images/ beside it")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--days", type=int, help="days a cell for the project's own pacers (20)")
    parser.add_argument("--rival-days", type=int, help="days a cell for the rivals (5)")
    parser.add_argument("--agents", type=int, nargs="*", help="only floors of these sizes")
    parser.add_argument("--pacers", nargs="*", help="only these pacers")
    return parser.parse_args()


if __name__ == "__main__":
    main()
