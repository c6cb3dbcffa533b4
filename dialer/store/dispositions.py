"""What an agent's word about a conversation means for the debtor in this campaign."""

from __future__ import annotations

from dataclasses import dataclass
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
    "ATTORNEY": _DONE,  # represented by a lawyer
    "CEASE": _DONE,  # asked in writing that all contact end
    "BANKRUPTCY": _DONE,
    "MORATORIUM": _DONE,  # breathing space granted by law
    "DECEASED": _DONE,
    "EMPLOYER_BARS": _BACK,  # not at work: the employer forbids it
    "CONSENT_REVOKED": _BACK,  # this number not by a dialer any more
    "CALLBACK": _BACK,
    "NO_COMMITMENT": _BACK,
    "THIRD_PARTY": _BACK,  # somebody else answered
    "WRONG_PERSON": _WRONG,
    "DO_NOT_CALL": _STOP,
    "SELF_SERVICE": _BACK,  # nobody took the call in time; the flow did, and they identified themselves
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


#: Somebody else was on the line: the ledger counts it as a talk with a third party.
SOMEBODY_ELSE = frozenset({"THIRD_PARTY", "WRONG_PERSON", "WN"})


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that a word about a conversation makes known: of the ``debtor``, their ``debt`` or the ``number``."""

    subject: str
    name: str


#: What the law must be told at once, in every campaign.
FLAGS: dict[str, Flag] = {
    "DISPUTE": Flag("debt", "disputed_unverified"),
    "ATTORNEY": Flag("debt", "attorney"),
    "CEASE": Flag("debt", "cease_written"),
    "MORATORIUM": Flag("debt", "moratorium"),
    "BANKRUPTCY": Flag("debtor", "bankruptcy"),
    "DECEASED": Flag("debtor", "deceased"),
    "EMPLOYER_BARS": Flag("debtor", "employer_bars_calls"),
    "CONSENT_REVOKED": Flag("number", "consent_revoked"),
}


#: On the stop list of every campaign from then on, but not their numbers, which others answer.
NEVER_AGAIN = frozenset({"DECEASED"})


def effect_of(code: str) -> Effect:
    """The effect of ``code``. Raises InputError for a code that nobody knows: a typing error must not lose a stop."""
    found = EFFECTS.get(code.upper())
    if found is None:
        raise InputError(f"{code!r} is no disposition. Choose one of: {', '.join(EFFECTS)}")
    return found
