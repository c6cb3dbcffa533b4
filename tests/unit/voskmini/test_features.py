"""Our features and network are those that Vosk computes: seen from the outside, by where its words tip over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dialer.voskmini.measure import transcribe
from dialer.voskmini.mfcc import COEFFICIENTS, mfcc
from dialer.voskmini.network import CONTEXT, STRIDE, Network
from tests.support.small_models import steady_tone, threshold_layer, two_word_model

_NEAR = 0.02  # of cepstra between -60 and 80


def first_word(text: str) -> str:
    return text.split()[0]


@pytest.mark.parametrize("coefficient", [0, 1, 2, 7, 12, 22, 31, 39])
def test_vosk_sees_the_same_cepstrum_as_we_do(coefficient: int, tmp_path: Path) -> None:
    tone = steady_tone()
    ours = float(mfcc(tone)[50, coefficient])
    below = two_word_model(tmp_path / "below", [threshold_layer(coefficient, ours + _NEAR)])
    above = two_word_model(tmp_path / "above", [threshold_layer(coefficient, ours - _NEAR)])
    assert first_word(transcribe(below, tone)) == "below"
    assert first_word(transcribe(above, tone)) == "above"


@pytest.mark.parametrize("word", ["above", "below"])
def test_vosk_computes_the_same_network_as_we_do(word: str, tmp_path: Path) -> None:
    tone = steady_tone()
    features = mfcc(tone)
    chance = np.random.default_rng(5)
    network = Network(features.mean(axis=0) + 1, np.full(COEFFICIENTS, 30, np.float32), 24, 5, chance)
    noise = 20 * chance.standard_normal((4, 2 * CONTEXT + 20, COEFFICIENTS))
    frames = (features[: 2 * CONTEXT + 20] + noise).astype(np.float32)
    for _ in range(30):  # for running means and variances other than those that it starts with
        network.step(frames, np.ones((4, 10), dtype=np.int16))
    scores = network.scores(features)
    steady = scores[len(scores) // 2]
    assert np.ptp(steady) > 10 * _NEAR

    # Every output is brought to nothing for this tone, and one word is given a hair more, magnified.
    *hidden, last = network.layers(np.full(5, 1.0, np.float32))
    bias = last.bias - steady
    bias[1:3] += _NEAR if word == "above" else -_NEAR
    bias[0] = -1e4
    magnified = replace(last, weights=last.weights * 1000, bias=bias * 1000)
    assert first_word(transcribe(two_word_model(tmp_path, [*hidden, magnified]), tone)) == word


def test_an_output_for_every_second_frame_and_none_for_audio_shorter_than_a_frame() -> None:
    network = Network(
        np.zeros(COEFFICIENTS, np.float32), np.ones(COEFFICIENTS, np.float32), 8, 3, np.random.default_rng(0)
    )
    assert len(mfcc(np.zeros(199, np.int16))) == 0
    assert len(mfcc(np.zeros(200 + 80 * 9, np.int16))) == 10
    for frames in (9, 10):
        assert len(network.scores(np.zeros((frames, COEFFICIENTS), np.float32))) == (frames + 1) // STRIDE
