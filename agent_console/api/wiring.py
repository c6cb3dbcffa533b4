"""What every endpoint can ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from agent_console.commands import CommandDesk
from agent_console.context import ConsoleContext
from agent_console.live import LiveHub
from agent_console.phone_lines import PhoneLines
from agent_console.ports import CampaignView
from agent_console.sign_in_limits import SignInLimits
from dialer.errors import UnknownCampaign


@dataclass(frozen=True, slots=True)
class Rooms:
    context: ConsoleContext
    commands: CommandDesk
    live: LiveHub
    sign_ins: SignInLimits
    phone_lines: PhoneLines

    async def campaign(self, name: str) -> CampaignView:
        """Raises UnknownCampaign. Also what keeps a made-up name out of a bus topic."""
        for campaign in await self.context.queries.campaigns():
            if campaign.name == name:
                return campaign
        raise UnknownCampaign()


def rooms(connection: HTTPConnection) -> Rooms:
    found: Rooms = connection.app.state.rooms
    return found


FromRooms = Annotated[Rooms, Depends(rooms)]
