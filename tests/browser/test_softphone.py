"""The browser's own telephone, on a real Asterisk: it hears, is heard, and comes back after whatever happens to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dialer.provision.process import AsteriskProcess
from tests.support.asterisk import asterisk  # noqa: F401
from tests.support.sipp import Conduct, tone
from tests.support.softphone_room import SoftphoneRoom, call_in_turn, softphone_room

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(
    asterisk: AsteriskProcess,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[SoftphoneRoom]:
    folder = tmp_path_factory.mktemp("softphone")
    speaks = tone(folder / "debtor.ulaw")
    async with softphone_room(asterisk, folder, [Conduct(digits="", talk_ms=600_000, audio=speaks)]) as room:
        yield room


async def sit_down(page: Page) -> None:
    await expect(page.locator("[data-phone=registered]")).to_be_visible(timeout=30_000)
    await page.get_by_role("button", name="Entrar").click()
    await expect(page.locator("[data-leg=up]")).to_be_visible(timeout=30_000)


async def test_an_agent_hears_and_is_heard(room: SoftphoneRoom) -> None:
    async with room.profile("ana") as profile:
        page = await room.open(profile, "/desk")
        await sit_down(page)
        await page.get_by_role("button", name="Disponible").click()
        await call_in_turn(room, ["+573101110001"])
        call = await room.says("call.bridged", 1)
        print(call)
