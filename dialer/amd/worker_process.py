"""A recognising process: one model, the recognisers of some calls, a pipe in and a pipe out.

    python -m dialer.amd.worker_process MODEL_FOLDER

It ends when its input does, so it never outlives its engine. Its priority is low: audio frames and telephone events
come first on a machine that is full.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from dialer.amd.phrases import Word
from dialer.amd.transcript import Heard, Recogniser, load_vosk
from dialer.amd.worker_protocol import Kind, decode_grammar, encode, encode_heard, messages

NICENESS: Final = 5
_READ_BYTES: Final = 65_536


class _Timed(Recogniser, Protocol):
    words: list[Word]


class _Make(Protocol):
    def __call__(self, grammar: Sequence[str] = ()) -> _Timed: ...


class _Call:
    """One call's recogniser, made with its first audio."""

    def __init__(self, make: _Make, grammar: Sequence[str]) -> None:
        self._make = make
        self._grammar = grammar
        self._recogniser: _Timed | None = None
        self._last = Heard("")
        self._deaf = False

    def hear(self, pcm: bytes) -> Heard | None:
        """What is understood now, or None where that has not changed."""
        if self._deaf:
            return None
        try:
            if self._recogniser is None:
                self._recogniser = self._make(self._grammar) if self._grammar else self._make()
            heard = Heard(self._recogniser.accept(pcm), tuple(self._recogniser.words))
        except Exception:  # noqa: BLE001  # whatever it is, it is one call's and not the others'
            traceback.print_exc()
            self._deaf = True
            return None
        if heard == self._last:
            return None
        self._last = heard
        return heard


def serve(make: _Make, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer until the input ends. ``incoming`` returns what there is, and blocks where there is nothing."""
    calls: dict[int, _Call] = {}
    buffer = bytearray()
    outgoing.write(encode(Kind.READY))
    outgoing.flush()
    while received := incoming.read(_READ_BYTES):
        buffer += received
        for kind, stream, payload in messages(buffer):
            if kind is Kind.OPEN:
                calls[stream] = _Call(make, decode_grammar(payload))
            elif kind is Kind.CLOSE:
                calls.pop(stream, None)
            elif kind is Kind.AUDIO and stream in calls:
                outgoing.write(encode_heard(stream, calls[stream].hear(payload)))
                outgoing.flush()


def main() -> None:
    # Ctrl-C reaches the whole group; the engine decides when its processes end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    make = load_vosk(Path(sys.argv[1]))
    # Whatever a library prints must not get into the pipe.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        serve(make, os.fdopen(0, "rb", buffering=0), pipe)


if __name__ == "__main__":
    main()
