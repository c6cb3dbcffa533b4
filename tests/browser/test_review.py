"""Listening to kept calls in a real browser, with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site
from tests.support.heard_calls import heard_call

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_calls_are_heard_and_labelled_with_the_keyboard(site: Site) -> None:
    older = await heard_call(site.home, site.console.recordings, "human")
    site.home.clock.advance(1)  # calls of one instant have no order
    newer = await heard_call(site.home, site.console.recordings, "machine", words="deje su mensaje", seconds=9.0)
    page = await site.open("/review")
    await page.locator("h1").click()
    await expect(page.locator("[data-waiting='2']")).to_have_text("2 llamadas por etiquetar")
    assert "deje su mensaje" not in await page.inner_text("main")  # it would be heard
    audio = page.locator("audio")
    await expect(audio).to_have_js_property("duration", 9)
    await page.keyboard.press(" ")
    await expect(audio).to_have_js_property("paused", False)
    await page.keyboard.press("2")
    await expect(page.locator(f"[data-call='{newer}']")).to_contain_text("Contestador")
    await expect(page.locator(f"[data-call='{older}']")).to_have_class("current")
    await page.keyboard.press("1")
    await expect(page.locator("[data-waiting='0']")).to_be_visible()
    await expect(page.locator("[data-share=right]")).to_contain_text("2/2")
    await page.locator(f"[data-call='{newer}'] button").click()
    await expect(page.locator("[data-verdict=machine]")).to_contain_text("deje su mensaje")


async def test_a_key_typed_into_a_field_labels_nothing(site: Site) -> None:
    await heard_call(site.home, site.console.recordings, "human")
    page = await site.open("/review", language="en")
    await expect(page.locator("h1")).to_have_text("Detector review")
    await page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    await page.locator("textarea").press("1")
    await expect(page.locator("textarea")).to_have_value("1")
    await expect(page.locator("[data-waiting='1']")).to_have_text("1 call to label")
