"""The AudioSocket codec on good and hostile input."""

from __future__ import annotations

import uuid

import pytest

from dialer.pbx.audiosocket_codec import (
    MAX_PAYLOAD_BYTES,
    MAX_UNKNOWN_FRAMES,
    SILENCE,
    AudioSocketGarbled,
    Decoder,
    FrameType,
    encode,
)

CALL = uuid.UUID("01890000-0000-7000-8000-000000000001")


def test_frames_are_laid_out_as_asterisk_has_them() -> None:
    assert encode(FrameType.UUID, CALL.bytes) == b"\x01\x00\x10" + CALL.bytes
    assert encode(FrameType.HANG_UP) == b"\x00\x00\x00"
    assert encode(FrameType.DTMF, b"5") == b"\x03\x00\x015"
    assert b"\x10\x01\x40" + bytes(320) == SILENCE


def test_many_frames_in_one_piece_come_out_in_order() -> None:
    decoder = Decoder()
    stream = encode(FrameType.UUID, CALL.bytes) + 3 * SILENCE + encode(FrameType.DTMF, b"#") + encode(FrameType.HANG_UP)
    assert [kind for kind, _ in decoder.feed(stream)] == [0x01, 0x10, 0x10, 0x10, 0x03, 0x00]
    assert decoder.pending_bytes == 0


def test_a_truncated_frame_waits_for_its_rest() -> None:
    decoder = Decoder()
    assert list(decoder.feed(SILENCE[:200])) == []
    assert decoder.pending_bytes == 200
    assert list(decoder.feed(SILENCE[200:])) == [(0x10, bytes(320))]


def test_all_audio_rates_are_frames() -> None:
    stream = b"".join(encode(FrameType(kind), bytes(kind)) for kind in range(0x10, 0x19))
    assert [kind for kind, _ in Decoder().feed(stream)] == list(range(0x10, 0x19))


def test_unknown_types_are_skipped_and_counted() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b"\x42\x00\x03abc" + SILENCE)) == [(0x10, bytes(320))]
    assert decoder.unknown_frames == 1


def test_a_peer_that_speaks_something_else_is_given_up() -> None:
    decoder = Decoder()
    with pytest.raises(AudioSocketGarbled):
        list(decoder.feed(b"\x42\x00\x00" * (MAX_UNKNOWN_FRAMES + 1)))


@pytest.mark.parametrize("text", [b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_other_protocols_are_refused_from_their_first_bytes(text: bytes) -> None:
    with pytest.raises(AudioSocketGarbled):
        list(Decoder().feed(text * 100))


def test_a_frame_longer_than_any_audio_is_refused_before_it_is_kept() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b"\x10" + MAX_PAYLOAD_BYTES.to_bytes(2, "big"))) == []
    with pytest.raises(AudioSocketGarbled):
        list(Decoder().feed(b"\x10" + (MAX_PAYLOAD_BYTES + 1).to_bytes(2, "big")))
