"""A station on a real Asterisk, the console in front of it, debtors at SIPp, and browsers whose microphones speak."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeout

from agent_console.app import create_app
from agent_console.ports_people import AccountIn
from agent_console.serve import server_config
from dialer.app import Station
from dialer.console.phones import ConsolePhones
from dialer.console.reads import ConsoleReads
from dialer.domain.campaign import Campaign, DialMode
from dialer.domain.ids import CallId
from dialer.domain.people import Role
from dialer.domain.verdict import AmdMode
from dialer.engine.messages import StartCampaign
from dialer.ports import BusMessage
from dialer.provision.process import AsteriskProcess
from dialer.settings import PhoneSettings
from dialer.store.importing.importer import import_leads
from ivr_flows.voice import Voice, speak, write_wav
from tests.browser.conftest import CHROMIUM, FLAGS, AnnouncedServer
from tests.support.console_app import SECRET
from tests.support.console_client import CHANGE
from tests.support.console_people import PASSWORD, MemoryChanges, MemoryPeople
from tests.support.sipp import Conduct, SippCarrier
from tests.support.station import settings_on, station_on
from tests.support.whole_console import console_of_tests

_LOAD_MS = 15_000
_UNREACHABLE = re.compile(r"net::ERR_|WebSocket connection to")
PATIENCE_S = 60.0  # only ever used up by a test that fails
OWED = 850_000  # pesos
SECOND_AGENT = AccountIn(login="bea", name="Bea Ríos", role=Role.AGENT, agent_id="bea")
MEDIA_FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass
class SoftphoneRoom:
    station: Station
    campaign: Campaign
    carrier: SippCarrier
    people: MemoryPeople
    changes: MemoryChanges
    browser: Browser
    server: AnnouncedServer
    address: str
    said: list[BusMessage] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, message: BusMessage) -> None:
        self.said.append(message)
        self._news.set()

    def named(self, what: str) -> list[dict[str, Any]]:
        return [message.payload for message in self.said if message.topic.endswith(f"/{what}")]

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def says(self, what: str, count: int) -> dict[str, Any]:
        """The ``count``-th message of that name; waited for."""
        await self.until(lambda: len(self.named(what)) >= count)
        return self.named(what)[count - 1]

    async def recording(self, call_id: str) -> np.ndarray[Any, Any]:
        """The finished recording in -1..1: the debtor's channel and the agent's."""
        async with asyncio.timeout(PATIENCE_S):
            while (path := await self.station.recordings.find(CallId(call_id))) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return await asyncio.to_thread(_stereo, path)

    async def outcome_of(self, call_id: str) -> str | None:
        """What the agent wrote of it, so far."""
        found = await ConsoleReads(self.station.database).attempt(call_id)
        assert found is not None
        return found.row.disposition

    @asynccontextmanager
    async def without_network(self, profile: BrowserContext) -> AsyncIterator[None]:
        """The profile reaches the console no more: every connection breaks, and none can be made. Its calls' media,
        which go straight to Asterisk, are left alone."""
        before = list(self.errors)
        await profile.set_offline(True)
        for connection in list(self.server.server_state.connections):
            connection.transport.abort()
        try:
            yield
        finally:
            await profile.set_offline(False)
            # A browser complains of every request that it could not make.
            self.errors[:] = before + [each for each in self.errors[len(before) :] if not _UNREACHABLE.search(each)]

    @asynccontextmanager
    async def profile(self, login: str, language: str = "es", width: int = 1440) -> AsyncIterator[BrowserContext]:
        """A browser profile signed in to the console as ``login``."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900}, timezone_id="America/Bogota", permissions=["microphone"]
        )
        try:
            answer = await context.request.post(
                f"{self.address}/api/v1/session", data={"login": login, "password": PASSWORD}, headers=CHANGE
            )
            assert answer.ok, await answer.text()
            yield context
        finally:
            await context.close()

    async def open(self, context: BrowserContext, path: str, language: str = "es") -> Page:
        page = await context.new_page()
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        address = f"{self.address}{path}?lang={language}"
        try:
            await page.goto(address, timeout=_LOAD_MS)
        except PlaywrightTimeout:  # seen once, where the page before it had died: a person would load it again
            await page.goto(address)
        return page


def _stereo(path: Path) -> np.ndarray[Any, Any]:
    with wave.open(str(path), "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64) / 32768
        return frames.reshape(-1, file.getnchannels())


@asynccontextmanager
async def softphone_room(
    asterisk: AsteriskProcess, folder: Path, conducts: list[Conduct], *, media_lost_s: int = 3
) -> AsyncIterator[SoftphoneRoom]:
    """Nothing is dialed until ``add_debtor``. A wrap-up is as long as the test likes."""
    settings = settings_on(asterisk, folder, max_lines=20)
    config = asterisk.config
    settings = settings.model_copy(
        update={
            "ivr": settings.ivr.model_copy(update={"port": 0}),
            "phones": PhoneSettings(
                socket_url=f"ws://{config.http_address}:{config.http_port}/ws",
                media_address=config.sip_address,
                media_lost_s=media_lost_s,
            ),
        }
    )
    async with AsyncExitStack() as stack:
        carrier = stack.enter_context(SippCarrier(config.trunks[0].port, conducts, folder))
        station = await stack.enter_async_context(station_on(settings))
        campaign = await station.campaigns.create(
            Campaign(
                id=0, name="voz", country="CO", mode=DialMode.PROGRESSIVE, amd=AmdMode.OFF, wrap_up_s=600.0, record=True
            ),
            station.clock.now(),
        )
        people = MemoryPeople.furnished(station.clock)
        people.add(SECOND_AGENT, PASSWORD)
        changes = MemoryChanges()
        line = station.pbx.phones
        assert line is not None
        phones = ConsolePhones(line.phones, line.socket_url, SECRET)
        await phones.start()
        context = console_of_tests(station, stack, people=people, changes=changes, phones=phones, recheck_s=1.0)
        app = create_app(context)
        listener = socket.create_server(("127.0.0.1", 0))
        server = AnnouncedServer(server_config(app, port=listener.getsockname()[1]))
        serving = asyncio.create_task(server._serve(sockets=[listener]), name="uvicorn")
        stack.push_async_callback(_ended, server, serving)
        async with asyncio.timeout(PATIENCE_S):
            await server.up.wait()
        browser = await stack.enter_async_context(speaking_browser(folder))
        room = SoftphoneRoom(
            station=station,
            campaign=campaign,
            carrier=carrier,
            people=people,
            changes=changes,
            browser=browser,
            server=server,
            address=f"http://127.0.0.1:{listener.getsockname()[1]}",
        )
        station.bus.subscribe("#", room.hear, name="test")
        await station.host_all()
        station.command(campaign.name, StartCampaign())
        yield room


async def add_debtor(room: SoftphoneRoom, number: str) -> None:
    """Somebody new with this number, who owes ``OWED``, is on the list from now on."""
    room.numbers.append(number)
    file = room.station.settings.data_dir / "leads.csv"
    who = len(room.numbers)
    file.write_text(f"referencia,nombre,telefono,saldo\nR{who},Persona {who},{number},{OWED}\n", encoding="utf-8")
    await import_leads(room.station.database, file, room.campaign, now=room.station.clock.now())


@asynccontextmanager
async def speaking_browser(folder: Path) -> AsyncIterator[Browser]:
    """Chromium, with a microphone into which somebody speaks without end."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "the browser tests need Chromium: apt-get install chromium"
    words = await asyncio.to_thread(_spoken, folder / "microphone.wav")
    flags = [*FLAGS, *MEDIA_FLAGS, f"--use-file-for-fake-audio-capture={words}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


def _spoken(path: Path) -> Path:
    write_wav(path, speak("Buenos días, le habla Ana, de la financiera. ¿Con quién tengo el gusto?", Voice("es-419")))
    return path


async def _ended(server: AnnouncedServer, serving: asyncio.Task[None]) -> None:
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await serving
