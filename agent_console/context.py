"""Everything the console needs, handed over once by whoever composes the process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from agent_console.ports import ConsoleQueries, MetricsText, RecordingFinder
from agent_console.ports_ledger import ContactsRoom, FactsRoom
from agent_console.ports_pacing import PacingRoom
from agent_console.ports_promises import PromisesRoom
from agent_console.ports_review import ReviewRoom
from agent_console.ports_rules import RulesRoom
from agent_console.ports_trail import TrailRoom
from dialer.clock import Clock
from dialer.ports import EventBus


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRooms:
    rules: RulesRoom
    facts: FactsRoom
    contacts: ContactsRoom
    trail: TrailRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleContext:
    """``access_token`` is the secret in the start URL; ``secret_key`` signs the cookies. Both at least 32 characters,
    generated at first run and kept in the data folder. ``command_timeout_s`` is how long a command may go unanswered.
    """

    bus: EventBus
    queries: ConsoleQueries
    compliance: ComplianceRooms
    reviews: ReviewRoom
    pacing: PacingRoom
    promises: PromisesRoom
    clock: Clock
    recordings_root: Path
    find_recording: RecordingFinder
    metrics: MetricsText
    access_token: str
    secret_key: str
    session_length: timedelta = timedelta(hours=12)
    command_timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if len(self.access_token) < 32 or len(self.secret_key) < 32:
            raise ValueError("access_token and secret_key need at least 32 characters each")
