"""What the console asks about campaigns as configured, and does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.campaign import Campaign, CampaignState


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSetup:
    """A campaign with all its settings. ``next_at`` is when its schedule starts or stops it next."""

    campaign: Campaign
    state: CampaignState
    next_at: datetime | None = None
    next_starts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkChoice:
    """``max_lines`` calls at once, ``calls_per_second`` new ones; ``caller_id`` is shown unless a campaign has its
    own. ``dial_string`` is what Asterisk is told, without any secret."""

    name: str
    dial_string: str
    max_lines: int
    calls_per_second: float
    caller_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignChoices:
    """What there is to choose from."""

    trunks: tuple[TrunkChoice, ...]
    packs: tuple[str, ...]
    flows: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHour:
    """Attempts reserved from ``since`` to ``until``. ``answer_rate`` is a fraction of those dialed. ``wait_s``: how
    long people waited for an agent once it was clear that they are people; None where nobody was connected."""

    since: datetime
    until: datetime
    dialed: int
    answered: int
    people: int
    abandoned: int
    connected: int
    answer_rate: float | None
    wait_s: float | None
    longest_wait_s: float | None
    talk_s: float | None
    wrap_up_s: float | None


class CampaignsRoom(Protocol):
    """Raises StoreError, and UnknownCampaign where there is none of that name."""

    async def setup(self, name: str) -> CampaignSetup: ...

    async def setups(self) -> Sequence[CampaignSetup]:
        """Every campaign, in the order of their names."""
        ...

    async def create(self, campaign: Campaign) -> CampaignSetup:
        """A stopped campaign; its id is ignored. Raises InputError for its name, SettingsRefused for its settings."""
        ...

    async def change(self, wanted: Campaign, seen: Campaign) -> CampaignSetup:
        """Store ``wanted`` and tell the engine, unless somebody else has changed what ``seen`` shows. Raises Changed,
        SettingsRefused."""
        ...

    async def last_hour(self, name: str) -> LastHour: ...

    async def choices(self) -> CampaignChoices: ...
