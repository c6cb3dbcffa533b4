"""The agent's desk in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from dialer.domain.agent import AgentState
from tests.browser.conftest import Site
from tests.browser.steps import fill_sign_in, sign_in
from tests.support.console_queries import call_id, debtor_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL = call_id(5000)


async def test_an_agent_works_through_a_call(site: Site) -> None:
    engine = site.console.engine
    site.console.queries.cards[CALL] = debtor_card(CALL)
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    assert engine.commands[0]["dial_string"] == "PJSIP/1001"
    await page.get_by_role("button", name="Disponible").click()
    await expect(page.locator("h1")).to_have_text("Disponible")
    await expect(page.locator(".debtor")).to_have_count(0)

    await engine.move("ana", AgentState.RESERVED, CALL)
    await expect(page.locator("h1")).to_have_text("Entra una llamada")
    await expect(page.locator(".debtor")).to_have_count(0)
    await engine.move("ana", AgentState.TALKING, CALL)
    card = page.locator(".debtor")
    await expect(card).to_contain_text("María Fernanda Ospina")
    await expect(card).to_contain_text("1.594.750")
    await expect(card).to_contain_text("94")
    await expect(card).to_contain_text("Pide que la llamen después de quincena.")

    await page.reload()
    await expect(card).to_contain_text("María Fernanda Ospina")

    await page.get_by_label("Promesa de pago").check()
    await page.get_by_label("Notas").fill("Paga el viernes.")
    await page.get_by_role("button", name="Colgar").click()
    await expect(page.locator("h1")).to_have_text("Cierre de la llamada")
    await expect(page.get_by_role("timer")).to_contain_text(re.compile(r"0:[23]\d"))
    await expect(page.get_by_label("Notas")).to_have_value("Paga el viernes.")
    await page.get_by_role("button", name="Guardar y seguir").click()
    await expect(page.locator("h1")).to_have_text("Disponible")
    await expect(card).to_have_count(0)
    disposition = engine.commands[-1]
    assert (disposition["code"], disposition["notes"], disposition["call_id"]) == ("PTP", "Paga el viernes.", CALL)

    await page.get_by_role("button", name="Salir").click()
    await expect(page.locator("[name=phone]")).to_be_visible()


async def test_a_preview_is_accepted_or_skipped(site: Site) -> None:
    engine = site.console.engine
    site.console.queries.cards[CALL] = debtor_card(CALL)
    await engine.publish(mode="preview")
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    await engine.move("ana", AgentState.PREVIEW, CALL)
    await expect(page.locator(".debtor")).to_contain_text("María Fernanda Ospina")
    await page.get_by_role("button", name="Omitir").click()
    await expect(page.locator(".debtor")).to_have_count(0)
    await engine.move("ana", AgentState.PREVIEW, CALL)
    await page.get_by_role("button", name="Llamar").click()
    await expect(page.locator("h1")).to_have_text("Entra una llamada")
    await expect(page.locator(".debtor")).to_be_visible()
    assert [command["verb"] for command in engine.commands[1:]] == ["agent.preview_skip", "agent.preview_accept"]


async def test_a_script_in_a_debtors_name_is_only_a_name(site: Site) -> None:
    name = "<img src=x onerror=\"document.title='broken in'\"><script>document.title='broken in'</script>"
    site.console.queries.cards[CALL] = debtor_card(CALL, name=name)
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    await site.console.engine.move("ana", AgentState.TALKING, CALL)
    await expect(page.locator(".debtor-name")).to_have_text(name)
    assert await page.locator(".debtor img, .debtor script").count() == 0
    assert await page.title() == "● En llamada · Puesto · Cadencia"


async def test_an_agent_who_is_signed_in_elsewhere_can_go_on_here(site: Site) -> None:
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    site.console.engine.refuse["agent.sign_in"] = ("agent-already-signed-in", "")
    other = await site.open("/desk", login="ana")
    await fill_sign_in(other)
    dialog = other.get_by_role("dialog")
    await expect(dialog).to_contain_text("ana ya está conectado")
    await dialog.get_by_role("button", name="Soy yo, seguir aquí").click()
    await expect(other.locator("h1")).to_have_text("En pausa")
    await site.complained("status of 409")
