"""Who decides: the name that is written beside a fact, an override or an erasure.

There is one access token and there are no accounts yet, so a name is what somebody says it is, except at a desk: who is
signed in there speaks under no other name. That two names are two people is therefore the house's word, not a proof.
"""

from __future__ import annotations

from fastapi import Request

from agent_console.api.desk import seat_of
from agent_console.api.wiring import Rooms
from dialer.errors import SpeakerDiffers, SpeakerMissing


def speaker(request: Request, rooms: Rooms, named: str | None) -> str:
    """Raises SpeakerMissing where nobody is named, SpeakerDiffers where somebody else sits at this browser's desk."""
    seat = seat_of(request, rooms)
    said = " ".join(named.split()) if named else None
    if seat is None:
        if not said:
            raise SpeakerMissing
        return said
    if said and said.casefold() not in (seat.name.casefold(), seat.agent_id.casefold()):
        raise SpeakerDiffers
    return seat.name
