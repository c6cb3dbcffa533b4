"""What becomes of a call, drawn at random: its outcome, how long it takes, and what the agent says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random  # noqa: TID251 - the type; the generator is seeded in dialer/clock.py

from dialer.domain.outcome import Outcome
from dialer.domain.recycle import RetryRule

_ODDS: dict[Outcome, float] = {
    Outcome.NO_ANSWER: 24,
    Outcome.CONVERSATION: 22,
    Outcome.MACHINE: 15,
    Outcome.MESSAGE_LEFT: 6,
    Outcome.BUSY: 7,
    Outcome.ABANDONED: 3,
    Outcome.HUNG_UP_EARLY: 4,
    Outcome.ANNOUNCEMENT: 2,
    Outcome.FAX: 0.3,
    Outcome.SILENCE: 2,
    Outcome.REJECTED: 3,
    Outcome.UNALLOCATED: 1,
    Outcome.CONGESTION: 3,
    Outcome.FAILED: 3,
    Outcome.CANCELLED: 1,
    Outcome.LOST: 1.5,
}
_OUTCOMES, _WEIGHTS = list(_ODDS), list(_ODDS.values())
_WORDS = (
    *("PTP", "CALLBACK", "NO_COMMITMENT", "THIRD_PARTY") * 6,
    "WRONG_PERSON", "DO_NOT_CALL", "DISPUTE", "ATTORNEY", "CEASE", "BANKRUPTCY", "MORATORIUM", "EMPLOYER_BARS",
    "CONSENT_REVOKED", "REFUSED",
)  # fmt: skip
_RELEASED = 0.02  # reserved and never dialed
_DISPOSED = 0.3  # of the talks

#: People are tried again so soon and so often that the law, not the list, is what holds back.
EAGER: dict[Outcome, RetryRule] = {
    outcome: RetryRule(
        delay=timedelta(hours=5) if outcome is Outcome.CONVERSATION else timedelta(minutes=70),
        max_tries=60,
        next_number=outcome in (Outcome.NO_ANSWER, Outcome.MACHINE, Outcome.FAILED, Outcome.LOST),
        bad_number=outcome in (Outcome.UNALLOCATED, Outcome.FAX),
    )
    for outcome in Outcome
}


@dataclass(frozen=True, slots=True)
class Fate:
    """``outcome`` None: released, it was never dialed. ``after`` counts from the reservation."""

    outcome: Outcome | None
    after: timedelta
    disposition: str = ""


def fate(random: Random) -> Fate:
    if random.random() < _RELEASED:
        return Fate(None, timedelta(seconds=random.uniform(0.5, 20)))
    outcome = random.choices(_OUTCOMES, weights=_WEIGHTS)[0]
    match outcome:
        case Outcome.LOST:  # found hours later, when the switch is asked what it has
            return Fate(outcome, timedelta(hours=random.uniform(1, 40)))
        case Outcome.CONVERSATION:
            said = random.choice(_WORDS) if random.random() < _DISPOSED else ""
            return Fate(outcome, timedelta(seconds=random.uniform(20, 2400)), said)
        case Outcome.BUSY | Outcome.CONGESTION | Outcome.FAILED | Outcome.UNALLOCATED:
            return Fate(outcome, timedelta(seconds=random.uniform(0.4, 6)))
        case _:
            return Fate(outcome, timedelta(seconds=random.uniform(5, 90)))
