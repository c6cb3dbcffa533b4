"""The browser's own telephone, on a real Asterisk: it hears, is heard, and comes back after whatever happens to it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import expect

from dialer.domain.agent import AgentState
from dialer.domain.promise import Instalment, PromiseChannel
from dialer.provision.process import AsteriskProcess
from dialer.store.promises import Promises
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.ear import Ear, listening
from tests.support.mu_law import encoded
from tests.support.sipp import Conduct, tone
from tests.support.softphone_desk import LOUD, PATIENCE_MS, Debtor, at_the_desk, eventually, hears
from tests.support.softphone_room import SECOND_AGENT, SoftphoneRoom, softphone_room

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEAKS, HEARS, TALKS = "1", "2", "3"  #: the last digit of a debtor's number
OUTAGE_S = 30.0
PROMISED_ON = date(2026, 11, 27)  # the Friday after the station's day

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
async def mouth() -> AsyncIterator[Ear]:
    """Of debtors who are heard without end, and hear."""
    async with listening(encoded(0.3 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000))) as mouth:
        yield mouth


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(
    asterisk: AsteriskProcess,  # noqa: F811
    ear: Ear,
    mouth: Ear,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SoftphoneRoom]:
    folder = tmp_path_factory.mktemp("softphone")
    conducts = [
        Conduct(digits=SPEAKS, talk_ms=600_000, audio=tone(folder / "debtor.ulaw")),
        Conduct(digits=HEARS, talk_ms=600_000, ear=ear.port),
        Conduct(digits=TALKS, talk_ms=600_000, ear=mouth.port),
    ]
    async with softphone_room(asterisk, folder, conducts) as room:
        yield room
    assert room.errors == []


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
        assert desk.stands() == (AgentState.TALKING, call_id)
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


async def test_an_agent_asks_another_one_and_hands_the_debtor_over(room: SoftphoneRoom, mouth: Ear) -> None:
    async with at_the_desk(room) as ana, at_the_desk(room, SECOND_AGENT.login) as bea:
        call_id = await ana.take_call(TALKS)
        person = f"Persona {len(room.numbers)}"
        debtor = Debtor(mouth, room.carrier.media_ports[room.numbers[-1].lstrip("+")])
        await ana.hears()
        await bea.button("Disponible").click()
        await bea.shows("Disponible")
        await ana.button("Transferir o consultar").click()
        await ana.button("Consultar con Bea Ríos").click()
        await bea.is_told(f"Ana Lucía Vélez le consulta; {person} está en espera y no los oye.")
        await bea.hears()  # her colleague
        await ana.button("Silenciar", within=".call-bar").click()
        await bea.hears_nobody()  # and whoever she hears from now on is the debtor

        await ana.button("Pasar la llamada").click()
        await bea.is_told(f"En conversación con {person}.")
        await bea.hears()
        await debtor.hears_somebody()
        await expect(bea.page.locator(".debtor-name")).to_have_text(person, timeout=PATIENCE_MS)
        assert bea.stands() == (AgentState.TALKING, call_id)

        await ana.shows("Disponible")
        await ana.hears_nobody()
        await expect(ana.page.locator(".debtor")).to_have_count(0, timeout=PATIENCE_MS)
        await expect(ana.button("Silenciar", within=".softphone")).to_be_visible(
            timeout=PATIENCE_MS
        )  # the next one hears

        closed = len(room.named("call.closed"))
        await bea.button("Colgar").click()
        over = await room.says("call.closed", closed + 1)
        assert (over["call_id"], over["agent_id"]) == (call_id, SECOND_AGENT.agent_id)
        await bea.shows("Cierre de la llamada")
        assert ana.stands() == (AgentState.READY, None), "who wrote nothing of it has nothing to write"


async def test_a_promise_given_on_a_call_is_kept_once_and_the_agent_goes_on(room: SoftphoneRoom) -> None:
    async with at_the_desk(room) as desk:
        call_id = await desk.take_call(SPEAKS)
        await desk.hears()
        await desk.page.get_by_label("Promesa de pago", exact=True).check()
        await desk.page.locator("[name=p_amount]").fill("300.000")
        await desk.page.locator("[name=p_date]").fill(PROMISED_ON.isoformat())
        await desk.button("Guardar y seguir").click()
        read_back = desk.page.get_by_role("dialog")
        await expect(read_back.locator("li")).to_have_text(
            re.compile(r"^\$\s300\.000\s*viernes, 27 de noviembre"), timeout=PATIENCE_MS
        )
        promises = Promises(room.station.database, room.station.clock)
        assert await promises.of_campaign(room.campaign.id) == []
        await read_back.get_by_role("button", name="Confirmado, guardar").dblclick()
        saved = desk.page.locator(".saved")
        await expect(saved).to_contain_text("Referencia de la promesa", timeout=PATIENCE_MS)
        await desk.hears()  # the debtor is still there

        await desk.button("Colgar").click()
        await desk.shows("Cierre de la llamada")
        await desk.button("Disponible").click()
        await desk.shows("Disponible")
        assert desk.stands() == (AgentState.READY, None)
        (made,) = await promises.of_campaign(room.campaign.id)
        await expect(saved).to_contain_text(made.reference)
        assert made.instalments == (Instalment(due_on=PROMISED_ON, amount_minor=300_000_00),)
        assert (made.channel, made.captured_by, made.call_id) == (PromiseChannel.AGENT, "ana", call_id)
        await eventually(lambda: room.outcome_of(call_id), lambda written: written == "PTP")


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
        assert desk.stands() == (AgentState.TALKING, call_id)
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
