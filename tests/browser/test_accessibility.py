"""axe-core on every page, in both languages, both themes and both widths."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.conftest import Site
from tests.browser.every_page import everywhere, furnish, settled

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRAVE = ("serious", "critical")
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


async def violations(page: Page) -> list[str]:
    found: dict[str, Any] = (await Axe().run(page, options=OPTIONS)).response
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("language", "width", "dark"), [("es", 1440, False), ("en", 390, True)])
async def test_no_page_keeps_anybody_out(site: Site, language: str, width: int, dark: bool) -> None:
    await furnish(site)
    found: dict[str, str] = {}  # what is in the frame is wrong on every page, and told once
    async for view, page in everywhere(site, language=language, width=width, dark=dark):
        found |= {wrong: view for wrong in await violations(page) if wrong not in found}
    assert found == {}


async def test_what_keeps_people_out_is_found(site: Site) -> None:
    page = await site.open("/account")
    await settled(page)
    await page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert any("label" in wrong for wrong in await violations(page))
