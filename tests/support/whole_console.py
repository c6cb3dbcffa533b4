"""The console over a station of the test's own, with every room as in production and people of the test's choice."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from agent_console.context import ConsoleContext
from agent_console.ports_people import ChangesRoom, PeopleRoom
from dialer.app import Station
from dialer.console.rooms import console_over
from tests.support.console_app import SECRET, SETUP_TOKEN


def console_of_tests(
    station: Station, stack: AsyncExitStack, *, people: PeopleRoom, changes: ChangesRoom, **more: Any
) -> ConsoleContext:
    """``stack`` closes what must be closed before the station. ``more`` is as of ``ConsoleContext``."""
    return console_over(
        station,
        stack,
        version="test",
        metrics=lambda: b"",
        people=people,
        changes=changes,
        secret_key=SECRET,
        setup_token=SETUP_TOKEN,
        **more,
    )
