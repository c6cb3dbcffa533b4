"""A small time-delay network: forwards, backwards, and as the layers that Kaldi reads.

Affine, rectifier, batch normalisation, four or five times; then one affine to the outputs. Every second frame has an
output, which is all that decoding asks for, so all layers but the first work at half the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dialer.voskmini.acoustic_file import Layer

STRIDE: Final = 2  # frames an output: --frame-subsampling-factor
#: Vosk takes every output for 30 ms, and ours are 20 ms apart: its times of words must be multiplied by this.
WORD_TIME_SCALE: Final = round(STRIDE / 3, 4)
#: Offsets in frames, per hidden layer. All but the first layer's must be even.
OFFSETS: Final = ((-2, -1, 0, 1, 2), (-2, 0, 2), (-2, 0, 2), (-4, 0, 4), (-4, 0, 4))
CONTEXT: Final = sum(max(offsets) for offsets in OFFSETS)  #: frames before and after an output that it depends on

_EPSILON: Final = np.float32(1e-3)
_MEMORY: Final = np.float32(0.95)  # of the running mean and variance
_SMOOTHING: Final = 0.02
_LEAST_PRIOR: Final = 1e-5

Floats = NDArray[np.float32]


@dataclass(slots=True)
class _Passed:
    """What a layer keeps of the way forward."""

    spliced: Floats
    positive: NDArray[np.bool_]
    normal: Floats
    scale: Floats


class Network:
    """``mean`` and ``deviation`` [inputs] normalise what comes in. ``parameters`` are weights and biases in turn."""

    def __init__(self, mean: Floats, deviation: Floats, width: int, outputs: int, chance: np.random.Generator) -> None:
        self._mean, self._deviation = mean, deviation
        self.parameters: list[Floats] = []
        inputs = len(mean)
        for offsets in OFFSETS:
            fan = inputs * len(offsets)
            self.parameters.append((chance.standard_normal((width, fan)) * np.sqrt(2 / fan)).astype(np.float32))
            self.parameters.append(np.zeros(width, dtype=np.float32))
            inputs = width
        self.parameters.append((chance.standard_normal((outputs, width)) * np.sqrt(1 / width)).astype(np.float32))
        self.parameters.append(np.zeros(outputs, dtype=np.float32))
        self._means = [np.zeros(width, dtype=np.float32) for _ in OFFSETS]
        self._variances = [np.ones(width, dtype=np.float32) for _ in OFFSETS]

    def step(self, frames: Floats, labels: NDArray[np.int16]) -> tuple[list[Floats], float, float]:
        """Gradients, loss and share of right frames, for ``frames`` [pieces, 2 * n + 2 * CONTEXT, inputs] and
        ``labels`` [pieces, n]; labels below 0 do not count."""
        passed: list[_Passed] = []
        hidden: Floats = (frames - self._mean) / self._deviation
        for index in range(len(OFFSETS)):
            spliced = _splice(hidden, index)
            output = spliced @ self.parameters[2 * index].T
            output += self.parameters[2 * index + 1]
            positive = output > 0
            output *= positive
            flat = output.reshape(-1, output.shape[-1])
            mean = flat.mean(axis=0)
            flat -= mean
            variance = np.einsum("ij,ij->j", flat, flat) / np.float32(len(flat))
            scale = 1 / np.sqrt(variance + _EPSILON)
            flat *= scale
            self._means[index] = _MEMORY * self._means[index] + (1 - _MEMORY) * mean
            self._variances[index] = _MEMORY * self._variances[index] + (1 - _MEMORY) * variance
            passed.append(_Passed(spliced, positive, output, scale))
            hidden = output
        gradient, loss, right = self._loss(hidden, labels)
        return self._back(gradient, hidden, passed), loss, right

    def scores(self, frames: Floats) -> Floats:
        """Outputs [n, outputs] of one utterance's frames, its edges repeated as Kaldi does; as after training."""
        padded = np.concatenate([frames[:1].repeat(CONTEXT, 0), frames, frames[-1:].repeat(CONTEXT + 1, 0)])
        hidden: Floats = ((padded - self._mean) / self._deviation)[None]
        for index in range(len(OFFSETS)):
            hidden = np.maximum(
                _splice(hidden, index) @ self.parameters[2 * index].T + self.parameters[2 * index + 1], 0
            )
            scale: Floats = np.sqrt(self._variances[index] + _EPSILON)
            hidden = (hidden - self._means[index]) / scale
        scores: Floats = (hidden @ self.parameters[-2].T + self.parameters[-1])[0, : (len(frames) + 1) // STRIDE]
        return scores

    def layers(self, priors: Floats) -> list[Layer]:
        """For Kaldi: what normalises the input folded into the first layer, and ``priors`` (shares of each output in
        training) taken from the last bias, for a decoder wants likelihoods."""
        layers = []
        for index, offsets in enumerate(OFFSETS):
            weights, bias = self.parameters[2 * index], self.parameters[2 * index + 1]
            if index == 0:
                tiled = np.tile(self._deviation, len(offsets))
                bias = bias - (weights / tiled) @ np.tile(self._mean, len(offsets))
                weights = weights / tiled
            layers.append(Layer(offsets, weights, bias, (self._means[index], self._variances[index])))
        likelihood = self.parameters[-1] - np.log(np.maximum(priors, _LEAST_PRIOR)).astype(np.float32)
        return [*layers, Layer((0,), self.parameters[-2], likelihood)]

    def _loss(self, hidden: Floats, labels: NDArray[np.int16]) -> tuple[Floats, float, float]:
        """The gradient at the outputs of cross-entropy with smoothed labels."""
        logits = hidden.reshape(-1, hidden.shape[-1]) @ self.parameters[-2].T
        logits += self.parameters[-1]
        flat = labels.reshape(-1)
        rows = np.flatnonzero(flat >= 0)
        logits -= logits.max(axis=1, keepdims=True)
        right = float(np.mean(logits[rows].argmax(axis=1) == flat[rows]))
        likely = np.exp(logits)
        sums = likely.sum(axis=1, keepdims=True)
        chosen = logits[rows, flat[rows]] - np.log(sums[rows, 0])
        likely /= sums
        likely -= np.float32(_SMOOTHING / likely.shape[1])
        likely[rows, flat[rows]] -= np.float32(1 - _SMOOTHING)
        likely[flat < 0] = 0
        likely /= np.float32(max(1, len(rows)))
        return likely, float(-chosen.mean()), right

    def _back(self, gradient: Floats, top: Floats, passed: Sequence[_Passed]) -> list[Floats]:
        width = top.shape[-1]
        gradients: list[Floats] = [gradient.T @ top.reshape(-1, width), gradient.sum(axis=0)]
        flowing = (gradient @ self.parameters[-2]).reshape(top.shape)
        for index in reversed(range(len(OFFSETS))):
            kept = passed[index]
            normal = kept.normal.reshape(-1, width)
            into = flowing.reshape(-1, width)
            count = np.float32(len(into))
            mean = into.sum(axis=0) / count
            along = np.einsum("ij,ij->j", into, normal) / count
            into = (into - mean - normal * along) * kept.scale
            into *= kept.positive.reshape(-1, width)
            spliced = kept.spliced.reshape(-1, kept.spliced.shape[-1])
            gradients[:0] = [into.T @ spliced, into.sum(axis=0)]
            if index > 0:
                flowing = _unsplice((into @ self.parameters[2 * index]).reshape(kept.spliced.shape), index, width)
        return gradients


def _splice(hidden: Floats, index: int) -> Floats:
    """Neighbouring frames side by side; the first layer takes every second frame."""
    offsets = OFFSETS[index]
    reach = max(offsets)
    if index == 0:
        count = (hidden.shape[1] - 2 * reach) // STRIDE
        parts = [hidden[:, reach + offset : reach + offset + STRIDE * count : STRIDE] for offset in offsets]
    else:
        reach //= STRIDE
        count = hidden.shape[1] - 2 * reach
        parts = [hidden[:, reach + offset // STRIDE : reach + offset // STRIDE + count] for offset in offsets]
    return np.concatenate(parts, axis=2)


def _unsplice(gradient: Floats, index: int, width: int) -> Floats:
    offsets = [offset // STRIDE for offset in OFFSETS[index]]
    reach, count = max(offsets), gradient.shape[1]
    whole = np.zeros((gradient.shape[0], count + 2 * reach, width), dtype=np.float32)
    for position, offset in enumerate(offsets):
        whole[:, reach + offset : reach + offset + count] += gradient[:, :, position * width : (position + 1) * width]
    return whole
