"""Who decides: the name that is written beside a fact, an override or an erasure.

Of a person it is the account, whoever they say they are: two accounts are two people, as far as a computer can know. A
program says for whom it speaks, and its word is marked as such.
"""

from __future__ import annotations

from fastapi import Request

from agent_console.who import who_of
from dialer.errors import SpeakerDiffers, SpeakerMissing

LONGEST = 64  #: as the records have it


def speaker(request: Request, named: str | None) -> str:
    """Raises SpeakerMissing where a program names nobody, SpeakerDiffers where a person names somebody else."""
    who = who_of(request)
    said = " ".join(named.split()) if named else ""
    if who.person is None:
        if not said:
            raise SpeakerMissing
        return f"api:{said}"[:LONGEST]
    own = {each.casefold() for each in (who.person.login, who.person.name, who.person.agent_id or "")}
    if said and said.casefold() not in own:
        raise SpeakerDiffers
    return who.person.login
