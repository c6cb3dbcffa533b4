"""The browser's own telephone, on a real Asterisk: it hears, is heard, and comes back after whatever happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from dialer.domain.agent import AgentState
from dialer.domain.ids import AgentId
from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.console_client import CHANGE
from tests.support.ear import Ear, listening
from tests.support.mu_law import Signal, encoded
from tests.support.sipp import Conduct, tone
from tests.support.softphone_room import PATIENCE_S, SoftphoneRoom, add_debtor, softphone_room

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKS, HEARS = "1", "2"  #: the last digit of a debtor's number
AUDIBLE = 1e-4  #: of totalAudioEnergy, for one second: some -40 dB of full scale
LOUD = 3e-3  #: RMS of a recording's channel
HALF_A_SECOND = 4000  #: samples
OUTAGE_S = 30.0

#: What a browser has heard so far on a call, by its own account.
ENERGY = """async (call) => {
    const { phoneStats } = await import('/static/js/softphone.js');
    const stats = await phoneStats();
    const heard = stats.filter((one) => one.call === call && one.type === 'inbound-rtp' && one.kind === 'audio');
    return heard.reduce((sum, one) => sum + (one.totalAudioEnergy ?? 0), 0);
}"""

#: How many seconds of sound a browser has played on a call.
PLAYED_S = ENERGY.replace("totalAudioEnergy", "totalSamplesDuration")

#: As in a tab that has been hidden for minutes: timers are held back, one a minute at most.
SLOW_TIMERS = """(() => {
    const [later, often] = [window.setTimeout, window.setInterval];
    const slow = (ms) => (window.hiddenForMinutes ? Math.max(60000, ms ?? 0) : ms);
    window.setTimeout = (act, ms, ...rest) => later.call(window, act, slow(ms), ...rest);
    window.setInterval = (act, ms, ...rest) => often.call(window, act, slow(ms), ...rest);
})()"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ear() -> AsyncIterator[Ear]:
    """Of debtors who say nothing, but send it: without a packet of theirs Asterisk writes none to the agent, and could
    whisper into none."""
    async with listening(encoded(np.zeros(8000))) as ear:
        yield ear


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(
    asterisk: AsteriskProcess,  # noqa: F811
    ear: Ear,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SoftphoneRoom]:
    folder = tmp_path_factory.mktemp("softphone")
    conducts = [
        Conduct(digits=SPEAKS, talk_ms=600_000, audio=tone(folder / "debtor.ulaw")),
        Conduct(digits=HEARS, talk_ms=600_000, ear=ear.port),
    ]
    async with softphone_room(asterisk, folder, conducts) as room:
        yield room
    assert room.errors == []


class Desk:
    """Ana at her desk, with the browser as her telephone."""

    def __init__(self, room: SoftphoneRoom, profile: BrowserContext, page: Page) -> None:
        self.room = room
        self.profile = profile
        self.page = page

    async def post(self, path: str) -> None:
        answer = await self.profile.request.post(f"{self.room.address}/api/v1/desk/{path}", headers=CHANGE)
        assert answer.ok, await answer.text()

    async def take_call(self, last_digit: str) -> str:
        """The next debtor is dialed and talks with her: the call's id."""
        bridged = len(self.room.named("call.bridged"))
        await self.post("ready")
        await add_debtor(self.room, f"+57310111{len(self.room.numbers):03d}{last_digit}")
        return str((await self.room.says("call.bridged", bridged + 1))["call_id"])

    async def end_call(self, call_id: str) -> None:
        closed = len(self.room.named("call.closed"))
        await self.post("hang-up")
        assert (await self.room.says("call.closed", closed + 1))["call_id"] == call_id

    async def hears(self, call: str = "leg") -> None:
        await hears(self.page, call)

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

    def last(self, samples: int = HALF_A_SECOND) -> Signal:
        return self.ear.heard_from(self.port)[-samples:]

    async def hears_somebody(self) -> None:
        await self._until(lambda heard: float(np.sqrt(np.mean(heard**2))) > LOUD)

    async def hears_nobody(self) -> None:
        """For half a second, at some time."""
        await self._until(lambda heard: float(np.abs(heard).max()) < LOUD)

    async def _until(self, right: Callable[[Signal], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.so_far < HALF_A_SECOND or not right(self.last()):  # noqa: ASYNC110 - packets have no event
                await asyncio.sleep(0.05)

    @property
    def so_far(self) -> int:
        return len(self.ear.heard_from(self.port))


@asynccontextmanager
async def at_the_desk(room: SoftphoneRoom, *, script: str = "") -> AsyncIterator[Desk]:
    async with room.profile("ana") as profile:
        if script:
            await profile.add_init_script(script)
        page = await room.open(profile, "/desk")
        await expect(page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
        await page.get_by_role("button", name="Entrar").click()
        await expect(page.locator("[data-leg=up]")).to_be_visible(timeout=30_000)
        desk = Desk(room, profile, page)
        yield desk
        await desk.post("ready")  # a sign-out would wait for the end of a wrap-up
        await desk.post("sign-out")
        await room.until(lambda: room.station.hosting.seat_of(AgentId("ana")) is None)


async def test_an_agent_takes_three_calls_hears_and_is_heard(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        calls = []
        for _ in range(3):
            calls.append(await desk.take_call(SPEAKS))
            await desk.hears()
            await desk.stays(1.5)  # whoever speaks makes pauses
            await desk.end_call(calls[-1])
        for call_id in calls:
            debtor, agent = np.sqrt(np.mean(await room.recording(call_id) ** 2, axis=0))
            assert debtor > LOUD, "the recording has the debtor"
            assert agent > LOUD, "the debtor was spoken to"
    assert room.named("agent.phone_lost") == []


async def test_a_hidden_tab_takes_a_call_and_outlives_its_line(room: SoftphoneRoom) -> None:
    async with at_the_desk(room, script=SLOW_TIMERS) as desk:
        await desk.page.evaluate("window.hiddenForMinutes = true")
        call_id = await desk.take_call(SPEAKS)
        await desk.hears()
        await desk.page.evaluate("dispatchEvent(new Event('offline'))")  # the line goes, and with it every socket
        await expect(desk.page.locator("[data-phone=lost]")).to_be_visible()
        await expect(desk.page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
        await desk.hears()
        await desk.end_call(call_id)


async def test_a_reload_in_mid_call_gives_the_call_back(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        call_id = await desk.take_call(SPEAKS)
        await desk.hears()
        back = len(room.named("agent.phone_back"))
        await desk.page.reload()
        await room.says("agent.phone_back", back + 1)
        await expect(desk.page.locator("[data-leg=up]")).to_be_visible(timeout=30_000)
        await desk.hears()
        seat = room.station.hosting.seat_of(AgentId("ana"))
        assert seat is not None
        assert (seat.state, seat.call_id) == (AgentState.TALKING, call_id)
        await desk.end_call(call_id)


async def test_a_browser_that_dies_in_mid_call_keeps_the_person_until_it_is_back(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        call_id = await desk.take_call(SPEAKS)
        await desk.hears()
        lost, back = len(room.named("agent.phone_lost")), len(room.named("agent.phone_back"))
        killed = await desk.profile.new_cdp_session(desk.page)
        desk.page.on("crash", lambda _page: None)
        crash = asyncio.create_task(killed.send("Page.crash"), name="the browser dies")  # it never answers
        await room.says("agent.phone_lost", lost + 1)  # no goodbye came: Asterisk found that nothing is heard any more
        crash.cancel()
        await asyncio.gather(crash, return_exceptions=True)
        desk.page = await room.open(desk.profile, "/desk")
        await room.says("agent.phone_back", back + 1)
        await expect(desk.page.locator("[data-leg=up]")).to_be_visible(timeout=30_000)
        await desk.hears()
        await desk.end_call(call_id)


async def test_a_second_tab_takes_the_phone_only_when_asked(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        second = await room.open(desk.profile, "/desk")
        await expect(second.locator("[data-phone=elsewhere]")).to_be_visible(timeout=30_000)
        await expect(desk.page.locator("[data-leg=up]")).to_be_visible()
        await second.get_by_role("button", name="Traerlo aquí").click()
        await expect(second.locator("[data-leg=up]")).to_be_visible(timeout=30_000)
        await expect(desk.page.locator("[data-phone=elsewhere]")).to_be_visible()


async def test_half_a_minute_without_network_loses_nothing(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        call_id = await desk.take_call(SPEAKS)
        await desk.hears()
        lost = len(room.named("agent.phone_lost"))
        async with room.without_network(desk.profile):
            await expect(desk.page.locator("[data-phone=lost]")).to_be_visible(timeout=30_000)
            await expect(desk.page.locator(".offline")).to_be_visible(timeout=30_000)
            await desk.stays(OUTAGE_S)
            await desk.hears()
        await expect(desk.page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
        await expect(desk.page.locator(".offline")).to_have_count(0, timeout=30_000)
        await desk.hears()
        assert len(room.named("agent.phone_lost")) == lost, "the call went on"
        seat = room.station.hosting.seat_of(AgentId("ana"))
        assert seat is not None
        assert (seat.state, seat.call_id) == (AgentState.TALKING, call_id)
        closed = len(room.named("call.closed"))
        await desk.page.get_by_role("button", name="Colgar").click()
        assert (await room.says("call.closed", closed + 1))["call_id"] == call_id


async def test_an_agent_hears_themselves_before_they_sit_down(room: SoftphoneRoom) -> None:
    async with room.profile("ana") as profile:
        page = await room.open(profile, "/desk")
        await expect(page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
        await page.get_by_role("button", name="Prueba de eco").click()
        await hears(page, "echo")
        await page.get_by_role("button", name="Terminar la prueba").click()
        await expect(page.get_by_role("button", name="Prueba de eco")).to_be_visible()


async def test_a_supervisor_listens_whispers_and_joins_in(room: SoftphoneRoom, ear: Ear) -> None:
    async with at_the_desk(room) as desk, room.profile("rosa") as profile:
        call_id = await desk.take_call(HEARS)
        debtor = Debtor(ear, room.carrier.media_ports[room.numbers[-1].lstrip("+")])
        await debtor.hears_somebody()
        floor = await room.open(profile, "/")
        await floor.get_by_role("button", name="Acompañar a Ana Lucía Vélez").click()
        await expect(floor.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)

        await floor.get_by_role("button", name="Escuchar").click()
        await expect(floor.locator("[data-ear-phone=up]")).to_be_visible(timeout=30_000)
        await hears(floor, "ear")  # the agent, who speaks
        heard = await room.says("supervision.heard", 1)
        assert (heard["call_id"], heard["by"], heard["mode"]) == (call_id, "rosa", "listen")

        await desk.page.get_by_role("button", name="Silenciar").first.click()
        await debtor.hears_nobody()  # from here on the supervisor alone speaks
        quiet_from = debtor.so_far
        await floor.get_by_role("button", name="Susurrar").click()
        await desk.hears()
        await desk.stays(1.5)
        assert room.named("supervision.heard")[-1]["mode"] == "whisper"
        whispered = ear.heard_from(debtor.port)[quiet_from:]
        assert np.abs(whispered).max() < LOUD, "the person hears nothing of a whisper"

        await floor.get_by_role("button", name="Entrar", exact=True).click()
        await debtor.hears_somebody()
        await desk.hears()
        assert room.named("supervision.heard")[-1]["mode"] == "barge"
        await floor.get_by_role("button", name="Dejar de oír").click()
        await room.says("supervision.ended", 1)
        await debtor.hears_nobody()
        await desk.end_call(call_id)
