"""Promised calls, as the engine needs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dialer.domain.ids import AgentId
from dialer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A call that somebody was promised. ``number`` None: whichever is usable; ``agent_id`` None: whoever is free."""

    id: int
    debtor_id: int
    at: datetime
    number: str | None = None
    agent_id: AgentId | None = None


class CallBackBook(Protocol):
    """Promised calls. Keeping one goes through ``ContactGate.reserve_contact`` like every other call."""

    async def promise(
        self,
        campaign_id: int,
        debtor_id: int,
        at: datetime,
        now: datetime,
        *,
        number: str | None = None,
        agent_id: AgentId | None = None,
    ) -> int:
        """Write a call-back down, in the place of an earlier one to this debtor, and keep the campaign from dialing
        them before. Returns its id. Raises UnknownDebtor for a debtor who is not the campaign's, InputError for a
        number that is not the debtor's."""
        ...

    async def due(self, campaign_id: int, now: datetime, most: int) -> Sequence[CallBack]:
        """The promises whose time has come, the oldest first."""
        ...

    async def settle(self, call_back_id: int, *, again_at: datetime | None) -> None:
        """The promise is kept or cannot be; or, with ``again_at``, it is due again then."""
        ...
