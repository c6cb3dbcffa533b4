"""The AudioSocket server on loopback, with peers good and bad."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from dialer.clock import SystemClock
from dialer.errors import MediaError
from dialer.pbx.audiosocket import AudioSocketServer, MediaHandler, MediaLink
from dialer.pbx.audiosocket_codec import SILENCE, FrameType, encode

CALL = "01890000-0000-7000-8000-000000000001"
HELLO = encode(FrameType.UUID, uuid.UUID(CALL).bytes)


class Recorder:
    """A handler that notes what it is told."""

    def __init__(self) -> None:
        self.audio_bytes = 0
        self.digits = ""
        self.links: list[MediaLink] = []
        self.ended = asyncio.Event()
        self.heard = asyncio.Event()

    def connected(self, link: MediaLink) -> None:
        self.links.append(link)

    def audio(self, pcm: bytes) -> None:
        self.audio_bytes += len(pcm)
        self.heard.set()

    def dtmf(self, digit: str) -> None:
        self.digits += digit

    def disconnected(self, link: MediaLink) -> None:
        self.links.remove(link)
        self.ended.set()


@asynccontextmanager
async def serving(
    on_connect: Callable[[str], MediaHandler | None],
    *,
    identify_timeout_s: float = 2.0,
    keep_alive_s: float = 0.8,
    max_connections: int = 1000,
) -> AsyncIterator[AudioSocketServer]:
    server = AudioSocketServer(
        "127.0.0.1",
        0,
        on_connect,
        clock=SystemClock(),
        identify_timeout_s=identify_timeout_s,
        keep_alive_s=keep_alive_s,
        max_connections=max_connections,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def peer(server: AudioSocketServer) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(5):
            while await reader.read(4096):
                pass
    except ConnectionError:
        pass
    return True


async def test_audio_digits_and_the_end_reach_the_handler() -> None:
    recorder = Recorder()
    asked: list[str] = []

    def on_connect(call_id: str) -> Recorder:
        asked.append(call_id)
        return recorder

    async with serving(on_connect) as server, peer(server) as (reader, writer):
        stream = HELLO + 3 * encode(FrameType.AUDIO, bytes(range(160)) * 2) + encode(FrameType.DTMF, b"7")
        for at in range(0, len(stream), 97):
            writer.write(stream[at : at + 97])
            await writer.drain()
        writer.write(encode(FrameType.HANG_UP))
        assert await is_closed(reader)
        await recorder.ended.wait()
        assert asked == [CALL]
        assert recorder.audio_bytes == 3 * 320
        assert recorder.digits == "7"
        assert server.counters.audio_frames == 3
        assert server.open_connections == 0


async def test_asterisk_hears_silence_at_once_and_again_and_again() -> None:
    async with serving(lambda _: Recorder(), keep_alive_s=0.02) as server, peer(server) as (reader, writer):
        writer.write(HELLO)
        assert await reader.readexactly(4 * len(SILENCE)) == 4 * SILENCE


async def test_a_call_that_nobody_expects_is_closed_and_sent_nothing() -> None:
    async with serving(lambda _: None) as server, peer(server) as (reader, writer):
        writer.write(HELLO + 50 * SILENCE)
        assert await is_closed(reader)
        assert server.counters.refused_unknown == 1
        assert server.counters.audio_frames == 0


@pytest.mark.parametrize("first", [SILENCE, encode(FrameType.UUID, b"short"), encode(FrameType.DTMF, b"1")])
async def test_whoever_does_not_begin_with_a_uuid_is_closed(first: bytes) -> None:
    async with serving(lambda _: Recorder()) as server, peer(server) as (reader, writer):
        writer.write(first)
        assert await is_closed(reader)
        assert (server.counters.refused_unknown, server.counters.accepted) == (1, 0)


async def test_whoever_says_nothing_is_closed_after_the_time_out() -> None:
    options = {"identify_timeout_s": 0.05, "keep_alive_s": 0.02}
    async with serving(lambda _: Recorder(), **options) as server, peer(server) as (reader, _):
        assert await is_closed(reader)
        assert server.counters.refused_silent == 1


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", HELLO + b"\x10\xff\xff", HELLO + b"\x99\x00\x00" * 20])
async def test_garbage_ends_the_connection_and_no_other(sent: bytes) -> None:
    async with serving(lambda _: Recorder()) as server, peer(server) as (reader, writer), peer(server) as (good, other):
        other.write(HELLO)
        assert await good.readexactly(len(SILENCE)) == SILENCE
        writer.write(sent)
        assert await is_closed(reader)
        assert server.counters.garbled == 1
        assert server.open_connections == 1


async def test_connections_are_bounded() -> None:
    async with serving(lambda _: Recorder(), max_connections=1) as server, peer(server) as (first, writer):
        writer.write(HELLO)
        assert await first.readexactly(len(SILENCE)) == SILENCE
        async with peer(server) as (second, _):
            assert await is_closed(second)
        assert server.counters.refused_full == 1
        assert server.open_connections == 1


async def test_one_call_may_come_again() -> None:
    recorder = Recorder()
    async with serving(lambda _: recorder) as server:
        for _ in range(2):
            recorder.ended.clear()
            async with peer(server) as (reader, writer):
                writer.write(HELLO + SILENCE)
                assert await reader.readexactly(len(SILENCE)) == SILENCE
            async with asyncio.timeout(5):
                await recorder.ended.wait()
        assert recorder.audio_bytes == 2 * 320
        assert server.counters.accepted == 2


async def test_the_handler_may_end_the_connection() -> None:
    recorder = Recorder()
    async with serving(lambda _: recorder) as server, peer(server) as (reader, writer):
        writer.write(HELLO)
        assert await reader.readexactly(len(SILENCE)) == SILENCE
        recorder.links[0].close()
        assert await is_closed(reader)
        await recorder.ended.wait()
        assert recorder.links == []


async def test_a_handler_that_fails_costs_no_other_call_its_audio() -> None:
    class Failing(Recorder):
        def audio(self, pcm: bytes) -> None:
            raise RuntimeError("broken ear")

    handlers = iter([Failing(), good := Recorder()])
    async with serving(lambda _: next(handlers)) as server, peer(server) as (one, bad), peer(server) as (two, fine):
        bad.write(HELLO)
        assert await one.readexactly(len(SILENCE)) == SILENCE
        bad.write(5 * SILENCE)
        fine.write(HELLO + SILENCE)
        assert await two.readexactly(len(SILENCE)) == SILENCE
        async with asyncio.timeout(5):
            await good.heard.wait()
        assert good.audio_bytes == 320
        assert server.counters.handler_errors == 1


async def test_audio_of_another_rate_or_of_odd_length_is_ignored_and_counted() -> None:
    recorder = Recorder()
    async with serving(lambda _: recorder) as server, peer(server) as (reader, writer):
        odd = encode(FrameType.AUDIO, bytes(321)) + encode(FrameType.AUDIO_16K, bytes(640))
        writer.write(HELLO + odd + SILENCE + encode(FrameType.ERROR, b"\x01"))
        assert await is_closed(reader)
        await recorder.ended.wait()
        assert recorder.audio_bytes == 320
        assert server.counters.ignored_frames == 2


async def test_a_taken_port_is_refused_with_advice() -> None:
    async with serving(lambda _: None) as server:
        with pytest.raises(MediaError, match="CADENCIA_MEDIA__PORT"):
            await AudioSocketServer("127.0.0.1", server.port, lambda _: None, clock=SystemClock()).start()
