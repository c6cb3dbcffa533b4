"""Thirty days of contacts with many debtors, and an independent judgement of every decision that was made.

    python tests/perf/simulate_month.py [--debtors 100000] [--days 30] [--keep FILE]

Prints progress, what was done, and what the checker found: nothing, or each kind of disagreement with all its facts.
Ends with 1 where it found one. Takes tens of minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.simulation.month.month import Month, Size
from tests.support.brute_force.checker import Judgement, judge

_SHARE = 2000  # debtors that one process judges at a time


def _judge(path: Path, first: int, last: int) -> Judgement:
    return judge(path, first=first, last=last)


def judge_all(path: Path, debtors: int, processes: int) -> Judgement:
    whole = Judgement()
    shares = [(first, min(first + _SHARE - 1, debtors)) for first in range(1, debtors + 1, _SHARE)]
    with ProcessPoolExecutor(processes) as pool:
        for done, part in enumerate(pool.map(_judge, [path] * len(shares), *zip(*shares, strict=True)), start=1):
            whole.add(part)
            if done * 10 // len(shares) > (done - 1) * 10 // len(shares):
                print(f"judged {done * 100 // len(shares)} %: {len(whole.findings)} findings", flush=True)
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debtors", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--round-s", type=float, default=14_400.0, help="seconds between two rounds of all campaigns")
    parser.add_argument("--batch", type=int, default=0, help="calls a campaign asks for at a time; 0: by the debtors")
    parser.add_argument("--named", type=int, default=0, help="things that happen in a round; 0: by the debtors")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="keep the database in this file, which must not exist yet")
    asked = parser.parse_args()
    size = Size(
        debtors=asked.debtors,
        days=asked.days,
        round_s=asked.round_s,
        batch=asked.batch or max(5, asked.debtors // 1600),
        named=asked.named or max(10, asked.debtors // 500),
        seed=asked.seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        path: Path = asked.keep or Path(folder) / "month.db"
        started = time.perf_counter()
        tally = asyncio.run(Month(path, size, lambda line: print(line, flush=True)).run())
        between = time.perf_counter()
        print(f"allowed: {dict(tally.reserved)}", f"denied: {dict(tally.denied)}", sep="\n")
        print(
            f"ended: {dict(tally.ended)}", f"happened: {dict(tally.happened)}; busy {tally.busy}", sep="\n", flush=True
        )
        found = judge_all(path, size.debtors, asked.processes)
        ended = time.perf_counter()
    print(f"reasons: {dict(found.reasons.most_common())}")
    print(
        f"{size.debtors} debtors, {size.days} days, seed {size.seed}: {found.attempts} contacts and "
        f"{found.denials} denials judged, {found.stepped} of them minute by minute; {between - started:.0f} s to make, "
        f"{ended - between:.0f} s to judge"
    )
    kinds = Counter((finding.kind, finding.rules) for finding in found.findings)
    for (kind, rules), count in kinds.most_common():
        one = next(each for each in found.findings if (each.kind, each.rules) == (kind, rules))
        print(f"{count} x {one}")
    print(f"FOUND {len(found.findings)}" if found.findings else "zero violations, zero wrong denials")
    return 1 if found.findings else 0


if __name__ == "__main__":
    sys.exit(main())
