"""How an attempt ended, from Asterisk's words and our own history of the call.

``DIALSTATUS`` and the Q.850 cause are kept verbatim beside the outcome; this module only reads them.
"""

from __future__ import annotations

from enum import StrEnum

from dialer.domain.verdict import AmdCategory


class Outcome(StrEnum):
    """What happened to one attempt. The values are the vocabulary of the compliance ledger and of the API."""

    CONVERSATION = "conversation"  #: a person and an agent (or the self-service flow) were connected
    ABANDONED = "abandoned"  #: a person answered and no agent came in time; the message was played
    HUNG_UP_EARLY = "hung_up_early"  #: the called side hung up before anybody knew who it was
    MACHINE = "machine"  #: a machine answered and nothing was left
    MESSAGE_LEFT = "message_left"  #: a machine answered and took our message
    ANNOUNCEMENT = "announcement"  #: the carrier's announcement, before or after answer
    FAX = "fax"
    SILENCE = "silence"  #: answered, nobody spoke, nobody was connected
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REJECTED = "rejected"  #: the called side refused the call
    UNALLOCATED = "unallocated"  #: no such number
    CONGESTION = "congestion"  #: the carrier had no circuit, or refused for now
    FAILED = "failed"  #: any other failure before the phone rang
    CANCELLED = "cancelled"  #: we stopped the ringing ourselves: drain, payment, or no agent would have been free
    LOST = "lost"  #: the engine or Asterisk died in mid-call; what happened is not known

    @property
    def answered(self) -> bool:
        return self in _ANSWERED

    @property
    def reached_person(self) -> bool:
        """Whether it counts among the people answered, the denominator of the abandonment rate."""
        return self in (Outcome.CONVERSATION, Outcome.ABANDONED)


_ANSWERED = frozenset(
    {
        Outcome.CONVERSATION, Outcome.ABANDONED, Outcome.HUNG_UP_EARLY, Outcome.MACHINE, Outcome.MESSAGE_LEFT,
        Outcome.FAX, Outcome.SILENCE,
    }
)  # fmt: skip

# ITU-T Q.850 table 1. Causes that carriers use when nobody picked up, and those that say the number is wrong.
_BY_CAUSE: dict[int, Outcome] = {
    1: Outcome.UNALLOCATED,  # unallocated (unassigned) number
    2: Outcome.UNALLOCATED,  # no route to specified transit network
    3: Outcome.UNALLOCATED,  # no route to destination
    16: Outcome.NO_ANSWER,  # normal clearing, before answer: the ringing ended
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,  # no user responding
    19: Outcome.NO_ANSWER,  # no answer from user
    20: Outcome.NO_ANSWER,  # subscriber absent
    21: Outcome.REJECTED,
    22: Outcome.UNALLOCATED,  # number changed
    27: Outcome.FAILED,  # destination out of order
    28: Outcome.UNALLOCATED,  # invalid number format
    31: Outcome.NO_ANSWER,  # normal, unspecified
    34: Outcome.CONGESTION,  # no circuit available
    38: Outcome.CONGESTION,  # network out of order
    41: Outcome.CONGESTION,  # temporary failure
    42: Outcome.CONGESTION,  # switching equipment congestion
    44: Outcome.CONGESTION,  # requested circuit not available
    47: Outcome.CONGESTION,  # resource unavailable
    102: Outcome.NO_ANSWER,  # recovery on timer expiry: the far end never answered
}

# Causes that tell us the trunk, not the debtor, is the trouble: dialing backs off.
CONGESTION_CAUSES = frozenset(cause for cause, outcome in _BY_CAUSE.items() if outcome is Outcome.CONGESTION)


def outcome_before_answer(cause: int, *, rang: bool, announcement: bool, cancelled: bool) -> Outcome:
    """The outcome of a call that was never answered.

    ``cause`` is the Q.850 hang-up cause (0 where Asterisk knew none); ``rang`` whether ringing or early media was
    seen; ``announcement`` whether a carrier announcement or voicemail was heard in early media; ``cancelled``
    whether we ended it before its ring time was over.
    """
    if cancelled:
        return Outcome.CANCELLED
    if announcement:
        return Outcome.ANNOUNCEMENT
    mapped = _BY_CAUSE.get(cause)
    if mapped is Outcome.NO_ANSWER and not rang and cause in (0, 16, 31):
        return Outcome.FAILED
    if mapped is not None:
        return mapped
    return Outcome.NO_ANSWER if rang else Outcome.FAILED


def outcome_after_answer(
    category: AmdCategory | None, *, connected: bool, abandoned: bool, message_left: bool
) -> Outcome:
    """The outcome of an answered call. ``category`` is None where it ended before any verdict."""
    if connected:
        return Outcome.CONVERSATION
    if abandoned:
        return Outcome.ABANDONED
    if message_left:
        return Outcome.MESSAGE_LEFT
    match category:
        case None | AmdCategory.HUMAN | AmdCategory.UNKNOWN | AmdCategory.SCREENER:
            # Nobody had failed them yet when they hung up: a person who leaves before the deadline is not abandoned.
            return Outcome.HUNG_UP_EARLY
        case AmdCategory.MACHINE:
            return Outcome.MACHINE
        case AmdCategory.ANNOUNCEMENT:
            return Outcome.ANNOUNCEMENT
        case AmdCategory.FAX:
            return Outcome.FAX
        case AmdCategory.SILENCE:
            return Outcome.SILENCE
