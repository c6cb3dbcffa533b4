"""What supervisors set for desks, in a real browser over a real database."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_supervisor_sets_breaks_scripts_and_the_extension_of_a_campaign(site: Site) -> None:
    page = await site.open("/campaigns?c=cartera-bogota", login="rosa")
    await page.locator("[data-field=wrap_up_extension_s] input").fill("45")
    desk = page.locator("[data-field=desk]")
    await desk.get_by_label("Baño").uncheck()
    await desk.get_by_label("Otros motivos, uno por línea").fill("Apoyo a caja\n")
    await desk.get_by_role("button", name="Añadir").click()
    script = desk.locator("[data-script='']").get_by_label("Español")
    await script.fill("Hola {debtor}, le llamo de {acreedor}.")
    save = page.get_by_role("button", name="Guardar ajustes")
    await save.click()
    await expect(desk.get_by_role("alert")).to_contain_text("un guion pide un dato que no existe")
    await script.fill("Hola {debtor}, le llamo de {creditor}.")
    await save.click()
    await expect(page.locator(".toast").last).to_contain_text("Guardado")
    stored = (await site.console.app.state.rooms.context.campaigns.setup("cartera-bogota")).campaign
    assert stored.wrap_up_extension_s == 45
    assert stored.desk.script("", "es") == "Hola {debtor}, le llamo de {creditor}."
    assert stored.desk.pause_reasons == (
        "break", "lunch", "training", "meeting", "technical", "personal", "Apoyo a caja",
    )  # fmt: skip
    await site.complained("status of 422")
