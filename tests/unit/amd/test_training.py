"""Learning from labelled calls: what is measured is held back, and what is not better is said not to be."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dialer.amd import training
from dialer.amd.classifier import classify, weighed
from dialer.amd.evaluation import evaluate
from dialer.amd.features import FRAME_BYTES
from dialer.amd.listener import Listener
from dialer.amd.offline import classify_file
from dialer.amd.timing_model import FEATURES, Bounds, read_timing_model
from dialer.amd.training import Course, Trained, course_of, decided, passed, train
from dialer.domain.verdict import AmdCategory, AmdMode
from dialer.errors import ConfigurationError, InputError
from tests.support.telephone_audio import call, silence, speech
from tests.unit.amd.test_offline import write_wave

QUICK = training.Recipe(folds=3, inner_folds=2, trees=8)


def course(label: str, group: str, *parts: Any) -> Course:
    return course_of(call(*parts), name=group, label=label, group=group)


def test_without_a_model_it_decides_as_the_streaming_detector_does(tmp_path: Any) -> None:
    for number, parts in enumerate(
        (
            (silence(300), speech(600), silence(2500)),
            (silence(300), speech(1500), silence(300), speech(2500), silence(300), speech(3000)),
            (silence(6000),),
            (silence(200), speech(700)),
        )
    ):
        lived = course("human", "a", *parts)
        found = decided(lived, np.full(len(lived.ruled), 0.5), Bounds())
        path = write_wave(tmp_path / f"{number}.wav", call(*parts))
        offline = classify_file(path)
        assert found.verdict is offline.category
        if offline.reason != "audio-ended":
            assert found.delay_ms == offline.decision_ms


@pytest.mark.parametrize("seed", range(4))
def test_working_it_out_gives_what_the_classifier_would_have_said(seed: int) -> None:
    chance = np.random.default_rng(seed)
    parts = [silence(300)]
    for _ in range(3):
        parts += [speech(int(chance.integers(300, 1800))), silence(int(chance.integers(200, 1600)))]
    pcm = call(*parts)
    lived = course_of(pcm, name="x", label="human", group="x")
    likely = chance.random(len(lived.ruled))
    bounds = Bounds(machine_above=0.97, doubt_above=0.6, human_below=0.05)
    expected = _by_classifier(pcm, likely, bounds)
    found = decided(lived, likely, bounds)
    assert (found.verdict, found.delay_ms) == expected


def _by_classifier(pcm: bytes, likely: Sequence[float], bounds: Bounds) -> tuple[AmdCategory, int | None]:
    listener = Listener(AmdMode.CAREFUL)
    listener.answered()
    answers = iter(likely)
    for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        listener.accept(pcm[at : at + FRAME_BYTES])
        if not listener.ready:
            continue
        evidence = listener.evidence
        ruled = classify(evidence, AmdMode.CAREFUL)
        answer = next(answers)
        if evidence.cadence.onset_ms is not None and not evidence.unsettled:
            ruled = weighed(evidence, ruled, answer, bounds)
        if ruled is not None:
            return ruled.category, ruled.delay_ms
    return AmdCategory.UNKNOWN, None


# ------------------------------------------------------------------------------------------------ learning


def made_up(label: str, group: str, onset_ms: int, chance: np.random.Generator) -> Course:
    """A call as numbers. The rules take every one for a person after half a second of silence; machines differ in their
    onset, and talk on after a second."""
    machine = label == "machine"
    moments = np.arange(100, 4100, 100)
    greeting_ms = int(chance.integers(4, 9)) * 100
    ended = onset_ms + greeting_ms
    features = np.zeros((len(moments), len(FEATURES)))
    features[:, FEATURES.index("onset")] = onset_ms
    silence_ms = np.maximum(0, moments - ended)
    features[:, FEATURES.index("silence")] = silence_ms
    ruled = np.where(silence_ms >= 500, training._PERSON, training._NONE)
    if machine:
        ruled[moments >= ended + 1200] = training._MACHINE
    after = moments > onset_ms
    return Course(
        name=group,
        label=label,
        group=group,
        features=features,
        ruled=ruled.astype(np.int8),
        open=after & (ruled != training._MACHINE),
        whole=np.ones(len(moments), dtype=np.bool_),
        heard_ms=moments.astype(np.int32),
        silence_ms=silence_ms.astype(np.int32),
        speech_ms=np.full(len(moments), greeting_ms, dtype=np.int32),
    )


def calls(*, telling: bool) -> list[Course]:
    """Fifty people and fifty machines; where ``telling``, machines begin later than people."""
    chance = np.random.default_rng(2)
    found = []
    for number in range(100):
        label = "machine" if number % 2 else "human"
        late = label == "machine" and telling
        onset = int(chance.integers(10, 14) if late else chance.integers(2, 9)) * 100
        found.append(made_up(label, f"{label}-{number // 4}", onset, chance))
    return found


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(calls(telling=True), recipe=QUICK)


def test_a_model_that_sees_what_the_rules_do_not_is_better_on_calls_held_back(trained: Trained) -> None:
    assert passed(trained.rules) == 50  # the rules take every machine for a person
    assert passed(trained.model) <= 5
    assert (trained.model.people_lost.count, trained.rules.people_lost.count) == (0, 0)
    assert trained.better
    assert (trained.calls, trained.groups) == (100, 50)
    assert trained.model.calls == trained.rules.calls == 100  # each call was held back once
    model = read_timing_model(trained.document)
    machine, person = calls(telling=True)[1], calls(telling=True)[0]
    assert model.judge(machine.features[20]) > 0.5 > model.judge(person.features[20])
    assert model.facts["held_back_machines_passed"] == passed(trained.model)


def test_a_model_that_has_learned_nothing_is_not_better() -> None:
    ignorant = train(calls(telling=False), recipe=QUICK)
    assert not ignorant.better
    assert ignorant.model.people_lost.count <= ignorant.rules.people_lost.count


def test_to_let_everybody_wait_until_the_machines_talk_on_is_not_better(trained: Trained) -> None:
    patient = evaluate([decided(each, np.ones(40), Bounds(doubt_above=0.5)) for each in calls(telling=True)])
    assert (passed(patient), patient.people_lost.count) == (0, 0)
    assert not replace(trained, model=patient).better


def test_the_same_seed_gives_the_same_model(trained: Trained) -> None:
    assert train(calls(telling=True), recipe=QUICK).document == trained.document


def test_one_person_more_lost_is_never_better(trained: Trained) -> None:
    lost = evaluate([decided(each, np.ones(40), Bounds(machine_above=0.5)) for each in calls(telling=True)])
    assert passed(lost) == 0
    assert not replace(trained, model=lost).better


def test_calls_of_one_group_are_never_on_both_sides() -> None:
    some = calls(telling=True)
    sides = training._folds(some, 3, np.random.default_rng(1))
    held_back = [each.name for _, held in sides for each in held]
    assert len(held_back) == len(some)
    for learned, held in sides:
        assert {each.group for each in learned}.isdisjoint(each.group for each in held)
        assert {each.label for each in held} == {"human", "machine"}


def test_too_few_calls_are_refused_with_how_many_are_wanted() -> None:
    with pytest.raises(InputError, match="40 of each kind, of 10"):
        train(calls(telling=True)[:60], recipe=QUICK)
    one_number = [replace(each, group="always the same") for each in calls(telling=True)]
    with pytest.raises(InputError, match="to 1 numbers or texts"):
        train(one_number, recipe=QUICK)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def refusing(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return usual(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(ConfigurationError, match=r"cadencia\[train\]"):
        train(calls(telling=True), recipe=QUICK)
