"""Until when a person must be with an agent."""

from __future__ import annotations

from dialer.compliance.verdict import DeadlineFrom
from dialer.domain.verdict import AmdVerdict
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant

MESSAGE_LEAD_S = 0.25  # the message is asked for so long before it has to be heard
NOT_HEARD = ("not-heard", "no-verdict")  # reasons of verdicts that nobody's ear stands behind


def set_due(call: LiveCall, verdict: AmdVerdict, when: Instant, patience_s: float) -> None:
    """Until when a person must be with an agent: the campaign's patience, counted from the verdict, or the law's time,
    counted from their greeting, whichever is over first.

    Of a greeting that was not heard, or is not over, the verdict's own instant is as early as it can be; where nobody
    listened at all, that of the answer.
    """
    began, ended = verdict.greeting_started_ms_ago, verdict.greeting_ended_ms_ago
    call.greeting_start = None if began is None else when.ago(began / 1000)
    call.greeting_end = None if ended is None else when.ago(ended / 1000)
    call.due = when.monotonic + patience_s
    law_s = call.attempt.connect_deadline_s
    if law_s is not None:
        call.due = min(call.due, counted_from(call, when).monotonic + law_s - MESSAGE_LEAD_S)


def counted_from(call: LiveCall, when: Instant) -> Instant:
    """The instant from which the law counts for this call, whose verdict fell at ``when``."""
    not_heard = call.answered if call.verdict is not None and call.verdict.reason in NOT_HEARD else None
    stand_in = not_heard or when
    if call.attempt.deadline_from == DeadlineFrom.GREETING_END:
        return call.greeting_end or stand_in
    return call.greeting_start or stand_in


def patience_over(call: LiveCall, now: Instant) -> bool:
    return call.due is not None and now.monotonic >= call.due
