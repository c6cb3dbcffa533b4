"""What an agent does at the desk, from the first tone to the next call, in a real browser."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from agent_console.ports import CallParty
from agent_console.ports_promises import PromisesRoom
from dialer.domain.agent import AgentState
from dialer.domain.card_numbers import has_card_number
from dialer.domain.promise import Discount, Instalment, PromiseTerms, Proposal, objections
from dialer.ports import BusMessage
from tests.browser.conftest import Site
from tests.browser.steps import sign_in
from tests.browser.test_accessibility import violations
from tests.support.console_desk import CARD_DEBT, DEBTOR, NUMBER, PHONE, TODAY, call_help
from tests.support.console_queries import START, call_id, debtor_card

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL = call_id(5000)
NEXT = call_id(5001)
VISA = "4111 1111 1111 1111"
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def put_in_store(site: Site, call: str = CALL, **changes: Any) -> None:
    queries = site.console.queries
    queries.cards[call] = debtor_card(call)
    queries.parties[call] = CallParty(
        call_id=call, debtor_id=DEBTOR, debts=frozenset({11, 12}), numbers=frozenset({NUMBER})
    )
    site.console.desk.helps[call] = call_help(call, **changes)


async def talking(site: Site, **look: Any) -> Page:
    """Ana talks with María Fernanda Ospina."""
    put_in_store(site)
    page = await site.open("/desk", login="ana", **look)
    await page.locator("[name=phone]").fill("1001")
    await page.locator("form button").click()
    await expect(page.locator(".desk-connecting")).to_be_visible()
    await site.console.engine.move("ana", AgentState.TALKING, CALL)
    await expect(page.locator(".debtor")).to_be_visible()
    await expect(page).to_have_title(re.compile("^● "))  # and so the keys are listened to
    return page


def promises(site: Site) -> Any:
    room: PromisesRoom = site.console.app.state.rooms.context.promises
    return room


def orders(site: Site) -> list[str]:
    return [str(command["verb"]) for command in site.console.engine.commands[1:]]


# ------------------------------------------------------------------------------------------ what is said


async def test_the_script_has_its_values_and_what_must_be_said(site: Site) -> None:
    page = await talking(site)
    script = page.locator(".script")
    await expect(script.locator("[data-disclosure=recording]")).to_have_text("Le informo que esta llamada se graba.")
    await expect(script).to_contain_text("¿hablo con María Fernanda Ospina? Le habla Ana Lucía Vélez.")
    await expect(script).to_contain_text(re.compile(r"su obligación TC-4481: tiene un saldo de \$\s1\.284\.500"))
    await expect(script).to_contain_text(
        re.compile(r"un solo pago de \$\s1\.027\.600, a más tardar el viernes, 4 de dic")
    )
    card = page.locator(".debtor")
    await expect(card.locator(".card-promises")).to_contain_text("Incumplida")
    await expect(card).to_contain_text("Allá (Bogota) son: martes, 24 de noviembre")


async def test_the_script_of_the_segment_is_in_the_debtors_language_and_only_text(site: Site) -> None:
    script = "Hello {debtor}.\nYour balance: {balance}.\nRef {product} {offer}\n<img src=x onerror=alert(1)>"
    put_in_store(site, language="en", segment="castigada", script=script, disclosures=("debt-collector",))
    site.console.desk.helps[NEXT] = call_help(NEXT, script="Sin oferta: {offer}\nCon saldo: {balance}", debts=())
    site.console.queries.cards[NEXT] = debtor_card(NEXT)
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    await site.console.engine.move("ana", AgentState.TALKING, CALL)
    text = page.locator(".script-text")
    await expect(text).to_have_attribute("lang", "en")
    await expect(text).to_contain_text(re.compile(r"Your balance: \$1,284,500"))
    await expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(page.locator("[data-disclosure=debt-collector]")).to_contain_text("from a debt collector")
    assert await page.locator(".script img").count() == 0
    await site.console.engine.move("ana", AgentState.TALKING, NEXT)
    await expect(page.locator(".script-text p")).to_have_count(0)  # nothing is read out with a hole in it


# ------------------------------------------------------------------------------------------ outcomes


async def test_a_promise_is_held_against_the_terms_read_back_and_saved_once(site: Site) -> None:
    page = await talking(site)
    await page.get_by_label("Promesa de pago", exact=True).check()
    save = page.get_by_role("button", name="Guardar y seguir")
    await page.locator("[name=p_amount]").fill("100.000")
    await page.locator("[name=p_date]").fill("2026-12-30")
    await expect(page.locator(".against")).to_contain_text(re.compile(r"menos de lo permitido: \$\s128\.450"))
    await expect(page.locator(".against")).to_contain_text("hasta el jueves, 24 de diciembre")
    await expect(save).to_be_disabled()
    await page.locator("[name=p_amount]").fill("300.001")
    await page.locator("[name=p_date]").fill("2026-11-27")
    await page.locator("[name=p_count]").select_option("2")
    await page.locator("[name=p_every]").select_option("15")
    await expect(page.locator(".sub-form .promise-read li")).to_have_text(
        [re.compile(r"\$\s150\.001.*viernes, 27 de noviembre"), re.compile(r"\$\s150\.000.*sábado, 12 de diciembre")]
    )
    await save.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Léale la promesa")
    await expect(dialog.locator("li")).to_have_count(2)
    assert promises(site).made == {}
    await dialog.get_by_role("button", name="Confirmado, guardar").dblclick()
    await expect(page.locator(".saved")).to_contain_text("Referencia de la promesa: 52104476")
    (made,) = promises(site).made.values()
    assert [(str(each.due_on), each.amount_minor) for each in made.instalments] == [
        ("2026-11-27", 15_000_100),
        ("2026-12-12", 15_000_000),
    ]
    assert orders(site) == ["agent.disposition"]


async def test_the_offer_is_one_press_away(site: Site) -> None:
    page = await talking(site)
    await page.get_by_label("Promesa de pago", exact=True).check()
    await page.get_by_role("button", name=re.compile("Con 20 % menos")).click()
    await expect(page.locator(".sub-form .promise-read")).to_contain_text(re.compile(r"\$\s1\.027\.600"))
    await page.keyboard.press("s")
    await page.get_by_role("dialog").get_by_role("button", name="Confirmado, guardar").click()
    await expect(page.locator(".saved")).to_be_visible()
    (made,) = promises(site).made.values()
    assert (made.discount, made.total_minor) == (0.2, 102_760_000)


async def test_a_call_back_that_the_rules_forbid_offers_the_next_time_that_they_allow(site: Site) -> None:
    site.console.desk.closed_until = START + timedelta(days=2, hours=1)  # Thursday 11:00 in Bogotá
    page = await talking(site)
    await page.get_by_label("Volver a llamar", exact=True).check()
    await expect(page.locator(".denied")).to_contain_text("Fuera del horario permitido.")
    save = page.get_by_role("button", name="Guardar y seguir")
    await expect(save).to_be_disabled()
    await page.get_by_role("button", name="Usar la próxima hora permitida: jueves, 26 de noviembre").click()
    await expect(page.locator("[name=c_at]")).to_have_value("2026-11-26T11:00")
    await expect(page.locator(".allowed")).to_contain_text("jueves, 26 de noviembre")
    await page.get_by_label("Cualquiera").check()
    await save.click()
    await expect(page.get_by_role("dialog")).to_contain_text("la llaman el jueves, 26 de noviembre")
    await page.get_by_role("dialog").get_by_role("button", name="Confirmado, guardar").click()
    await expect(page.locator(".saved")).to_contain_text("jueves, 26 de noviembre")
    assert orders(site) == ["campaign.call_back", "agent.disposition"]
    order = site.console.engine.commands[1]
    assert (order["at"], "agent_id" in order) == ("2026-11-26T16:00:00+00:00", False)


async def test_what_binds_the_rules_says_what_it_does_before_it_is_saved(site: Site) -> None:
    page = await talking(site)
    await page.get_by_label("Falleció").check()
    await page.get_by_label("Notas").fill("Contestó la hija.")
    await page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("ninguna campaña la vuelve a llamar")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert orders(site) == []
    await page.get_by_role("button", name="Guardar y seguir").click()
    await dialog.get_by_role("button", name="Confirmado, guardar").click()
    await expect(page.locator(".saved")).to_contain_text("Falleció")
    assert [(c["verb"], c["code"]) for c in site.console.engine.commands[1:]] == [("agent.disposition", "DECEASED")]


async def test_a_card_number_in_the_notes_is_refused_with_words_and_kept_nowhere(site: Site) -> None:
    page = await talking(site)
    await page.get_by_label("Notas").fill(f"Paga con {VISA}")
    await expect(page.locator("#notes-hint")).to_contain_text("Esto parece el número de una tarjeta")
    assert site.console.desk.drafts == {}
    assert VISA not in str(await page.evaluate("Object.values(sessionStorage)"))
    await page.get_by_label("Sin compromiso").check()
    await expect(page.get_by_role("button", name="Guardar y seguir")).to_be_disabled()
    await page.get_by_label("Notas").fill("Paga con tarjeta.")
    await expect(page.get_by_text("Borrador guardado")).to_be_visible()
    await page.get_by_role("button", name="Guardar y seguir").click()
    await expect(page.locator(".saved")).to_be_visible()
    assert [command.get("notes") for command in site.console.engine.commands[1:]] == ["Paga con tarjeta."]


# ------------------------------------------------------------------------------------------ nothing is lost


async def test_a_reload_and_a_second_tab_show_the_same_half_written_word(site: Site) -> None:
    page = await talking(site)
    await page.get_by_label("Promesa de pago", exact=True).check()
    await page.locator("[name=p_amount]").fill("200000")
    await page.get_by_label("Notas").fill("Paga el vier")
    await expect(page.get_by_text("Borrador guardado")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Notas")).to_have_value("Paga el vier")
    await expect(page.locator("[name=p_amount]")).to_have_value("200000")
    second = await page.context.new_page()
    await second.goto(f"{site.address}/desk")
    await expect(second.get_by_label("Notas")).to_have_value("Paga el vier")
    await second.get_by_label("Notas").fill("Paga el viernes por la tarde.")
    await expect(page.get_by_label("Notas")).to_have_value("Paga el viernes por la tarde.")
    assert await page.evaluate("sessionStorage.length") == 0


async def test_what_is_written_without_a_network_is_there_when_it_is_back(site: Site) -> None:
    page = await talking(site)
    await page.context.set_offline(True)
    await expect(page.locator(".offline")).to_contain_text("La llamada sigue por su teléfono")
    await page.get_by_label("Notas").fill("Escrito sin red.")
    await expect(page.get_by_text("Guardando borrador")).to_be_visible()
    timer = page.locator(".timer")
    before = await timer.text_content()
    await expect(timer).not_to_have_text(before or "")  # time goes on
    await site.console.engine.move("ana", AgentState.WRAP_UP, CALL)
    await expect(page.locator("h1")).to_have_text("En llamada")
    await page.context.set_offline(False)
    await expect(page.locator("h1")).to_have_text("Cierre de la llamada", timeout=20_000)
    await expect(page.locator(".offline")).to_have_count(0)
    await expect(page.get_by_text("Borrador guardado")).to_be_visible()
    assert site.console.desk.drafts["ana"].content["notes"] == "Escrito sin red."
    site.forgive("ERR_INTERNET_DISCONNECTED")


# ------------------------------------------------------------------------------------------ breaks, wrap-up, messages


async def test_a_break_has_a_reason_and_one_during_a_call_is_announced_and_taken_back(site: Site) -> None:
    page = await talking(site)
    await page.get_by_role("button", name="Pausa al terminar").click()
    await page.get_by_role("group", name="¿Por qué hace la pausa?").get_by_role("button", name="Almuerzo").click()
    await expect(page.locator(".desk-will")).to_contain_text("queda en pausa: Almuerzo")
    await page.get_by_role("button", name="Ya no").click()
    await expect(page.locator(".desk-will")).to_have_count(0)
    await site.console.engine.move("ana", AgentState.READY)
    await expect(page).to_have_title(re.compile("^Disponible"))
    await page.keyboard.press("p")
    await page.get_by_role("button", name="Capacitación").click()
    await expect(page.locator(".desk-now")).to_contain_text("Capacitación")
    assert [command.get("reason") for command in site.console.engine.commands[1:]] == ["lunch", None, "training"]


async def test_a_wrap_up_counts_down_and_is_extended_once(site: Site) -> None:
    page = await talking(site)
    await page.get_by_role("button", name="Colgar").click()
    await expect(page.get_by_role("timer")).to_contain_text(re.compile(r"0:[23]\d"))
    await page.get_by_role("button", name="+60 s más").click()
    await expect(page.get_by_role("timer")).to_contain_text(re.compile(r"1:[123]\d"))
    await expect(page.get_by_role("button", name="+60 s más")).to_have_count(0)
    assert orders(site) == ["agent.hang_up", "agent.extend_wrap_up"]


async def test_a_supervisors_message_is_shown_until_it_is_read(site: Site) -> None:
    page = await talking(site)
    payload = {"campaign": "cartera-bogota", "v": 1, "agent_id": "ana", "text": "Ofrece el <b>20 %</b>."}
    payload |= {"from": "Rosa Díaz", "at": START.isoformat()}
    await site.console.bus.publish(BusMessage(topic="cartera-bogota/agent.message", payload=payload))
    note = page.locator(".note")
    await expect(note).to_contain_text("Ofrece el <b>20 %</b>.")
    await page.reload()
    await expect(note).to_contain_text("Rosa Díaz")
    await expect(page).to_have_title(re.compile("^● En llamada"))  # and so the keys are listened to
    await page.keyboard.press("m")
    await expect(note).to_have_count(0)
    await page.reload()
    await expect(page.locator(".debtor")).to_be_visible()
    await expect(note).to_have_count(0)


# ------------------------------------------------------------------------------------------ calls by hand


async def test_a_debtor_is_found_and_a_refused_call_offers_the_next_time(site: Site) -> None:
    engine = site.console.engine
    later = START + timedelta(hours=21)  # 7:00 in Bogotá, the next day
    site.console.desk.closed_until = later
    engine.refuse["agent.dial"] = ("denied", "")
    engine.answers["agent.dial"] = {"reasons": ["co-ley-2300/window"], "next_allowed_at": later.isoformat()}
    page = await site.open("/desk", login="ana")
    await sign_in(site, page)
    await expect(page).to_have_title(re.compile("^En pausa"))
    await page.keyboard.press("b")
    await page.keyboard.type("ospina")
    await page.keyboard.press("Enter")
    one = page.locator(".found-one")
    await expect(one).to_contain_text("··· 4471")
    await expect(one).not_to_contain_text("TC-4481")
    await one.get_by_role("button", name="Llamar").click()
    await expect(one.get_by_role("alert")).to_contain_text("Fuera del horario permitido.")
    await one.get_by_role("button", name=re.compile("Llamar yo el mié")).click()
    await expect(page.get_by_text("Llamada programada.")).to_be_visible()
    order = engine.commands[-1]
    assert (order["verb"], order["agent_id"], order["number"]) == ("campaign.call_back", "ana", NUMBER)
    del engine.refuse["agent.dial"]
    engine.answers["agent.dial"] = {"call_id": CALL}
    async with page.expect_response("**/desk/dial") as answer:
        await one.get_by_role("button", name="Llamar", exact=True).click()
    assert (await answer.value).status == 201
    assert (engine.commands[-1]["verb"], engine.commands[-1]["debtor_id"]) == ("agent.dial", DEBTOR)
    assert PHONE  # the number chosen is the one that may be used
    await site.complained("status of 409")


# ------------------------------------------------------------------------------------------ keys, sound, looks


async def test_every_letter_works_is_shown_and_stays_out_of_what_is_written(site: Site) -> None:
    page = await talking(site)
    await page.keyboard.press("n")
    await expect(page.get_by_label("Notas")).to_be_focused()
    await page.keyboard.type("Hpers?")  # none of it is an order while it is written
    await expect(page.get_by_label("Notas")).to_have_value("Hpers?")
    await page.keyboard.press("Escape")
    await page.keyboard.press("d")
    await expect(page.locator("[name=code]").first).to_be_focused()
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Quedar disponible")
    await expect(dialog).to_contain_text("Más tiempo de cierre")
    await dialog.get_by_label("Usar letras como atajos").uncheck()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("H")
    await page.keyboard.press("?")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Usar letras como atajos").check()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("H")
    await expect(page.locator("h1")).to_have_text("Cierre de la llamada")
    assert orders(site) == ["agent.hang_up"]


async def test_a_call_sounds_names_itself_in_the_title_and_is_said_to_screen_readers(site: Site) -> None:
    put_in_store(site)
    page = await site.open("/desk", login="ana")
    await page.evaluate(
        "window.tones = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...given) { window.tones += 1; return start.apply(this, given); };"
        "0"
    )
    await sign_in(site, page)
    assert await page.evaluate("window.tones") == 0
    await site.console.engine.move("ana", AgentState.RESERVED, CALL)
    await expect(page).to_have_title("● Entra una llamada · Puesto · Cadencia")
    await expect(page.locator("[aria-live=assertive].hidden")).to_contain_text("Entra una llamada")
    assert await page.evaluate("window.tones") == 2
    await site.console.engine.move("ana", AgentState.TALKING, CALL)
    await expect(page).to_have_title("● En llamada · Puesto · Cadencia")
    assert await page.evaluate("window.tones") == 2
    await site.console.engine.move("ana", AgentState.READY)
    await expect(page).to_have_title("Disponible · Puesto · Cadencia")


@pytest.mark.parametrize(("language", "dark"), [("es", False), ("en", True)])
async def test_the_desk_fits_a_narrow_screen(site: Site, language: str, dark: bool) -> None:
    page = await talking(site, language=language, width=390, height=844, dark=dark)
    assert not await page.evaluate(OVERFLOWS)
    for code in ("PTP", "CALLBACK"):
        await page.locator(f"[name=code][value={code}]").check()
        await expect(page.locator(".sub-form")).to_be_visible()
        assert not await page.evaluate(OVERFLOWS)
    kept = {"es": "Borrador guardado", "en": "Draft saved"}[language]
    await expect(page.locator(".desk-disposition .card-head")).to_contain_text(kept)
    await site.console.engine.move("ana", AgentState.PAUSED)
    await page.locator("[name=who]").fill("ospina")
    await page.locator("[name=who]").press("Enter")
    await expect(page.locator(".found-one")).to_be_visible()
    assert not await page.evaluate(OVERFLOWS)
    assert not re.search(r"\b[a-z_]+\.[a-z_]+\.?[a-z_]*\b(?=\s|$)", await page.locator(".desk-state").inner_text())


@pytest.mark.parametrize(("language", "dark"), [("es", True), ("en", False)])
async def test_nobody_is_kept_out_of_the_desk(site: Site, language: str, dark: bool) -> None:
    page = await talking(site, language=language, dark=dark)
    found: list[str] = []
    for code, shown in (("PTP", ".offer"), ("CALLBACK", ".allowed"), ("DISPUTE", ".debtor")):
        await page.locator(f"[name=code][value={code}]").check()
        await expect(page.locator(shown).first).to_be_visible()
        found += await violations(page)
    await page.keyboard.press("s")
    await expect(page.get_by_role("dialog")).to_be_visible()
    found += await violations(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("?")
    await expect(page.locator(".keys")).to_be_visible()
    found += await violations(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("p")
    await expect(page.locator(".desk-reasons")).to_be_visible()
    found += await violations(page)
    assert found == []


# ------------------------------------------------------------------------------------------ as the server judges


async def test_the_page_finds_card_numbers_and_flaws_of_promises_as_the_server_does(site: Site) -> None:
    page = await site.open("/desk", login="ana")
    texts = ["", VISA, "Visa 4111 1111 1111 1111 123 12/28", "3782 822463 10005", "4111111111111112",
             "2026112400012345", "00004111111111111111000", "+57 310 456 7821", "30569309025904",
             "1111111111111117"]  # fmt: skip
    found = await page.evaluate(
        "async (texts) => { const { hasCardNumber } = await import('/static/js/card-numbers.js');"
        " return texts.map(hasCardNumber); }",
        texts,
    )
    assert found == [has_card_number(text) for text in texts]

    terms = PromiseTerms(discounts=(Discount(share=0.2, within_days=10),))
    cases = [
        ([(amount, day + gap * index) for index in range(count)], discount)
        for amount in (1, 31_025_00, 102_760_000, 128_450_000, 200_000_000)
        for day in (-1, 0, 9, 11, 30, 31)
        for count, gap in ((1, 0), (2, 15), (2, 32), (2, 0), (4, 7))
        for discount in (0.0, 0.2)
        if count == 1 or not discount
    ]
    sent = [
        {"discount": discount, "instalments": [
            {"amount_minor": amount, "due_on": str(TODAY + timedelta(days=day))} for amount, day in dues
        ]}
        for dues, discount in cases
    ]  # fmt: skip
    view = {**asdict(CARD_DEBT), "discounts": [asdict(each) for each in CARD_DEBT.discounts]}
    view = {name: str(value) if name.endswith(("_on", "today")) else value for name, value in view.items()}
    judged = await page.evaluate(
        "async ([all, terms]) => { const { objections } = await import('/static/js/desk-money.js');"
        " return all.map((one) => objections(one.instalments, one.discount, terms).map(({ flaw }) => flaw).sort()); }",
        [sent, view],
    )
    expected = []
    for dues, discount in cases:
        parts = tuple(Instalment(due_on=TODAY + timedelta(days=day), amount_minor=amount) for amount, day in dues)
        proposal = Proposal(instalments=parts, discount=discount)
        against = objections(proposal, terms, balance_minor=CARD_DEBT.balance_minor, today=TODAY)
        expected.append(sorted({str(each.flaw) for each in against}))
    assert judged == expected
