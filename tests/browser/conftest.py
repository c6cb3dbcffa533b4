"""A real Chromium in front of a real server, over doubles of the engine and the store."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from agent_console.serve import server_config
from dialer.console.review import ConsoleReviews
from dialer.domain.outcome import Outcome
from dialer.domain.verdict import AmdCategory
from dialer.store.database import Database
from tests.support.console_app import ConsoleUnderTest, make_console
from tests.support.console_client import CHANGE
from tests.support.console_compliance import House, house
from tests.support.console_desk import MemoryPromises
from tests.support.console_pacing import ReplayedDay
from tests.support.console_people import PASSWORD, MemoryPeople
from tests.support.console_queries import attempt

CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_TIMEOUT_S = 20.0
PATIENCE_MS = 20_000  # only ever used up by a test that fails

expect.set_options(timeout=PATIENCE_MS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "the browser tests need Chromium: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


class AnnouncedServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@dataclass
class Site:
    """The console being served. ``errors`` is everything a browser complained of that is not forgiven: a test does what
    it complains of on purpose, and the browser writes it down when it comes to it."""

    console: ConsoleUnderTest
    browser: Browser
    home: House
    port: int = 0
    errors: list[str] = field(default_factory=list)
    forgiven: set[str] = field(default_factory=set)
    _beside: list[Site] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    _server: AnnouncedServer | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = AnnouncedServer(server_config(self.console.app, port=self.port))
        # Not serve(), which would take over the signals of the test run.
        self._task = asyncio.create_task(self._server._serve(sockets=[listener]), name="uvicorn")
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._server.up.wait()

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._server = self._task = None

    async def open(
        self,
        path: str = "/",
        *,
        login: str = "luis",
        language: str = "es",
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
    ) -> Page:
        """A fresh browser profile, signed in as ``login`` (nobody, where that is empty), on ``path``."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            timezone_id="America/Bogota",
        )
        self._contexts.append(context)
        page = await context.new_page()
        page.on("console", lambda message: message.type == "error" and self._complaint(message.text))
        page.on("pageerror", lambda error: self._complaint(str(error)))
        if login:
            answer = await context.request.post(
                f"{self.address}/api/v1/session", data={"login": login, "password": PASSWORD}, headers=CHANGE
            )
            assert answer.ok, await answer.text()
        rest, _, anchor = path.partition("#")
        joint = "&" if "?" in rest else "?"
        await page.goto(f"{self.address}{rest}{joint}lang={language}{'#' + anchor if anchor else ''}")
        return page

    def _complaint(self, text: str) -> None:
        if not any(words in text for words in self.forgiven):
            self.errors.append(text)

    def forgive(self, *words: str) -> None:
        """What has any of these words in it, whether it was written already or comes late."""
        self.forgiven |= set(words)
        self.errors[:] = [text for text in self.errors if not any(each in text for each in words)]

    async def complained(self, *words: str) -> None:
        """Wait until there is a complaint with each of these words, and forgive them."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not all(any(each in text for text in self.errors) for each in words):  # noqa: ASYNC110 - it is a list
                await asyncio.sleep(0.02)
        self.forgive(*words)

    async def beside(self, people: MemoryPeople) -> Site:
        """Another console with other people; it is closed with this one."""
        rooms = {name: self.home.floor[name] for name in ("campaigns", "health")}
        console = make_console(self.console.recordings, command_timeout_s=2.0, people=people, **rooms)
        other = Site(console, self.browser, self.home, errors=self.errors, forgiven=self.forgiven)
        self._beside.append(other)
        await other.start()
        return other

    async def close(self) -> None:
        for other in self._beside:
            await other.close()
        for context in self._contexts:
            await context.close()
        await self.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "template.sqlite"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.migrate()
    await database.close()
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def site(chromium: Browser, migrated_house: Path, tmp_path: Path) -> AsyncIterator[Site]:
    """Fails the test for anything in the browser's console that it did not take out of ``errors``."""
    copied = tmp_path / "house.sqlite"
    shutil.copy(migrated_house, copied)
    async with house(tmp_path, url=f"sqlite+aiosqlite:///{copied}") as home:
        console = make_console(
            tmp_path,
            attempt_count=120,
            command_timeout_s=2.0,
            compliance=home.rooms,
            **home.floor,
            pacing=ReplayedDay(),
            promises=MemoryPromises(),  # type: ignore[arg-type]  # the pages ask for no more of it
            reviews=ConsoleReviews(home.database, home.beside, home.clock, library=tmp_path),
            people=home.people,
            changes=home.changes,
            clock=home.clock,
        )
        # The conversation that the house remembers is the newest of the log.
        talked = attempt(0, Outcome.CONVERSATION, AmdCategory.HUMAN, identity=home.call)
        console.queries.log[0] = talked
        console.queries.debtors[home.call] = home.spoken
        site = Site(console, chromium, home)
        await site.start()
        await console.engine.publish()
        try:
            yield site
        finally:
            await site.close()
    assert site.errors == []
