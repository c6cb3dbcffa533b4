"""Recorded files: read whatever the format, judged as a live call would be."""

from __future__ import annotations

import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from dialer.amd.audio_file import from_alaw
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


# ------------------------------------------------------------------------------------------------ other forms


def wave_of(kind: int, bits: int, data: bytes, channels: int = 1, rate: int = 8000) -> bytes:
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_law_decodes_as_the_standard_says(tmp_path: Path) -> None:
    # G.711: full scale and its negative, the values next to zero, and one of the second segment.
    assert from_alaw(bytes([0xAA, 0x2A, 0xD5, 0x55, 0xC5])).tolist() == [32256, -32256, 8, -8, 264]
    levels = from_alaw(bytes(range(256)))
    assert len(set(levels.tolist())) == 256
    (tmp_path / "x.alaw").write_bytes(bytes(range(256)))
    (tmp_path / "x.wav").write_bytes(wave_of(6, 8, bytes(range(256))))
    assert read_audio(tmp_path / "x.alaw") == read_audio(tmp_path / "x.wav") == levels.astype("<i2").tobytes()


@pytest.mark.parametrize("dtype", ["<f4", "<f8"])
def test_floating_point_is_read_and_what_is_no_number_is_silence(tmp_path: Path, dtype: str) -> None:
    data = np.array([0.0, 0.5, -0.5, 1.0, 2.0, np.nan]).astype(dtype)
    (tmp_path / "x.wav").write_bytes(wave_of(3, data.itemsize * 8, data.tobytes()))
    found = np.frombuffer(read_audio(tmp_path / "x.wav"), dtype="<i2")
    assert found.tolist() == [0, 16384, -16384, 32767, 32767, 0]


def test_what_is_coded_otherwise_is_read_through_ffmpeg(tmp_path: Path) -> None:
    source = write_wave(tmp_path / "person.wav", PERSON)
    for name, codec in (("adpcm.wav", "adpcm_ima_wav"), ("person.flac", "flac"), ("person.mp3", "libmp3lame")):
        target = tmp_path / name
        command = ["ffmpeg", "-loglevel", "error", "-i", str(source), "-c:a", codec, str(target)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
        assert classify_file(target).label == "human"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("gone.wav", None, "missing"),
        ("text.wav", b"hello", "unsupported"),
        ("damaged.wav", b"RIFF\x04\x00\x00\x00WAVE", "damaged"),
        ("empty.wav", wave_of(1, 16, b""), "empty"),
        ("empty.ulaw", b"", "empty"),
        (".", None, "unreadable"),
    ],
)
def test_an_error_says_of_which_kind_it_is(tmp_path: Path, name: str, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError) as refused:
        read_audio(tmp_path / name)
    assert refused.value.details["problem"] == problem
