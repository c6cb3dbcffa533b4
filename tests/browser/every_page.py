"""Every page of the console, with something on it, one after the other: what must hold everywhere is tested once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from fastapi.routing import APIRoute
from playwright.async_api import Page, expect

from agent_console import pages
from dialer.domain.agent import AgentState
from tests.browser.conftest import Site
from tests.browser.test_money_and_law import promised
from tests.support.console_app import SETUP_TOKEN, write_recording
from tests.support.console_people import MemoryPeople
from tests.support.console_queries import call_id, debtor_card
from tests.support.heard_calls import heard_call
from tests.support.store import add_debtor, number

DOORS = ("/sign-in", "/setup")
PATHS = tuple(route.path for route in pages.router.routes if isinstance(route, APIRoute) and route.path not in DOORS)
CALL = call_id(5000)
DEBTOR = "CC-66666"
AGENTS = (("ines", AgentState.TALKING), ("juan", AgentState.READY), ("olga", AgentState.WRAP_UP))
#: A page may say that it has nothing, but not that it goes on looking.
PATIENCE_MS = 20_000
SETTLED = "main > :not(.loading)"

Prepare = Callable[[Page], Awaitable[None]]


async def furnish(site: Site, words: str = "Luz Dary Peña", campaign: str = "cartera-cali") -> None:
    """``words`` wherever somebody from outside can put some; ``campaign`` is the name of a second campaign."""
    console, home = site.console, site.home
    await add_debtor(home.database, home.campaign, number(66), name=words, external_ref=DEBTOR)
    newest = console.queries.log[0]
    told = replace(newest, debtor_name=words, notes=words, agent_name=words, cause_text=words)
    console.queries.log[0] = replace(told, row=replace(newest.row, agent_id="ines"))
    write_recording(console.recordings / f"{newest.row.call_id}.wav")
    known = console.queries.known
    known[:] = [replace(known[0], creditor=words), replace(known[0], name=campaign, creditor=words)]
    card = debtor_card(CALL, name=words)
    history = tuple(replace(contact, notes=words) for contact in card.history)
    debts = tuple(replace(debt, creditor=words, product=words, reference=words) for debt in card.debts)
    console.queries.cards[CALL] = replace(card, history=history, debts=debts)
    await heard_call(home, console.recordings, "machine", words=words)
    await promised(site)
    for agent_id, state in AGENTS:
        console.engine.agents[agent_id] = {"id": agent_id, "name": words}
        await console.engine.move(agent_id, state)


async def everywhere(
    site: Site, *, language: str, width: int = 1440, dark: bool = False, prepare: Prepare | None = None
) -> AsyncIterator[tuple[str, Page]]:
    """The name of a view, and the page that shows it. ``prepare`` is given each page before anything is on it."""
    height = 900 if width > 600 else 844
    screen = {"language": language, "width": width, "height": height, "dark": dark}

    async def opened(path: str, login: str, at: Site = site) -> Page:
        page = await at.open("/sign-in", login=login, **screen)  # type: ignore[arg-type]
        if prepare is not None:
            await prepare(page)
        await shown(page, f"{at.address}{path}")
        return page

    async def shown(page: Page, address: str) -> None:
        rest, _, anchor = address.partition("#")
        joint = "&" if "?" in rest else "?"
        await page.goto(f"{rest}{joint}lang={language}{'#' + anchor if anchor else ''}")
        await settled(page)

    page = await opened("/account", "luis")
    for path in PATHS:
        await shown(page, f"{site.address}{path}")
        yield path, page
    await shown(page, f"{site.address}/debtor?id={DEBTOR}")
    yield "/debtor, a person", page
    await shown(page, f"{site.address}/debtor?id=CC-20771")
    yield "/debtor, who may not be called", page
    await shown(page, f"{site.address}/attempts?call={site.home.call}")
    await expect(page.get_by_role("complementary")).to_be_visible(timeout=PATIENCE_MS)
    yield "/attempts, in detail", page
    await shown(page, f"{site.address}/users")
    await page.locator("[data-user] button").first.click()
    yield "/users, one changed", page
    await shown(page, f"{site.address}/")
    await page.locator(".controls button, .page-head button").last.click()
    yield "/, asked before something weighty", page
    async for view in _lists(site, page, shown):
        yield view
    await page.close()

    desk = await opened("/desk", "ana")
    yield "/desk, signing in", desk
    await sign_in_anywhere(site, desk)
    yield "/desk, on a break", desk
    await site.console.engine.move("ana", AgentState.READY)
    await expect(desk.locator(".debtor")).to_have_count(0, timeout=PATIENCE_MS)
    yield "/desk, ready", desk
    await site.console.engine.move("ana", AgentState.TALKING, CALL)
    await expect(desk.locator(".debtor")).to_be_visible(timeout=PATIENCE_MS)
    yield "/desk, talking", desk
    await desk.locator("[name=code][value=PTP]").check()
    yield "/desk, a promise", desk
    await site.console.engine.move("ana", AgentState.WRAP_UP, CALL)
    await expect(desk.get_by_role("timer")).to_be_visible(timeout=PATIENCE_MS)
    await desk.locator("[name=code][value=CALLBACK]").check()
    yield "/desk, wrapping up", desk
    await desk.close()

    empty = await site.beside(MemoryPeople(site.console.clock))
    for at, path in ((site, "/sign-in"), (empty, f"/setup#{SETUP_TOKEN}")):
        door = await opened(path, "", at)
        await expect(door.locator("form")).to_be_visible(timeout=PATIENCE_MS)
        yield path.partition("#")[0], door
        await door.close()


async def _lists(
    site: Site, page: Page, shown: Callable[[Page, str], Awaitable[None]]
) -> AsyncIterator[tuple[str, Page]]:
    await shown(page, f"{site.address}/lists")
    file = site.console.recordings / "lista.csv"
    file.write_text("nombre;celular;monto;obligacion\n<img src=x onerror=1>;3101112233;9000;E-1\n", encoding="utf-8")
    await page.locator("input[type=file]").set_input_files(file)
    await page.locator("form button").last.click()
    await expect(page.locator("[data-column=celular]")).to_be_visible(timeout=PATIENCE_MS)
    yield "/lists, a file looked at", page


async def sign_in_anywhere(site: Site, page: Page) -> None:
    """Whatever language the page is in."""
    await page.locator("[name=phone]").fill("1001")
    await page.locator("form button").last.click()
    await expect(page.locator("[name=phone]")).to_have_count(0, timeout=PATIENCE_MS)
    await site.console.engine.move("ana", AgentState.PAUSED)
    await expect(page.locator(".desk, .state-bar, main h1").first).to_be_visible(timeout=PATIENCE_MS)


async def settled(page: Page) -> None:
    await expect(page.locator(SETTLED).first).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator(".loading")).to_have_count(0, timeout=PATIENCE_MS)
