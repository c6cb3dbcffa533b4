"""A finished call, held against what the law had asked of it."""

from __future__ import annotations

from dialer.compliance.conduct import Timeline, judge
from dialer.compliance.verdict import DeadlineFrom, Obligations
from dialer.domain.campaign import DEFAULT_ACTIONS, AnswerAction
from dialer.domain.events import CallEnded
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant
from dialer.ports import ServiceMode


def breaches_of(call: LiveCall, event: CallEnded) -> tuple[str, ...] | None:
    """The stable ids of the obligations that it did not meet; None where that cannot be judged, because the engine did
    not see the call. A machine has a right to nothing."""
    if call.dialed is None or call.lost:
        return None
    if call.answered is not None and not _for_a_person(call):
        return ()
    conduct = judge(timeline_of(call, event), obligations_of(call))
    return tuple(breach.value for breach in conduct.breaches)


def obligations_of(call: LiveCall) -> Obligations:
    attempt = call.attempt
    return Obligations(
        ring_min_s=attempt.ring_minimum_s,
        connect_deadline_s=attempt.connect_deadline_s,
        deadline_from=DeadlineFrom(attempt.deadline_from) if attempt.deadline_from else None,
        drop_messages=attempt.drop_messages,
        announcements=attempt.announcements,
    )


def timeline_of(call: LiveCall, event: CallEnded) -> Timeline:
    """Where no greeting was heard, its place is taken by the verdict, or by the end where none was reached."""
    rang_from = call.ringing or call.dialed
    until = call.answered.monotonic if call.answered else event.monotonic
    stand_in = call.verdict_i.monotonic if call.verdict_i else event.monotonic

    def since_answer(instant: Instant | None, otherwise: float | None = None) -> float | None:
        if call.answered is None:
            return None
        moment = otherwise if instant is None else instant.monotonic
        return None if moment is None else moment - call.answered.monotonic

    return Timeline(
        ring_s=max(0.0, until - rang_from.monotonic) if rang_from else 0.0,
        answered_s=None if call.answered is None else 0.0,
        greeting_start_s=since_answer(call.greeting_start, stand_in),
        greeting_end_s=since_answer(call.greeting_end, stand_in),
        agent_bridged_s=since_answer(None if call.abandoned or call.service is ServiceMode.HANDED else call.served)
        or since_answer(call.bridged),
        message_started_s=since_answer(call.message_started),
        hung_up_s=since_answer(None, event.monotonic),
        hung_up_by_us=call.hang_up_requests > 0 and not call.announced,
    )


def _for_a_person(call: LiveCall) -> bool:
    """Whether it was, or might have been, a person: what the campaign does with a machine does not matter here."""
    category = call.taken_for
    if call.withdrawn and category is not None:
        return DEFAULT_ACTIONS[category] is AnswerAction.AGENT
    if call.abandoned or call.bridged is not None or category is None:
        return True
    return DEFAULT_ACTIONS[category] is AnswerAction.AGENT
