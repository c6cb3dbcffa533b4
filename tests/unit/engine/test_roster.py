"""Who has been how long in which state, whatever the order in which they came there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dialer.domain.agent import AgentSignal, AgentState
from dialer.domain.ids import AgentId, LegId
from dialer.engine.live import Seat
from dialer.engine.messages import Instant
from dialer.engine.roster import Roster

DAWN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at(seconds: float) -> Instant:
    return Instant(DAWN + timedelta(seconds=seconds), seconds)


def seat(name: str, since_s: float, state: AgentState = AgentState.READY) -> Seat:
    return Seat(
        agent_id=AgentId(name), name=name, dial_string="", leg_id=LegId(f"leg-{name}"), state=state, since=at(since_s)
    )


def roster(*seats: Seat) -> Roster:
    made = Roster("cobranza", lambda *_: None)
    for each in seats:
        made.add(each)
    return made


def test_whoever_comes_from_elsewhere_has_their_place_in_the_queue() -> None:
    made = roster(seat("ana", 10), seat("luz", 30))
    made.add(seat("eva", 20))
    assert list(made.since(AgentState.READY).items()) == [("ana", 10), ("eva", 20), ("luz", 30)]
    assert [each.name for each in made.in_state(AgentState.READY)] == ["ana", "eva", "luz"]
    made.add(seat("old", 1))
    longest = made.longest_idle()
    assert longest is not None
    assert longest.name == "old"


def test_who_wants_to_leave_is_not_counted_on_until_they_change_their_mind() -> None:
    ana, luz = seat("ana", 10, AgentState.TALKING), seat("luz", 20, AgentState.TALKING)
    made = roster(ana, luz)
    made.wish(ana, AgentState.PAUSED)
    assert made.since(AgentState.TALKING) == {"luz": 20}
    assert [each.name for each in made.in_state(AgentState.TALKING)] == ["ana", "luz"]
    made.wish(ana, None)
    assert list(made.since(AgentState.TALKING)) == ["ana", "luz"]


def test_a_state_that_is_left_or_begun_anew_is_counted_so() -> None:
    ana, luz = seat("ana", 10), seat("luz", 20)
    made = roster(ana, luz)
    made.begin_anew(ana, at(40))
    assert list(made.since(AgentState.READY).items()) == [("luz", 20), ("ana", 40)]
    assert made.signal(luz, AgentSignal.RESERVE, at(50))
    assert made.since(AgentState.READY, AgentState.RESERVED) == {"ana": 40, "luz": 50}
    made.remove(ana)
    assert (made.since(AgentState.READY), made.longest_idle(), len(made)) == ({}, None, 1)


def test_what_was_read_does_not_change_with_the_roster() -> None:
    made = roster(seat("ana", 10))
    before = made.since(AgentState.READY)
    made.add(seat("luz", 20))
    assert before == {"ana": 10}


def test_a_row_is_made_anew_when_its_seat_changes() -> None:
    ana = seat("ana", 10)
    made = roster(ana, seat("luz", 20))
    first = made.rows()
    assert [row["id"] for row in first] == ["ana", "luz"]
    assert made.rows()[0] is first[0]
    made.signal(ana, AgentSignal.RESERVE, at(30))
    assert (made.rows()[0]["state"], made.rows()[1] is first[1]) == ("reserved", True)
