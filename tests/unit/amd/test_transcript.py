"""Words: in order, in time, in another thread, and never at the loop's expense."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import ClassVar

import pytest

from dialer.amd.transcript import PIECE_FRAMES, Transcriber, load_vosk, model_rate_hz
from dialer.errors import ConfigurationError

PIECE = bytes(320 * PIECE_FRAMES)


class Counting:
    """Understands as many words as it was given pieces, and knows in which thread."""

    threads: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        self.pieces = 0

    def accept(self, pcm: bytes) -> str:
        assert len(pcm) == len(PIECE)
        Counting.threads.add(threading.current_thread().name)
        self.pieces += 1
        return " ".join(["word"] * self.pieces)


class Texts:
    """What a stream delivered, to be waited for."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, text: str) -> None:
        self._queue.put_nowait(text)

    async def take(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            return [await self._queue.get() for _ in range(count)]


async def test_pieces_of_a_tenth_of_a_second_come_back_as_text_in_order() -> None:
    transcriber = Transcriber(Counting, threads=2)
    texts = Texts()
    stream = transcriber.open(texts)
    assert stream is not None
    for _ in range(4 * PIECE_FRAMES + 2):
        stream.accept(bytes(320))
    assert await texts.take(4) == ["word", "word word", "word word word", "word word word word"]
    assert threading.current_thread().name not in Counting.threads
    stream.close()
    transcriber.close()


async def test_two_calls_do_not_mix() -> None:
    transcriber = Transcriber(Counting, threads=1)
    first, second = Texts(), Texts()
    streams = [transcriber.open(first), transcriber.open(second)]
    for stream in streams:
        assert stream is not None
        stream.accept(PIECE)
    assert await first.take(1) == await second.take(1) == ["word"]
    transcriber.close()


async def test_a_stream_too_many_is_refused_and_a_closed_one_makes_room() -> None:
    transcriber = Transcriber(Counting, max_streams=1)
    stream = transcriber.open(lambda _: None)
    assert stream is not None
    assert transcriber.open(lambda _: None) is None
    assert transcriber.refused_streams == 1
    stream.close()
    stream.close()
    assert transcriber.streams == 0
    assert transcriber.open(lambda _: None) is not None
    transcriber.close()


async def test_a_recogniser_that_falls_behind_loses_audio_and_counts_it() -> None:
    gate = threading.Event()

    class Stuck:
        def accept(self, pcm: bytes) -> str:
            gate.wait(5)
            return ""

    transcriber = Transcriber(Stuck)
    stream = transcriber.open(lambda _: None)
    assert stream is not None
    for _ in range(300):
        stream.accept(PIECE)
    assert transcriber.dropped_pieces >= 90
    gate.set()
    stream.close()
    transcriber.close()


async def test_a_recogniser_that_fails_does_not_take_the_others_along() -> None:
    class Failing:
        def accept(self, pcm: bytes) -> str:
            raise RuntimeError("no such word")

    makers = iter([Failing, Counting])
    transcriber = Transcriber(lambda: next(makers)())
    texts = Texts()
    failing, working = transcriber.open(texts), transcriber.open(texts)
    assert failing is not None
    assert working is not None
    failing.accept(PIECE)
    working.accept(PIECE)
    assert await texts.take(1) == ["word"]
    transcriber.close()


def test_the_sample_rate_is_the_models_own(tmp_path: Path) -> None:
    assert model_rate_hz(tmp_path) == 16_000
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mfcc.conf").write_text("--use-energy=false\n--sample-frequency=8000\n", "utf-8")
    assert model_rate_hz(tmp_path) == 8000


def test_a_folder_without_a_model_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Vosk model"):
        load_vosk(tmp_path / "nothing")
