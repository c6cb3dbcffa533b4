"""Many calls' audio through the AudioSocket server and the detector, in real time, from another process.

    python tests/perf/bench_audiosocket.py [STREAMS] [SECONDS] [--only-server]

Prints the share of a core that the server's process used, and by how much its event loop was late.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import socket
import time
import uuid
from multiprocessing.synchronize import Event

import structlog

from dialer.amd.service import AmdService
from dialer.clock import SystemClock
from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdMode
from dialer.pbx.audiosocket import AudioSocketServer, MediaLink
from dialer.pbx.audiosocket_codec import FrameType, encode
from tests.support.telephone_audio import call, frames, silence, speech


def calls_audio(port: int, ids: list[str], seconds: float, ready: Event) -> None:
    """Each stream 20 ms apart, and the streams spread over the 20 ms."""
    pcm = call(silence(500), *[part for _ in range(8) for part in (speech(1400), silence(350))])
    audio = [encode(FrameType.AUDIO, frame) for frame in frames(pcm)]
    peers = []
    for call_id in ids:
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(encode(FrameType.UUID, uuid.UUID(call_id).bytes))
        peer.setblocking(False)
        peers.append(peer)
    ready.wait(30)
    began = time.monotonic()
    for number in range(int(seconds * 50)):
        for at, peer in enumerate(peers):
            if at % 10 == 0:
                wait = began + 0.02 * (number + at / len(peers)) - time.monotonic()
                if wait > 0:
                    time.sleep(wait)
            peer.send(audio[(number + 37 * at) % len(audio)])


class Counter:
    def connected(self, link: MediaLink) -> None: ...
    def audio(self, pcm: bytes) -> None: ...
    def dtmf(self, digit: str) -> None: ...
    def disconnected(self, link: MediaLink) -> None: ...


async def run(streams: int, seconds: float, only_server: bool) -> None:
    clock = SystemClock()
    events: list[TelephonyEvent] = []
    service = AmdService(clock, events.append)
    server = AudioSocketServer(
        "127.0.0.1", 0, (lambda _: Counter()) if only_server else service.on_connect, clock=clock
    )
    await server.start()
    ids = [str(uuid.UUID(int=number + 1)) for number in range(streams)]
    for call_id in ids:
        service.expect(CallId(call_id), mode=AmdMode.CAREFUL, wait_for_message=True, language="es")
    ready = multiprocessing.Event()
    source = multiprocessing.Process(target=calls_audio, args=(server.port, ids, seconds, ready))
    source.start()
    while server.counters.accepted < streams:  # noqa: ASYNC110 - a bench may poll
        await asyncio.sleep(0.02)
    for call_id in ids:
        service.answered(CallId(call_id))
    cpu, began = time.process_time(), time.monotonic()
    ready.set()
    late: list[float] = []
    while source.is_alive():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        late.append(time.monotonic() - before - 0.01)
    took, used = time.monotonic() - began, time.process_time() - cpu
    late.sort()
    what = "server alone" if only_server else "server and detector"

    def late_ms(share: float) -> str:
        return f"{1000 * late[min(len(late) - 1, int(len(late) * share))]:.1f} ms"

    print(
        f"{what}: {streams} streams, {server.counters.audio_frames / took:.0f} frames/s, "
        f"{100 * used / took:.1f} % of a core, loop late p50 {late_ms(0.5)} p99 {late_ms(0.99)} max {late_ms(1)}, "
        f"{len(events)} events"
    )
    service.close()
    await server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("streams", nargs="?", type=int, default=200)
    parser.add_argument("seconds", nargs="?", type=float, default=8.0)
    parser.add_argument("--only-server", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(run(options.streams, options.seconds, options.only_server))


if __name__ == "__main__":
    main()
