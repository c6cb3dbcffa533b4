"""Words, where a Vosk model is configured. Everything works without one.

Vosk decodes in worker threads, not processes: the library releases the interpreter lock while it decodes (cffi does so
around every call), one model of some 300 MB serves all threads, and audio need not be copied between processes. A
call's audio always goes to the same thread, so that its pieces stay in order.

The published small models refuse 8 kHz, so audio is resampled to what the model's own configuration asks for.
"""

from __future__ import annotations

import asyncio
import json
import queue
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, cast

import numpy as np
import soxr
import structlog

from dialer.amd.features import FRAME_BYTES, SAMPLE_RATE_HZ
from dialer.errors import ConfigurationError

log = structlog.get_logger(__name__)

PIECE_FRAMES: Final = 5  # 100 ms: smaller pieces cost more CPU and bring no word earlier
_QUEUE_PIECES: Final = 200  # 20 s of audio a thread: more behind than that is of no use to anybody
_STOP_TIMEOUT_S: Final = 5.0


class Recogniser(Protocol):
    """One call's recogniser, used from one thread. ``accept`` returns what was understood since the start."""

    def accept(self, pcm: bytes) -> str: ...


class TranscriptStream(Protocol):
    """One call's audio on its way to a recogniser."""

    def accept(self, frame: bytes) -> None: ...

    def close(self) -> None: ...


class Transcriber:
    """Worker threads for one language. ``recogniser`` makes a recogniser; it is called in a worker thread."""

    def __init__(self, recogniser: Callable[[], Recogniser], *, threads: int = 1, max_streams: int = 24) -> None:
        self._recogniser = recogniser
        self._max_streams = max_streams
        self._queues: list[queue.Queue[Callable[[], None] | None]] = [
            queue.Queue(maxsize=_QUEUE_PIECES) for _ in range(threads)
        ]
        self._threads = [
            threading.Thread(target=_work, args=(pieces,), name=f"amd-transcriber-{number}", daemon=True)
            for number, pieces in enumerate(self._queues)
        ]
        self._opened = 0
        self.streams = 0
        self.refused_streams = 0  #: recognisers were all busy: timing and tones decided alone
        self.dropped_pieces = 0
        for thread in self._threads:
            thread.start()

    def open(self, on_text: Callable[[str], None]) -> TranscriptStream | None:
        """A stream for one call, or None where as many as are allowed are open. ``on_text`` is called in the event
        loop with everything understood so far, whenever that has changed."""
        if self.streams >= self._max_streams:
            self.refused_streams += 1
            return None
        self.streams += 1
        self._opened += 1
        pieces = self._queues[self._opened % len(self._queues)]
        return _Stream(self, pieces, self._recogniser, on_text, asyncio.get_running_loop())

    def close(self) -> None:
        """Stop the threads. Blocks until the pieces at work are done, at most a few seconds."""
        for pieces in self._queues:
            while True:
                try:
                    pieces.put_nowait(None)
                    break
                except queue.Full:
                    pieces.get_nowait()
        for thread in self._threads:
            thread.join(_STOP_TIMEOUT_S)


def _work(pieces: queue.Queue[Callable[[], None] | None]) -> None:
    while (piece := pieces.get()) is not None:
        try:
            piece()
        except Exception:
            log.exception("amd.recogniser_failed")


class _Stream:
    """Collects frames to pieces and hands them to its thread."""

    def __init__(
        self,
        owner: Transcriber,
        pieces: queue.Queue[Callable[[], None] | None],
        make: Callable[[], Recogniser],
        on_text: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._owner = owner
        self._pieces = pieces
        self._make = make
        self._on_text = on_text
        self._loop = loop
        self._collected = bytearray()
        self._closed = False
        # Only the worker thread touches these two.
        self._recogniser: Recogniser | None = None
        self._text = ""

    def accept(self, frame: bytes) -> None:
        self._collected += frame
        if len(self._collected) < PIECE_FRAMES * FRAME_BYTES:
            return
        piece = bytes(self._collected)
        self._collected.clear()
        try:
            self._pieces.put_nowait(lambda: self._decode(piece))
        except queue.Full:
            self._owner.dropped_pieces += 1

    def _decode(self, piece: bytes) -> None:
        if self._closed:
            return
        if self._recogniser is None:
            self._recogniser = self._make()
        text = self._recogniser.accept(piece)
        if text != self._text:
            self._text = text
            self._loop.call_soon_threadsafe(self._deliver, text)

    def _deliver(self, text: str) -> None:
        if not self._closed:
            self._on_text(text)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._owner.streams -= 1


class VoskRecogniser:
    """A Vosk recogniser behind ``Recogniser``. ``rate_hz`` is the model's own."""

    def __init__(self, model: object, rate_hz: int) -> None:
        # The library is heavy and wanted only where a model is configured.
        import vosk

        self._decoder = vosk.KaldiRecognizer(model, rate_hz)
        self._resampler = (
            soxr.ResampleStream(SAMPLE_RATE_HZ, rate_hz, 1, dtype="int16", quality="MQ")
            if rate_hz != SAMPLE_RATE_HZ
            else None
        )
        self._said: list[str] = []

    def accept(self, pcm: bytes) -> str:
        if self._resampler is not None:
            pcm = cast("bytes", self._resampler.resample_chunk(np.frombuffer(pcm, dtype="<i2")).tobytes())
        if self._decoder.AcceptWaveform(pcm):
            self._said.append(json.loads(self._decoder.Result()).get("text", ""))
            return " ".join(self._said).strip()
        partial = json.loads(self._decoder.PartialResult()).get("partial", "")
        return " ".join([*self._said, partial]).strip()


def load_vosk(folder: Path) -> Callable[[], Recogniser]:
    """Load the model in ``folder`` and return the maker of its recognisers. Takes up to a few seconds and about
    300 MB; do it at start. Raises ConfigurationError where the folder holds no usable model."""
    if not (folder / "am").is_dir() and not (folder / "final.mdl").is_file():
        raise ConfigurationError(f"There is no Vosk model in {folder}: it must hold the folders am, conf and graph.")
    import vosk

    vosk.SetLogLevel(-1)
    try:
        model = vosk.Model(str(folder))
    except Exception as exc:
        raise ConfigurationError(f"The Vosk model in {folder} cannot be loaded. Install it again.") from exc
    rate_hz = model_rate_hz(folder)
    return lambda: VoskRecogniser(model, rate_hz)


def model_rate_hz(folder: Path) -> int:
    """The sample rate that the model's ``conf/mfcc.conf`` asks for; 16000 where it says nothing."""
    try:
        text = (folder / "conf" / "mfcc.conf").read_text("utf-8")
    except OSError:
        return 16_000
    found = re.search(r"^\s*--sample-frequency=(\d+)", text, re.MULTILINE)
    return int(found.group(1)) if found else 16_000
