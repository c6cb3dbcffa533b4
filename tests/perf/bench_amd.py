"""The detector on a labelled set of call beginnings: how often right, how late, at what cost.

    python tests/perf/bench_amd.py MANIFEST [--mode careful|strict] [--split NAME]

MANIFEST (or ``CADENCIA_AMD_MANIFEST``) is a CSV file with the columns ``path`` (relative to it) and ``label`` (human,
machine, beep, sit, silence); ``onset_ms`` and ``utt_ms``, where they are there, give the beginning and length of what a
person says, and so the silence that the person hears before the verdict.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
from collections import Counter
from pathlib import Path

import numpy as np

from dialer.amd.offline import FileVerdict, classify_file
from dialer.domain.verdict import AmdMode

SHORT_ANSWER_MS = 1200


def right(label: str, verdict: FileVerdict) -> bool:
    """A beep or a network tone in a machine's call is right: what counts is that it is no person."""
    if label == "machine":
        return verdict.label in ("machine", "beep", "sit")
    return verdict.label == label


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentiles(values: list[int]) -> str:
    return " / ".join(f"{value:.0f}" for value in np.percentile(values, [50, 90])) if values else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", nargs="?", default=os.environ.get("CADENCIA_AMD_MANIFEST"))
    parser.add_argument("--mode", default="careful", choices=["careful", "strict"])
    parser.add_argument("--split")
    parser.add_argument("--verbose", action="store_true", help="list the files that came out wrong")
    options = parser.parse_args()
    if options.manifest is None:
        parser.error("name the manifest, or set CADENCIA_AMD_MANIFEST")
    manifest = Path(options.manifest)
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if options.split in (None, row.get("split"))]
    table: Counter[tuple[str, str]] = Counter()
    silence: dict[str, list[int]] = {"short": [], "long": []}
    delays: dict[str, list[int]] = {"human": [], "machine": []}
    correct, cpu_ms, heard_ms = 0, 0.0, 0
    for row in rows:
        verdict = classify_file(manifest.parent / row["path"], mode=AmdMode(options.mode))
        label = row["label"]
        table[label, verdict.label] += 1
        correct += right(label, verdict)
        cpu_ms += verdict.cpu_ms
        heard_ms += verdict.decision_ms
        if not right(label, verdict) and options.verbose:
            print(f"{row['path']}: {label} taken for {verdict.label} ({verdict.reason}) at {verdict.decision_ms} ms")
        if right(label, verdict) and label in delays:
            delays[label].append(verdict.decision_ms)
        spoken_ms = int(float(row.get("utt_ms") or 0))
        if label == verdict.label == "human" and spoken_ms > 0:
            length = "short" if spoken_ms <= SHORT_ANSWER_MS else "long"
            silence[length].append(verdict.decision_ms - int(float(row["onset_ms"])) - spoken_ms)
    low, high = wilson(correct, len(rows))
    print(
        f"right: {correct} of {len(rows)} = {100 * correct / len(rows):.1f} % "
        f"(95 %: {100 * low:.1f} to {100 * high:.1f})"
    )
    labels = sorted({label for label, _ in table})
    found = sorted({verdict for _, verdict in table})
    print("| is \\ taken for | " + " | ".join(found) + " |")
    print("| --- |" + " --- |" * len(found))
    for label in labels:
        print(f"| {label} | " + " | ".join(str(table[label, verdict]) for verdict in found) + " |")
    print(
        f"silence before a human verdict, p50 / p90 ms: answers up to {SHORT_ANSWER_MS} ms "
        f"{percentiles(silence['short'])}; longer {percentiles(silence['long'])}"
    )
    print(
        f"verdict after, p50 / p90 ms: human {percentiles(delays['human'])}; machine {percentiles(delays['machine'])}"
    )
    print(f"CPU: {cpu_ms / heard_ms * 1000:.2f} ms per second of audio heard")


if __name__ == "__main__":
    main()
