"""What an agent does with the call in hand, as a table of transitions, and whom it may be handed to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

MOST_KEYS = 32
MOST_NUMBERS = 50  # that one campaign lists
LONGEST_LABEL = 40

_KEYS = re.compile(r"[0-9*#]+")
_NUMBER = re.compile(r"\+?[0-9]{2,15}")


class TalkState(StrEnum):
    """Who hears whom in a call that an agent has."""

    JOINED = "joined"  #: the person and the agent
    HELD = "held"  #: the person is asked to stay, the agent hears nobody
    REACHING = "reaching"  #: on hold, while whoever is to be consulted is reached
    CONSULTING = "consulting"  #: on hold, while the agent and the consulted one talk
    CONFERENCE = "conference"  #: all three
    HANDING = "handing"  #: the person goes over to somebody who is being reached


class TalkSignal(StrEnum):
    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    REACHED = "reached"
    CONFER = "confer"
    HAND = "hand"
    HANDED = "handed"  #: they are with the other one now, whose call it is
    RETURN = "return"  #: nobody else any more: back to the agent
    LOST = "lost"  #: the person could not be joined with the agent


_S = TalkState
_G = TalkSignal

TRANSITIONS: Mapping[tuple[TalkState, TalkSignal], TalkState] = {
    (_S.JOINED, _G.HOLD): _S.HELD,
    (_S.HELD, _G.RESUME): _S.JOINED,
    (_S.JOINED, _G.LOST): _S.HELD,
    (_S.JOINED, _G.CONSULT): _S.REACHING,
    (_S.HELD, _G.CONSULT): _S.REACHING,
    (_S.REACHING, _G.REACHED): _S.CONSULTING,
    (_S.CONSULTING, _G.CONFER): _S.CONFERENCE,
    (_S.HANDING, _G.HANDED): _S.JOINED,
    **{(state, _G.HAND): _S.HANDING for state in _S if state is not _S.HANDING},
    **{(state, _G.RETURN): _S.JOINED for state in (_S.REACHING, _S.CONSULTING, _S.CONFERENCE, _S.HANDING)},
}


def next_state(state: TalkState, signal: TalkSignal) -> TalkState | None:
    """The state after ``signal``, or None where it means nothing in ``state``."""
    return TRANSITIONS.get((state, signal))


class TalkVerb(StrEnum):
    """What an agent asks for. Part of the bus and of the API."""

    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    KEYPAD = "keypad"
    ANNOUNCE = "announce"
    TRANSFER = "transfer"  #: at once; whoever cannot be reached gives the person back
    CONSULT = "consult"  #: talk with the other one first
    COMPLETE = "complete"  #: leave the person to the one who was consulted
    CONFERENCE = "conference"
    CANCEL = "cancel"  #: back to the person; said by the consulted agent: leave
    TO_IVR = "to-ivr"


def are_keys(digits: str) -> bool:
    """Whether these are keys of a telephone, and not too many to press."""
    return len(digits) <= MOST_KEYS and _KEYS.fullmatch(digits) is not None


def check_transfer_numbers(numbers: Mapping[str, str]) -> None:
    """Raises ValueError where a campaign lists somebody who cannot be called."""
    if len(numbers) > MOST_NUMBERS:
        raise ValueError(f"transfer_numbers are at most {MOST_NUMBERS}")
    for label, number in numbers.items():
        if not 0 < len(label.strip()) <= LONGEST_LABEL or not label.isprintable():
            raise ValueError(f"transfer_numbers need names of 1 to {LONGEST_LABEL} characters")
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"the transfer number of {label} must be digits, with + where it is international")
