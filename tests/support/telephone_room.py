"""A test's own link to a real Asterisk: places calls, remembers every event, and listens to the calls' audio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np

from dialer.clock import SystemClock
from dialer.domain.ids import new_call_id
from dialer.pbx.ami import AmiEndpoint, AmiLink, AmiMessage
from dialer.pbx.audiosocket import AudioSocketServer, MediaLink
from dialer.provision.process import AsteriskProcess

PATIENCE_S = 30.0  # only ever used up by a test that fails

Event = dict[str, str]


@dataclass(slots=True)
class Ear:
    """What was heard of one call. ``peaks`` is the loudest sample of each packet."""

    peaks: list[int] = field(default_factory=list)
    connections: int = 0

    def connected(self, link: MediaLink) -> None:
        self.connections += 1

    def audio(self, pcm: bytes) -> None:
        self.peaks.append(int(np.max(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)))))

    def dtmf(self, digit: str) -> None: ...

    def disconnected(self, link: MediaLink) -> None: ...


class TelephoneRoom:
    """``events`` are all events so far, header names in lower case, and one ``AudioSocket`` for each connection;
    ``ears`` what was heard, by call id."""

    def __init__(self, process: AsteriskProcess) -> None:
        config = process.config
        self._clock = SystemClock()
        self._news = asyncio.Condition()
        self._count = 0
        self.process = process
        self.events: list[Event] = []
        self.ears: dict[str, Ear] = {}
        self.link = AmiLink(
            AmiEndpoint(username=config.ami_user, secret=config.ami_secret, port=config.ami_port),
            self._clock,
            self._on_event,
        )
        self.media = AudioSocketServer("127.0.0.1", 0, self._on_connect, clock=self._clock)

    def _on_connect(self, call_id: str) -> Ear:
        self._remember({"event": "AudioSocket", "uniqueid": call_id})
        return self.ears.setdefault(call_id, Ear())

    def _on_event(self, event: AmiMessage) -> None:
        self._remember({name.lower(): str(value) for name, value in event.items()})

    def _remember(self, event: Event) -> None:
        self.events.append(event)
        asyncio.get_running_loop().create_task(self._notify(), name="news")

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def place(self, channel: str, **variables: str) -> str:
        """Originate into the dialer's own context; returns the call's id."""
        self._count += 1
        call_id = new_call_id(self._clock.now(), self._count.to_bytes(10, "big"))
        given = {
            "CADENCIA_CALL_ID": call_id,
            "CADENCIA_LANG": "es",
            "CADENCIA_AMD": "1",
            "CADENCIA_MEDIA": f"127.0.0.1:{self.media.port}",
            "CDR(userfield)": f"{call_id};7",
            **variables,
        }
        await self.originate(channel, call_id, "cadencia-call", "s", given)
        return call_id

    async def originate(self, channel: str, channel_id: str, context: str, exten: str, given: dict[str, str]) -> None:
        await self.link.send(
            {
                "Action": "Originate",
                "Channel": channel,
                "ChannelId": channel_id,
                **({"OtherChannelId": f"{channel_id}-far"} if channel.startswith("Local/") else {}),
                "Context": context,
                "Exten": exten,
                "Priority": "1",
                "Timeout": "30000",
                "Variable": [f"{name}={value}" for name, value in given.items()],
            }
        )

    async def listen_early(self, call_id: str) -> None:
        """Listen to a call that is not answered, from its first early media on."""
        progress = await self.until(lambda e: e.get("dialstatus") == "PROGRESS" and e.get("destuniqueid") == call_id)
        await self.originate(
            f"AudioSocket/127.0.0.1:{self.media.port}/{call_id}",
            f"early-{call_id}",
            "cadencia-early",
            "s",
            {"CADENCIA_EARLY_OF": progress["destchannel"]},
        )

    async def until(self, wanted: Callable[[Event], bool]) -> Event:
        """The first event, past or to come, that fits."""
        async with self._news, asyncio.timeout(PATIENCE_S):
            while True:
                for event in self.events:
                    if wanted(event):
                        return event
                await self._news.wait()

    async def until_up(self, channel_id: str) -> Event:
        return await self.until(
            lambda e: e.get("event") == "Newstate" and e["uniqueid"] == channel_id and e.get("channelstatedesc") == "Up"
        )

    async def until_over(self, channel_id: str) -> Event:
        return await self.until(lambda e: e.get("event") == "Hangup" and e["uniqueid"] == channel_id)

    async def until_heard(self, channel_id: str) -> Event:
        """AudioSocket has connected, for the first time or again."""
        return await self.until(lambda e: e.get("event") == "AudioSocket" and e["uniqueid"] == channel_id)

    def was_up(self, channel_id: str) -> bool:
        return any(
            e.get("event") == "Newstate" and e["uniqueid"] == channel_id and e.get("channelstatedesc") == "Up"
            for e in self.events
        )

    async def variable(self, channel: str, name: str) -> str:
        answer = await self.link.send({"Action": "Getvar", "Channel": channel, "Variable": name})
        return str(answer.get("value", ""))


@asynccontextmanager
async def telephone_room(process: AsteriskProcess) -> AsyncIterator[TelephoneRoom]:
    room = TelephoneRoom(process)
    await room.media.start()
    room.link.start()
    try:
        await room.link.wait_connected(10)
        yield room
    finally:
        await room.link.close()
        await room.media.close()
