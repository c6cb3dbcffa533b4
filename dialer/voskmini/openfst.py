"""Weighted transducers in OpenFst's binary formats, as far as Vosk reads them.

Two kinds: ``vector`` for a language model, and ``olabel_lookahead`` for the lexicon's side. The latter is a constant
transducer with, for each state, the set of words that may come next; Vosk composes the two while it decodes, which is
what lets a recogniser be limited to a grammar when it is made. Source of the layouts: OpenFst 1.8, ``fst.h``,
``vector-fst.h``, ``const-fst.h``, ``add-on.h``, ``label-reachable.h``, ``interval-set.h``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

import numpy as np

_MAGIC: Final = 2125659606
_ADD_ON_MAGIC: Final = 446681434
_EXPANDED: Final = 0x1
_MUTABLE: Final = 0x2
_ACCEPTOR: Final = 0x10000
_NOT_ACCEPTOR: Final = 0x20000
_INPUT_SORTED: Final = 0x10000000
_OUTPUT_SORTED: Final = 0x40000000

_ARC: Final = np.dtype([("input", "<i4"), ("output", "<i4"), ("cost", "<f4"), ("target", "<i4")])
_STATE: Final = np.dtype(
    [("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("input_epsilons", "<u4"), ("output_epsilons", "<u4")]
)


@dataclass(slots=True)
class Fst:
    """States are numbered from 0, which is the start. Label 0 is epsilon. Costs are negative natural logarithms."""

    #: For each state its arcs: input label, output label, cost, target.
    arcs: list[list[tuple[int, int, float, int]]] = field(default_factory=list)
    finals: dict[int, float] = field(default_factory=dict)

    def add_state(self) -> int:
        self.arcs.append([])
        return len(self.arcs) - 1

    def add_arc(self, source: int, read: int, write: int, cost: float, target: int) -> None:
        self.arcs[source].append((read, write, cost, target))

    @property
    def arc_count(self) -> int:
        return sum(map(len, self.arcs))


def vector_bytes(fst: Fst) -> bytes:
    """An acceptor as OpenFst's ``vector`` type, arcs sorted by input label."""
    parts = [_header("vector", _EXPANDED | _MUTABLE | _ACCEPTOR | _INPUT_SORTED, fst, version=2)]
    for state, listed in enumerate(fst.arcs):
        arcs = sorted(listed)
        parts.append(struct.pack("<fq", fst.finals.get(state, float("inf")), len(arcs)))
        parts.append(np.array(arcs, dtype=_ARC).tobytes())
    return b"".join(parts)


def look_ahead_bytes(fst: Fst) -> bytes:
    """A transducer as OpenFst's ``olabel_lookahead`` type. Words need consecutive numbers from 1; the closer together
    those that share a beginning, the smaller the file."""
    last_word = max(write for listed in fst.arcs for _, write, _, _ in listed)
    final_label = last_word + 1
    properties = _EXPANDED | _NOT_ACCEPTOR | _OUTPUT_SORTED
    ordered = [sorted(listed, key=lambda arc: (arc[1], arc[0], arc[3])) for listed in fst.arcs]
    states = np.zeros(len(ordered), dtype=_STATE)
    first = 0
    for number, listed in enumerate(ordered):
        inputs = sum(arc[0] == 0 for arc in listed)
        outputs = sum(arc[1] == 0 for arc in listed)
        states[number] = (fst.finals.get(number, np.inf), first, len(listed), inputs, outputs)
        first += len(listed)
    arcs = np.array([arc for listed in ordered for arc in listed], dtype=_ARC)
    inner = _header("const", properties, fst, version=2) + states.tobytes() + arcs.tobytes()
    outer = _header("olabel_lookahead", properties, None, version=1) + struct.pack("<i", _ADD_ON_MAGIC)
    # A pair of which the first, for input labels, is absent; then: output labels, no table of relabellings.
    reach = struct.pack("<???", True, False, True) + struct.pack("<??i", False, False, final_label)
    sets = [_intervals(words) for words in reachable(fst, final_label)]
    return outer + inner + reach + struct.pack("<q", len(sets)) + b"".join(sets)


def reachable(fst: Fst, final_label: int) -> list[frozenset[int]]:
    """For each state the words that can be the next one written, and ``final_label`` where the end can be reached
    without writing any."""
    found: list[set[int]] = [set() for _ in fst.arcs]
    for state in fst.finals:
        found[state].add(final_label)
    before: list[list[int]] = [[] for _ in fst.arcs]
    for state, listed in enumerate(fst.arcs):
        for _, write, _, target in listed:
            if write:
                found[state].add(write)
            elif target != state:
                before[target].append(state)
    waiting = [state for state, words in enumerate(found) if words]
    while waiting:
        state = waiting.pop()
        for earlier in before[state]:
            if not found[state] <= found[earlier]:
                found[earlier] |= found[state]
                waiting.append(earlier)
    return [frozenset(words) for words in found]


def _intervals(words: frozenset[int]) -> bytes:
    spans: list[list[int]] = []
    for word in sorted(words):
        if spans and spans[-1][1] == word:
            spans[-1][1] = word + 1
        else:
            spans.append([word, word + 1])
    flat = [bound for span in spans for bound in span]
    return struct.pack(f"<q{len(flat)}ii", len(spans), *flat, len(words))


def _header(kind: str, properties: int, fst: Fst | None, *, version: int) -> bytes:
    start, states, arcs = (-1, 0, 0) if fst is None else (0, len(fst.arcs), fst.arc_count)
    return (
        struct.pack("<i", _MAGIC)
        + _text(kind)
        + _text("standard")
        + struct.pack("<iiQqqq", version, 0, properties, start, states, arcs)
    )


def _text(value: str) -> bytes:
    return struct.pack("<i", len(value)) + value.encode()
