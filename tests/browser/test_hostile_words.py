"""Words from outside are only words, on every page; and no other site may frame the console or listen to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from dialer.ports import BusMessage
from tests.browser.conftest import Site
from tests.browser.every_page import PATIENCE_MS, everywhere, furnish
from tests.support.console_people import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "<img src=x onerror=\"window.canary='ran'\"><script>window.canary='ran'</script>{{7*7}}"
CAMPAIGN = "<svg onload=window.canary='ran'>"
TRAP = """
window.canary = '';
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.violatedDirective));
"""
#: Views that show what somebody from outside wrote.
TOLD = {
    "/",
    "/attempts, in detail",
    "/debtor, a person",
    "/desk, talking",
    "/desk, wrapping up",
    "/lists, a file looked at",
}


async def trap(page: Page) -> None:
    await page.context.add_init_script(TRAP)


async def caught(page: Page) -> list[str]:
    """What ran, or tried to."""
    found: list[str] = await page.evaluate("[window.canary, ...window.refused].filter(Boolean)")
    strays = await page.locator("#app :is(script, img[src=x], svg[onload])").count()
    return [*found, *["an element made of words"] * strays]


async def test_a_script_in_somebodys_words_is_shown_and_runs_nowhere(site: Site) -> None:
    await furnish(site, WORDS, CAMPAIGN)
    note = {"agent_id": "ana", "text": WORDS, "from": WORDS, "at": "2026-11-24T15:00:00Z"}
    shown = set()
    async for view, page in everywhere(site, language="es", prepare=trap):
        if view == "/desk, talking":
            await site.console.bus.publish(BusMessage(topic="cartera-bogota/agent.message", payload=note))
            await expect(page.locator("main")).to_contain_text("{{7*7}}", timeout=PATIENCE_MS)
        assert await caught(page) == [], view
        if "<img src=x" in await page.inner_text("body"):
            shown.add(view)
    assert shown >= TOLD


async def test_the_trap_catches_what_runs(site: Site) -> None:
    page = await site.open("/account")
    await trap(page)
    await page.reload()
    await expect(page.locator("main h1").first).to_be_visible(timeout=PATIENCE_MS)
    assert await caught(page) == []
    await page.evaluate("words => { document.querySelector('main').innerHTML = words; }", WORDS)
    await page.wait_for_function("window.refused.length > 0")
    assert "an element made of words" in await caught(page)
    await site.complained("Content Security Policy", "status of 404")  # the script, and the picture that is not there


@asynccontextmanager
async def another_site(html: str) -> AsyncIterator[str]:
    """A page at another origin on this machine."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = html.encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_another_site_can_neither_frame_the_console_nor_listen_to_it(site: Site) -> None:
    page = await site.open("/account")  # the cookie goes with every request to this host, whatever the port
    live = f"ws://127.0.0.1:{site.port}/api/v1/live"
    html = f"""<iframe src="{site.address}/"></iframe><script>
        window.heard = [];
        const told = (what) => () => heard.push(what);
        const socket = new WebSocket("{live}");
        Object.assign(socket, {{ onopen: told("open"), onclose: told("closed"), onmessage: told("message") }});
        fetch("{site.address}/api/v1/me", {{ credentials: "include" }}).then(told("read"), told("refused"));
        </script>"""
    async with another_site(html) as address:
        await page.goto(address)
        await page.wait_for_function("window.heard.length >= 2")
        assert sorted(await page.evaluate("window.heard")) == ["closed", "refused"]
        (frame,) = page.frames[1:]
        assert "Cadencia" not in await frame.content()
    await site.complained("frame-ancestors", "response code: 403", "CORS policy", "ERR_FAILED")


async def test_the_way_back_after_signing_in_is_always_a_page_of_ours(site: Site) -> None:
    page = await site.open("/sign-in", login="")
    for wanted in (
        "/%5Celsewhere.test/",
        "https://elsewhere.test/",
        "javascript:alert(1)",
        "/%09/elsewhere.test/",
        "/.//x.test",
    ):
        await page.goto(f"{site.address}/sign-in?next={wanted}")
        await page.locator("[name=login]").fill("rosa")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{site.address}/", timeout=PATIENCE_MS)
