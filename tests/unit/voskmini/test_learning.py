"""The network's gradients, the labels, and the language model's sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dialer.errors import MediaError
from dialer.voskmini.bigram import bigram_graph
from dialer.voskmini.espeak import Sound
from dialer.voskmini.network import CONTEXT, Network
from dialer.voskmini.phones import UNLABELLED, Inventory, take_inventory
from dialer.voskmini.training import Stream


def test_the_gradients_are_the_slopes_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.voskmini.network._SMOOTHING", 0.0)  # the loss that is told is of plain labels
    chance = np.random.default_rng(2)
    network = Network(np.zeros(4), np.ones(4), 6, 5, chance)
    network.parameters = [parameter.astype(np.float64) for parameter in network.parameters]
    frames = chance.standard_normal((8, 2 * CONTEXT + 60, 4))
    labels = chance.integers(-1, 5, (8, 30)).astype(np.int16)
    gradients, _, _ = network.step(frames, labels)
    for index, parameter in enumerate(network.parameters):
        direction = chance.standard_normal(parameter.shape)
        losses = []
        for side in (1, -1):
            network.parameters[index] = parameter + side * 1e-5 * direction
            losses.append(network.step(frames, labels)[1])
        network.parameters[index] = parameter
        slope = (losses[0] - losses[1]) / 2e-5
        assert float(np.sum(gradients[index] * direction)) == pytest.approx(slope, rel=1e-2, abs=1e-4)


def test_halves_of_phones_lie_where_the_voice_says_with_lead_and_stretch() -> None:
    inventory = Inventory(("a", "b"), {"ab": ((1, 2),)})
    sounds = [Sound("a", 0, 0), Sound("b", 100, 0), Sound("x", 200, 0), Sound("", 240, 0)]
    labels = inventory.labels(sounds, 60, lead_ms=50.0, stretch=2.0)
    # Frame t is heard at 10 t + 12.5 ms: a from 50 to 250, b to 450, x, which is not in the inventory, to 530.
    expected = [0] * 4 + [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10 + [UNLABELLED] * 8 + [0] * 8
    assert labels.tolist() == expected


def test_words_that_the_voice_runs_together_teach_no_pronunciation() -> None:
    spoken = [
        (
            "of the car",
            [Sound("o", 0, 0), Sound("v", 50, 0), Sound("d", 90, 0), Sound("k", 140, 2), Sound("r", 200, 2)],
        ),
        ("of", [Sound("o", 0, 0), Sound("v", 50, 0), Sound("", 90, 0)]),
    ]
    inventory = take_inventory(spoken, ["car", "of"], rare=1)
    assert [inventory.phones[phone - 1] for phone in inventory.lexicon["of"][0]] == ["o", "v"]
    with pytest.raises(MediaError, match="the"):
        take_inventory(spoken, ["the"], rare=1)


def test_pieces_never_mix_the_labels_of_neighbours() -> None:
    utterances = [(np.full((31, 2), n, np.float32), np.full(31, n, np.int16)) for n in range(1, 9)]
    stream = Stream(utterances)
    assert len(stream.frames) == 2 * len(stream.labels)
    for output in np.flatnonzero(stream.labels >= 0):
        seen = stream.frames[2 * output - CONTEXT : 2 * output + CONTEXT + 1]
        assert set(seen.ravel()) == {float(stream.labels[output])}


def test_what_may_follow_a_word_adds_up_to_one() -> None:
    graph = bigram_graph([[1, 2, 1], [1, 3], [2]], words=4)
    common = len(graph.arcs) - 1
    alone = {word: math.exp(-cost) for word, _, cost, _ in graph.arcs[common]}
    alone[0] = math.exp(-graph.finals[common])
    assert sum(alone.values()) == pytest.approx(1.0)
    for state, arcs in enumerate(graph.arcs):
        if state == common:
            continue
        direct = {word: math.exp(-cost) for word, _, cost, _ in arcs if word}
        if state in graph.finals:
            direct[0] = math.exp(-graph.finals[state])
        left = math.exp(-next(cost for word, _, cost, _ in arcs if word == 0))
        unseen = sum(share for word, share in alone.items() if word not in direct)
        assert sum(direct.values()) + left * unseen == pytest.approx(1.0)
