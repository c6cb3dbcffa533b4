"""What holds for every page: both languages, narrow screens, both themes, and no access for nobody."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from dialer.domain.agent import AgentState
from tests.browser.conftest import Site
from tests.browser.steps import sign_in
from tests.support.console_queries import call_id, debtor_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = ("/", "/attempts", "/funnel", "/debtor?id=CC-20771", "/debtor", "/desk", "/review", "/users", "/account")
A_KEY = re.compile(
    r"\b(?:nav|live|action|figures|line|agents?|why|reason|rule|pack|stock|attempts|outcome|desk|card|disposition|mode|campaign|funnel|place|ruling|fact|facts|debtor|decision|breach|duty|kind|basis|silent|channel|review|label|users?|role|login|account|session)\.[a-z_]+\b"
)


async def settled(page: Page) -> None:
    await expect(page.locator("main h1, main h2").first).to_be_visible()
    await expect(page.locator(".loading")).to_have_count(0)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("path", PATHS)
async def test_every_page_speaks_one_language_and_shows_no_key(site: Site, path: str, language: str) -> None:
    page = await site.open(path, language=language)
    await settled(page)
    assert await page.locator("html").get_attribute("lang") == language
    text = await page.inner_text("body")
    assert A_KEY.findall(text) == []
    assert ("Piso" in text) is (language == "es")
    assert ("Floor" in text) is (language == "en")


async def test_the_language_is_switched_in_place_and_kept(site: Site) -> None:
    page = await site.open("/")
    await settled(page)
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.get_by_role("link", name="Calls")).to_be_visible()
    await page.get_by_role("link", name="Calls").click()
    await expect(page.locator("h1")).to_have_text("Attempts")
    await page.goto(f"{site.address}/desk")
    await expect(page.get_by_role("link", name="Desk")).to_be_visible()


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_is_wider_than_a_phone(site: Site, path: str) -> None:
    page = await site.open(path, width=390, height=844, dark=True)
    await settled(page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_a_call_fits_a_phone(site: Site) -> None:
    call = call_id(5000)
    site.console.queries.cards[call] = debtor_card(call)
    page = await site.open("/desk", login="ana", width=390, height=844)
    await sign_in(site, page)
    await site.console.engine.move("ana", AgentState.TALKING, call)
    await expect(page.locator(".debtor")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_the_first_tab_stop_leads_to_the_content(site: Site) -> None:
    page = await site.open("/")
    await settled(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_a_session_that_ends_is_said_so(site: Site) -> None:
    page = await site.open("/attempts")
    await settled(page)
    site.console.clock.advance(13 * 3600)
    await page.get_by_role("button", name="Actualizar").click()
    await expect(page.get_by_role("alert")).to_contain_text("Su sesión terminó")
    await site.complained("status of 401")
