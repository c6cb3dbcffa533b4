"""Pacing questions that take a simulation to answer."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from agent_console.api.wiring import FromRooms
from agent_console.schemas_compliance import Moment
from pacing.what_if import WhatIf

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

_SINCE = timedelta(hours=8)


@router.get("/{name}/pacing/what-if")
async def what_if(
    name: str,
    rooms: FromRooms,
    target: Annotated[float | None, Query(gt=0.0, le=0.2, description="Abandonment allowed: 0.02 is 2 %.")] = None,
    pacer: Annotated[str | None, Query(max_length=40, description="A mode, or a pacer of the benchmark.")] = None,
    since: Annotated[Moment | None, Query(description="Eight hours before the end by default.")] = None,
    until: Annotated[Moment | None, Query(description="Now by default; at most 24 hours after the beginning.")] = None,
) -> WhatIf:
    """The campaign's own calls of some hours, played again in the simulator: as they were, to see whether it tells what
    happened, and under another target or pacer. Takes up to a minute."""
    campaign = await rooms.campaign(name)
    end = rooms.context.clock.now() if until is None else until.astimezone(UTC)
    begin = end - _SINCE if since is None else since.astimezone(UTC)
    return await rooms.context.pacing.what_if(campaign.name, since=begin, until=end, target=target, pacer=pacer or None)
