"""The supervisor's floor in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from dialer.domain.agent import AgentState
from tests.browser.conftest import Site
from tests.support.console_compliance import spoken_with

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_floor_follows_the_engine_without_being_asked(site: Site) -> None:
    page = await site.open()
    ringing = page.locator("[data-line=ringing] dd")
    await expect(ringing).to_have_text("5")
    await expect(page.locator(".link")).to_have_text("En vivo")
    site.console.clock.advance(0.5)
    await site.console.engine.publish(lines={"ringing": 17}, calls_per_min=44)
    await expect(ringing).to_have_text("17")
    await expect(page.locator(".figure dd").first).to_have_text("44")
    await expect(page.locator(".chart canvas")).to_have_count(1)


async def test_agents_are_shown_with_the_time_in_their_state(site: Site) -> None:
    engine = site.console.engine
    engine.agents["ana"] = {"id": "ana", "name": "Ana <b>Lucía</b>", "state": "ready", "since": "", "call_id": None}
    await engine.move("ana", AgentState.READY)
    page = await site.open()
    row = page.locator("[data-agent=ana]")
    await expect(row).to_contain_text("Ana <b>Lucía</b>")
    await expect(row).to_contain_text("Disponible")
    await engine.move("ana", AgentState.TALKING)
    await expect(row).to_contain_text("Hablando")
    await expect(row.get_by_role("cell").nth(1)).to_have_text(re.compile(r"^0:0\d$"))
    engine.agents["ana"] |= {"wants": "paused", "reason": "lunch"}
    await engine.publish()
    await expect(row.get_by_role("cell").first).to_have_text("Hablando luego, pausa: Almuerzo")
    engine.agents["ana"] |= {"wants": None, "reason": "cita médica"}
    await engine.move("ana", AgentState.PAUSED)
    await expect(row.get_by_role("cell").first).to_have_text("En pausa cita médica")


async def test_abandonment_stands_against_its_limit(site: Site) -> None:
    page = await site.open(language="en")
    card = page.locator(".floor-abandonment")
    await expect(card).to_contain_text("1.9%")
    await expect(card).to_contain_text("Room for 2 more before the limit.")
    await expect(card).to_contain_text("Within the limit")
    site.console.clock.advance(0.5)
    today = {"attempts": 830, "people": 214, "bridged": 205, "abandoned": 9}
    await site.console.engine.publish(today=today, abandonment_rate=9 / 214)
    await expect(card).to_contain_text("Above the limit")
    await expect(card.get_by_role("meter")).to_have_attribute("aria-valuetext", "4.2% of 3.0% allowed")


async def test_the_floor_says_why_nobody_is_dialed(site: Site) -> None:
    engine = site.console.engine
    page = await site.open()
    verdict = page.locator("[data-why]")
    await expect(verdict).to_contain_text("no hay agentes conectados")
    engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "ready", "since": "", "call_id": None}
    await engine.move("ana", AgentState.READY)
    await expect(verdict).to_contain_text("Marcando con normalidad")
    site.console.clock.advance(0.5)
    decision = {"calls": 0, "reason": "idle-agents"}
    denied = {"co-ley-2300/window": 31, "house/gap-2h": 4, "engine/do-not-call": 2}
    await engine.publish(lines={}, last_decision=decision, denied=denied)
    await expect(verdict).to_contain_text("las reglas no dejan llamar")
    await expect(page.locator("[data-rule='co-ley-2300/window']")).to_contain_text("Fuera del horario legal")
    await expect(page.locator("[data-rule='co-ley-2300/window']")).to_contain_text("Colombia, Ley 2300")
    site.console.clock.advance(0.5)
    await engine.publish(link="down")
    await expect(verdict).to_contain_text("no hay conexión con Asterisk")
    await expect(page.get_by_role("alert")).to_contain_text("se reanuda sola")


async def test_controls_act_and_say_so(site: Site) -> None:
    engine = site.console.engine
    page = await site.open()
    await page.get_by_role("button", name="Pausar").click()
    await expect(page.locator("h1")).to_contain_text("En pausa")
    await expect(page.locator("main")).to_contain_text("No se marca: la campaña está en pausa.")
    await expect(page.get_by_role("button", name="Pausar")).to_be_disabled()
    await page.get_by_role("button", name="Reanudar").click()
    await expect(page.locator("h1")).to_contain_text("En marcha")
    await page.get_by_role("button", name="Dejar terminar").click()
    await expect(page.locator("h1")).to_contain_text("Terminando")
    await expect(page.locator(".toast").last).to_contain_text("No se harán llamadas nuevas; las que hay")
    await page.get_by_role("button", name="Detener").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("¿Detener cartera-bogota?")
    await dialog.get_by_role("button", name="Cancelar").click()
    await page.get_by_role("button", name="Detener").click()
    await dialog.get_by_role("button", name="Detener").click()
    await expect(page.locator("h1")).to_contain_text("Detenida")
    await page.get_by_role("button", name="Iniciar").click()
    await expect(page.locator("h1")).to_contain_text("En marcha")
    assert [command["verb"] for command in engine.commands] == [
        f"campaign.{verb}" for verb in ("pause", "start", "drain", "stop", "start")
    ]


async def test_mode_and_ratio_are_applied_together(site: Site) -> None:
    page = await site.open(language="en")
    await page.get_by_role("combobox", name="Mode").select_option("power")
    await page.get_by_label("Lines per agent").fill("2.4")
    site.console.clock.advance(0.5)
    await site.console.engine.publish(calls_per_min=12)  # a push in between must not undo what is being chosen
    await expect(page.get_by_label("Lines per agent")).to_have_value("2.4")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    (command,) = site.console.engine.commands
    assert (command["mode"], command["ratio"]) == ("power", 2.4)


async def test_predictive_dialing_is_held_to_a_target_that_may_change_while_it_runs(site: Site) -> None:
    engine = site.console.engine
    engine.state["target_abandonment"] = 0.03
    page = await site.open(language="en")
    await page.get_by_role("combobox", name="Mode").select_option("predictive")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    target = page.get_by_label("Abandonment allowed, %")
    await expect(target).to_have_value("3")
    await target.fill("1.5")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    first, second = engine.commands
    assert first["mode"] == "predictive"
    assert "target" not in first
    assert (second["mode"], second["target"]) == ("predictive", 0.015)


async def test_the_floor_shows_the_forecast_and_whether_forecasts_came_true(site: Site) -> None:
    engine = site.console.engine
    page = await site.open(language="en")
    forecast = {"horizon_s": 12.0, "people": 3.25, "agents_free": 4.1, "abandonment": 0.021}
    decision = {"calls": 2, "reason": "predicted", "forecast": forecast}
    engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "talking", "since": "", "wants": "paused"}
    await engine.move("ana", AgentState.TALKING)
    await engine.publish(mode="predictive", last_decision=decision)
    words = page.locator("[data-forecast]")
    await expect(words).to_contain_text("Forecast for the next 12 s: 3.3 people answer, 4.1 agents are free;")
    await expect(words).to_contain_text("2.1% risk that the next person finds nobody.")
    await expect(page.locator("[data-agent=ana]")).to_contain_text("then a break")
    await expect(page.locator("[data-forecasts]")).to_contain_text("came true: 2.8% expected, 3.0% of 900 people")


async def test_the_floor_shows_waiting_people_occupancy_and_the_last_hours_answers(site: Site) -> None:
    engine = site.console.engine
    await spoken_with(site.home, site.home.ana, site.console.clock.now())
    page = await site.open(language="en")
    waiting = page.locator("[data-figure=waiting]")
    await expect(waiting.locator("dd").first).to_have_text("0")
    engine.agents["ana"] = {"id": "ana", "name": "Ana", "state": "talking", "since": "", "call_id": None}
    engine.agents["eva"] = {"id": "eva", "name": "Eva", "state": "ready", "since": "", "call_id": None}
    await engine.move("ana", AgentState.TALKING)
    await engine.move("eva", AgentState.READY)
    site.console.clock.advance(6)
    await engine.publish(lines={"waiting": 3, "self_service": 2})
    await expect(waiting.locator("dd").first).to_have_text("3")
    await expect(page.locator("[data-figure=occupancy] dd").first).to_have_text("50%")
    await expect(page.locator("[data-figure=answer_rate] dd").first).to_have_text("100%")
    await expect(page.locator("[data-line=self_service] dd")).to_have_text("2")


async def test_the_last_hour_is_drawn_in_three_ways(site: Site) -> None:
    page = await site.open()
    for tab, words in (("Agentes", "Agentes ocupados"), ("Abandono", "Permitido"), ("Ritmo", "Personas por minuto")):
        await page.locator(".chart-tabs").get_by_role("button", name=tab).click()
        await expect(page.locator(".floor-chart .legend")).to_contain_text(words)
        await expect(page.locator(".chart canvas")).to_have_count(1)


async def test_what_would_have_been_is_said_in_words(site: Site) -> None:
    page = await site.open(language="en")
    form = page.get_by_role("form", name="What if…?")
    await form.get_by_role("spinbutton").fill("2")
    await form.get_by_label("Paced by").select_option("predictive")
    await form.get_by_role("button", name="Simulate").click()
    await expect(page.locator("[data-whatif]")).to_contain_text(
        "At 2.0% allowed in mode Predictive you would have had 2.0% abandonment"
    )
    (asked,) = site.console.app.state.rooms.context.pacing.asked
    assert (asked["target"], asked["pacer"]) == (0.02, "predictive")


async def test_a_refused_command_is_explained_in_the_language_of_the_page(site: Site) -> None:
    site.console.engine.refuse["campaign.drain"] = ("link-down", "")
    page = await site.open()
    await page.get_by_role("button", name="Dejar terminar").click()
    await expect(page.locator(".toast-bad")).to_have_text("No hay conexión con Asterisk. Espere a que vuelva.")
    await site.complained("status of 409")


async def test_the_page_comes_back_by_itself_after_the_server_was_away(site: Site) -> None:
    page = await site.open()
    await expect(page.locator(".link")).to_have_text("En vivo")
    await site.stop()
    await expect(page.locator(".link")).to_have_text("Sin conexión")
    await site.start()
    site.console.clock.advance(1)
    await site.console.engine.publish(lines={"ringing": 9})
    await expect(page.locator(".link")).to_have_text("En vivo", timeout=15000)
    await expect(page.locator("[data-line=ringing] dd")).to_have_text("9")
    site.forgive("ERR_CONNECTION_REFUSED")
