"""The television's page and the installation's own pages, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from dialer.domain.agent import AgentState
from tests.browser.conftest import Site
from tests.support.console_queries import campaign

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_wallboard_shows_huge_figures_and_nothing_of_anybody(site: Site) -> None:
    engine = site.console.engine
    engine.agents["ana"] = {"id": "ana", "name": "Ana Lucía", "state": "talking", "since": "", "call_id": None}
    await engine.move("ana", AgentState.TALKING)
    page = await site.open("/wallboard", width=1920, height=1080)
    talking = page.locator("[data-board=talking] dd")
    await expect(talking).to_contain_text("1")
    await expect(page.locator("[data-board=abandonment]")).to_contain_text("1,9")
    for selector, least in ((".board dt", 0.044), (".board dd", 0.14), (".board footer", 0.044)):
        size = await page.locator(selector).first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert size >= least * 1080, selector
    words = await page.locator("body").inner_text()
    assert "Ana" not in words
    assert await page.get_by_role("button").count() == 0
    assert await page.get_by_role("link").count() == 0
    assert await page.evaluate("document.documentElement.scrollHeight") == 1080


async def test_the_wallboard_turns_from_campaign_to_campaign(site: Site) -> None:
    site.console.queries.known.append(campaign("cartera-cali"))
    page = await site.open("/account")
    await page.clock.install()
    await page.goto(f"{site.address}/wallboard")
    heading = page.locator(".board header span").first
    await site.console.engine.publish(state="stopped")
    await expect(page.locator(".board footer li")).to_have_count(2, timeout=15000)
    first = await heading.inner_text()
    await page.clock.run_for(12000)
    await expect(heading).not_to_have_text(first)


async def test_the_wallboard_says_that_the_line_is_lost_and_comes_back(site: Site) -> None:
    page = await site.open("/wallboard")
    await expect(page.locator(".board dd").first).to_be_visible()
    await site.stop()
    await expect(page.locator(".board footer [role=status]")).to_contain_text("Sin conexión desde", timeout=20000)
    await site.start()
    await site.console.engine.publish(calls_per_min=77)
    await expect(page.locator("[data-board=calls_per_min] dd")).to_have_text("77", timeout=20000)
    await expect(page.locator(".board-stale")).to_have_count(0)
    site.forgive("ERR_CONNECTION_REFUSED")


async def test_a_television_without_access_says_what_to_do(site: Site) -> None:
    page = await site.open("/wallboard", login="")
    await expect(page.locator(".board-words")).to_contain_text("no tiene permiso")
    await site.complained("status of 401")


async def test_the_doctors_findings_are_shown_with_what_to_do(site: Site) -> None:
    page = await site.open("/health", language="en")
    await page.get_by_role("button", name="Examine").click()
    await expect(page.locator("[data-check=disk-space]")).to_contain_text("Make room in the data folder.")
    await expect(page.locator("[data-engine=cartera-bogota]")).to_contain_text("connected to Asterisk")


async def test_trunks_are_shown_with_how_to_change_them(site: Site) -> None:
    page = await site.open("/trunks", login="rosa")
    await expect(page.locator("[data-trunk=default]")).to_contain_text("normal")
    await expect(page.locator("[data-trunk=default]")).to_contain_text("14 / 30")
    await expect(page.locator("[data-registration=carrier]")).to_contain_text("Registered")
    await expect(page.locator(".record")).to_contain_text("CADENCIA_TRUNKS=")


@pytest.mark.parametrize("path", ["/health", "/trunks", "/wallboard"])
async def test_the_pages_fit_a_phone(site: Site, path: str) -> None:
    page = await site.open(path, width=390, height=844, dark=True)
    await expect(page.locator("main")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_pages_in_groups_are_reached_with_the_keyboard(site: Site) -> None:
    page = await site.open("/health")
    groups = page.get_by_role("navigation", name="Páginas").get_by_role("link")
    await expect(groups).to_have_text(["Piso", "Campañas", "Llamadas", "Pagos", "Cumplimiento", "Puesto", "Sistema"])
    below = page.get_by_role("navigation", name="Sistema").get_by_role("link")
    await expect(below).to_have_text(["Salud", "Troncales", "Usuarios"])
    await below.nth(1).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Troncales")
    auditor = await site.open("/", login="eva")
    names = auditor.get_by_role("navigation", name="Páginas").get_by_role("link")
    await expect(names.first).to_have_text("Piso")
    await expect(names.filter(has_text="Puesto")).to_have_count(0)
