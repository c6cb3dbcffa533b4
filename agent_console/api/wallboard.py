"""The wallboard's figures: nothing of anybody, so that a television may ask with a token that opens nothing else."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from agent_console.api.wiring import FromRooms
from agent_console.live_state import ON_A_CALL, LiveState
from agent_console.ports import CampaignView
from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignState, DialMode

router = APIRouter(tags=["live"])

_OUT = ("dialing", "ringing", "early")


class BoardCampaign(BaseModel):
    """``at`` is when the engine last spoke of the campaign, None where it never did. Rates are fractions."""

    name: str
    state: CampaignState
    mode: DialMode
    at: datetime | None = None
    link_up: bool = False
    calls_per_min: float = 0.0
    ringing: int = 0
    waiting: int = 0
    talking: int = 0
    ready: int = 0
    busy: int = 0
    paused: int = 0
    attempts: int = 0
    people: int = 0
    connected: int = 0
    abandoned: int = 0
    abandonment: float = 0.0
    limit: float


class Board(BaseModel):
    now: datetime
    campaigns: list[BoardCampaign]


@router.get("/wallboard")
async def wallboard(rooms: FromRooms) -> Board:
    """Every campaign in figures."""
    campaigns = await rooms.context.queries.campaigns()
    return Board(
        now=rooms.context.clock.now(),
        campaigns=[_figures(campaign, rooms.live.state(campaign.name)) for campaign in campaigns],
    )


def _figures(campaign: CampaignView, live: LiveState | None) -> BoardCampaign:
    if live is None:
        return BoardCampaign(
            name=campaign.name, state=CampaignState.STOPPED, mode=campaign.mode, limit=campaign.target_abandonment
        )
    states = [agent.state for agent in live.agents]
    return BoardCampaign(
        name=campaign.name,
        state=live.state,
        mode=live.mode,
        at=live.at,
        link_up=live.link == "up",
        calls_per_min=live.calls_per_min,
        ringing=sum(live.lines.get(each, 0) for each in _OUT),
        waiting=live.lines.get("waiting", 0),
        talking=states.count(AgentState.TALKING),
        ready=states.count(AgentState.READY),
        busy=sum(state in ON_A_CALL for state in states),
        paused=states.count(AgentState.PAUSED),
        attempts=live.today.get("attempts", 0),
        people=live.today.get("people", 0),
        connected=live.today.get("bridged", 0),
        abandoned=live.today.get("abandoned", 0),
        abandonment=live.abandonment_rate,
        limit=live.target_abandonment or campaign.target_abandonment,
    )
