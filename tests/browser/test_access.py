"""Signing in, the first administrator and the people of the house in a real browser, with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Site
from tests.support.console_app import SETUP_TOKEN
from tests.support.console_people import PASSWORD, MemoryPeople

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER = "otra frase larga de verdad"


async def typed(page: Page, *words: str) -> None:
    """Each into its field, the login first, with a tab between; then Enter."""
    await expect(page.locator("[name=login]")).to_be_focused()
    for index, word in enumerate(words):
        if index:
            await page.keyboard.press("Tab")
        await page.keyboard.type(word)
    await page.keyboard.press("Enter")


async def test_nobody_is_led_to_the_sign_in_and_back_to_where_they_wanted(site: Site) -> None:
    page = await site.open("/attempts", login="")
    await expect(page.locator("h1")).to_have_text("Entrar en Cadencia")
    await expect(page.locator("nav")).to_have_count(0)
    await expect(page.locator("[name=login]")).to_be_focused()
    await typed(page, "rosa", "no es esta")
    await expect(page.get_by_role("alert")).to_have_text("El usuario o la contraseña no son correctos.")
    await site.complained("status of 401")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Intentos")
    await expect(page.get_by_role("link", name="Rosa Díaz")).to_be_visible()
    await expect(page.get_by_role("link", name="Usuarios")).to_have_count(0)

    await page.get_by_role("button", name="Cerrar sesión").click()
    await expect(page.locator("h1")).to_have_text("Entrar en Cadencia")
    await page.goto(f"{site.address}/attempts")
    await expect(page).to_have_url(re.compile(r"/sign-in\?next="))


async def test_the_way_back_never_leads_to_another_site(site: Site) -> None:
    page = await site.open("/sign-in?next=//elsewhere.test/", login="")
    await typed(page, "rosa", PASSWORD)
    await expect(page).to_have_url(f"{site.address}/")


async def test_an_agent_sees_their_desk_and_no_other_page(site: Site) -> None:
    page = await site.open("/desk", login="ana")
    await expect(page.locator("[name=phone]")).to_be_visible()
    await expect(page.locator(".nav a")).to_have_count(1)
    await page.goto(f"{site.address}/attempts")
    await expect(page).to_have_url(f"{site.address}/desk")


async def test_an_auditor_sees_no_control(site: Site) -> None:
    page = await site.open("/", login="eva")
    await expect(page.locator("[data-line=ringing] dd")).to_have_text("5")
    await expect(page.get_by_role("button", name="Dejar terminar")).to_have_count(0)
    await page.goto(f"{site.address}/debtor?id=CC-10492")
    await expect(page.locator("[data-allowed=true]")).to_be_visible()
    await expect(page.get_by_role("form", name="Anotar algo más")).to_have_count(0)


async def test_an_administrator_makes_a_user_who_chooses_a_password_and_is_disabled(site: Site) -> None:
    page = await site.open("/users", language="en")
    form = page.get_by_role("form", name="Create user")
    await form.get_by_label("Login").focus()
    await page.keyboard.type("pedro")
    await form.get_by_label("Name").fill("Pedro <b>Paz</b>")
    await form.get_by_label("Role").select_option("supervisor")
    await form.get_by_label("Password").fill("para la primera vez")
    await page.keyboard.press("Enter")
    line = page.locator("[data-user=pedro]")
    await expect(line).to_contain_text("Pedro <b>Paz</b>")
    await expect(line).to_contain_text("Supervisor")
    await expect(line).to_contain_text("password to be chosen")

    his = await site.open("/sign-in", login="", language="es")
    await typed(his, "pedro", "para la primera vez")
    await expect(his.locator("main [role=status]")).to_contain_text("elija una propia")
    await expect(his.locator(".nav a")).to_have_count(0)
    await his.locator("[name=old]").fill("para la primera vez")
    await his.locator("[name=new]").fill(OTHER)
    await his.keyboard.press("Enter")
    await expect(his.locator("[data-line=ringing] dd")).to_have_text("5")

    await page.get_by_role("button", name="Change pedro").click()
    await page.get_by_role("button", name="Disable").click()
    await page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    await expect(line).to_contain_text("disabled")
    await his.goto(f"{site.address}/attempts")
    await expect(his.locator("h1")).to_have_text("Entrar en Cadencia")


async def test_the_first_administrator_is_made_at_the_address_that_was_printed(site: Site) -> None:
    people = MemoryPeople(site.console.clock)
    empty = await site.beside(people)
    page = await empty.open("/", login="")
    await expect(page.locator("main [role=status]")).to_contain_text("Abra la dirección completa")
    page = await empty.open(f"/setup#{SETUP_TOKEN}", login="")
    await page.locator("[name=login]").focus()
    await typed(page, "marta", "Marta Ruiz", PASSWORD)
    await expect(page.get_by_role("link", name="Marta Ruiz")).to_be_visible()
    await page.get_by_role("link", name="Sistema").click()
    await expect(page.get_by_role("link", name="Usuarios")).to_be_visible()
    assert SETUP_TOKEN not in page.url


@pytest.mark.parametrize("path", ["/sign-in", f"/setup#{SETUP_TOKEN}"])
async def test_the_doors_fit_a_phone_and_speak_both_languages(site: Site, path: str) -> None:
    page = await site.open(path, login="", width=390, height=844, dark=True)
    await expect(page.locator("form")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    spanish = await page.locator("h1").inner_text()
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.locator("h1")).not_to_have_text(spanish)
