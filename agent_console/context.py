"""Everything the console needs, handed over once by whoever composes the process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from agent_console.ports import ConsoleQueries, MetricsText, RecordingFinder
from agent_console.ports_campaigns import CampaignsRoom
from agent_console.ports_desk import DeskRoom
from agent_console.ports_health import HealthRoom
from agent_console.ports_ledger import ContactsRoom, FactsRoom
from agent_console.ports_pacing import PacingRoom
from agent_console.ports_people import ChangesRoom, PeopleRoom
from agent_console.ports_phones import NoPhones, PhonesRoom
from agent_console.ports_promises import PromisesRoom
from agent_console.ports_review import ReviewRoom
from agent_console.ports_rules import RulesRoom
from agent_console.ports_trail import TrailRoom
from agent_console.ports_uploads import UploadsRoom
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
    """``secret_key`` signs the cookies: at least 32 characters, made at first run and kept in the data folder.
    ``setup_token`` lets its holder make the first administrator, while there is none. ``session_length`` is the longest
    that a cookie lives. ``command_timeout_s`` is how long a command may go unanswered, ``recheck_s`` how often an open
    WebSocket is asked whether its session still is, ``heartbeat_s`` the longest that it hears nothing.
    """

    bus: EventBus
    queries: ConsoleQueries
    campaigns: CampaignsRoom
    uploads: UploadsRoom
    health: HealthRoom
    compliance: ComplianceRooms
    reviews: ReviewRoom
    pacing: PacingRoom
    promises: PromisesRoom
    desk: DeskRoom
    clock: Clock
    recordings_root: Path
    find_recording: RecordingFinder
    metrics: MetricsText
    people: PeopleRoom
    changes: ChangesRoom
    secret_key: str
    setup_token: str
    session_length: timedelta = timedelta(hours=12)
    command_timeout_s: float = 5.0
    recheck_s: float = 15.0
    heartbeat_s: float = 5.0
    phones: PhonesRoom = field(default_factory=NoPhones)
    ice_servers: tuple[str, ...] = ()  #: the browsers' STUN and TURN servers

    def __post_init__(self) -> None:
        if len(self.setup_token) < 32 or len(self.secret_key) < 32:
            raise ValueError("setup_token and secret_key need at least 32 characters each")
