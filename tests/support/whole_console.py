"""The console over a station of the test's own, with every room as in production and people of the test's choice."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from agent_console.context import ConsoleContext
from agent_console.ports_people import ChangesRoom, PeopleRoom
from dialer.app import Station
from dialer.beside import Beside
from dialer.console.campaigns import ConsoleCampaigns
from dialer.console.desk import ConsoleDesk
from dialer.console.health import ConsoleHealth
from dialer.console.pacing import ConsolePacing
from dialer.console.promises import ConsolePromises
from dialer.console.reads import ConsoleReads
from dialer.console.review import ConsoleReviews
from dialer.console.rooms import caller_id_in, compliance_rooms
from dialer.console.uploads import ConsoleUploads
from tests.support.console_app import SECRET, SETUP_TOKEN


def console_over(
    station: Station, stack: AsyncExitStack, *, people: PeopleRoom, changes: ChangesRoom, **more: Any
) -> ConsoleContext:
    """``stack`` closes what must be closed before the station. ``more`` is as of ``ConsoleContext``."""
    settings = station.settings
    beside, replays = (Beside(settings.effective_database_url) for _ in range(2))
    stack.push_async_callback(beside.close)
    stack.push_async_callback(replays.close)
    uploads = ConsoleUploads(station.database, station.clock, station.bus, settings.data_dir / "uploads")
    stack.push_async_callback(uploads.close)
    promises = ConsolePromises(station.database, station.clock)
    return ConsoleContext(
        bus=station.bus,
        queries=ConsoleReads(station.database),
        campaigns=ConsoleCampaigns(station.database, station.clock, settings),
        uploads=uploads,
        health=ConsoleHealth(station.database, station.clock, settings, version="test"),
        compliance=compliance_rooms(station, beside),
        reviews=ConsoleReviews(station.database, beside, station.clock, library=station.recordings.root),
        pacing=ConsolePacing(replays, settings),
        promises=promises,
        desk=ConsoleDesk(station.database, station.gate, station.clock, promises, caller_id_in(settings)),
        clock=station.clock,
        recordings_root=station.recordings.root,
        find_recording=station.recordings.find,
        metrics=lambda: b"",
        people=people,
        changes=changes,
        secret_key=SECRET,
        setup_token=SETUP_TOKEN,
        **more,
    )
