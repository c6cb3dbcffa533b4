"""Tones of networks, faxes and voicemail, and sounds that only resemble them."""

from __future__ import annotations

import pytest

from dialer.amd.features import CHUNK_FRAMES, levels_dbfs, lines_of, samples_of
from dialer.amd.tones import Tone, ToneKind, ToneTracker
from tests.support.telephone_audio import FRAME_BYTES, Sound, call, silence, speech, tone


def recognised(*parts: Sound, noise_amplitude: float = 8.0, spoken_before: bool = False) -> list[Tone]:
    pcm = call(*parts, silence(1000), noise_amplitude=noise_amplitude)
    tracker = ToneTracker()
    tracker.heard_voice = spoken_before
    stretch = samples_of(bytes(FRAME_BYTES * (CHUNK_FRAMES + 1)))
    found: list[Tone] = []
    for at in range(0, len(pcm) - CHUNK_FRAMES * FRAME_BYTES + 1, CHUNK_FRAMES * FRAME_BYTES):
        stretch[1:] = samples_of(pcm[at : at + CHUNK_FRAMES * FRAME_BYTES])
        for line, level in zip(lines_of(stretch), levels_dbfs(stretch[1:]), strict=True):
            found += tracker.accept(line, level, -55.0)
        stretch[0] = stretch[CHUNK_FRAMES]
    return found


def kinds(found: list[Tone]) -> list[ToneKind]:
    return [one.kind for one in found]


@pytest.mark.parametrize("frequency", [400, 440, 620, 850, 1000, 1004, 1400, 1688, 2000])
@pytest.mark.parametrize("ms", [160, 400, 840])
@pytest.mark.parametrize("noise_amplitude", [8.0, 200.0])
def test_a_beep_is_heard_with_its_frequency_and_its_end(frequency: int, ms: int, noise_amplitude: float) -> None:
    found = recognised(silence(600), tone(ms, frequency), noise_amplitude=noise_amplitude, spoken_before=True)
    assert kinds(found) == [ToneKind.BEEP]
    assert found[0].frequency == pytest.approx(frequency, abs=6)
    assert found[0].ended_ms == pytest.approx(600 + ms, abs=45)
    assert found[0].started_ms == pytest.approx(600, abs=45)


def test_three_notes_in_a_row_are_one_beep_that_ends_with_the_last() -> None:
    found = recognised(silence(500), tone(120, 700), tone(120, 900), tone(120, 1100))
    assert kinds(found) == [ToneKind.BEEP]
    assert found[0].ended_ms == pytest.approx(860, abs=45)


@pytest.mark.parametrize(
    ("first", "second", "ms"), [(913.8, 1370.6, 276), (985.2, 1428.5, 380), (913.8, 1428.5, 380), (985.2, 1370.6, 276)]
)
def test_the_special_information_tone_is_known_before_its_last_note_and_is_no_beep(
    first: float, second: float, ms: int
) -> None:
    found = recognised(silence(300), tone(ms, first), tone(ms, second), tone(380, 1776.7))
    assert set(kinds(found)) == {ToneKind.SIT}
    assert found[0].ended_ms < 300 + 2 * ms


def test_a_fax_that_answers_is_known_after_half_a_second_of_its_tone() -> None:
    found = recognised(silence(400), tone(3000, 2100))
    assert kinds(found) == [ToneKind.FAX]
    assert found[0].ended_ms <= 400 + 600


def test_a_fax_that_calls_is_known_by_its_second_tone() -> None:
    found = recognised(silence(400), tone(500, 1100), silence(3000), tone(500, 1100))
    assert kinds(found) == [ToneKind.BEEP, ToneKind.FAX_CALLING]


@pytest.mark.parametrize("pair", [(425.0,), (440.0, 480.0), (400.0, 450.0)])
@pytest.mark.parametrize("noise_amplitude", [8.0, 200.0])
def test_ringing_is_ringing_and_never_a_beep(pair: tuple[float, ...], noise_amplitude: float) -> None:
    ring = tone(1000, *pair)
    found = recognised(silence(300), ring, silence(3000), ring, noise_amplitude=noise_amplitude)
    assert kinds(found) == [ToneKind.RINGBACK, ToneKind.RINGBACK]


def test_the_double_ring_is_neither_a_beep_nor_a_busy_tone() -> None:
    double = (tone(400, 400, 450), silence(200), tone(400, 400, 450), silence(2000))
    assert kinds(recognised(silence(300), *double, *double)) == []


@pytest.mark.parametrize(
    ("pair", "ms"), [((425.0,), 250), ((425.0,), 500), ((480.0, 620.0), 500), ((480.0, 620.0), 250)]
)
def test_a_busy_tone_is_known_at_its_third_burst(pair: tuple[float, ...], ms: int) -> None:
    bursts = [part for _ in range(4) for part in (tone(ms, *pair), silence(ms))]
    found = recognised(silence(300), *bursts)
    assert set(kinds(found)) == {ToneKind.BUSY}
    assert found[0].ended_ms == pytest.approx(300 + 5 * ms, abs=60)


@pytest.mark.parametrize("pitch_hz", [95.0, 120.0, 180.0, 220.0, 260.0])
def test_a_voice_is_no_tone(pitch_hz: float) -> None:
    assert recognised(silence(300), speech(6000, pitch_hz=pitch_hz)) == []


def test_dialled_digits_are_no_beep() -> None:
    digits = [part for _ in range(6) for part in (tone(120, 770, 1336), silence(80))]
    assert recognised(silence(300), *digits) == []


def test_a_pip_of_forty_milliseconds_is_no_beep() -> None:
    assert recognised(silence(300), tone(40, 1000)) == []
