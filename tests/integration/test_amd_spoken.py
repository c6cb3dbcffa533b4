"""The detector on espeak-ng's voices, as they come over the wire: people answer, machines recite."""

from __future__ import annotations

import asyncio
import io
import subprocess
import uuid
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
import soxr

from dialer.amd.service import AmdService
from dialer.clock import SystemClock
from dialer.domain.events import TelephonyEvent, VerdictReached
from dialer.domain.ids import CallId
from dialer.domain.verdict import AmdCategory, AmdMode, AmdVerdict
from dialer.pbx.audiosocket import AudioSocketServer
from dialer.pbx.audiosocket_codec import FrameType, encode
from tests.support.telephone_audio import Sound, call, frames, silence, tone

CALL = "01890000-0000-7000-8000-000000000001"


def spoken(text: str, voice: str) -> Sound:
    command = ["espeak-ng", "-v", voice, "-s", "160", "--stdout", text]
    made = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    with wave.open(io.BytesIO(made)) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 200)
    return soxr.resample(samples[loud[0] : loud[-1]], rate, 8000) * 0.6


class Verdicts:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[VerdictReached] = asyncio.Queue()

    def __call__(self, event: TelephonyEvent) -> None:
        assert isinstance(event, VerdictReached)
        self._queue.put_nowait(event)

    async def take(self) -> AmdVerdict:
        async with asyncio.timeout(10):
            return (await self._queue.get()).verdict


@asynccontextmanager
async def answered_call(language: str) -> AsyncIterator[tuple[Callable[[bytes], None], Verdicts]]:
    """A call that has just been answered: what to send its audio with, and where its verdict comes."""
    verdicts = Verdicts()
    service = AmdService(SystemClock(), verdicts)
    server = AudioSocketServer("127.0.0.1", 0, service.on_connect, clock=SystemClock())
    await server.start()
    service.expect(CallId(CALL), mode=AmdMode.CAREFUL, wait_for_message=False, language=language)
    service.answered(CallId(CALL))
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(encode(FrameType.UUID, uuid.UUID(CALL).bytes))

    def send(pcm: bytes) -> None:
        for frame in frames(pcm):
            writer.write(encode(FrameType.AUDIO, frame))

    try:
        yield send, verdicts
    finally:
        service.close()
        await server.close()
        writer.close()


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("es-419", "¿Bueno?"),
        ("es-419", "Hola, buenas tardes"),
        ("es-419+f3", "Sí, dígame"),
        ("es-419+m3", "¿Aló, con quién tengo el gusto?"),
        ("es-419+f2", "Ferretería El Tornillo, buenos días, ¿en qué le puedo servir?"),
        ("en-us", "Hello?"),
        ("en-us+f2", "Hello, who's calling?"),
        ("en-us", "Good morning, this is Tom, how can I help you today?"),
    ],
)
async def test_a_person_who_answers_is_a_person(voice: str, text: str) -> None:
    async with answered_call(voice[:2]) as (send, verdicts):
        send(call(silence(500), spoken(text, voice), silence(2500)))
        verdict = await verdicts.take()
    assert verdict.category is AmdCategory.HUMAN, verdict


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("es-419", "Bienvenido al buzón de voz. La persona a la que llama no está disponible. Deje su mensaje."),
        ("es-419+f3", "El número que usted marcó no está disponible o se encuentra fuera del área de servicio."),
        ("en-us", "Your call has been forwarded to an automatic voice message system. Please record your message."),
        ("en-us+f2", "The number you have dialed is not in service. Please check the number and dial again later."),
    ],
)
async def test_a_machine_that_recites_is_a_machine(voice: str, text: str) -> None:
    async with answered_call(voice[:2]) as (send, verdicts):
        send(call(silence(500), spoken(text, voice), silence(600), tone(400, 1000), silence(2000)))
        verdict = await verdicts.take()
    assert verdict.category is AmdCategory.MACHINE, verdict


async def test_a_short_greeting_with_a_beep_is_a_machine() -> None:
    async with answered_call("es") as (send, verdicts):
        send(call(silence(500), spoken("Deja tu mensaje", "es-419"), silence(350), tone(400, 1000), silence(1000)))
        verdict = await verdicts.take()
    assert verdict.reason == "beep"
