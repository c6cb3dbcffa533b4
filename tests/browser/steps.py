"""Steps that several browser tests take."""

from __future__ import annotations

from playwright.async_api import Page, expect

from dialer.domain.agent import AgentState
from tests.browser.conftest import Site


async def fill_sign_in(page: Page) -> None:
    await page.locator("[name=phone]").fill("1001")
    await page.locator("form button").click()


async def sign_in(site: Site, page: Page) -> None:
    """Ana sits down, her phone rings and she answers it."""
    await fill_sign_in(page)
    await expect(page.locator("h1")).to_have_text("Timbrando a su teléfono")
    await site.console.engine.move("ana", AgentState.PAUSED)
    await expect(page.locator("h1")).to_have_text("En pausa")
