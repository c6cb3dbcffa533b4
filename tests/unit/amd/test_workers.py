"""Words from processes of their own: in order, in time, and never at the loop's expense."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dialer.amd.phrases import Word
from dialer.amd.transcript import PIECE_BYTES, PIECE_FRAMES, Heard
from dialer.amd.worker_protocol import Kind, decode_heard, encode, encode_heard, messages
from dialer.amd.workers import WorkerTranscriber
from dialer.clock import SystemClock
from dialer.errors import ConfigurationError

FRAME = bytes(320)
PATIENCE_S = 20.0  # only ever used up by a test that fails

#: A process that understands as many words as it was given pieces, with what it was asked for in ``behaviour``.
COUNTING = """
    import io, os, sys, time
    from dialer.amd.phrases import Word
    from dialer.amd.worker_process import serve

    class Counting:
        def __init__(self):
            self.pieces, self.words = 0, []
        def accept(self, pcm):
            self.pieces += len(pcm) // 1600
            {behaviour}
            self.words = [Word("word", 0, 100)] * self.pieces
            return " ".join(["word"] * self.pieces)

    serve(Counting, os.fdopen(0, "rb", buffering=0), os.fdopen(1, "wb"))
"""


class Texts:
    """What a stream delivered, to be waited for."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Heard] = asyncio.Queue()

    def __call__(self, heard: Heard) -> None:
        self._queue.put_nowait(heard)

    async def until(self, text: str) -> Heard:
        async with asyncio.timeout(PATIENCE_S):
            while (heard := await self._queue.get()).text != text:
                assert text.startswith(heard.text)
        return heard


async def until(transcriber: WorkerTranscriber, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            transcriber.news.clear()
            await transcriber.news.wait()


@asynccontextmanager
async def transcribing(
    folder: Path, *, behaviour: str = "pass", workers: int = 1, recognisers: int = 2
) -> AsyncIterator[WorkerTranscriber]:
    (folder / "am").mkdir(exist_ok=True)
    program = textwrap.dedent(COUNTING).format(behaviour=behaviour)
    transcriber = WorkerTranscriber(
        folder,
        "es",
        clock=SystemClock(),
        workers=workers,
        recognisers=recognisers,
        command=(sys.executable, "-c", program),
    )
    await transcriber.start()
    try:
        yield transcriber
    finally:
        await transcriber.close()
        assert transcriber.pids == []


async def test_pieces_of_a_tenth_of_a_second_come_back_as_words_with_their_times(tmp_path: Path) -> None:
    async with transcribing(tmp_path) as transcriber:
        texts = Texts()
        stream = transcriber.open(texts)
        assert stream is not None
        for _ in range(4 * PIECE_FRAMES + 2):
            stream.accept(FRAME)
        heard = await texts.until("word word word word")
        assert heard.words == (Word("word", 0, 100),) * 4
        stream.close()
        assert transcriber.busy == 0


async def test_two_calls_of_one_process_do_not_mix(tmp_path: Path) -> None:
    async with transcribing(tmp_path) as transcriber:
        first, second = Texts(), Texts()
        streams = [transcriber.open(first), transcriber.open(second)]
        for stream, pieces in zip(streams, (1, 2), strict=True):
            assert stream is not None
            stream.accept(bytes(pieces * PIECE_BYTES))
        await first.until("word")
        await second.until("word word")


async def test_calls_are_shared_out_and_one_too_many_goes_without_words_and_is_counted(tmp_path: Path) -> None:
    async with transcribing(tmp_path, workers=2, recognisers=1) as transcriber:
        assert len(transcriber.pids) == 2
        first, second = (transcriber.open(lambda _: None) for _ in range(2))
        assert first is not None
        assert second is not None
        assert (transcriber.busy, transcriber.room) == (2, 0)
        assert transcriber.open(lambda _: None) is None
        assert transcriber.without_words == {"busy": 1}
        first.close()
        first.close()
        assert (transcriber.busy, transcriber.room) == (1, 1)
        assert transcriber.open(lambda _: None) is not None


async def test_a_recogniser_that_falls_behind_is_given_up_and_the_call_goes_on_without(tmp_path: Path) -> None:
    async with transcribing(tmp_path, behaviour="time.sleep(60)") as transcriber:
        stream = transcriber.open(lambda _: None)
        assert stream is not None
        for _ in range(40 * PIECE_FRAMES):
            stream.accept(FRAME)
        assert transcriber.without_words == {"late": 1}
        assert transcriber.busy == 0
        stream.close()


async def test_a_process_that_dies_is_started_again_and_its_calls_go_on_without_words(tmp_path: Path) -> None:
    async with transcribing(tmp_path) as transcriber:
        stream = transcriber.open(lambda _: None)
        assert stream is not None
        [pid] = transcriber.pids
        os.kill(pid, signal.SIGKILL)
        await until(transcriber, lambda: transcriber.restarts == 1)
        await until(transcriber, lambda: transcriber.pids not in ([], [pid]))
        assert transcriber.without_words["worker"] == 1
        stream.accept(bytes(PIECE_BYTES))
        stream.close()
        texts = Texts()
        again = transcriber.open(texts)
        assert again is not None
        again.accept(bytes(PIECE_BYTES))
        await texts.until("word")


async def test_a_recogniser_that_fails_costs_its_call_the_words_and_no_other(tmp_path: Path) -> None:
    behaviour = "if len(pcm) == 3200: raise RuntimeError('no such word')"
    async with transcribing(tmp_path, behaviour=behaviour) as transcriber:
        texts = Texts()
        failing, working = transcriber.open(lambda _: None), transcriber.open(texts)
        assert failing is not None
        assert working is not None
        failing.accept(bytes(2 * PIECE_BYTES))
        working.accept(bytes(PIECE_BYTES))
        await texts.until("word")
        assert transcriber.restarts == 0


async def test_a_folder_without_a_model_is_refused_before_any_process_is_made(tmp_path: Path) -> None:
    transcriber = WorkerTranscriber(tmp_path / "nothing", "es", clock=SystemClock())
    with pytest.raises(ConfigurationError, match="no Vosk model"):
        await transcriber.start()
    assert transcriber.pids == []


def test_messages_cut_anywhere_come_out_whole() -> None:
    heard = Heard("sí", (Word("sí", 10, 250),))
    sent = [encode(Kind.OPEN, 7), encode(Kind.AUDIO, 7, b"ab"), encode_heard(9, heard), encode_heard(9, None)]
    buffer, got = bytearray(), []
    for byte in b"".join(sent):
        buffer.append(byte)
        got += list(messages(buffer))
    assert [(kind, stream) for kind, stream, _ in got] == [
        (Kind.OPEN, 7), (Kind.AUDIO, 7), (Kind.HEARD, 9), (Kind.HEARD, 9),
    ]  # fmt: skip
    assert got[1][2] == b"ab"
    assert [decode_heard(payload) for _, _, payload in got[2:]] == [heard, None]
    assert not buffer


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        list(messages(bytearray(b"\xff" * 12)))
    with pytest.raises(ValueError, match="99"):
        list(messages(bytearray(b"\x00\x00\x00\x00\x63\x00\x00\x00\x00")))
