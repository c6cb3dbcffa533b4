"""The acoustic model as Kaldi writes it in text: phones and their states, then the network.

Phone 1 is silence, with one state. Every other phone has two states, its first and its second half, and four numbers,
by its place in a word: at its beginning, inside, at its end, or alone; the four share their two outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SILENCE: Final = 1
BEGIN, INSIDE, END, ALONE = range(4)
_PLACES: Final = ("begin", "internal", "end", "singleton")

Floats = NDArray[np.float32]


def phone_number(phone: int, place: int) -> int:
    """The number of phone ``phone`` (1, 2, ..., without silence) at its place in a word."""
    return 2 + 4 * (phone - 1) + place


def output_of(phone: int, half: int) -> int:
    """The network's output for a phone's first (0) or second (1) half; silence is output 0."""
    return 2 * phone - 1 + half


def output_count(phones: int) -> int:
    return 2 * phones + 1


@dataclass(frozen=True, slots=True)
class Layer:
    """``weights`` [outputs, offsets * inputs], offset outermost; ``offsets`` in frames; ``spread`` is the mean and
    the variance of what comes out of the rectifier; the last layer has no rectifier."""

    offsets: tuple[int, ...]
    weights: Floats
    bias: Floats
    spread: tuple[Floats, Floats] | None = None


class Transitions:
    """The numbers that a graph names the states by."""

    def __init__(self, phones: int) -> None:
        self.phones = phones
        #: phone number, state, output
        self.triples: list[tuple[int, int, int]] = [(SILENCE, 0, 0)]
        for phone in range(1, phones + 1):
            for place in range(4):
                for half in range(2):
                    self.triples.append((phone_number(phone, place), half, output_of(phone, half)))
        self.triples.sort()
        self._at = {(number, state): at for at, (number, state, _) in enumerate(self.triples)}

    def stay(self, number: int, state: int) -> int:
        return 2 * self._at[number, state] + 1

    def go(self, number: int, state: int) -> int:
        return 2 * self._at[number, state] + 2

    def text(self) -> str:
        others = " ".join(str(number) for number in range(2, 2 + 4 * self.phones))
        listed = "\n".join(" ".join(map(str, triple)) for triple in self.triples)
        halves = " ".join([f"{math.log(0.5):.6f}"] * (2 * len(self.triples)))
        return (
            f"<TransitionModel> <Topology>\n{_topology(str(SILENCE), 1)}{_topology(others, 2)}</Topology>\n"
            f"<Triples> {len(self.triples)}\n{listed}\n</Triples>\n"
            f"<LogProbs> [ 0 {halves} ] </LogProbs> </TransitionModel>\n"
        )


def _topology(phones: str, states: int) -> str:
    listed = [
        f"<State> {state} <PdfClass> {state} <Transition> {state} 0.5 <Transition> {state + 1} 0.5 </State>"
        for state in range(states)
    ]
    return (
        f"<TopologyEntry> <ForPhones> {phones} </ForPhones>\n"
        + "\n".join(listed)
        + f" <State> {states} </State> </TopologyEntry>\n"
    )


def word_boundary_text(phones: int) -> str:
    """``graph/phones/word_boundary.int``, from which Vosk tells when each word was said."""
    lines = [f"{SILENCE} nonword"]
    for phone in range(1, phones + 1):
        lines += [f"{phone_number(phone, place)} {name}" for place, name in enumerate(_PLACES)]
    return "\n".join(lines) + "\n"


def model_text(phones: int, inputs: int, layers: Sequence[Layer]) -> str:
    """``am/final.mdl``."""
    left = -sum(min(layer.offsets) for layer in layers)
    right = sum(max(layer.offsets) for layer in layers)
    nodes = [f"input-node name=input dim={inputs}"]
    components: list[str] = []
    source = "input"
    for index, layer in enumerate(layers):
        name = f"l{index}"
        nodes.append(_node(f"{name}.affine", _spliced(source, layer.offsets)))
        components.append(_affine(f"{name}.affine", layer))
        source = f"{name}.affine"
        if layer.spread is not None:
            nodes += [_node(f"{name}.relu", f"{name}.affine"), _node(f"{name}.bn", f"{name}.relu")]
            components += [_rectifier(f"{name}.relu", layer), _normaliser(f"{name}.bn", *layer.spread)]
            source = f"{name}.bn"
    nodes.append(f"output-node name=output input={source} objective=linear")
    return (
        Transitions(phones).text()
        + "<Nnet3> \n"  # the blank ends the token, the newline is the one that the reader eats
        + "\n".join(nodes)
        + f"\n\n<NumComponents> {len(components)}\n"
        + "\n".join(components)
        + f"\n</Nnet3> <LeftContext> {left} <RightContext> {right} <Priors> [ ]\n"
    )


def _affine(name: str, layer: Layer) -> str:
    return (
        f"<ComponentName> {name} <AffineComponent> <LearningRate> 0.001 "
        f"<LinearParams> {_matrix(layer.weights)}<BiasParams> {_vector(layer.bias)}</AffineComponent>"
    )


def _rectifier(name: str, layer: Layer) -> str:
    return (
        f"<ComponentName> {name} <RectifiedLinearComponent> <Dim> {len(layer.bias)} <ValueAvg> [ ] <DerivAvg> [ ] "
        "<Count> 0 <NumDimsSelfRepaired> 0 <NumDimsProcessed> 0 </RectifiedLinearComponent>"
    )


def _normaliser(name: str, mean: Floats, variance: Floats) -> str:
    return (
        f"<ComponentName> {name} <BatchNormComponent> <Dim> {len(mean)} <BlockDim> {len(mean)} <Epsilon> 0.001 "
        f"<TargetRms> 1 <TestMode> F <Count> 1000 <StatsMean> {_vector(mean)}<StatsVar> {_vector(variance)}"
        "</BatchNormComponent>"
    )


def _node(name: str, source: str) -> str:
    return f"component-node name={name} component={name} input={source}"


def _spliced(source: str, offsets: Sequence[int]) -> str:
    if tuple(offsets) == (0,):
        return source
    parts = [source if offset == 0 else f"Offset({source}, {offset})" for offset in offsets]
    return f"Append({', '.join(parts)})"


def _vector(values: Floats) -> str:
    return "[ " + " ".join(f"{value:.5g}" for value in values.tolist()) + " ]\n"


def _matrix(values: Floats) -> str:
    rows = "\n".join(" ".join(f"{value:.5g}" for value in row) for row in values.tolist())
    return f"[\n{rows} ]\n"
