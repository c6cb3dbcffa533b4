"""The console's rooms put together over a running station."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from agent_console.context import ComplianceRooms, ConsoleContext
from dialer.amd.service import AmdService
from dialer.app import Station
from dialer.beside import Beside
from dialer.console.campaigns import ConsoleCampaigns
from dialer.console.desk import ConsoleDesk
from dialer.console.health import ConsoleHealth
from dialer.console.ledger import ConsoleContacts, ConsoleFacts
from dialer.console.pacing import ConsolePacing
from dialer.console.promises import ConsolePromises
from dialer.console.reads import ConsoleReads
from dialer.console.review import ConsoleReviews
from dialer.console.rules import ConsoleRules
from dialer.console.trail import ConsoleTrail
from dialer.console.uploads import ConsoleUploads
from dialer.settings import Settings


def console_over(station: Station, stack: AsyncExitStack, *, version: str, **more: Any) -> ConsoleContext:
    """Every room that needs no more than the station; ``more`` is the rest of ``ConsoleContext``. ``stack`` closes what
    must be closed before the station is."""
    settings, database, clock = station.settings, station.database, station.clock
    beside = Beside(settings.effective_database_url)
    replays = Beside(settings.effective_database_url)  # apart: nobody else's question waits for a simulation
    uploads = ConsoleUploads(database, clock, station.bus, settings.data_dir / "uploads")
    for each in (beside, replays, uploads):
        stack.push_async_callback(each.close)
    detector = station.pbx.detector
    models = detector.transcribers if isinstance(detector, AmdService) else {}
    promises = ConsolePromises(database, clock)
    return ConsoleContext(
        bus=station.bus,
        queries=ConsoleReads(database),
        campaigns=ConsoleCampaigns(database, clock, settings),
        uploads=uploads,
        health=ConsoleHealth(database, clock, settings, version=version),
        compliance=_compliance_rooms(station, beside),
        reviews=ConsoleReviews(database, beside, clock, library=station.recordings.root, models=models),
        pacing=ConsolePacing(replays, settings),
        promises=promises,
        desk=ConsoleDesk(database, station.gate, clock, promises, _caller_id_in(settings)),
        clock=clock,
        recordings_root=station.recordings.root,
        find_recording=station.recordings.find,
        **more,
    )


def _compliance_rooms(station: Station, beside: Beside) -> ComplianceRooms:
    database, gate, clock, settings = station.database, station.gate, station.clock, station.settings
    shown = {trunk.caller_id for trunk in settings.trunks.values()}
    return ComplianceRooms(
        rules=ConsoleRules(database, beside, gate, station.attempts, _caller_id_in(settings)),
        facts=ConsoleFacts(database, clock, gate.packs),
        contacts=ConsoleContacts(database, gate, clock, caller_id=shown.pop() if len(shown) == 1 else ""),
        trail=ConsoleTrail(
            database,
            beside,
            gate,
            station.audit.trail,
            clock,
            folder=settings.data_dir,
            library=settings.recordings_dir,
        ),
    )


def _caller_id_in(settings: Settings) -> Callable[[str], str]:
    """The number that a trunk shows, by the trunk's name; empty where it has none."""

    def caller_id_of(trunk: str) -> str:
        found = settings.trunks.get(trunk)
        return found.caller_id if found is not None else ""

    return caller_id_of
