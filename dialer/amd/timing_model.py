"""A model that judges from the timing of a greeting whether a machine speaks, learned from labelled calls.

Plain numbers in a JSON file, a few small trees, and some lines of numpy to walk them: nothing in the file is ever run,
and nothing of the program that learned it is needed here. ``training.py`` makes such files.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dialer.amd.cadence import Cadence
from dialer.errors import ConfigurationError

FORMAT: Final = "cadencia-timing-1"
_LARGEST_BYTES: Final = 4_000_000
_MOST_DEPTH: Final = 12
_NEVER_MS: Final = -1.0  #: of a time that has not come

#: What a model is asked with, in this order. All in ms, but for the counts, the share and the dB.
FEATURES: Final = (
    "onset", "since_onset", "speech", "talk", "silence", "phrases", "first_phrase", "last_phrase", "longest_phrase",
    "mean_phrase", "first_pause", "longest_pause", "mean_pause", "speech_share", "early_speech", "clearance_db",
)  # fmt: skip

Features = Sequence[float]


def features_of(cadence: Cadence, early_speech_ms: int, clearance_db: float) -> list[float]:
    """The features of a greeting so far, in the order of ``FEATURES``."""
    phrases, pauses = cadence.phrases_ms, cadence.pauses_ms
    talk_ms = cadence.talk_ms
    onset_ms = _NEVER_MS if cadence.onset_ms is None else float(cadence.onset_ms)
    return [
        onset_ms,
        0.0 if cadence.onset_ms is None else float(cadence.heard_ms - cadence.onset_ms),
        float(cadence.speech_ms),
        float(talk_ms),
        float(cadence.silence_ms),
        float(len(phrases)),
        float(phrases[0]) if phrases else 0.0,
        float(phrases[-1]) if phrases else 0.0,
        float(max(phrases, default=0)),
        cadence.speech_ms / len(phrases) if phrases else 0.0,
        float(pauses[0]) if pauses else _NEVER_MS,
        float(max(pauses, default=0)),
        sum(pauses) / len(pauses) if pauses else 0.0,
        cadence.speech_ms / talk_ms if talk_ms else 0.0,
        float(early_speech_ms),
        round(clearance_db, 1),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What follows from a probability that a machine speaks. From ``machine_above`` on it is one, whatever the rules
    say so far. From ``doubt_above`` on, the rules' verdict that a person waits is put off until ``DOUBT_MS`` of
    silence. Below ``human_below`` a person waits already after ``SOON_MS`` of silence. A bound of 2, or of -1 for the
    last one, is none."""

    machine_above: float = 2.0
    doubt_above: float = 2.0
    human_below: float = -1.0


DOUBT_MS: Final = 1500
SOON_MS: Final = 300


@dataclass(frozen=True, slots=True)
class _Trees:
    """All trees side by side, [trees, nodes]; a leaf leads to itself."""

    feature: NDArray[np.intp]
    threshold: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float64]
    depth: int


@dataclass(frozen=True, slots=True)
class TimingModel:
    """``facts`` say how it was made, for people: numbers and texts by name."""

    base: float
    trees: _Trees
    bounds: Bounds
    facts: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, features: Features) -> float:
        """The probability, 0 to 1, that a machine speaks. Costs about 20 microseconds."""
        trees = self.trees
        row = np.asarray(features, dtype=np.float64)
        rows = np.arange(len(trees.feature))
        node = np.zeros(len(rows), dtype=np.intp)
        for _ in range(trees.depth):
            goes_left = row[trees.feature[rows, node]] <= trees.threshold[rows, node]
            node = np.where(goes_left, trees.left[rows, node], trees.right[rows, node])
        score = self.base + float(trees.value[rows, node].sum())
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, score))))


# ------------------------------------------------------------------------------------------------ the file


def as_document(
    base: float, trees: Sequence[Mapping[str, Sequence[float]]], bounds: Bounds, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The file's content. A tree is five lists with a value a node: ``feature``, ``threshold``, ``left``, ``right``,
    ``value``; a leaf has feature 0 and leads to itself, and ``value`` counts at leaves only."""
    return {
        "format": FORMAT,
        "features": list(FEATURES),
        "base": base,
        "machine_above": bounds.machine_above,
        "doubt_above": bounds.doubt_above,
        "human_below": bounds.human_below,
        "trees": [{name: list(column) for name, column in tree.items()} for tree in trees],
        "facts": dict(facts),
    }


def load_timing_model(path: Path) -> TimingModel:
    """Raises ConfigurationError for a file that is no such model, or one of another release's features."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("it is too large")
        return read_timing_model(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as exc:
        raise ConfigurationError(
            f"The timing model {path} cannot be used ({exc}). Make it again with cadencia amd train, or empty "
            "CADENCIA_AMD__TIMING_MODEL: the rules decide alone then."
        ) from exc


def read_timing_model(document: Mapping[str, Any]) -> TimingModel:
    """Raises ValueError, KeyError or TypeError for what is no such model."""
    if document.get("format") != FORMAT or tuple(document["features"]) != FEATURES:
        raise ValueError("it is of another release")
    bounds = Bounds(**{name: float(document[name]) for name in ("machine_above", "doubt_above", "human_below")})
    return TimingModel(float(document["base"]), _stacked(document["trees"]), bounds, dict(document.get("facts", {})))


def _stacked(trees: Sequence[Mapping[str, Any]]) -> _Trees:
    if not trees:
        raise ValueError("it has no trees")
    nodes = max(len(tree["feature"]) for tree in trees)
    feature, left, right = (np.zeros((len(trees), nodes), dtype=np.intp) for _ in range(3))
    threshold, value = (np.zeros((len(trees), nodes)) for _ in range(2))
    for number, tree in enumerate(trees):
        count = len(tree["feature"])
        for name, into in (
            ("feature", feature), ("threshold", threshold), ("left", left), ("right", right), ("value", value)
        ):  # fmt: skip
            into[number, :count] = tree[name]
        own = np.arange(count)
        leaf = left[number, :count] == own
        onward = (left[number, :count] > own) & (right[number, :count] > own)
        inside = (right[number, :count] < count) & (left[number, :count] < count)
        if count == 0 or not np.all(inside & (onward | (leaf & (right[number, :count] == own)))):
            raise ValueError("a tree of it is damaged")
    if not (feature.min() >= 0 and feature.max() < len(FEATURES)) or not np.isfinite([threshold, value]).all():
        raise ValueError("a tree of it is damaged")
    return _Trees(feature, threshold, left, right, value, _depth(left, right))


def _depth(left: NDArray[np.intp], right: NDArray[np.intp]) -> int:
    """Steps from the root to the deepest leaf. Children come after their parent, so one pass over the nodes does."""
    trees, nodes = left.shape
    level = np.zeros((trees, nodes), dtype=np.intp)
    rows = np.arange(trees)
    for node in range(nodes):
        for child in (left[:, node], right[:, node]):
            step = (child > node).astype(np.intp)
            level[rows, child] = np.maximum(level[rows, child], (level[:, node] + 1) * step)
    deepest = int(level.max())
    if deepest > _MOST_DEPTH:
        raise ValueError("its trees are too deep")
    return deepest
