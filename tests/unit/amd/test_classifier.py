"""The rules on evidence alone."""

from __future__ import annotations

import pytest

from dialer.amd.cadence import Cadence
from dialer.amd.classifier import Evidence, Reason, classify, human_silence_ms, thresholds_of
from dialer.amd.phrases import Spoken, SpokenKind
from dialer.amd.tones import Tone, ToneKind
from dialer.domain.verdict import AmdCategory, AmdMode


def heard(
    phrases: tuple[int, ...] = (), pauses: tuple[int, ...] = (), *, onset: int = 300, silence: int = 0
) -> Cadence:
    if not phrases:
        return Cadence(silence, None, 0, silence, (), ())
    total = onset + sum(phrases) + sum(pauses) + silence
    return Cadence(total, onset, sum(phrases), silence, phrases, pauses)


def said(kind: SpokenKind) -> Spoken:
    return Spoken(kind, "phrase", "words")


@pytest.mark.parametrize(
    ("kind", "category", "reason"),
    [
        (SpokenKind.MACHINE, AmdCategory.MACHINE, Reason.MACHINE_PHRASE),
        (SpokenKind.ANNOUNCEMENT, AmdCategory.ANNOUNCEMENT, Reason.ANNOUNCEMENT_PHRASE),
        (SpokenKind.SCREENER, AmdCategory.SCREENER, Reason.SCREENER_PHRASE),
    ],
)
def test_a_phrase_decides_at_once(kind: SpokenKind, category: AmdCategory, reason: Reason) -> None:
    verdict = classify(Evidence(cadence=heard((900,)), spoken=said(kind)), AmdMode.CAREFUL)
    assert verdict is not None
    assert (verdict.category, verdict.reason) == (category, reason.value)


def test_answering_words_shorten_the_silence_and_never_decide_alone() -> None:
    def after(silence: int) -> AmdCategory | None:
        evidence = Evidence(cadence=heard((1600,), silence=silence), spoken=said(SpokenKind.ANSWER))
        verdict = classify(evidence, AmdMode.CAREFUL)
        return verdict.category if verdict else None

    assert after(440) is None
    assert after(460) is AmdCategory.HUMAN


def test_words_before_the_answer_decide_at_the_answer() -> None:
    evidence = Evidence(cadence=heard(), early_spoken=said(SpokenKind.MACHINE))
    verdict = classify(evidence, AmdMode.CAREFUL)
    assert verdict is not None
    assert (verdict.category, verdict.reason) == (AmdCategory.ANNOUNCEMENT, "early-announcement")
    harmless = Evidence(cadence=heard(), early_spoken=said(SpokenKind.OTHER))
    assert classify(harmless, AmdMode.CAREFUL) is None


def test_nothing_is_decided_while_a_sound_may_be_a_tone() -> None:
    evidence = Evidence(cadence=heard((500,), silence=900), unsettled=True)
    assert classify(evidence, AmdMode.CAREFUL) is None


def test_noise_asks_for_a_longer_silence() -> None:
    clear = Evidence(cadence=heard((600,), silence=500), clearance_db=35)
    buried = Evidence(cadence=heard((600,), silence=500), clearance_db=10)
    assert classify(clear, AmdMode.CAREFUL) is not None
    assert classify(buried, AmdMode.CAREFUL) is None


def test_when_time_is_up_nobody_knows_and_that_is_said() -> None:
    verdict = classify(Evidence(cadence=heard((700,) * 6, (450,) * 5, onset=600, silence=460)), AmdMode.CAREFUL)
    assert verdict is None or verdict.category is not AmdCategory.HUMAN
    late = Evidence(cadence=heard((400,), onset=7000, silence=100))
    verdict = classify(late, AmdMode.CAREFUL)
    assert verdict is not None
    assert (verdict.category, verdict.reason) == (AmdCategory.UNKNOWN, "time-limit")


@pytest.mark.parametrize("mode", [AmdMode.CAREFUL, AmdMode.STRICT])
def test_the_silence_that_means_a_person_grows_with_the_speech_but_for_a_mere_syllable(mode: AmdMode) -> None:
    limits = thresholds_of(mode)
    needed = [human_silence_ms(speech, limits) for speech in range(240, 6000, 20)]
    assert needed == sorted(needed)
    assert human_silence_ms(100, limits) > human_silence_ms(240, limits)
    assert needed[0] <= 520


def test_a_tone_outweighs_everything() -> None:
    beep = Tone(ToneKind.BEEP, 800, 1200, 1000.0)
    verdict = classify(Evidence(cadence=heard((400,), silence=2000), tones=(beep,)), AmdMode.CAREFUL)
    assert verdict is not None
    assert verdict.reason == "beep"


def test_the_verdict_explains_itself_with_plain_data() -> None:
    verdict = classify(Evidence(cadence=heard((400, 300), (200,), silence=700)), AmdMode.CAREFUL)
    assert verdict is not None
    assert verdict.evidence["phrases_ms"] == [400, 300]
    assert verdict.evidence["pauses_ms"] == [200]
    assert verdict.delay_ms == 300 + 400 + 200 + 300 + 700
