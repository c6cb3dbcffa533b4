"""Learning: pieces of a long stream of frames in random order, AdamW, one cycle of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dialer.voskmini.network import CONTEXT, STRIDE, Network
from dialer.voskmini.phones import UNLABELLED

Floats = NDArray[np.float32]
Labels = NDArray[np.int16]

_PIECE: Final = 75  # outputs: 1.5 s
_PEAK: Final = 3e-3
_DECAY: Final = 0.01
_FIRST, _SECOND = np.float32(0.9), np.float32(0.98)
_RISING: Final = 0.25  # of all steps, before the learning rate falls


class Stream:
    """Utterances one after the other, each with its edges repeated, so that pieces may be cut anywhere."""

    def __init__(self, utterances: Sequence[tuple[Floats, Labels]]) -> None:
        """Frames [n, inputs] and a label a frame, for each utterance."""
        frames: list[Floats] = []
        labels: list[Labels] = []
        for own, named in utterances:
            after = CONTEXT + len(own) % STRIDE
            frames += [own[:1].repeat(CONTEXT, 0), own, own[-1:].repeat(after, 0)]
            edges = [np.full(count, UNLABELLED, dtype=np.int16) for count in (CONTEXT, after)]
            labels += [edges[0], named, edges[1]]
        self.frames = np.concatenate(frames)
        self.labels = np.concatenate(labels)[::STRIDE].copy()

    def priors(self, outputs: int) -> Floats:
        """The share of each output among the labelled frames."""
        counts = np.bincount(self.labels[self.labels >= 0], minlength=outputs)
        shares: Floats = (counts / counts.sum()).astype(np.float32)
        return shares

    def batches(self, size: int, chance: np.random.Generator) -> list[NDArray[np.int64]]:
        """Where the pieces of one epoch begin, in outputs, ``size`` to a batch, in random order."""
        first = CONTEXT // STRIDE + int(chance.integers(0, _PIECE))
        starts = np.arange(first, len(self.labels) - _PIECE - CONTEXT // STRIDE, _PIECE)
        chance.shuffle(starts)
        batch = min(size, len(starts))
        return [starts[at : at + batch] for at in range(0, len(starts) - batch + 1, batch)]

    def pieces(self, starts: NDArray[np.int64]) -> tuple[Floats, Labels]:
        outputs = starts[:, None] + np.arange(_PIECE)
        frames = (STRIDE * starts - CONTEXT)[:, None] + np.arange(STRIDE * _PIECE + 2 * CONTEXT)
        return self.frames[frames], self.labels[outputs]


def train(
    network: Network,
    stream: Stream,
    epochs: int,
    batch: int,
    chance: np.random.Generator,
    tell: Callable[[int, float, float], None],
    *,
    peak: float = _PEAK,
) -> None:
    """Learn ``epochs`` times from all of it, ``batch`` pieces a step, at a rate of at most ``peak``. ``tell`` gets the
    epoch (from 1), its mean loss and its share of right frames."""
    first = [np.zeros_like(parameter) for parameter in network.parameters]
    second = [np.zeros_like(parameter) for parameter in network.parameters]
    steps = epochs * len(stream.batches(batch, np.random.default_rng(0)))
    done = 0
    for epoch in range(1, epochs + 1):
        losses, shares = [], []
        for starts in stream.batches(batch, chance):
            gradients, loss, right = network.step(*stream.pieces(starts))
            losses.append(loss)
            shares.append(right)
            done += 1
            rate = np.float32(peak * _rate(done / max(steps, done)))
            for parameter, gradient, mean, square in zip(network.parameters, gradients, first, second, strict=True):
                mean += (1 - _FIRST) * (gradient - mean)
                square += (1 - _SECOND) * (gradient * gradient - square)
                unbiased = mean / (1 - _FIRST**done)
                spread = np.sqrt(square / (1 - _SECOND**done)) + np.float32(1e-8)
                parameter -= rate * (unbiased / spread + np.float32(_DECAY) * parameter)
        tell(epoch, float(np.mean(losses)), float(np.mean(shares)))


def _rate(progress: float) -> float:
    """One cycle, of the peak: up along a cosine, down to nothing along another."""
    if progress < _RISING:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * progress / _RISING)) / 2
    return (1 + math.cos(math.pi * (progress - _RISING) / (1 - _RISING))) / 2
