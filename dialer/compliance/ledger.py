"""The dialer's outcomes in the words of the compliance ledger."""

from __future__ import annotations

from dialer.compliance.facts import LedgerOutcome
from dialer.domain.outcome import Outcome


def ledger_outcome(outcome: Outcome) -> LedgerOutcome:
    """How a finished attempt counts.

    Where the ledger has no word of its own, the one that counts more is taken: a refused, cancelled or silent call
    was an attempt on that number, and a call we lost sight of may have been anything.
    """
    return _LEDGER[outcome]


_LEDGER: dict[Outcome, LedgerOutcome] = {
    Outcome.CONVERSATION: LedgerOutcome.CONVERSATION,
    Outcome.ABANDONED: LedgerOutcome.ABANDONED,
    Outcome.HUNG_UP_EARLY: LedgerOutcome.NO_ANSWER,
    Outcome.MACHINE: LedgerOutcome.MACHINE,
    Outcome.MESSAGE_LEFT: LedgerOutcome.MESSAGE_LEFT,
    Outcome.ANNOUNCEMENT: LedgerOutcome.NO_ANSWER,
    Outcome.FAX: LedgerOutcome.MACHINE,
    Outcome.SILENCE: LedgerOutcome.NO_ANSWER,
    Outcome.NO_ANSWER: LedgerOutcome.NO_ANSWER,
    Outcome.BUSY: LedgerOutcome.BUSY,
    Outcome.REJECTED: LedgerOutcome.NO_ANSWER,
    Outcome.UNALLOCATED: LedgerOutcome.UNALLOCATED,
    Outcome.CONGESTION: LedgerOutcome.CONGESTION,
    Outcome.FAILED: LedgerOutcome.FAILED,
    Outcome.CANCELLED: LedgerOutcome.NO_ANSWER,
    Outcome.LOST: LedgerOutcome.UNKNOWN,
}
