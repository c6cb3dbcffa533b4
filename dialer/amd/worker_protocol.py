"""What an engine and its recognising processes say to each other over a pipe. Pure.

A message is its length, its kind and its stream (one stream a call), then its payload. The engine sends ``OPEN`` (with
the phrases to which the recogniser is limited, if it is), ``AUDIO`` (8 kHz, 16 bits) and ``CLOSE``; the process says
``READY`` once its model is loaded, and answers every ``AUDIO`` with ``HEARD``: empty where nothing new was understood.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Final

from dialer.amd.phrases import Word
from dialer.amd.transcript import Heard

_HEADER: Final = struct.Struct("<IBI")
HEADER_BYTES: Final = _HEADER.size
#: Nothing that is said is longer: ten seconds of audio, an hour of words.
LONGEST: Final = 1 << 18


class Kind(IntEnum):
    OPEN = 1
    AUDIO = 2
    CLOSE = 3
    READY = 16
    HEARD = 17


def encode(kind: Kind, stream: int = 0, payload: bytes = b"") -> bytes:
    return _HEADER.pack(len(payload), kind, stream) + payload


def header(raw: bytes) -> tuple[int, Kind, int]:
    """Length of the payload, kind and stream. Raises ValueError for what is no header."""
    length, kind, stream = _HEADER.unpack(raw)
    if length > LONGEST:
        raise ValueError("a message too long to be one")
    return length, Kind(kind), stream


def encode_grammar(phrases: Sequence[str]) -> bytes:
    return json.dumps(phrases, ensure_ascii=False).encode() if phrases else b""


def decode_grammar(payload: bytes) -> tuple[str, ...]:
    return tuple(json.loads(payload)) if payload else ()


def encode_heard(stream: int, heard: Heard | None) -> bytes:
    if heard is None:
        return encode(Kind.HEARD, stream)
    words = [(word.text, word.started_ms, word.ended_ms, word.confidence) for word in heard.words]
    return encode(Kind.HEARD, stream, json.dumps([heard.text, words]).encode())


def decode_heard(payload: bytes) -> Heard | None:
    if not payload:
        return None
    text, words = json.loads(payload)
    return Heard(text, tuple(Word(*word) for word in words))


def messages(buffer: bytearray) -> Iterator[tuple[Kind, int, bytes]]:
    """Take the whole messages off the beginning of ``buffer``. Raises ValueError for what is no message."""
    at = 0
    try:
        while len(buffer) - at >= HEADER_BYTES:
            length, kind, stream = header(bytes(buffer[at : at + HEADER_BYTES]))
            end = at + HEADER_BYTES + length
            if len(buffer) < end:
                return
            payload = bytes(buffer[at + HEADER_BYTES : end])
            at = end
            yield kind, stream, payload
    finally:
        del buffer[:at]
