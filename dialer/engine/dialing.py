"""The last step before a call leaves: the gate's yes is fresh, the trunk has room, and somebody will listen."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, auto

from dialer.compliance.verdict import DeadlineFrom
from dialer.compliance.zones import zone
from dialer.domain.call import CallSignal
from dialer.domain.campaign import AnswerAction
from dialer.domain.verdict import AmdCategory, AmdMode, DecideBy
from dialer.domain.wording import wording_for
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import Expect, Place, Recheck, Release
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant, Rechecked
from dialer.ports import PlaceCall, ReservedAttempt
from pacing.interface import EventKind

FRESH_S = 2.0  # so long a decision of the gate holds: windows close, and others may have called meanwhile
DECIDE_LEAD_S = 0.4  # the detector's verdict comes so long before the law's time is up: it takes that to act on it
RING_GRACE_S = 2.0


class Sent(Enum):
    PLACED = auto()
    RECHECKING = auto()  #: the gate is asked again first
    NO_LINE = auto()


class Dialing:
    """The only way by which a call leaves."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def send(self, call: LiveCall, now: Instant) -> Sent:
        """Dial a reserved call, at once where the gate's decision is fresh."""
        floor = self._floor
        if not fresh(call, now):
            call.rechecking = True
            floor.rechecks.add(call.call_id)
            floor.calls[call.call_id] = call
            floor.do(Recheck(call.call_id))
            return Sent.RECHECKING
        return Sent.PLACED if self._place(call, now) else Sent.NO_LINE

    def rechecked(self, call: LiveCall, answer: Rechecked, now: Instant) -> str:
        """Dial it after all. Where it is not dialed, it is gone from the floor, and the code says why."""
        floor = self._floor
        call.rechecking = False
        floor.rechecks.discard(call.call_id)
        call.decided = answer.asked
        if answer.denial is not None:  # the log has taken the reservation back
            del floor.calls[call.call_id]
            floor.denied(answer.denial, now)
            return "denied"
        refusal = self._refusal(call, answer, now)
        if refusal:
            del floor.calls[call.call_id]
            floor.do(Release(call.call_id))
        return refusal

    def _refusal(self, call: LiveCall, answer: Rechecked, now: Instant) -> str:
        if answer.failed:
            return "gate-unreachable"
        if call.cancelled or not self._floor.may_reserve():
            return "not-dialing-now"
        if not fresh(call, now):  # so slow a database must not dial
            return "gate-unreachable"
        return "" if self._place(call, now) else "no-line-free"

    def _place(self, call: LiveCall, now: Instant) -> bool:
        """Send the call out if the trunk has room now."""
        floor, campaign, attempt = self._floor, self._floor.campaign, call.attempt
        if not floor.trunk.limiter.place(call.call_id, now.monotonic):
            return False
        call.advance(CallSignal.PLACE)
        call.dialed = now
        call.amd = AmdMode.OFF if call.for_agent else campaign.amd
        floor.calls[call.call_id] = call
        floor.tally.place(now.monotonic)
        floor.deadlines.set(now.monotonic + campaign.ring_timeout_s, DeadlineKind.RING, call.call_id)
        self.expect(call)
        number = attempt.number
        floor.do(
            Place(
                PlaceCall(
                    call_id=call.call_id,
                    number=number,
                    dial_string=floor.trunk.dial_string.format(number=number.e164, digits=number.e164.lstrip("+")),
                    caller_id=floor.caller_id,
                    # Asterisk counts from the dialing, the law from the ringing: the engine ends the ringing, and
                    # Asterisk by itself only where the engine cannot.
                    ring_timeout_s=campaign.ring_timeout_s + attempt.ring_minimum_s + RING_GRACE_S,
                    early_media=campaign.early_media and call.amd is not AmdMode.OFF,
                    language=attempt.language,
                    campaign=campaign.name,
                    debtor_id=attempt.debtor_id,
                    amd=call.amd,
                    wording=wording_for(attempt.drop_messages),
                )
            )
        )
        if call.for_agent is None:
            floor.forecasts.dialed(call.chance, now)
            floor.pacers.describe(call.call_id, features(attempt, now.at))
            floor.tell_pacer(now, EventKind.DIAL, call.call_id, call.chance)
        floor.publish("call.dialed", now, call_id=call.call_id, number=number.masked)
        return True

    def expect(self, call: LiveCall) -> None:
        """Have the detector listen to the call, where anybody is to listen."""
        if call.amd is AmdMode.OFF:
            return
        leaves = self._floor.campaign.actions.get(AmdCategory.MACHINE) is AnswerAction.LEAVE_MESSAGE
        leave = leaves and call.amd is not AmdMode.SHADOW
        law_s = call.attempt.connect_deadline_s
        decide_by = None
        if law_s is not None:
            from_start = call.attempt.deadline_from != DeadlineFrom.GREETING_END
            decide_by = DecideBy(seconds=max(0.0, law_s - DECIDE_LEAD_S), from_start=from_start)
        self._floor.do(
            Expect(
                call_id=call.call_id,
                mode=call.amd,
                wait_for_message=leave,
                language=call.attempt.language,
                decide_by=decide_by,
                second_look_s=self._floor.campaign.second_look_s,
            )
        )


def fresh(call: LiveCall, now: Instant) -> bool:
    """Whether the gate's latest yes still stands: it is young, and nothing that time alone changes has changed."""
    decided_at = call.decided.at if call.decided is not None else call.attempt.reserved_at
    if decided_at is None or not 0.0 <= (now.at - decided_at).total_seconds() <= FRESH_S:
        return False
    until = call.attempt.holds_until
    # Of a later yes it is not known how long it holds: the first one's end is binding on what began before it.
    return until is None or now.at < until or decided_at >= until


def features(attempt: ReservedAttempt, at: datetime) -> dict[str, str]:
    """What is known of a call that is dialed ``at`` (aware), for a pacer that learns how it matters: how the debtor's
    earlier calls in this campaign went, the hour where they live, their list's segment where it has any."""
    known = {"history": _history(attempt), "hour": _hour(attempt, at)}
    if attempt.segment:
        known["segment"] = attempt.segment
    return known


def _history(attempt: ReservedAttempt) -> str:
    tries = attempt.tries_by_outcome
    if any(outcome.reached_person and count for outcome, count in tries.items()):
        return "person-before"
    if any(outcome.answered and count for outcome, count in tries.items()):
        return "machine-before"
    return "no-answer-before" if attempt.attempts else "first-call"


def _hour(attempt: ReservedAttempt, at: datetime) -> str:
    where = zone(attempt.time_zone) if attempt.time_zone else None
    if where is not None:
        return f"{at.astimezone(where).hour}"
    # They live where the list does: the hour of the world tells theirs as well.
    return f"{at.astimezone(UTC).hour}-utc"
