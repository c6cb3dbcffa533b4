"""Campaigns and their lists in a real browser: the main way through each page."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from agent_console.ports_uploads import UploadReport
from tests.browser.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIST = "nombre;celular;monto;obligacion\nEva Luna;3101112233;9000;E-1\nSin Teléfono;;1;E-2\n"
UNREPORTED = asdict(UploadReport())


async def test_a_campaign_is_copied_changed_and_scheduled(site: Site) -> None:
    page = await site.open("/campaigns")
    form = page.get_by_role("form", name="Campaña nueva")
    await form.get_by_label("Nombre").fill("copia")
    await form.get_by_role("button", name="Crear campaña").click()
    settings = page.get_by_role("form", name="Ajustes de copia")
    await expect(settings.get_by_role("textbox", name="Acreedor")).to_have_value("Banco del Llano")
    await settings.get_by_role("spinbutton", name="Abandono permitido").fill("2")
    await settings.get_by_role("button", name="Añadir horas el lunes").click()
    await settings.get_by_label("lunes, hasta").fill("17:30")
    listed = settings.locator("[data-field=transfer_numbers]")
    await listed.get_by_label("Nombre que ve el agente").fill("Banco")
    await listed.get_by_label("Número", exact=True).fill("+57 601 555-0001")
    await listed.get_by_role("button", name="Agregar número").click()
    await expect(listed.get_by_label("Número de Banco")).to_have_value("+576015550001")
    await settings.get_by_role("button", name="Guardar ajustes").click()
    await expect(page.locator(".toast").last).to_contain_text("Guardado")
    await expect(page.locator("[data-campaign=copia]")).to_contain_text("Empieza sola: lun")
    stored = (await site.console.app.state.rooms.context.campaigns.setup("copia")).campaign
    assert stored.target_abandonment == 0.02
    assert stored.transfer_numbers == {"Banco": "+576015550001"}
    assert f"{stored.schedule.hours[0].stop:%H:%M}" == "17:30"


async def test_a_wrong_setting_is_told_at_its_field(site: Site) -> None:
    page = await site.open("/campaigns", language="en")
    field = page.locator("[data-field=ratio]")
    await field.locator("input").fill("99")
    await page.get_by_role("button", name="Save settings").click()
    await expect(field.get_by_role("alert")).to_have_text("At most 10.")
    await expect(field.locator("input")).to_have_attribute("aria-invalid", "true")
    await site.complained("status of 422")


async def test_two_supervisors_see_each_others_changes_before_saving(site: Site) -> None:
    hers = await site.open("/campaigns", login="rosa")
    his = await site.open("/campaigns")
    await hers.get_by_role("spinbutton", name="Tiempo de notas", exact=True).fill("45")
    await his.get_by_role("spinbutton", name="Tiempo de timbre").fill("31")
    await hers.get_by_role("button", name="Guardar ajustes").click()
    await expect(hers.locator(".toast")).to_contain_text("Guardado")
    await his.get_by_role("button", name="Guardar ajustes").click()
    await expect(his.locator("main .banner")).to_contain_text("Otra persona guardó cambios")
    await expect(his.locator("main .banner")).to_contain_text("Tiempo de notas")
    await expect(his.get_by_role("spinbutton", name="Tiempo de notas", exact=True)).to_have_value("45")
    await expect(his.get_by_role("spinbutton", name="Tiempo de timbre")).to_have_value("31")
    await his.get_by_role("button", name="Guardar ajustes").click()
    await expect(his.locator(".toast").last).to_contain_text("Guardado")
    await site.complained("status of 412")


async def test_an_auditor_reads_settings_and_changes_none(site: Site) -> None:
    page = await site.open("/campaigns", login="eva")
    await expect(page.get_by_role("spinbutton", name="Tiempo de timbre")).to_be_disabled()
    await expect(page.get_by_role("button", name="Crear campaña")).to_have_count(0)


async def handed_in(site: Site, folder: Path) -> Page:
    """The page of lists, with one sent."""
    file = folder / "lista.csv"
    file.write_text(LIST, encoding="utf-8")
    page = await site.open("/lists")
    await page.locator("input[type=file]").set_input_files(file)
    await page.get_by_role("button", name="Subir").click()
    return page


async def test_a_list_is_handed_in_looked_at_checked_and_taken_in(site: Site, tmp_path: Path) -> None:
    page = await handed_in(site, tmp_path)
    row = page.locator("[data-column=celular]")
    await expect(row.get_by_role("combobox")).to_have_value("phone:mobile")
    await expect(row).to_contain_text("3101112233")
    await page.get_by_label("Qué es la columna obligacion").select_option("debt_ref")
    await page.get_by_role("button", name="Revisar sin cargar").click()
    await expect(page.locator("[data-result=checked]")).to_contain_text("Se cargarían 1 filas; 1 se rechazarían")
    await expect(page.locator(".errors tbody tr")).to_contain_text("no tiene teléfono")
    await page.get_by_role("button", name="Cargar", exact=True).click()
    await expect(page.locator("[data-result=done]")).to_contain_text("1 filas leídas; 1 rechazadas")
    async with page.expect_download() as waited:
        await page.get_by_role("link", name="Descargar la línea rechazada").click()
    answer = await page.context.request.get((await waited.value).url)
    assert "no tiene teléfono" in await answer.text()


async def test_an_answer_that_was_overtaken_changes_nothing(site: Site, tmp_path: Path) -> None:
    page = await handed_in(site, tmp_path)
    await expect(page.locator("[data-column=celular]")).to_be_visible()
    overtaken = asyncio.Event()
    answers: list[str] = []

    async def late(route: Route) -> None:
        answer = await route.fetch()
        (upload,) = (await answer.json())["uploads"]
        if answers:
            answers.append(upload["state"])
            await route.fulfill(response=answer)
            if upload["state"] == "done":
                overtaken.set()
        else:  # what the server said a moment ago, and too late
            answers.append("running")
            await overtaken.wait()
            await route.fulfill(json={"uploads": [upload | {"state": "running", "report": UNREPORTED}]})

    await page.route("**/api/v1/uploads?*", late)
    await page.get_by_role("button", name="Cargar", exact=True).click()
    await expect(page.locator("[data-result=done]")).to_be_visible()
    await overtaken.wait()
    await expect(page.locator("[data-result=done]")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_have_count(0)
    assert answers[0] == "running"
    assert answers[-1] == "done"


@pytest.mark.parametrize("path", ["/campaigns", "/lists", "/payments"])
async def test_the_pages_fit_a_phone_and_speak_both_languages(site: Site, path: str) -> None:
    page = await site.open(path, width=390, height=844, dark=True)
    await expect(page.locator("h1")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    spanish = await page.locator("h1").inner_text()
    await page.get_by_role("button", name="EN", exact=True).click()
    await expect(page.locator("h1")).not_to_have_text(spanish)
