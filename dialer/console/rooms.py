"""The console's compliance rooms put together over a running station."""

from __future__ import annotations

from collections.abc import Callable

from agent_console.context import ComplianceRooms
from dialer.app import Station
from dialer.beside import Beside
from dialer.console.ledger import ConsoleContacts, ConsoleFacts
from dialer.console.rules import ConsoleRules
from dialer.console.trail import ConsoleTrail
from dialer.settings import Settings


def caller_id_in(settings: Settings) -> Callable[[str], str]:
    """The number that a trunk shows, by the trunk's name; empty where it has none."""

    def caller_id_of(trunk: str) -> str:
        found = settings.trunks.get(trunk)
        return found.caller_id if found is not None else ""

    return caller_id_of


def compliance_rooms(station: Station, beside: Beside) -> ComplianceRooms:
    """``beside`` answers what takes long; the caller closes it."""
    database, gate, clock, settings = station.database, station.gate, station.clock, station.settings
    shown = {trunk.caller_id for trunk in settings.trunks.values()}

    return ComplianceRooms(
        rules=ConsoleRules(database, beside, gate, station.attempts, caller_id_in(settings)),
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
