"""Health of the installation, and its trunks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from agent_console.api.wiring import FromRooms
from agent_console.ports_health import Examination, HealthNow, Language, TrunksNow

router = APIRouter(tags=["health"])

Lang = Annotated[Language, Query()]


@router.get("/health")
async def now(rooms: FromRooms) -> HealthNow:
    """What is quickly found out of this process, its database and its disk."""
    return await rooms.context.health.now()


@router.get("/health/checks")
async def checks(rooms: FromRooms, lang: Lang = "es") -> Examination:
    """Everything that ``cadencia doctor`` looks at, with how to mend it. Takes up to half a minute."""
    return await rooms.context.health.examine(lang)


@router.get("/trunks")
async def trunks(rooms: FromRooms, lang: Lang = "es") -> TrunksNow:
    """What Asterisk says of the trunks that the settings name, and with whom it is registered."""
    return await rooms.context.health.trunks(lang)
