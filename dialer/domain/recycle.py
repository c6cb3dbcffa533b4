"""When a debtor is tried again, and on which number. The law is asked separately, at reservation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.domain.outcome import Outcome
from dialer.values import dataclass


class StopReason(StrEnum):
    FINISHED = "finished"  #: the outcome settles the matter for this campaign
    MAX_ATTEMPTS = "max-attempts"
    BAD_NUMBERS = "no-number-left"
    SETTLED = "settled"  #: every debt is paid


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """``delay`` after an outcome; ``max_tries`` of that outcome for the debtor, after which they rest for good;
    ``next_number`` moves on to the debtor's next number; ``bad_number`` never dials this number again."""

    delay: timedelta
    max_tries: int
    next_number: bool = False
    bad_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    at: datetime
    next_number: bool
    bad_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    reason: StopReason
    bad_number: bool = False


Retry = TryAgain | Stop

_HOUR = timedelta(hours=1)

#: A policy that suits collections: short waits where the network failed, hours where a person may come home,
#: a day after a talk. Campaigns override it outcome by outcome.
DEFAULT_RULES: Mapping[Outcome, RetryRule] = {
    Outcome.BUSY: RetryRule(delay=timedelta(minutes=15), max_tries=4),
    Outcome.NO_ANSWER: RetryRule(delay=4 * _HOUR, max_tries=6, next_number=True),
    Outcome.REJECTED: RetryRule(delay=24 * _HOUR, max_tries=2, next_number=True),
    Outcome.CONGESTION: RetryRule(delay=timedelta(minutes=5), max_tries=6),
    Outcome.FAILED: RetryRule(delay=timedelta(minutes=30), max_tries=3, next_number=True),
    Outcome.UNALLOCATED: RetryRule(delay=timedelta(minutes=1), max_tries=10, next_number=True, bad_number=True),
    Outcome.FAX: RetryRule(delay=timedelta(minutes=1), max_tries=10, next_number=True, bad_number=True),
    Outcome.MACHINE: RetryRule(delay=6 * _HOUR, max_tries=6, next_number=True),
    Outcome.MESSAGE_LEFT: RetryRule(delay=48 * _HOUR, max_tries=2),
    Outcome.ANNOUNCEMENT: RetryRule(delay=12 * _HOUR, max_tries=4, next_number=True),
    Outcome.SILENCE: RetryRule(delay=4 * _HOUR, max_tries=3),
    Outcome.HUNG_UP_EARLY: RetryRule(delay=24 * _HOUR, max_tries=3),
    Outcome.ABANDONED: RetryRule(delay=72 * _HOUR, max_tries=3),
    Outcome.CANCELLED: RetryRule(delay=timedelta(minutes=30), max_tries=10),
    Outcome.LOST: RetryRule(delay=24 * _HOUR, max_tries=3),
}


def next_try(
    outcome: Outcome,
    *,
    tries_of_outcome: int,
    attempts: int,
    max_attempts: int,
    ended_at: datetime,
    rules: Mapping[Outcome, RetryRule] = DEFAULT_RULES,
) -> Retry:
    """What becomes of the debtor after this attempt.

    ``tries_of_outcome`` and ``attempts`` include the attempt that just ended. An outcome without a rule finishes
    the debtor for this campaign: a conversation is settled by its disposition, not by the dialer.
    """
    rule = rules.get(outcome)
    if rule is None:
        return Stop(reason=StopReason.FINISHED)
    if attempts >= max_attempts or tries_of_outcome >= rule.max_tries:
        return Stop(reason=StopReason.MAX_ATTEMPTS, bad_number=rule.bad_number)
    return TryAgain(at=ended_at + rule.delay, next_number=rule.next_number, bad_number=rule.bad_number)
