"""What one call was, measured against what it had to do. Asked after the call, from its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dialer.compliance.rules import ObligeRule, Pack
from dialer.compliance.verdict import DeadlineFrom, Obligations


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One call in seconds from its answer; None: it did not happen, or nobody saw it. ``ring_s`` is how long it rang
    before it was answered or given up. ``hung_up_by_us``: we ended it."""

    ring_s: float
    answered_s: float | None = None
    greeting_start_s: float | None = None
    greeting_end_s: float | None = None
    agent_bridged_s: float | None = None
    message_started_s: float | None = None
    hung_up_s: float | None = None
    hung_up_by_us: bool = False


class CallOutcome(StrEnum):
    CONNECTED = "connected"  #: an agent was there in time
    ABANDONED = "abandoned"  #: answered, and no agent in time
    HUNG_UP_EARLY = "hung_up_early"  #: the person hung up before the time was over
    NO_ANSWER = "no_answer"


class Breach(StrEnum):
    RING_MINIMUM = "ring-minimum"  #: we cut an unanswered call too early
    CONNECT_DEADLINE = "connect-deadline"  #: no agent in time
    MESSAGE = "message"  #: nor the recorded message


@dataclass(frozen=True, slots=True)
class Conduct:
    """``rules`` are the ids, ``pack/rule``, of those that were broken, where rules were asked."""

    outcome: CallOutcome
    breaches: tuple[Breach, ...]
    rules: tuple[str, ...] = ()


def judge(timeline: Timeline, obligations: Obligations) -> Conduct:
    """What the call was under obligations that may come from several packs.

    The deadline is inclusive and counts from the greeting the person gave, or from the answer where none was heard;
    without a deadline any agent is in time. The message must begin within the deadline too.
    """
    if timeline.answered_s is None:
        cut = timeline.hung_up_by_us and timeline.ring_s < obligations.ring_min_s
        return Conduct(CallOutcome.NO_ANSWER, (Breach.RING_MINIMUM,) if cut else ())
    bridged, deadline = timeline.agent_bridged_s, _deadline(timeline, obligations)
    if bridged is not None and (deadline is None or _micros(bridged) <= deadline):
        return Conduct(CallOutcome.CONNECTED, ())
    left = timeline.hung_up_s
    gone = left is not None and not timeline.hung_up_by_us and (deadline is None or _micros(left) <= deadline)
    if bridged is None and gone:
        return Conduct(CallOutcome.HUNG_UP_EARLY, ())
    breaches = [Breach.CONNECT_DEADLINE] if deadline is not None else []
    if obligations.drop_messages and (
        timeline.message_started_s is None or (deadline is not None and _micros(timeline.message_started_s) > deadline)
    ):
        breaches.append(Breach.MESSAGE)
    return Conduct(CallOutcome.ABANDONED, tuple(breaches))


def judge_by_packs(timeline: Timeline, packs: Iterable[Pack]) -> Conduct:
    """What the call was under each rule of conduct by itself: the worst outcome, every breach, and the rules broken.
    Packs apply whomever they speak of."""
    rules = [rule for pack in packs for rule in pack.rules if isinstance(rule, ObligeRule)]
    judged = [(rule, judge(timeline, rule.obligations)) for rule in rules]
    found = [conduct for _, conduct in judged] or [judge(timeline, Obligations())]
    breaches = {breach for conduct in found for breach in conduct.breaches}
    return Conduct(
        outcome=max((conduct.outcome for conduct in found), key=_WORSE.index),
        breaches=tuple(breach for breach in Breach if breach in breaches),
        rules=tuple(rule.id for rule, conduct in judged if conduct.breaches),
    )


_WORSE = (CallOutcome.NO_ANSWER, CallOutcome.CONNECTED, CallOutcome.HUNG_UP_EARLY, CallOutcome.ABANDONED)


def _deadline(timeline: Timeline, obligations: Obligations) -> int | None:
    """In microseconds from the answer."""
    if obligations.connect_deadline_s is None:
        return None
    since = timeline.greeting_start_s
    if obligations.deadline_from is DeadlineFrom.GREETING_END and timeline.greeting_end_s is not None:
        since = timeline.greeting_end_s
    if since is None:
        since = timeline.answered_s or 0.0
    return _micros(since) + _micros(obligations.connect_deadline_s)


def _micros(seconds: float) -> int:
    # Differences of decimal seconds are not what they seem in binary: 3.3 - 1.3 is less than 2.
    return round(seconds * 1_000_000)
