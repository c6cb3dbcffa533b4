from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.console_app import ConsoleUnderTest, make_console
from tests.support.console_client import signed_in


@pytest.fixture
def console(tmp_path: Path) -> ConsoleUnderTest:
    return make_console(tmp_path, attempt_count=60)


@pytest.fixture
async def client(console: ConsoleUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(console.app) as client:
        yield client
