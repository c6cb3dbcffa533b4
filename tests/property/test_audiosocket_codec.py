"""However the network cuts the stream, and whatever a stranger sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.pbx.audiosocket_codec import (
    HEADER_BYTES,
    MAX_PAYLOAD_BYTES,
    AudioSocketGarbled,
    Decoder,
    FrameType,
    encode,
)

FRAMES = st.lists(st.tuples(st.sampled_from(FrameType), st.binary(max_size=400)), max_size=12)


@given(FRAMES, st.lists(st.integers(1, 700), max_size=40))
def test_frames_survive_any_cutting(frames: list[tuple[FrameType, bytes]], cuts: list[int]) -> None:
    stream = b"".join(encode(kind, payload) for kind, payload in frames)
    decoder = Decoder()
    found: list[tuple[int, bytes]] = []
    at = 0
    for size in [*cuts, len(stream)]:
        found += decoder.feed(stream[at : at + size])
        at += size
    found += decoder.feed(stream[at:])
    assert found == [(int(kind), payload) for kind, payload in frames]
    assert decoder.pending_bytes == 0


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_garbage_never_raises_anything_else_and_never_piles_up(pieces: list[bytes]) -> None:
    decoder = Decoder()
    for piece in pieces:
        try:
            for kind, payload in decoder.feed(piece):
                assert kind in set(FrameType)
                assert len(payload) <= MAX_PAYLOAD_BYTES
        except AudioSocketGarbled:
            return
        assert decoder.pending_bytes < HEADER_BYTES + MAX_PAYLOAD_BYTES
