"""Cadence and classifier on any pattern of voice and silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.amd.cadence import CadenceTracker
from dialer.amd.classifier import Evidence, classify, thresholds_of
from dialer.amd.phrases import Spoken, SpokenKind
from dialer.amd.second_look import last_look, look_again
from dialer.amd.tones import Tone, ToneKind
from dialer.domain.verdict import AmdCategory, AmdMode

PATTERNS = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=15).map(
    lambda runs: [voiced for voiced, length in runs for _ in range(length)]
)
MODES = st.sampled_from([AmdMode.CAREFUL, AmdMode.STRICT])
WORDS = st.sampled_from(SpokenKind).map(lambda kind: Spoken(kind, "", "palabras"))


def tracked(pattern: list[bool]) -> CadenceTracker:
    tracker = CadenceTracker()
    for voiced in pattern:
        tracker.accept(voiced)
    return tracker


@given(PATTERNS)
def test_a_cadence_accounts_for_every_millisecond(pattern: list[bool]) -> None:
    cadence = tracked(pattern).cadence
    assert cadence.heard_ms == 20 * len(pattern)
    if cadence.onset_ms is None:
        assert (cadence.phrases_ms, cadence.talk_ms, cadence.silence_ms) == ((), 0, cadence.heard_ms)
        return
    assert len(cadence.pauses_ms) == len(cadence.phrases_ms) - 1
    assert cadence.speech_ms == sum(cadence.phrases_ms)
    assert cadence.talk_ms == cadence.speech_ms + sum(cadence.pauses_ms)
    assert cadence.onset_ms + cadence.talk_ms + cadence.silence_ms == cadence.heard_ms
    assert all(pause >= 160 for pause in cadence.pauses_ms)


@given(PATTERNS, st.integers(0, 400))
def test_what_is_taken_back_was_never_said(pattern: list[bool], frames: int) -> None:
    tracker = tracked(pattern)
    tracker.take_back(frames)
    kept = max(0, len(pattern) - frames)
    assert tracker.cadence == tracked(pattern[:kept] + [False] * (len(pattern) - kept)).cadence


@given(PATTERNS, MODES)
def test_silence_and_short_speech_are_never_a_machine(pattern: list[bool], mode: AmdMode) -> None:
    cadence = tracked(pattern).cadence
    verdict = classify(Evidence(cadence=cadence), mode)
    if verdict is not None and verdict.category is AmdCategory.MACHINE:
        limits = thresholds_of(mode)
        assert cadence.talk_ms >= min(limits.machine_after_talk or limits.machine_talk, limits.machine_flow // 2)
    if cadence.onset_ms is None:
        assert verdict is None or verdict.category in (AmdCategory.SILENCE, AmdCategory.UNKNOWN)


@given(PATTERNS, MODES)
def test_somebody_is_decided_upon_in_time(pattern: list[bool], mode: AmdMode) -> None:
    limit = thresholds_of(mode).time_limit
    cadence = tracked(pattern + [True] * (limit // 20)).cadence
    assert classify(Evidence(cadence=cadence, unsettled=True), mode) is not None


@given(PATTERNS, MODES)
def test_strict_never_takes_for_a_person_whom_careful_takes_for_a_machine(pattern: list[bool], mode: AmdMode) -> None:
    cadence = tracked(pattern).cadence
    careful = classify(Evidence(cadence=cadence), AmdMode.CAREFUL)
    strict = classify(Evidence(cadence=cadence), AmdMode.STRICT)
    if careful is not None and careful.category is AmdCategory.MACHINE:
        assert strict is not None
        assert strict.category is AmdCategory.MACHINE


@given(PATTERNS, MODES, st.sampled_from([ToneKind.BEEP, ToneKind.SIT, ToneKind.FAX, ToneKind.BUSY]))
def test_a_machines_tone_is_never_a_person(pattern: list[bool], mode: AmdMode, kind: ToneKind) -> None:
    evidence = Evidence(cadence=tracked(pattern).cadence, tones=(Tone(kind, 0, 200, 1000.0),))
    verdict = classify(evidence, mode)
    assert verdict is not None
    assert verdict.category not in (AmdCategory.HUMAN, AmdCategory.SILENCE)


@given(PATTERNS, WORDS, MODES)
def test_words_that_may_not_decide_change_no_verdict(pattern: list[bool], spoken: Spoken, mode: AmdMode) -> None:
    cadence = tracked(pattern).cadence
    silent = classify(Evidence(cadence=cadence), mode)
    heard = classify(Evidence(cadence=cadence, spoken=spoken, early_spoken=spoken, words_decide=False), mode)
    assert (heard and (heard.category, heard.reason)) == (silent and (silent.category, silent.reason))


@given(PATTERNS)
def test_shadow_says_what_careful_would_say(pattern: list[bool]) -> None:
    evidence = Evidence(cadence=tracked(pattern).cadence)
    assert classify(evidence, AmdMode.SHADOW) == classify(evidence, AmdMode.CAREFUL)


@given(PATTERNS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_how_somebody_speaks_is_never_certain_after_the_connection(
    pattern: list[bool], after_ms: int, greeting_ms: int
) -> None:
    evidence = Evidence(cadence=tracked(pattern).cadence)
    for look in (look_again(evidence, after_ms), last_look(evidence, after_ms, greeting_ms)):
        assert look is None or not look.certain
