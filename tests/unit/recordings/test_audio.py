from __future__ import annotations

import wave
from pathlib import Path

import pytest

from dialer.errors import MediaError
from recordings.audio import SILENCE_DBFS, Measures, convert, measure
from recordings.naming import FORMS, Form
from tests.support.audio import stereo


def raw_file(folder: Path, content: bytes) -> Path:
    path = folder / "call.raw"
    path.write_bytes(content)
    return path


def test_a_wav_has_the_very_samples_debtor_left_and_agent_right(tmp_path: Path) -> None:
    content = stereo(20.0, left=0.5, right=0.25)
    convert(raw_file(tmp_path, content), tmp_path / "out.wav", "wav")
    with wave.open(str(tmp_path / "out.wav")) as found:
        assert (found.getnchannels(), found.getsampwidth(), found.getframerate()) == (2, 2, 8000)
        assert found.readframes(found.getnframes()) == content


def test_the_level_of_each_side_is_measured(tmp_path: Path) -> None:
    measures = convert(raw_file(tmp_path, stereo(3.0, left=1.0, right=0.1)), tmp_path / "out.wav", "wav")
    assert measures.duration_s == 3.0
    assert measures.debtor_dbfs == pytest.approx(-3.01, abs=0.05)  # a full-scale sine lies 3 dB below full scale
    assert measures.agent_dbfs == pytest.approx(-23.01, abs=0.05)


def test_a_silent_side_measures_the_floor(tmp_path: Path) -> None:
    measures = convert(raw_file(tmp_path, stereo(1.0, left=0.5, right=0.0)), tmp_path / "out.wav", "wav")
    assert measures.agent_dbfs == SILENCE_DBFS
    assert measures.debtor_dbfs > -12


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_measured_again_from_the_finished_file(tmp_path: Path, form: Form) -> None:
    target = tmp_path / f"out.{form}"
    before = convert(raw_file(tmp_path, stereo(4.0, left=0.5, right=0.05)), target, form)
    after = measure(target)
    assert after.duration_s == pytest.approx(before.duration_s, abs=0.2)
    assert after.debtor_dbfs == pytest.approx(before.debtor_dbfs, abs=1.5)
    assert after.agent_dbfs == pytest.approx(before.agent_dbfs, abs=3.0)


def test_the_encoded_forms_are_a_good_deal_smaller(tmp_path: Path) -> None:
    raw = raw_file(tmp_path, stereo(10.0, left=0.5, right=0.5))
    sizes = {}
    for form in FORMS:
        convert(raw, tmp_path / f"out.{form}", form)
        sizes[form] = (tmp_path / f"out.{form}").stat().st_size
    assert max(sizes["mp3"], sizes["opus"]) < sizes["wav"] / 4


@pytest.mark.parametrize("form", FORMS)
def test_a_file_cut_off_in_the_middle_of_a_frame_loses_only_that_frame(tmp_path: Path, form: Form) -> None:
    content = stereo(1.0, left=0.5, right=0.5)
    measures = convert(raw_file(tmp_path, content[:-3]), tmp_path / f"out.{form}", form)
    assert measures.duration_s == (8000 - 1) / 8000


@pytest.mark.parametrize("content", [b"", b"\x01\x02\x03"])
def test_a_recording_without_a_sample_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(MediaError, match="empty"):
        convert(raw_file(tmp_path, content), tmp_path / "out.wav", "wav")


def test_a_link_in_the_spool_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(stereo(1.0, left=0.5, right=0.5))
    link = tmp_path / "link.raw"
    link.symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        convert(link, tmp_path / "out.wav", "wav")
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("name", ["broken.wav", "broken.mp3"])
def test_a_file_that_is_no_recording_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"this is not audio" * 100)
    with pytest.raises(MediaError):
        measure(tmp_path / name)


def test_a_mono_wav_is_not_one_of_ours(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "mono.wav"), "wb") as sink:
        sink.setnchannels(1)
        sink.setsampwidth(2)
        sink.setframerate(8000)
        sink.writeframes(bytes(1600))
    with pytest.raises(MediaError, match="stereo"):
        measure(tmp_path / "mono.wav")


def test_measures_are_plain_numbers(tmp_path: Path) -> None:
    measures = convert(raw_file(tmp_path, stereo(1.0, left=0.5, right=0.5)), tmp_path / "out.wav", "wav")
    assert isinstance(measures, Measures)
    assert {type(measures.duration_s), type(measures.debtor_dbfs), type(measures.agent_dbfs)} == {float}
