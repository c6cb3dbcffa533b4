"""A call that Asterisk places to nobody but us: it proves in one go that Asterisk reaches our AudioSocket server, that
the dialplan is there, that the recorded messages exist in both languages, and that events reach us."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from dialer.clock import Clock, entropy
from dialer.doctor.asterisk import Heard
from dialer.doctor.finding import Finding, found
from dialer.domain.ids import uuid7
from dialer.errors import AmiRefused, AmiTimeout, MediaError
from dialer.pbx.ami import AmiLink
from dialer.pbx.ami_actions import press_for
from dialer.pbx.audiosocket import AudioSocketServer, MediaLink
from dialer.settings import Settings

LANGUAGES = ("es", "en")

_LONGEST_S = 6.0
_CONNECT_MS = 3000
_KEY_S = 1.0
_VOICE_RMS = 200.0  # of 32768; the prompts peak at half of full scale, silence is 0
_VOICE_FRAMES = 5


class _Ear:
    """One call's end at our side: was it connected, did it hear a voice, was a key pressed for it?"""

    def __init__(self, call_id: str, language: str) -> None:
        self.call_id = call_id
        self.language = language
        self.was_connected = False
        self.loud_frames = 0
        self.pressed = False
        self.news = asyncio.Event()

    @property
    def heard_voice(self) -> bool:
        return self.loud_frames >= _VOICE_FRAMES

    def connected(self, link: MediaLink) -> None:
        self.was_connected = True
        self.news.set()

    def audio(self, pcm: bytes) -> None:
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
        if samples.size and float(np.sqrt(np.mean(samples**2))) >= _VOICE_RMS:
            self.loud_frames += 1
            self.news.set()

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: MediaLink) -> None: ...


async def listen(
    link: AmiLink, settings: Settings, heard: Heard, clock: Clock, *, engine_listens: bool
) -> Sequence[Finding]:
    """``engine_listens``: our port belongs to a running engine, so a port of the doctor's own is used; that one may be
    closed to Asterisk without anything being wrong."""
    ears = {ear.call_id: ear for ear in (_Ear(uuid7(clock.now(), entropy(10)), language) for language in LANGUAGES)}
    port = 0 if engine_listens else settings.media.port
    heard.tell += [ear.news for ear in ears.values()]
    server = AudioSocketServer(settings.media.host, port, ears.get, clock=clock)
    try:
        await server.start()
    except MediaError:
        return []  # the port is another program's, which its own check reports
    try:
        media = f"{settings.media.host}:{server.port}"
        await asyncio.gather(*(_call(link, heard, media, ear) for ear in ears.values()))
    finally:
        await server.close()
    if not any(ear.was_connected for ear in ears.values()):
        return [found("audio-reach.unproved" if engine_listens else "audio-reach.unreached", media=media)]
    findings = [found("audio-reach.reached", media=media)]
    findings += _read_rights(heard, list(ears.values()))
    if not any(ear.heard_voice or _said(heard, ear) for ear in ears.values()):
        return [*findings, found("dialplan.missing")]
    return [*findings, *(_sounds(heard, ear) for ear in ears.values())]


async def _call(link: AmiLink, heard: Heard, media: str, ear: _Ear) -> None:
    """Returns when the ear has heard a voice, the message has failed, the call is over, or time is up."""
    action = {
        "Action": "Originate",
        "Channel": f"AudioSocket/{media}/{ear.call_id}",
        "ChannelId": ear.call_id,
        "Context": "cadencia-message",
        "Exten": "abandoned",
        "Priority": "1",
        "Timeout": str(_CONNECT_MS),
        "CallerID": '"Cadencia doctor" <0>',
        "Account": "cadencia-doctor",
        "Variable": [f"CADENCIA_CALL_ID={ear.call_id}", f"CADENCIA_LANG={ear.language}"],
    }
    try:
        await link.send(action)
        async with asyncio.timeout(_LONGEST_S):
            while not (ear.heard_voice or _ended(heard, ear)):
                await ear.news.wait()
                ear.news.clear()
            await _press(link, heard, ear)
    except (AmiRefused, AmiTimeout, TimeoutError):
        return


async def _press(link: AmiLink, heard: Heard, ear: _Ear) -> None:
    """A key on the call's channel, of which Asterisk must tell. Raises AmiRefused, AmiTimeout."""
    made = (event for event in heard.of(ear.call_id) if event.get("event") == "Newchannel")
    name = next((event.get("channel", "") for event in made), "")
    if not name or _ended(heard, ear):
        return
    await link.send(press_for(name, "1"))
    ear.pressed = True
    async with asyncio.timeout(_KEY_S):
        while not _tells_of_keys(heard, ear) and not _ended(heard, ear):
            await ear.news.wait()
            ear.news.clear()


def _tells_of_keys(heard: Heard, ear: _Ear) -> bool:
    return any(event.get("event") == "DTMFEnd" for event in heard.of(ear.call_id))


def _said(heard: Heard, ear: _Ear) -> set[str]:
    """The user events of the call, such as ``CadenciaMessageStarted``."""
    return {event.get("userevent", "") for event in heard.of(ear.call_id)} - {""}


def _ended(heard: Heard, ear: _Ear) -> bool:
    over = any(event.get("event") == "Hangup" for event in heard.of(ear.call_id))
    return over or "CadenciaMessageFailed" in _said(heard, ear)


def _read_rights(heard: Heard, ears: Sequence[_Ear]) -> list[Finding]:
    """The login has proved ``system``. What a call must have caused proves the rest."""
    events = {event.get("event") for ear in ears for event in heard.of(ear.call_id)}
    voice = any(ear.heard_voice for ear in ears)
    findings = [found("read-right.granted", right="system")]
    findings.append(found("read-right.granted" if "Newchannel" in events else "read-right.missing", right="call"))
    if "UserEvent" in events:
        findings.append(found("read-right.granted", right="user"))
    else:
        findings.append(found("read-right.missing" if voice else "read-right.unproved", right="user"))
    if "DTMFEnd" in events:
        findings.append(found("read-right.granted", right="dtmf"))
    elif any(ear.pressed for ear in ears):
        findings.append(found("read-right.missing", right="dtmf"))
    return findings


def _sounds(heard: Heard, ear: _Ear) -> Finding:
    if ear.heard_voice:
        return found("sounds.heard", language=ear.language)
    if "CadenciaMessageFailed" in _said(heard, ear):
        return found("sounds.missing", language=ear.language)
    return found("sounds.silent", language=ear.language)
