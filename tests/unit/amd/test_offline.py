"""Recorded files: read whatever the format, judged as a live call would be."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from dialer.amd.offline import classify_file, from_mulaw, read_audio
from dialer.domain.verdict import AmdCategory
from dialer.errors import MediaError
from tests.support.telephone_audio import call, silence, speech, tone

PERSON = call(silence(400), speech(600), silence(2000))


def write_wave(path: Path, pcm: bytes, *, rate: int = 8000, channels: int = 1, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(pcm)
    return path


def to_mulaw(pcm: bytes) -> bytes:
    """G.711 mu-law by nearest neighbour in the decoder's table: slow, and independent of any encoder."""
    levels = from_mulaw(bytes(range(256))).astype(np.int32)
    order = np.argsort(levels, kind="stable")
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    middle = (levels[order][1:] + levels[order][:-1]) / 2
    return order[np.searchsorted(middle, samples)].astype(np.uint8).tobytes()


def test_mu_law_decodes_as_the_standard_says() -> None:
    # G.711: full scale, its negative, both zeros, and a value of the lowest segment.
    assert from_mulaw(bytes([0x80, 0x00, 0xFF, 0x7F, 0xFE])).tolist() == [32124, -32124, 0, 0, 8]


def test_a_person_in_a_wav_file(tmp_path: Path) -> None:
    found = classify_file(write_wave(tmp_path / "person.wav", PERSON))
    assert (found.label, found.category, found.reason) == ("human", AmdCategory.HUMAN, "short-greeting")
    assert found.decision_ms == pytest.approx(400 + 600 + 480, abs=100)
    assert found.cpu_ms > 0
    assert found.words == ""


def test_the_same_person_in_mu_law(tmp_path: Path) -> None:
    path = tmp_path / "person.ulaw"
    path.write_bytes(to_mulaw(PERSON))
    assert classify_file(path).label == "human"


def test_the_same_person_in_stereo_at_another_rate(tmp_path: Path) -> None:
    samples = np.repeat(np.frombuffer(PERSON, dtype="<i2"), 2)
    stereo = np.stack([samples, samples], axis=1).astype("<i2").tobytes()
    path = write_wave(tmp_path / "person.wav", stereo, rate=16_000, channels=2)
    assert len(read_audio(path)) == pytest.approx(len(PERSON), abs=4)
    assert classify_file(path).label == "human"


def test_a_wav_file_may_hold_mu_law(tmp_path: Path) -> None:
    encoded = to_mulaw(PERSON)
    header = (
        b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 7, 1, 8000, 8000, 1, 8) + b"data" + struct.pack("<I", len(encoded))
    )
    path = tmp_path / "person.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(header) + len(encoded)) + header + encoded)
    assert read_audio(path) == from_mulaw(encoded).astype("<i2").tobytes()


@pytest.mark.parametrize(("width", "scale", "tolerance"), [(1, 256, 256), (3, 1 / 256, 1), (4, 1 / 65536, 1)])
def test_other_widths_are_read_as_sixteen_bits(tmp_path: Path, width: int, scale: float, tolerance: int) -> None:
    samples = np.array([0, 1000, -1000, 30000, -30000])
    if width == 1:
        pcm = (np.rint(samples / scale) + 128).astype(np.uint8).tobytes()
    else:
        pcm = b"".join(int(value / scale).to_bytes(width, "little", signed=True) for value in samples)
    read = np.frombuffer(read_audio(write_wave(tmp_path / "w.wav", pcm, width=width)), dtype="<i2")
    assert np.abs(read - samples).max() <= tolerance


@pytest.mark.parametrize(
    ("pcm", "label", "category"),
    [
        (call(silence(900), tone(400, 1000), silence(2000)), "beep", AmdCategory.MACHINE),
        (call(silence(300), tone(3000, 2100)), "sit", AmdCategory.FAX),
        (call(silence(6000)), "silence", AmdCategory.SILENCE),
        (call(silence(300), speech(7000)), "machine", AmdCategory.MACHINE),
        (call(silence(300), speech(1000)), "unknown", AmdCategory.UNKNOWN),
    ],
)
def test_labels_are_those_of_test_sets_and_categories_the_engines(
    tmp_path: Path, pcm: bytes, label: str, category: AmdCategory
) -> None:
    found = classify_file(write_wave(tmp_path / "call.wav", pcm))
    assert (found.label, found.category) == (label, category)


def test_words_of_a_recogniser_are_used_and_reported(tmp_path: Path) -> None:
    class Knowing:
        heard = 0

        def accept(self, pcm: bytes) -> str:
            self.heard += 1
            return "deje su mensaje" if self.heard >= 10 else "deje"

    found = classify_file(write_wave(tmp_path / "m.wav", call(silence(300), speech(3000))), recogniser=Knowing())
    assert (found.reason, found.words, found.decision_ms) == ("machine-phrase", "deje su mensaje", 1000)


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"RIFF\x00\x00\x00\x00WAVE", b"ID3 not audio at all", b"RIFF1234WAVEfmt "]
)
def test_what_is_no_audio_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"broken\.wav"):
        classify_file(path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"absent\.wav"):
        classify_file(tmp_path / "absent.wav")
