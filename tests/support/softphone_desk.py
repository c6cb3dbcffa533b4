"""Who sits at a desk with the browser as their telephone, and what is heard at both ends of a real call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.async_api import BrowserContext, Locator, Page, expect

from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId
from tests.support.console_client import CHANGE
from tests.support.ear import Ear
from tests.support.mu_law import Signal
from tests.support.softphone_room import PATIENCE_S, SoftphoneRoom, add_debtor

PATIENCE_MS = PATIENCE_S * 1000
AUDIBLE = 1e-4  #: of totalAudioEnergy, for one second: some -40 dB of full scale
LOUD = 3e-3  #: RMS of a recording's channel
HALF_A_SECOND = 4000  #: samples

#: What a browser has heard so far on a call, by its own account.
ENERGY = """async (call) => {
    const { phoneStats } = await import('/static/js/softphone.js');
    const stats = await phoneStats();
    const heard = stats.filter((one) => one.call === call && one.type === 'inbound-rtp' && one.kind === 'audio');
    return heard.reduce((sum, one) => sum + (one.totalAudioEnergy ?? 0), 0);
}"""

#: How many seconds of sound a browser has played on a call.
PLAYED_S = ENERGY.replace("totalAudioEnergy", "totalSamplesDuration")


class Desk:
    """An agent at their desk, with the browser as their telephone."""

    def __init__(self, room: SoftphoneRoom, login: str, profile: BrowserContext, page: Page) -> None:
        self.room = room
        self.login = login
        self.profile = profile
        self.page = page

    async def post(self, path: str) -> None:
        answer = await self.profile.request.post(f"{self.room.address}/api/v1/desk/{path}", headers=CHANGE)
        assert answer.ok, await answer.text()

    async def take_call(self, last_digit: str) -> str:
        """The next debtor is dialed and talks with them: the call's id."""
        bridged = len(self.room.named("call.bridged"))
        await self.post("ready")
        await add_debtor(self.room, f"+57310111{len(self.room.numbers):03d}{last_digit}")
        return str((await self.room.says("call.bridged", bridged + 1))["call_id"])

    async def end_call(self, call_id: str) -> None:
        closed = len(self.room.named("call.closed"))
        await self.post("hang-up")
        assert (await self.room.says("call.closed", closed + 1))["call_id"] == call_id

    def button(self, name: str, within: str = ".desk") -> Locator:
        return self.page.locator(within).get_by_role("button", name=name, exact=True)

    async def shows(self, state: str) -> None:
        """In the words of the page."""
        await expect(self.page.locator("h1")).to_have_text(state, timeout=PATIENCE_MS)

    async def is_told(self, words: str) -> None:
        """What the page says of the call in hand."""
        await expect(self.page.locator(".call-words")).to_have_text(words, timeout=PATIENCE_MS)

    def stands(self) -> tuple[AgentState, str | None]:
        """What the engine says of them: their state and their call."""
        seat = self.room.station.hosting.seat_of(AgentId(self.login))
        assert seat is not None
        return seat.state, seat.call_id

    async def hears(self, call: str = "leg") -> None:
        await hears(self.page, call)

    async def hears_nobody(self) -> None:
        """For half a second, at some time."""

        async def heard() -> float:
            before = await self.page.evaluate(ENERGY, "leg")
            await self.stays(0.5)
            return float(await self.page.evaluate(ENERGY, "leg") - before)

        await eventually(heard, lambda energy: energy < AUDIBLE / 2)

    async def stays(self, seconds: float) -> None:
        """On the line, until so much more has been played to them."""
        from_s = await self.page.evaluate(PLAYED_S, "leg")
        await eventually(lambda: self.page.evaluate(PLAYED_S, "leg"), lambda played: played > from_s + seconds)


async def hears(page: Page, call: str) -> None:
    """Something is heard on that call from now on."""
    before = await page.evaluate(ENERGY, call)
    await eventually(lambda: page.evaluate(ENERGY, call), lambda heard: heard < before or heard > before + AUDIBLE)


async def eventually(ask: Callable[[], Awaitable[Any]], right: Callable[[Any], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not right(await ask()):  # noqa: ASYNC110 - a page tells nothing by itself
            await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Debtor:
    """What one of them hears."""

    ear: Ear
    port: int

    async def hears_somebody(self) -> None:
        """From now on."""
        await self._until(lambda heard: float(np.sqrt(np.mean(heard**2))) > LOUD, since=self.so_far)

    async def hears_nobody(self) -> None:
        """For half a second, at some time."""
        await self._until(lambda heard: float(np.abs(heard).max()) < LOUD)

    async def _until(self, right: Callable[[Signal], bool], since: int = 0) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.so_far < since + HALF_A_SECOND or not right(self._last()):  # noqa: ASYNC110 - packets have no event
                await asyncio.sleep(0.05)

    def _last(self) -> Signal:
        return self.ear.heard_from(self.port)[-HALF_A_SECOND:]

    @property
    def so_far(self) -> int:
        return len(self.ear.heard_from(self.port))


@asynccontextmanager
async def at_the_desk(room: SoftphoneRoom, login: str = "ana", *, script: str = "") -> AsyncIterator[Desk]:
    """They are on a break."""
    async with room.profile(login) as profile:
        if script:
            await profile.add_init_script(script)
        page = await room.open(profile, "/desk")
        await expect(page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
        await page.get_by_role("button", name="Entrar").click()
        await expect(page.locator("[data-leg=up]")).to_be_visible(timeout=30_000)
        desk = Desk(room, login, profile, page)
        yield desk
        await desk.post("ready")  # a sign-out would wait for the end of a wrap-up
        await desk.post("sign-out")
        await room.until(lambda: room.station.hosting.seat_of(AgentId(login)) is None)
