"""Who is in a talk besides the person: shown on their desks, noted, and let go when it is over."""

from __future__ import annotations

from dialer.domain.agent import AgentSignal
from dialer.domain.ids import AgentId
from dialer.domain.talk import TalkState
from dialer.engine.effects import HangUpChannel
from dialer.engine.floor import Floor
from dialer.engine.live import LiveCall, Seat
from dialer.engine.messages import Instant
from dialer.engine.talk_effects import Mute, Part

_TOGETHER = (TalkState.CONSULTING, TalkState.CONFERENCE)


def begin_talk(floor: Floor, call: LiveCall, seat: Seat, when: Instant) -> None:
    """An agent has the person now."""
    call.talk_began, call.talk_ended = when, None
    call.spoke_with = seat.agent_id
    talk = call.talk
    talk.state, talk.since, talk.settled, talk.target = TalkState.JOINED, when, True, None
    talk.step += 1
    record(floor, call, when, "joined", seat.agent_id)
    show(floor, call, when, tell=False)  # the agent's new state is told in a moment, and this with it


def record(floor: Floor, call: LiveCall, now: Instant, what: str, agent_id: AgentId | None, other: str = "") -> None:
    """Keep for the log what was done, and tell it."""
    call.talk.note(now, what, agent_id, other)
    floor.publish(
        "call.talk", now, call_id=call.call_id, did=what, agent_id=str(agent_id) if agent_id else None, other=other
    )


def show(floor: Floor, call: LiveCall, now: Instant, *, tell: bool = True) -> None:
    """Bring the desks of those who are in the talk up to date."""
    talk, owner, guest = call.talk, floor.roster.get(call.agent_id), guest_of(floor, call)
    if owner is not None and owner.call_id != call.call_id:
        owner = None
    told = {"state": talk.state.value, "since": talk.since.at.isoformat() if talk.since else None}
    if owner is not None:
        other = talk.target.name if talk.target is not None else None
        number = talk.target.number if talk.target is not None else ""
        owner.talk = {**told, "role": "owner", "other": other, "number": number}
    if guest is not None:
        guest.talk = {**told, "role": "guest", "other": owner.name if owner is not None else None, "number": ""}
    if tell:
        for seat in (owner, guest):
            if seat is not None:
                floor.do(floor.telling_of(seat, now))


def guest_of(floor: Floor, call: LiveCall) -> Seat | None:
    """The other agent, where it is one who is consulted or to be given the person."""
    target = call.talk.target
    seat = floor.roster.get(target.agent_id) if target is not None else None
    return seat if seat is not None and seat.call_id == call.call_id else None


def drop_target(floor: Floor, call: LiveCall, now: Instant) -> None:
    """Let go of whoever was consulted, or was to be given the person."""
    talk, guest = call.talk, guest_of(floor, call)
    target, talk.target = talk.target, None
    if target is None:
        return
    if target.agent_id is None:
        floor.trunk.limiter.ended(target.leg_id)
        floor.do(HangUpChannel(target.leg_id))
    elif guest is not None:
        let_go(floor, guest, now, together=talk.state in _TOGETHER)


def let_go(floor: Floor, seat: Seat, now: Instant, *, together: bool) -> None:
    """The call is not the agent's any more, and they have nothing to write down about it. ``together``: they still
    hear somebody."""
    unmute(floor, seat)
    if together:
        floor.do(Part(seat.leg_id))
    seat.talk = None
    seat.last_call_id = None
    floor.free(seat, AgentSignal.RELEASE, now)


def let_everybody_go(floor: Floor, call: LiveCall, now: Instant) -> None:
    """The person has gone: nobody is left in a conversation without them."""
    owner = floor.roster.get(call.agent_id)
    if owner is not None and owner.call_id == call.call_id:
        unmute(floor, owner)
        owner.talk = None
        if call.talk.target is not None and call.talk.state in _TOGETHER:
            floor.do(Part(owner.leg_id))
    drop_target(floor, call, now)


def unmute(floor: Floor, seat: Seat) -> None:
    """Whoever is silent on one call is heard on the next."""
    if seat.muted:
        seat.muted = False
        floor.do(Mute(seat.leg_id, muted=False))
