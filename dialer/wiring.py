"""The telephone side of a process, put together: a real Asterisk, ours or the user's, or the fake one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from dialer.amd.audio_keeping import AudioShare
from dialer.amd.model_card import read_card
from dialer.amd.service import AmdService
from dialer.amd.timing_model import load_timing_model
from dialer.amd.workers import WorkerTranscriber
from dialer.clock import Clock
from dialer.domain.phone import PhoneNumber
from dialer.embedded import AGENT_DIAL_STRING, CARRIER_DIAL_STRING, EmbeddedPlan, start_embedded
from dialer.engine.switchboard import Switchboard
from dialer.errors import AmiDisconnected, AmiTimeout
from dialer.pbx.agi import AgiServer
from dialer.pbx.ami import AmiEndpoint
from dialer.pbx.asterisk import AsteriskSettings, AsteriskTelephony
from dialer.pbx.audiosocket import AudioSocketServer
from dialer.pbx.browser_phones import AsteriskBrowserPhones, BrowserPhoneSettings
from dialer.pbx.ears import AsteriskEars
from dialer.pbx.fake import Conduct, FakePbx, Manner
from dialer.pbx.fake_ears import FakeEars
from dialer.provision.behaviours import BehaviourKind, behaviour_of
from dialer.provision.ivr_sounds import voices_of
from dialer.provision.sounds import Speech
from dialer.self_service.ears import IvrEars
from dialer.settings import Settings
from dialer.telephone_side import FlowLine, Pbx, PbxMaker, PhoneLine

log = structlog.get_logger(__name__)

_MANNERS = {
    BehaviourKind.PERSON: Manner.PERSON,
    BehaviourKind.HANGS_UP: Manner.HANGS_UP,
    BehaviourKind.SILENT: Manner.SILENT,
    BehaviourKind.NO_MEDIA: Manner.SILENT,
    BehaviourKind.VOICEMAIL: Manner.MACHINE,
    BehaviourKind.EARLY_VOICEMAIL: Manner.EARLY_VOICEMAIL,
    BehaviourKind.EARLY_ANNOUNCEMENT: Manner.EARLY_VOICEMAIL,
    BehaviourKind.BUSY: Manner.BUSY,
    BehaviourKind.NO_ANSWER: Manner.NO_ANSWER,
    BehaviourKind.UNALLOCATED: Manner.UNALLOCATED,
    BehaviourKind.CONGESTION: Manner.CONGESTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxKit:
    """How to build a telephone side, what to dial on it for a demonstration, and whether it can record."""

    make: PbxMaker
    records: bool = True
    agent_dial_string: str = AGENT_DIAL_STRING
    carrier_dial_string: str = CARRIER_DIAL_STRING


def demo_conduct(number: PhoneNumber, speed: float = 1.0) -> Conduct:
    """What the demo carrier would do with ``number``, for the fake PBX. ``speed`` divides ring and talk times."""
    behaviour = behaviour_of(number.e164)
    return Conduct(
        manner=_MANNERS[behaviour.kind],
        ring_s=behaviour.ring_s / speed,
        talk_s=behaviour.talk_s / speed,
        detect_s=1.2 if behaviour.kind is BehaviourKind.PERSON else 2.6,
    )


def fake_kit(*, speed: float = 1.0) -> PbxKit:
    """A PBX without Asterisk whose numbers behave as the demo carrier's do."""

    @asynccontextmanager
    async def make(_switchboard: Switchboard, clock: Clock) -> AsyncIterator[Pbx]:
        pbx = FakePbx(clock, lambda number: demo_conduct(number, speed))
        yield Pbx(pbx, pbx, ears=FakeEars(pbx))

    return PbxKit(make=make, records=False, agent_dial_string="Fake/{agent}", carrier_dial_string="Fake/{number}")


def embedded_kit(
    settings: Settings, *, name: str, speech: Speech, ami_secret: str, speed: float, report: Callable[[str], None]
) -> PbxKit:
    """The embedded Asterisk with the demo carrier. It lives exactly as long as the station, and leaves nothing."""

    @asynccontextmanager
    async def make(switchboard: Switchboard, clock: Clock) -> AsyncIterator[Pbx]:
        async with (
            _listening(settings, switchboard, clock, port=0, real_trunk=False) as (server, detector, share, ears),
            _agi(settings, port=0) as agi,
        ):
            plan = EmbeddedPlan(
                name=name,
                ami_secret=ami_secret,
                media_port=server.port,
                agi_port=agi.port,
                voices=voices_of(settings.voice),
                speech=speech,
                speed=speed,
                language=settings.language,
            )
            process = await asyncio.to_thread(start_embedded, plan, report)
            try:
                endpoint = AmiEndpoint(
                    username=process.config.ami_user, secret=ami_secret, port=process.config.ami_port
                )
                asterisk = AsteriskSettings(
                    media=process.config.media, recordings=str(process.config.recordings), agi=process.config.agi
                )
                async with _linked(endpoint, asterisk, clock) as telephony:
                    telephony.subscribe(share.on_event)
                    ears.telephone = telephony
                    flows = FlowLine(agi, process.sounds, str(process.config.sounds), ears)
                    socket_url = f"ws://{process.config.http_address}:{process.config.http_port}/ws"
                    yield Pbx(
                        telephony,
                        detector,
                        process.recordings,
                        process.cdr_file,
                        audio_share=share,
                        flows=flows,
                        phones=_phones(telephony, settings, socket_url, media_address=process.config.sip_address),
                        ears=AsteriskEars(telephony),
                    )
            finally:
                await asyncio.to_thread(process.remove)

    return PbxKit(make=make)


def own_asterisk_kit(settings: Settings, *, ami_secret: str) -> PbxKit:
    """The Asterisk that the settings name."""

    @asynccontextmanager
    async def make(switchboard: Switchboard, clock: Clock) -> AsyncIterator[Pbx]:
        async with (
            _listening(settings, switchboard, clock, port=settings.media.port) as (server, detector, share, ears),
            _agi(settings, port=settings.ivr.port) as agi,
        ):
            ami = settings.ami
            endpoint = AmiEndpoint(
                username=ami.username,
                secret=ami.secret or ami_secret,
                host=ami.host,
                port=ami.port,
                connect_timeout_s=ami.connect_timeout_s,
            )
            asterisk = AsteriskSettings(
                media=f"{settings.media.host}:{server.port}",
                recordings=settings.recordings.asterisk_spool_dir,
                agi=f"{settings.ivr.host}:{agi.port}",
            )
            async with _linked(endpoint, asterisk, clock) as telephony:
                telephony.subscribe(share.on_event)
                ears.telephone = telephony
                flows = FlowLine(agi, settings.ivr.sounds_dir, settings.ivr.asterisk_sounds_dir, ears)
                phones = _phones(
                    telephony, settings, settings.phones.socket_url, media_address=settings.phones.media_address
                )
                yield Pbx(
                    telephony,
                    detector,
                    settings.recordings.spool_dir,
                    audio_share=share,
                    flows=flows,
                    phones=phones,
                    ears=AsteriskEars(telephony),
                )

    return PbxKit(make=make)


def _phones(
    telephony: AsteriskTelephony, settings: Settings, socket_url: str, *, media_address: str
) -> PhoneLine | None:
    if not socket_url:
        return None
    wanted = BrowserPhoneSettings(media_address=media_address, media_lost_s=settings.phones.media_lost_s)
    return PhoneLine(AsteriskBrowserPhones(telephony.link, wanted), socket_url)


@asynccontextmanager
async def _linked(endpoint: AmiEndpoint, asterisk: AsteriskSettings, clock: Clock) -> AsyncIterator[AsteriskTelephony]:
    telephony = AsteriskTelephony(endpoint, clock, asterisk)
    telephony.start()
    try:
        try:
            await telephony.wait_connected(3 * endpoint.connect_timeout_s)  # connect, log in, be booted
        except AmiDisconnected as exc:
            if isinstance(exc.__cause__, AmiTimeout):  # somebody is there, and slow; it says at what
                raise exc.__cause__ from exc
            raise AmiDisconnected(
                f"No Asterisk takes manager connections at {endpoint.host}:{endpoint.port}. Start it, or name another "
                "one in CADENCIA_AMI__HOST and CADENCIA_AMI__PORT; cadencia doctor says what is wrong. Nothing was "
                "dialed."
            ) from exc
        yield telephony
    finally:
        await telephony.close()


@asynccontextmanager
async def _listening(
    settings: Settings, switchboard: Switchboard, clock: Clock, *, port: int, real_trunk: bool = True
) -> AsyncIterator[tuple[AudioSocketServer, AmdService, AudioShare, IvrEars]]:
    """The audio server, the detector behind it, the share of the audio that is kept, and self-service's ears."""
    async with AsyncExitStack() as stack:
        transcribers = await _transcribers(settings, clock, stack, real_trunk=real_trunk)
        model = settings.amd.timing_model
        timing = None if model is None else load_timing_model(model)
        detector = AmdService(clock, switchboard, transcribers=transcribers, timing=timing)
        stack.callback(detector.close)
        share = AudioShare(settings.amd.keep_audio_share)
        ears = IvrEars({language: each for language, each in transcribers.items() if each.may_decide})
        stack.push_async_callback(ears.close)
        on_connect = ears.before(share.listening(detector.on_connect))
        server = AudioSocketServer(settings.media.host, port, on_connect, clock=clock)
        await server.start()
        stack.push_async_callback(server.close)
        yield server, detector, share, ears


@asynccontextmanager
async def _agi(settings: Settings, *, port: int) -> AsyncIterator[AgiServer]:
    """The server that plays self-service flows; the station gives it its routes."""
    server = AgiServer(settings.ivr.host, port, {})
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def _transcribers(
    settings: Settings, clock: Clock, stack: AsyncExitStack, *, real_trunk: bool
) -> dict[str, WorkerTranscriber]:
    """The recognising processes of each language that has a model, started; they end with ``stack``."""
    started: dict[str, WorkerTranscriber] = {}
    for language, folder in (("es", settings.amd.vosk_model_es), ("en", settings.amd.vosk_model_en)):
        if folder is None:
            continue
        # A speech program's voice is all that is heard on the demonstration's own trunk.
        may_decide = read_card(folder).may_decide or not real_trunk or settings.amd.force_synthetic_words
        transcriber = WorkerTranscriber(
            folder,
            language,
            clock=clock,
            workers=settings.amd.workers,
            recognisers=settings.amd.recognisers,
            may_decide=may_decide,
        )
        stack.push_async_callback(transcriber.close)
        await transcriber.start()
        if not may_decide:
            log.warning("amd.words_only_heard", language=language, model=str(folder))
        started[language] = transcriber
    return started
