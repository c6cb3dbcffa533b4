"""AudioSocket on the wire: frames to bytes and back. No I/O; it survives anything a stranger can send.

Wire format (Asterisk's ``res_audiosocket``): a byte of type, two bytes of length, most significant first, the payload.
The first frame of a connection is the call's UUID; then one frame of audio every 20 ms, and single frames for DTMF,
hang-up and errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from dialer.errors import MediaError


class FrameType(IntEnum):
    HANG_UP = 0x00
    UUID = 0x01
    DTMF = 0x03
    AUDIO = 0x10  #: signed linear, 16 bits, little-endian, mono, 8 kHz
    AUDIO_12K = 0x11
    AUDIO_16K = 0x12
    AUDIO_24K = 0x13
    AUDIO_32K = 0x14
    AUDIO_44K = 0x15
    AUDIO_48K = 0x16
    AUDIO_96K = 0x17
    AUDIO_192K = 0x18
    ERROR = 0xFF


HEADER_BYTES: Final = 3
#: 20 ms at 192 kHz are 7,680 bytes; whoever announces more is no Asterisk.
MAX_PAYLOAD_BYTES: Final = 8192
#: After so many frames of unknown types the peer is speaking something else.
MAX_UNKNOWN_FRAMES: Final = 16

_KNOWN: Final = frozenset(kind.value for kind in FrameType)


class AudioSocketGarbled(MediaError):
    """What arrives on the AudioSocket port is not AudioSocket. Something other than Asterisk connects to it."""

    code = "audiosocket-garbled"


def encode(kind: FrameType, payload: bytes = b"") -> bytes:
    """One frame, ready to send. ``payload`` may have up to 65,535 bytes."""
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload


#: 20 ms of silence at 8 kHz.
SILENCE: Final = encode(FrameType.AUDIO, bytes(320))


class Decoder:
    """Cuts a byte stream into frames, however the network cut it before."""

    __slots__ = ("_rest", "unknown_frames")

    def __init__(self) -> None:
        self._rest = b""
        #: How many frames of unknown types were skipped.
        self.unknown_frames = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that are complete now, as pairs of type and payload; unknown types are skipped.

        Raises AudioSocketGarbled for a payload longer than any audio frame, or too many unknown types. The decoder
        must not be fed again after that.
        """
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while end - at >= HEADER_BYTES:
            length = data[at + 1] << 8 | data[at + 2]
            if length > MAX_PAYLOAD_BYTES:
                raise AudioSocketGarbled(length=length)
            following = at + HEADER_BYTES + length
            if following > end:
                break
            kind = data[at]
            if kind in _KNOWN:
                yield kind, data[at + HEADER_BYTES : following]
            else:
                self.unknown_frames += 1
                if self.unknown_frames > MAX_UNKNOWN_FRAMES:
                    raise AudioSocketGarbled(unknown_frames=self.unknown_frames)
            at = following
        self._rest = data[at:]

    @property
    def pending_bytes(self) -> int:
        """How much of an incomplete frame is kept; never more than one frame."""
        return len(self._rest)
