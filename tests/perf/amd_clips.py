"""Labelled call beginnings, what a detector made of each, and the counts that follow."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

import numpy as np

SHORT_ANSWER_MS: Final = 1200
#: Verdicts for which a call is taken from whoever answered.
NOT_A_PERSON: Final = frozenset({"machine", "beep", "sit"})


class Length(Enum):
    SHORT = auto()
    LONG = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """``label`` is human, machine, beep, sit (also fax) or silence. ``onset_ms`` and ``spoken_ms`` say when somebody
    begins to speak and for how long; 0 where the manifest does not know."""

    path: Path
    label: str
    language: str = "es"
    kind: str = ""
    source: str = ""
    onset_ms: int = 0
    spoken_ms: int = 0

    @property
    def length(self) -> Length:
        if not self.spoken_ms:
            return Length.UNKNOWN
        return Length.SHORT if self.spoken_ms <= SHORT_ANSWER_MS else Length.LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A detector's verdict on a clip. ``at_ms`` is counted from the answer; ``withdrawn_ms`` is when a second stage
    took the call back after the connection, from the answer too, or None; ``hinted`` is set where it only told the
    agent. ``cpu_ms`` is None where the detector's cost is measured otherwise."""

    label: str
    reason: str
    at_ms: int
    withdrawn_ms: int | None = None
    hinted: bool = False
    words: str = ""
    cpu_ms: float | None = None


Run = Sequence[tuple[Clip, Heard]]


def clips_of(manifest: Path, split: str | None = None) -> list[Clip]:
    """The clips of a CSV file with the columns ``path`` (relative to it) and ``label``; ``language``, ``kind``,
    ``source`` (or ``source_repo``), ``onset_ms``, ``utt_ms`` and ``split`` are used where they are there."""
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if split in (None, row.get("split"))]
    return [
        Clip(
            path=manifest.parent / row["path"],
            label=row["label"],
            language="en" if row.get("language") == "en" else "es",
            kind=row.get("kind") or "",
            source=row.get("source") or row.get("source_repo") or "",
            onset_ms=int(float(row.get("onset_ms") or 0)),
            spoken_ms=int(float(row.get("utt_ms") or 0)),
        )
        for row in rows
    ]


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson's score)."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentiles(values: Sequence[float]) -> str:
    """Median and 90th percentile, as ``p50 / p90``."""
    return " / ".join(f"{value:.0f}" for value in np.percentile(values, [50, 90])) if values else "-"


def right(clip: Clip, heard: Heard) -> bool:
    """What counts is where the call goes: anything that is no person will do for a machine or a tone, and undecided
    for silence."""
    if clip.label in NOT_A_PERSON:
        return heard.label in NOT_A_PERSON
    if clip.label == "silence":
        return heard.label in ("silence", "unknown")
    return heard.label == clip.label


def exactly(clip: Clip, heard: Heard) -> bool:
    """The very label; a tone in a machine's call is right."""
    return heard.label in NOT_A_PERSON if clip.label == "machine" else heard.label == clip.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of ``total``."""

    hits: int
    total: int

    def __str__(self) -> str:
        return f"{self.hits} of {self.total}"

    @property
    def interval(self) -> str:
        """95 %, in percent, as ``low to high``."""
        low, high = wilson(self.hits, self.total)
        return f"{100 * low:.1f} to {100 * high:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Times in ms. ``lost`` are people taken for machines, ``passed`` machines taken for people in stage one. Stage two
    was certain of the ``withdrawn`` and told the agent of the ``hinted``; ``left`` are the others that passed. Right
    in ``exact`` is only what has the very label: a beep that is called a machine is wrong there."""

    right: Share
    exact: Share
    lost: dict[Length, Share]
    passed: Share
    left: Share
    withdrawn: int
    hinted: int
    withdrawn_people: int
    hinted_people: int
    undecided: int
    silence: dict[Length, list[int]]
    human_after: list[int]
    machine_after: list[int]
    beeps: Share
    false_beeps: int


def figures(run: Run) -> Figures:
    people = [(clip, heard) for clip, heard in run if clip.label == "human"]
    machines = [(clip, heard) for clip, heard in run if clip.label == "machine"]
    passed = [heard for _, heard in machines if heard.label == "human"]
    withdrawn = sum(heard.withdrawn_ms is not None for heard in passed)
    hinted = sum(heard.hinted for heard in passed)
    known = [(clip, heard) for clip, heard in people if heard.label == "human"]
    beeps = [heard for clip, heard in run if clip.label == "beep"]

    def lost(length: Length) -> Share:
        some = [heard for clip, heard in people if clip.length is length]
        return Share(hits=sum(heard.label in NOT_A_PERSON for heard in some), total=len(some))

    return Figures(
        right=Share(hits=sum(right(clip, heard) for clip, heard in run), total=len(run)),
        exact=Share(hits=sum(exactly(clip, heard) for clip, heard in run), total=len(run)),
        lost={length: lost(length) for length in Length},
        passed=Share(hits=len(passed), total=len(machines)),
        left=Share(hits=len(passed) - withdrawn - hinted, total=len(machines)),
        withdrawn=withdrawn,
        hinted=hinted,
        withdrawn_people=sum(heard.withdrawn_ms is not None for _, heard in people),
        hinted_people=sum(heard.hinted for _, heard in people),
        undecided=sum(heard.label == "unknown" for _, heard in run),
        silence={
            length: [heard.at_ms - clip.onset_ms - clip.spoken_ms for clip, heard in known if clip.length is length]
            for length in (Length.SHORT, Length.LONG)
        },
        human_after=[heard.at_ms for _, heard in known],
        machine_after=[heard.at_ms for clip, heard in machines if right(clip, heard)],
        beeps=Share(hits=sum(heard.label == "beep" for heard in beeps), total=len(beeps)),
        false_beeps=sum(heard.label == "beep" for _, heard in people),
    )
