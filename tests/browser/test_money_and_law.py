"""Promises, and the pages of whoever answers for the law, in a real browser: the main way through each."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from agent_console.ports_promises import PromiseAsked
from dialer.compliance.facts import LedgerOutcome
from dialer.compliance.gate import Gate
from dialer.domain.promise import Instalment, PromiseState
from dialer.store.contacts import Contacts, PastContact
from dialer.store.self_service import note
from tests.browser.conftest import Site
from tests.support.console_app import write_recording
from tests.support.store import number

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def promised(site: Site) -> None:
    """A promise of the debtor whose card the desk's double holds."""
    room = site.console.app.state.rooms.context.promises
    owed = await room.owed("cartera-bogota", 1)
    await room.promise(
        PromiseAsked(
            request_key="k",
            campaign="cartera-bogota",
            debt_id=owed.debt_id,
            instalments=(Instalment(due_on=owed.latest_on, amount_minor=owed.balance_minor),),
            discount=0.0,
            captured_by="=2+3",
            by_agent=True,
            call_id=None,
        )
    )


async def test_promises_are_listed_filtered_and_exported_without_formulas(site: Site) -> None:
    await promised(site)
    page = await site.open("/promises")
    row = page.locator("[data-promise]")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Vigente")
    await page.get_by_label("Estado").select_option(PromiseState.BROKEN.value)
    await expect(page.locator(".empty-title")).to_have_text("Ninguna promesa con ese filtro")
    await page.get_by_label("Estado").select_option("")
    await page.get_by_label("Desde").fill(date(2020, 1, 1).isoformat())
    await expect(row).to_have_count(1)
    address = await page.get_by_role("link", name="Exportar CSV").get_attribute("href")
    answer = await page.context.request.get(f"{site.address}{address}")
    assert "'=2+3" in await answer.text()
    assert "attachment" in answer.headers["content-disposition"]


async def test_two_people_set_a_rule_of_the_house_aside(site: Site) -> None:
    hers = await site.open("/compliance#overrides", login="rosa", language="en")
    form = hers.get_by_role("form", name="Ask for an override")
    await form.get_by_label("Rule").fill("house/gap-2h")
    await form.get_by_label("From").fill("2026-11-24T00:00")
    await form.get_by_label("Until").fill("2026-12-24T00:00")
    await form.get_by_label("Reason").fill("Asked for in writing")
    await form.get_by_role("button", name="Ask for an override").click()
    asked = hers.locator("[data-override]")
    await expect(asked).to_contain_text("waits for approval")
    await expect(asked.get_by_role("button", name="Approve")).to_be_disabled()
    his = await site.open("/compliance#overrides", language="en")
    await his.locator("[data-override]").get_by_role("button", name="Approve").click()
    await expect(his.locator("[data-override]")).to_contain_text("approved by luis")
    await his.locator("[data-override]").get_by_role("button", name="Revoke").click()
    await expect(his.locator("[data-override]")).to_contain_text("revoked")


async def test_a_hold_is_placed_and_lifted(site: Site) -> None:
    page = await site.open("/compliance#holds")
    form = page.get_by_role("form", name="Poner una retención")
    await form.get_by_label("Número interno").fill(str(site.home.ana))
    await form.get_by_label("Motivo").fill("Demanda 2026-11")
    await form.get_by_role("button", name="Poner una retención").click()
    hold = page.locator("[data-hold]")
    await expect(hold).to_contain_text("Demanda 2026-11")
    await hold.locator("summary").click()
    await hold.get_by_label("Motivo").fill("Terminó")
    await hold.get_by_role("button", name="Levantar").click()
    await expect(page.locator("[data-hold]")).to_have_count(0)


async def test_the_trail_is_verified_and_a_person_is_erased_by_an_administrator_alone(site: Site) -> None:
    page = await site.open("/compliance#trail")
    await page.get_by_role("button", name="Comprobar ahora").click()
    await expect(page.locator("[data-verified]")).to_contain_text("El rastro está íntegro")
    await page.get_by_role("button", name="Borrar a una persona").click()
    form = page.get_by_role("form", name="Borrar a una persona")
    await form.get_by_label("Número interno").fill(str(site.home.ana))
    await form.get_by_label("Motivo").fill("Lo pidió")
    await form.get_by_role("button", name="Borrar").click()
    await page.get_by_role("dialog").get_by_role("button", name="Borrar").click()
    await expect(page.locator("[data-erased]")).to_be_visible()
    hers = await site.open("/compliance", login="rosa")
    await expect(hers.get_by_role("button", name="Incidentes")).to_be_visible()
    await expect(hers.get_by_role("button", name="Borrar a una persona")).to_have_count(0)


async def test_a_debtors_page_plays_every_recording_with_its_waveform(site: Site, tmp_path: Path) -> None:
    write_recording(tmp_path / f"{site.home.call}.wav")
    page = await site.open(f"/debtor?id={site.home.spoken}")
    await page.locator(f"[data-attempt='{site.home.call}'] a").click()
    wave = page.get_by_role("slider", name="Posición en la grabación")
    await expect(wave.locator("path")).to_have_count(2)
    await expect(wave).to_have_attribute("aria-valuemax", "2")
    await wave.focus()
    await page.keyboard.press("ArrowRight")
    await expect(wave).to_have_attribute("aria-valuenow", "2")
    await expect(page.locator(".decision-record")).to_be_visible()


async def test_a_debtors_own_calls_are_on_their_page_with_what_came_of_them(site: Site) -> None:
    home, began = site.home, site.home.clock.now() - timedelta(minutes=30)
    called = PastContact(
        debtor_id=home.ana, at=began, number=number(1), campaign_id=home.campaign.id, source="ivr",
        outcome=LedgerOutcome.CONVERSATION, ended_at=began + timedelta(minutes=2),
    )  # fmt: skip
    (call_id,) = await Contacts(home.database, Gate.shipped(), home.clock).record(called)
    await home.database.write(note, call_id, "PTP")
    page = await site.open(f"/debtor?id={home.ana}", width=390, height=844)
    theirs = page.get_by_role("region", name="Llamadas de esta persona")
    await expect(theirs).to_contain_text("Promesa de pago")
    await expect(theirs).to_contain_text("autoservicio")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("path", ["/promises", "/compliance", "/compliance#overrides"])
async def test_the_pages_fit_a_phone_and_speak_both_languages(site: Site, path: str) -> None:
    page = await site.open(path, width=390, height=844, dark=True)
    await expect(page.locator("h1")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    spanish = await page.locator("h1").inner_text()
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.locator("h1")).not_to_have_text(spanish)
