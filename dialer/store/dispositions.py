"""What an agent's word about a conversation means for the debtor in this campaign."""

from __future__ import annotations

from enum import StrEnum

from dialer.errors import InputError


class Effect(StrEnum):
    """What becomes of the debtor in the campaign. Without an effect the retry rules decide, as for any attempt."""

    DONE = "done"  #: settled: not dialed again in this campaign
    CALL_BACK = "call-back"  #: stays in the campaign
    DO_NOT_CALL = "do-not-call"  #: the person is on the stop list, in every campaign, and so is the number
    WRONG_NUMBER = "wrong-number"  #: this number never again for this debtor; their other numbers stay


_DONE = Effect.DONE
_BACK = Effect.CALL_BACK
_STOP = Effect.DO_NOT_CALL
_WRONG = Effect.WRONG_NUMBER

#: The codes of collections desks, and beside them the ones that VICIdial users report on.
EFFECTS: dict[str, Effect] = {
    "PTP": _DONE,  # promise to pay
    "PAID": _DONE,
    "REFUSED": _DONE,
    "DISPUTE": _DONE,
    "DECEASED": _DONE,
    "CALLBACK": _BACK,
    "NO_COMMITMENT": _BACK,
    "THIRD_PARTY": _BACK,  # somebody else answered
    "WRONG_PERSON": _WRONG,
    "DO_NOT_CALL": _STOP,
    "SALE": _DONE,
    "DEC": _DONE,
    "NI": _DONE,
    "NP": _DONE,
    "CALLBK": _BACK,
    "CBHOLD": _BACK,
    "DNC": _STOP,
    "DNCL": _STOP,
    "DNCC": _DONE,  # the stop list of one campaign: never dialed again in it
    "WN": _WRONG,
}


def effect_of(code: str) -> Effect:
    """The effect of ``code``. Raises InputError for a code that nobody knows: a typing error must not lose a stop."""
    found = EFFECTS.get(code.upper())
    if found is None:
        raise InputError(f"{code!r} is no disposition. Choose one of: {', '.join(EFFECTS)}")
    return found
