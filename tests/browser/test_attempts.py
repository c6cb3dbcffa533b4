"""The log of attempts in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from dialer.domain.outcome import Outcome
from tests.browser.conftest import Site
from tests.support.console_app import write_recording

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_log_is_filtered_and_turned_page_by_page(site: Site) -> None:
    log = site.console.queries.log
    page = await site.open("/attempts")
    rows = page.locator("tr[data-call]")
    await expect(rows).to_have_count(50)
    await page.get_by_role("button", name="Ver más").click()
    await expect(rows).to_have_count(100)
    machines = sum(detail.row.outcome is Outcome.MACHINE for detail in log)
    await page.locator("[name=outcome]").select_option("machine")
    await expect(rows).to_have_count(machines)
    wanted = next(detail for detail in log if detail.row.outcome is Outcome.MACHINE)
    await page.locator("[name=number]").fill(wanted.number[-7:])
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(f"+57 ··· {wanted.number[-2:]}")
    assert wanted.number not in await page.content()
    await page.get_by_role("button", name="Quitar filtros").click()
    await expect(rows).to_have_count(50)


async def test_an_attempt_shows_its_timeline_and_plays_its_recording(site: Site) -> None:
    talked = next(detail for detail in site.console.queries.log if detail.row.recorded)
    write_recording(site.console.recordings / f"{talked.row.call_id}.wav")
    page = await site.open("/attempts", language="en")
    await page.locator(f"tr[data-call='{talked.row.call_id}']").click()
    detail = page.get_by_role("complementary", name="Attempt in detail")
    await expect(detail).to_contain_text(talked.debtor_name)
    await expect(detail).to_contain_text(talked.number)
    steps = await detail.locator("[data-step]").evaluate_all("all => all.map(one => one.dataset.step)")
    assert steps == [
        "reserved",
        "dialed",
        "ringing",
        "answered",
        "verdict",
        "bridged",
        "held",
        "resumed",
        "announced",
        "ended",
    ]
    await expect(detail.locator("[data-step=verdict]")).to_contain_text("Person")
    await expect(detail.locator("[data-step=verdict]")).to_contain_text("short greeting")
    await expect(detail.locator("[data-step=announced]")).to_contain_text("Collection disclosure")
    await expect(detail.locator("[data-step=ended]")).to_contain_text("Normal clearing (Q.850 16")
    await page.wait_for_function("Math.abs(document.querySelector('audio').duration - 2) < 0.05")


async def test_the_keyboard_opens_and_closes_an_attempt(site: Site) -> None:
    newest = site.console.queries.log[0].row
    if newest.recorded:  # the page asks for it as soon as the attempt is open
        write_recording(site.console.recordings / f"{newest.call_id}.wav")
    page = await site.open("/attempts")
    first = page.locator("tr[data-call] button").first
    await first.focus()
    await page.keyboard.press("Enter")
    panel = page.get_by_role("complementary")
    await expect(panel).to_be_focused()
    assert re.search(r"call=[0-9a-f-]{36}$", page.url)
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
