"""The rules in a real browser: the funnel, a debtor's page with facts, the decision of an attempt, the law's rates."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site
from tests.support.console_app import write_recording
from tests.support.store import add_debtor

pytestmark = pytest.mark.asyncio(loop_scope="session")


def a_rate(rule: str, rate: float, headroom: int | None, **changes: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "rate": rate,
        "maximum": 0.03,
        "target": 0.025,
        "headroom": headroom,
        "overdial": headroom != 0,
        "window_from": "2026-11-01T05:00:00Z",
        "window_to": "2026-12-01T05:00:00Z",
        **changes,
    }


async def test_the_funnel_says_where_the_list_went_and_leads_to_a_debtor(site: Site) -> None:
    await add_debtor(site.home.database, site.home.campaign, name="Sin Número", external_ref="CC-3")
    page = await site.open("/funnel")
    await expect(page.get_by_role("heading", name="3 deudores en la campaña")).to_be_visible()
    await expect(page.locator("[data-bar=callable]")).to_contain_text("Se pueden llamar ahora")
    await expect(page.locator("[data-bar=no-number] b")).to_contain_text("1")
    await expect(page.locator("[data-bar='co-ley-2300/one-contact-per-day']")).to_contain_text("Colombia, Ley 2300")

    await page.get_by_label("Número de deudor o referencia").fill("CC-10492")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("Ana Lucía Vélez")
    await expect(page.locator("[data-allowed=true]")).to_contain_text("Se puede contactar.")
    await expect(page.get_by_role("link", name="Reglas")).to_have_attribute("aria-current", "page")


async def test_a_debtor_who_may_not_be_called_shows_the_rule_its_source_and_the_call_that_counts(site: Site) -> None:
    write_recording(site.console.recordings / f"{site.home.call}.wav")
    page = await site.open("/debtor?id=CC-20771", language="en")
    await expect(page.locator("[data-allowed=false]")).to_contain_text("Allowed again from Wed 25 Nov, 07:00")
    denying = page.locator("[data-rule='co-ley-2300/one-contact-per-day']")
    await expect(denying).to_contain_text("Ley 2300/2023 art. 3")
    await expect(denying).to_contain_text("1 of 1 used")
    await denying.get_by_role("link").click()
    detail = page.get_by_role("complementary", name="Attempt in detail")
    await expect(detail.locator("[data-breach=ring-minimum]")).to_have_text("Rang for too short a time")
    await expect(detail.get_by_role("region", name="The rules' decision")).to_contain_text("Allowed at")
    await detail.get_by_text("Rule by rule").click()
    await expect(detail.locator("[data-rule='co-ley-2300/window']")).to_be_visible()


async def test_a_fact_is_recorded_with_the_keyboard_and_binds_at_once(site: Site) -> None:
    page = await site.open("/debtor?id=CC-10492")
    await expect(page.locator("[data-allowed=true]")).to_be_visible()
    form = page.get_by_role("form", name="Anotar algo más")
    await form.get_by_label("Qué").select_option("channels")
    await form.get_by_label("SMS").check()
    await form.get_by_label("De dónde se sabe").fill("formulario del 3 de noviembre")
    await page.keyboard.press("Enter")

    fact = page.locator("[data-fact]")
    await expect(fact).to_contain_text("Solo autorizó: SMS")
    await expect(fact).to_contain_text("luis")
    await expect(page.locator("[data-allowed=false]")).to_be_visible()
    await expect(page.locator("[data-rule='co-ley-2300/channel-not-authorised'][data-ok=false]")).to_be_visible()

    await page.get_by_role("button", name="Terminar: Solo autorizó: SMS").click()
    await expect(page.locator("[data-allowed=true]")).to_be_visible()
    await expect(fact).to_contain_text("Terminado el")


async def test_another_hour_and_another_channel_can_be_asked_for(site: Site) -> None:
    page = await site.open("/debtor?id=CC-10492")
    await page.get_by_label("Cuándo").fill("2026-11-24T23:00")
    await expect(page.locator("[data-rule='co-ley-2300/window'][data-ok=false]")).to_be_visible()
    await page.get_by_label("Cuándo").fill("")
    await expect(page.locator("[data-allowed=true]")).to_be_visible()
    await page.locator("[name=channel]").first.select_option("sms")
    await expect(page.locator("[data-allowed=true]")).to_be_visible()


async def test_a_debtor_without_a_number_still_shows_what_is_known(site: Site) -> None:
    await add_debtor(site.home.database, site.home.campaign, name="Sin Número", external_ref="CC-3")
    page = await site.open("/debtor?id=CC-3")
    await expect(page.get_by_role("alert")).to_contain_text("no tiene ningún número utilizable")
    await expect(page.get_by_role("form", name="Anotar algo más")).to_be_visible()


async def test_a_debtor_that_is_not_there_is_said_so(site: Site) -> None:
    page = await site.open("/debtor?id=nobody", language="en")
    await expect(page.get_by_role("alert")).to_contain_text("There is no such debtor")
    await expect(page.get_by_label("Debtor's id or reference")).to_be_visible()
    await site.complained("status of 404")


async def test_the_floor_shows_every_rate_of_the_law_the_tightest_first(site: Site) -> None:
    page = await site.open("/")
    card = page.get_by_role("region", name="Abandono")
    await expect(card.locator(".big")).to_be_visible()  # without a law, the campaign's own limit
    await site.console.engine.publish(
        abandonment=[a_rate("us-tsr/abandon-3pct", 0.012, 9), a_rate("uk-ofcom/abandon-3pct", 0.0295, 0)]
    )
    rates = card.locator("[data-rate]")
    await expect(rates).to_have_count(2)
    await expect(rates.nth(0)).to_contain_text("Reino Unido, Ofcom")
    await expect(rates.nth(0)).to_contain_text("No cabe ninguna más")
    await expect(rates.nth(1)).to_contain_text("Caben 9 abandonos más")
    await site.console.engine.publish(abandonment=[a_rate("us-tsr/abandon-3pct", 0.041, 0)])
    await expect(rates).to_have_count(1)
    await expect(rates.nth(0)).to_contain_text("Se pasó el límite de la ley")
