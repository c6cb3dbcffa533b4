"""The timing model's file: plain numbers, walked as they say, and refused where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dialer.amd.cadence import Cadence
from dialer.amd.classifier import Evidence, Reason, classify, weighed
from dialer.amd.timing_model import (
    FEATURES,
    FORMAT,
    Bounds,
    TimingModel,
    as_document,
    features_of,
    load_timing_model,
    read_timing_model,
)
from dialer.domain.verdict import AmdCategory, AmdMode
from dialer.errors import ConfigurationError

SPEECH = FEATURES.index("speech")
#: More than two seconds of speech is a machine (+3), less is a person (-3); the second tree has a leaf for a root.
STUMP = {
    "feature": [SPEECH, 0, 0],
    "threshold": [2000.0, 0.0, 0.0],
    "left": [1, 1, 2],
    "right": [2, 1, 2],
    "value": [0.0, -3.0, 3.0],
}
NONE = Bounds()
LEAF = {"feature": [0], "threshold": [0.0], "left": [0], "right": [0], "value": [0.5]}


def document(bounds: Bounds = NONE, **changes: Any) -> dict[str, Any]:
    return as_document(-0.5, [STUMP, LEAF], bounds, {"calls": 2}) | changes


def cadence(speech_ms: int, silence_ms: int, onset_ms: int = 400) -> Cadence:
    heard_ms = onset_ms + speech_ms + silence_ms
    return Cadence(heard_ms, onset_ms, speech_ms, silence_ms, (speech_ms,), ())


def features(speech_ms: int) -> list[float]:
    return features_of(cadence(speech_ms, 500), 0, 30.0)


def test_it_adds_up_the_leaves_to_which_the_features_lead() -> None:
    model = read_timing_model(document())
    assert model.judge(features(1000)) == pytest.approx(1 / (1 + np.exp(3)))
    assert model.judge(features(2000)) == pytest.approx(1 / (1 + np.exp(3)))
    assert model.judge(features(2001)) == pytest.approx(1 / (1 + np.exp(-3)))


def test_there_is_a_value_for_every_feature_with_a_greeting_or_without() -> None:
    silence = Cadence(800, None, 0, 800, (), ())
    paused = Cadence(3000, 300, 1200, 700, (400, 800), (800,))
    for heard in (silence, paused):
        found = features_of(heard, 0, 22.22)
        assert len(found) == len(FEATURES)
        assert np.isfinite(found).all()
    named = dict(zip(FEATURES, features_of(paused, 120, 22.22), strict=True))
    assert (named["first_phrase"], named["last_phrase"], named["longest_pause"]) == (400, 800, 800)
    assert (named["talk"], named["speech_share"], named["early_speech"]) == (2000, 0.6, 120)
    assert dict(zip(FEATURES, features_of(silence, 0, 0), strict=True))["onset"] == -1


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    bounds = Bounds(machine_above=0.9, doubt_above=0.6, human_below=0.05)
    path = tmp_path / "timing.json"
    path.write_text(json.dumps(document(bounds)), encoding="utf-8")
    model = load_timing_model(path)
    assert (model.bounds, model.facts) == (bounds, {"calls": 2})


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"features": list(FEATURES)[:-1]},
        {"trees": []},
        {"trees": [STUMP | {"left": [0, 1, 2]}]},  # a circle
        {"trees": [STUMP | {"left": [7, 1, 2]}]},  # no such node
        {"trees": [STUMP | {"right": [1, 0, 2]}]},  # back up
        {"trees": [STUMP | {"feature": [99, 0, 0]}]},
        {"trees": [STUMP | {"threshold": [float("nan"), 0, 0]}]},
        {"trees": [{}]},
        {"base": "much"},
        {"machine_above": None},
    ],
)
def test_a_damaged_model_is_refused_in_words(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "timing.json"
    path.write_text(json.dumps(document(**changes)), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cadencia amd train"):
        load_timing_model(path)


def test_what_is_no_json_or_is_not_there_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "timing.json"
    path.write_bytes(b"\x80\x04pickle")
    for each in (path, tmp_path / "none.json"):
        with pytest.raises(ConfigurationError):
            load_timing_model(each)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        load_timing_model(path)
    assert FORMAT in json.dumps(document())


# ------------------------------------------------------------------------------------------------ beside the rules


def judged(speech_ms: int, silence_ms: int, model: TimingModel | None) -> tuple[AmdCategory, str] | None:
    found = classify(Evidence(cadence=cadence(speech_ms, silence_ms)), AmdMode.CAREFUL, model)
    return None if found is None else (found.category, found.reason)


def model_with(**bounds: float) -> TimingModel:
    return read_timing_model(document(Bounds(**bounds)))


def test_without_bounds_it_changes_nothing() -> None:
    for speech in range(200, 6000, 200):
        for silence in range(0, 2000, 100):
            assert judged(speech, silence, read_timing_model(document())) == judged(speech, silence, None)


def test_it_may_call_a_machine_before_the_rules_do() -> None:
    assert judged(2400, 100, None) is None
    found = judged(2400, 100, model_with(machine_above=0.9))
    assert found == (AmdCategory.MACHINE, Reason.TIMING_MODEL)
    assert judged(2400, 100, model_with(machine_above=0.99)) is None


def test_it_may_call_a_person_sooner_but_not_while_they_speak() -> None:
    sooner = model_with(human_below=0.1)
    assert judged(600, 320, None) is None
    assert judged(600, 320, sooner) == (AmdCategory.HUMAN, Reason.TIMING_MODEL)
    assert judged(600, 280, sooner) is None


def test_it_may_put_off_the_rules_person_but_not_for_long() -> None:
    doubting = model_with(doubt_above=0.9)
    assert judged(2200, 1200, None) == (AmdCategory.HUMAN, Reason.GREETING_ENDED)
    assert judged(2200, 1200, doubting) is None
    assert judged(2200, 1500, doubting) == (AmdCategory.HUMAN, Reason.GREETING_ENDED)


def test_what_tones_words_and_the_rules_are_certain_of_is_not_its_business() -> None:
    model = model_with(machine_above=-1.0, human_below=2.0)
    off = classify(Evidence(cadence=cadence(600, 320)), AmdMode.OFF, model)
    assert off is not None
    assert off.reason == Reason.AMD_OFF
    unsettled = Evidence(cadence=cadence(600, 320), unsettled=True)
    assert classify(unsettled, AmdMode.CAREFUL, model) is None
    nothing_said = Evidence(cadence=Cadence(2000, None, 0, 2000, (), ()))
    assert classify(nothing_said, AmdMode.CAREFUL, model) is None
    long = classify(Evidence(cadence=cadence(6000, 0)), AmdMode.CAREFUL)
    assert weighed(Evidence(cadence=cadence(6000, 0)), long, 0.0, model.bounds) is long
