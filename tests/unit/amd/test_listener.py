"""Verdicts on synthetic calls: who speaks how long, and what pauses and tones say."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.amd.listener import Listener
from dialer.amd.tones import ToneKind
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict
from tests.support.telephone_audio import call, frames, noise, silence, speech, tone


def verdict_on(pcm: bytes, mode: AmdMode = AmdMode.CAREFUL) -> AmdVerdict:
    listener = Listener(mode)
    listener.answered()
    for frame in frames(pcm):
        listener.accept(frame)
        verdict = listener.verdict()
        if verdict is not None:
            return verdict
    raise AssertionError(f"no verdict: {listener.evidence}")


@pytest.mark.parametrize("pitch_hz", [110.0, 150.0, 220.0])
@pytest.mark.parametrize("onset_ms", [60, 700, 2200])
@pytest.mark.parametrize("ms", [300, 600, 1100])
def test_a_short_greeting_and_half_a_second_of_silence_is_a_person(pitch_hz: float, onset_ms: int, ms: int) -> None:
    verdict = verdict_on(call(silence(onset_ms), speech(ms, pitch_hz=pitch_hz), silence(3000)))
    assert (verdict.category, verdict.reason) == (AmdCategory.HUMAN, "short-greeting")
    assert verdict.delay_ms == pytest.approx(onset_ms + ms + 480, abs=100)


def test_somebody_who_talks_on_is_a_machine() -> None:
    verdict = verdict_on(call(silence(400), speech(9000)))
    assert (verdict.category, verdict.reason) == (AmdCategory.MACHINE, "long-greeting")
    assert 3000 <= verdict.delay_ms <= 5200


def test_a_long_greeting_with_breaths_is_still_a_person() -> None:
    greeting = (speech(800), silence(240), speech(900), silence(280), speech(1100))
    verdict = verdict_on(call(silence(300), *greeting, silence(4000)))
    assert (verdict.category, verdict.reason) == (AmdCategory.HUMAN, "greeting-ended")


def test_strict_mode_takes_a_greeting_of_three_seconds_for_a_machine() -> None:
    greeting = (speech(1000), silence(240), speech(900), silence(280), speech(900))
    pcm = call(silence(300), *greeting, silence(4000))
    assert verdict_on(pcm, AmdMode.STRICT).category is AmdCategory.MACHINE
    assert verdict_on(pcm, AmdMode.CAREFUL).category is AmdCategory.HUMAN


def test_the_pause_inside_a_machines_greeting_is_not_taken_for_its_end() -> None:
    sentences = [part for _ in range(4) for part in (speech(1500), silence(420))]
    assert verdict_on(call(silence(300), *sentences)).category is AmdCategory.MACHINE


def test_a_beep_after_a_short_greeting_is_a_machine() -> None:
    verdict = verdict_on(call(silence(300), speech(1800), silence(500), tone(400, 1000), silence(2000)))
    assert (verdict.category, verdict.reason) == (AmdCategory.MACHINE, "beep")
    assert verdict.delay_ms <= 3000 + 200


@pytest.mark.parametrize("noise_amplitude", [8.0, 60.0, 200.0])
def test_a_beep_that_begins_while_a_person_would_be_decided_is_waited_for(noise_amplitude: float) -> None:
    pcm = call(silence(300), speech(600), silence(440), tone(500, 1000), silence(2000), noise_amplitude=noise_amplitude)
    assert verdict_on(pcm).reason == "beep"


@pytest.mark.parametrize("amplitude", [0.0, 20.0, 300.0, 1000.0])
def test_a_line_without_speech_is_silence_after_four_seconds_and_never_a_machine(amplitude: float) -> None:
    verdict = verdict_on(call(noise(8000, amplitude=amplitude), noise_amplitude=0.0))
    assert (verdict.category, verdict.reason, verdict.delay_ms) == (AmdCategory.SILENCE, "no-speech", 4000)


def test_a_click_is_no_speech() -> None:
    verdict = verdict_on(call(silence(500), noise(30, amplitude=6000), silence(6000)))
    assert verdict.category is AmdCategory.SILENCE


def test_a_person_is_heard_through_noise() -> None:
    verdict = verdict_on(call(silence(700), speech(600), silence(3000), noise_amplitude=350.0))
    assert verdict.category is AmdCategory.HUMAN


def test_a_fax_and_a_carriers_tone_are_told_apart() -> None:
    assert verdict_on(call(silence(500), tone(3000, 2100))).category is AmdCategory.FAX
    carrier = (tone(380, 985.2), tone(380, 1428.5), tone(380, 1776.7), speech(3000))
    verdict = verdict_on(call(silence(300), *carrier))
    assert (verdict.category, verdict.reason) == (AmdCategory.ANNOUNCEMENT, "sit")


def test_a_busy_tone_after_the_answer_is_no_person() -> None:
    bursts = [part for _ in range(6) for part in (tone(250, 425), silence(250))]
    verdict = verdict_on(call(silence(300), *bursts))
    assert (verdict.category, verdict.reason) == (AmdCategory.ANNOUNCEMENT, "busy-tone")


def test_ringing_after_the_answer_is_waited_out_for_a_person_to_come() -> None:
    ring = (tone(1000, 425), silence(3000))
    verdict = verdict_on(call(silence(200), *ring, tone(1000, 425), silence(300), speech(500), silence(2000)))
    assert (verdict.category, verdict.reason) == (AmdCategory.HUMAN, "short-greeting")


def test_what_was_said_before_the_answer_does_not_count_as_the_greeting() -> None:
    listener = Listener(AmdMode.CAREFUL)
    for frame in frames(call(tone(1000, 425), silence(1000), speech(4500))):
        listener.accept(frame)
        assert listener.evidence.cadence.heard_ms <= 500 * 20
    listener.answered()
    assert listener.verdict() is None
    verdict = None
    for frame in frames(call(silence(300), speech(500), silence(2000))):
        listener.accept(frame)
        verdict = verdict or listener.verdict()
    assert verdict is not None
    assert verdict.category is AmdCategory.HUMAN
    assert verdict.evidence["early_speech_ms"] == pytest.approx(4500, abs=300)


def test_the_carriers_tone_before_the_answer_decides_at_the_answer() -> None:
    listener = Listener(AmdMode.CAREFUL)
    for frame in frames(call(tone(276, 913.8), tone(276, 1370.6), tone(380, 1776.7), speech(2000))):
        listener.accept(frame)
    listener.answered()
    verdict = listener.judge()
    assert verdict is not None
    assert (verdict.category, verdict.reason, verdict.delay_ms) == (AmdCategory.ANNOUNCEMENT, "early-sit", 0)


def test_a_minute_of_ringing_before_the_answer_is_no_speech() -> None:
    listener = Listener(AmdMode.CAREFUL)
    ring = call(tone(1000, 425), silence(4000))
    for _ in range(12):
        for frame in frames(ring):
            listener.accept(frame)
    listener.answered()
    evidence = listener.evidence
    assert evidence.early_speech_ms == 0
    assert {one.kind for one in evidence.early_tones} == {ToneKind.RINGBACK}
    assert len(evidence.early_tones) == 12


def test_off_is_a_person_at_once() -> None:
    listener = Listener(AmdMode.OFF)
    listener.answered()
    verdict = listener.judge()
    assert verdict is not None
    assert (verdict.category, verdict.reason, verdict.delay_ms) == (AmdCategory.HUMAN, "amd-off", 0)


# --------------------------------------------------------------------------------- voices in the room


@pytest.mark.parametrize("weaker_db", [13, 16, 20])
def test_a_voice_in_the_room_does_not_make_a_machine_of_who_answers(weaker_db: int) -> None:
    room = speech(8000, pitch_hz=190.0, peak=9000 * 10 ** (-weaker_db / 20))
    answer = np.concatenate([silence(400), speech(700), silence(6900)])
    verdict = verdict_on(call(answer + room))
    assert verdict.category is AmdCategory.HUMAN
    assert verdict.delay_ms < 3000


def test_a_machine_that_speaks_evenly_is_one_with_a_voice_in_the_room_too() -> None:
    verdict = verdict_on(call(speech(8000) + speech(8000, pitch_hz=190.0, peak=2000)))
    assert verdict.category is AmdCategory.MACHINE


def test_keys_that_somebody_presses_are_no_beep() -> None:
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1336)]
    pressed = np.concatenate([np.concatenate([tone(100, *pair), silence(100)]) for pair in keys])
    verdict = verdict_on(call(silence(500), pressed, silence(1500)))
    assert verdict.category is AmdCategory.HUMAN
    assert verdict.evidence["tones"] == []


def test_a_beep_in_the_room_is_no_beep_of_the_line() -> None:
    for weaker_db, tones in ((6, ["beep"]), (24, [])):
        listener = Listener(AmdMode.CAREFUL)
        listener.answered()
        beep = tone(400, 1000, amplitude=9000 * 10 ** (-weaker_db / 20))
        for frame in frames(call(silence(300), speech(900), silence(200), beep, silence(600))):
            listener.accept(frame)
        assert [one.kind for one in listener.evidence.tones] == tones
