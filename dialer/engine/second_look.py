"""What becomes of a call whose machine is heard only after the connection: the desk is told, or loses the call."""

from __future__ import annotations

from dialer.domain.call import CallSignal, CallState
from dialer.domain.campaign import AnswerAction
from dialer.domain.verdict import AmdMode, SecondLook, SecondLookAction
from dialer.engine.call_end import CallEnd
from dialer.engine.deadlines import DeadlineKind
from dialer.engine.effects import TakeBack
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall
from dialer.engine.messages import Instant
from dialer.engine.talk_target import drop_target
from pacing.interface import EventKind

MESSAGE_TIMEOUT_S = 75.0  # the wait for a beep and the message itself


class SecondLooks:
    """A person wins every doubt: only certain evidence takes a call away, and only where the campaign says so."""

    def __init__(self, floor: Floor, end: CallEnd) -> None:
        self._floor = floor
        self._end = end

    def taken(self, call: LiveCall, look: SecondLook, when: Instant) -> bool:
        """Act on what was heard. True where the recorded message is to be given at once."""
        floor = self._floor
        known = call.second_look
        if call.state is not CallState.TALKING or (known is not None and (known.certain or not look.certain)):
            return False
        call.second_look = look
        action = floor.campaign.actions.get(look.category, AnswerAction.AGENT)
        call.withdrawn = (
            look.certain
            and floor.campaign.second_look_action is SecondLookAction.WITHDRAW
            and call.amd is not AmdMode.SHADOW
            and action not in (AnswerAction.AGENT, AnswerAction.IVR)
        )
        self._tell(call, look, when)
        return self._withdraw(call, look, action, when) if call.withdrawn else False

    def _tell(self, call: LiveCall, look: SecondLook, when: Instant) -> None:
        floor = self._floor
        floor.tally.second_looks[look.reason] += 1
        if look.certain:
            floor.tally.machine_to_agent += 1
            floor.tell_pacer(when, EventKind.WAS_MACHINE, str(call.agent_id))
        floor.publish(
            "call.second_look",
            when,
            call_id=call.call_id,
            agent_id=str(call.agent_id),
            category=look.category.value,
            reason=look.reason,
            certain=look.certain,
            after_ms=look.after_ms,
            withdrawn=call.withdrawn,
        )

    def _withdraw(self, call: LiveCall, look: SecondLook, action: AnswerAction, when: Instant) -> bool:
        floor = self._floor
        floor.tally.withdrawn += 1
        drop_target(floor, call, when)
        leaves_message = action is AnswerAction.LEAVE_MESSAGE
        if leaves_message:
            call.advance(CallSignal.LISTEN)
        self._end.talk_over(call, when)
        if not leaves_message:
            self._end.dismiss(call, when)
        elif look.heard_beep:
            return True
        else:
            floor.do(TakeBack(call.call_id))
            floor.deadlines.set(when.monotonic + MESSAGE_TIMEOUT_S, DeadlineKind.MESSAGE, call.call_id)
        return False
