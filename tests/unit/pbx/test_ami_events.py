"""Asterisk's events, in the orders in which a real Asterisk 22 sent them, tell what happened to each call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    BridgeFailed,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallRinging,
    CallUnbridged,
    EarlyMediaStarted,
    MessagePlayed,
    MessageStarted,
    OriginateRefused,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId
from dialer.pbx.ami_events import NEEDED_EVENTS, ChannelBook, When

CALL = "019aa000-0000-7000-8000-000000000001"
LEG = "leg-019aa000-0000-7000-8000-00000000000a"
WHEN = When(datetime(2026, 11, 22, 15, 0, tzinfo=UTC), 100.0)

Event = dict[str, str]


def new(channel_id: str = CALL, name: str = "PJSIP/carrier-00000001") -> Event:
    return {"event": "Newchannel", "uniqueid": channel_id, "channel": name, "channelstatedesc": "Down"}


def state(word: str, channel_id: str = CALL) -> Event:
    return {"event": "Newstate", "uniqueid": channel_id, "channelstatedesc": word}


def dial_state(status: str, channel_id: str = CALL) -> Event:
    return {"event": "DialState", "destuniqueid": channel_id, "dialstatus": status}


def dial_end(status: str, channel_id: str = CALL) -> Event:
    return {"event": "DialEnd", "destuniqueid": channel_id, "dialstatus": status}


def response(word: str, reason: str = "0", channel_id: str = CALL) -> Event:
    return {"event": "OriginateResponse", "uniqueid": channel_id, "response": word, "reason": reason}


def hangup(cause: int, channel_id: str = CALL, text: str = "") -> Event:
    return {"event": "Hangup", "uniqueid": channel_id, "cause": str(cause), "cause-txt": text}


def enter(channel_id: str, bridge: str = "b1") -> Event:
    return {"event": "BridgeEnter", "uniqueid": channel_id, "bridgeuniqueid": bridge}


def leave(channel_id: str, bridge: str = "b1") -> Event:
    return {"event": "BridgeLeave", "uniqueid": channel_id, "bridgeuniqueid": bridge}


def user_event(word: str, kind: str) -> Event:
    return {"event": "UserEvent", "uniqueid": CALL, "userevent": word, "kind": kind, "callid": CALL}


def told(book: ChannelBook, *events: Event) -> list[TelephonyEvent]:
    return [told for event in events for told in book.translate(event, WHEN)]


def names(events: list[TelephonyEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def book_with_call() -> ChannelBook:
    book = ChannelBook()
    book.expect_call(CALL)
    return book


def book_with_both() -> ChannelBook:
    book = book_with_call()
    book.expect_leg(LEG, AgentId("ana"))
    told(book, new(LEG, "Local/1@a-1;1"), state("Up", LEG), new(), state("Up"))
    return book


def ended(cause: int, text: str = "", status: str = "") -> CallEnded:
    return CallEnded(
        at=WHEN.at, monotonic=WHEN.monotonic, call_id=CALL, cause=cause, cause_text=text, dial_status=status
    )  # type: ignore[arg-type]


# --------------------------------------------------------------------------------- how calls end


def test_an_answered_call_rings_is_answered_and_ends_once() -> None:
    events = told(
        book_with_call(),
        new(), dial_state("RINGING"), state("Ringing"), state("Up"), dial_end("ANSWER"), response("Success", "4"),
        hangup(16, text="Normal Clearing"), hangup(16),
    )  # fmt: skip
    assert names(events) == ["CallRinging", "CallAnswered", "CallEnded"]
    assert events[-1] == ended(16, "Normal Clearing", "ANSWER")


def test_a_call_that_may_be_bridged_at_once_is_answered_when_the_dialplan_has_it() -> None:
    book = ChannelBook()
    book.expect_call(CALL, dialplan_tells=True)
    assert told(book, new(), state("Up"), response("Success", "4")) == []
    in_dialplan = {"event": "UserEvent", "userevent": "CadenciaAnswered", "uniqueid": CALL}
    assert names(told(book, in_dialplan, in_dialplan, hangup(16))) == ["CallAnswered", "CallEnded"]


@pytest.mark.parametrize("response_first", [True, False])
def test_a_refused_call_ends_once_with_its_cause_whatever_comes_first(response_first: bool) -> None:
    last = [response("Failure"), dial_end("BUSY"), hangup(17, text="User busy")]
    if not response_first:
        last = [last[1], last[2], last[0]]
    events = told(book_with_call(), new(), state("Ringing"), *last)
    assert names(events) == ["CallRinging", "CallEnded"]
    assert events[-1] == ended(17, "User busy", "BUSY")


@pytest.mark.parametrize("hint", [dial_end("BUSY"), response("Failure", "5")])
def test_a_busy_local_channel_that_ends_without_a_cause_is_busy_all_the_same(hint: Event) -> None:
    events = told(book_with_call(), new(), state("Ringing"), hint, hangup(0, text="Unknown"))
    assert events[-1] == ended(17, "User busy", "BUSY")


def test_congestion_without_a_cause_is_congestion() -> None:
    events = told(book_with_call(), new(), response("Failure", "8"), hangup(0))
    assert events == [ended(34, "Circuit/channel congestion", "CONGESTION")]


def test_a_call_that_nobody_answers_in_time_says_so_although_no_dial_end_came() -> None:
    events = told(
        book_with_call(), new(), state("Ringing"), response("Failure", "3"), hangup(19, text="User alerting, no answer")
    )
    assert events[-1] == ended(19, "User alerting, no answer", "NOANSWER")


def test_a_call_that_we_end_while_it_rings_is_cancelled() -> None:
    book = book_with_call()
    told(book, new(), state("Ringing"))
    book.channels[CALL].ended_by_us = True
    assert told(book, dial_end("NOANSWER"), hangup(16)) == [ended(16, "", "CANCEL")]


def test_the_cause_and_the_dial_status_are_passed_on_as_asterisk_gave_them() -> None:
    events = told(book_with_call(), new(), dial_end("NOANSWER"), hangup(1, text="Unallocated (unassigned) number"))
    assert events == [ended(1, "Unallocated (unassigned) number", "NOANSWER")]


def test_a_hangup_without_a_readable_cause_has_cause_zero() -> None:
    event = {"event": "Hangup", "uniqueid": CALL, "cause": "what"}
    assert told(book_with_call(), new(), event) == [ended(0)]


def test_a_call_whose_channel_never_existed_is_refused_once() -> None:
    events = told(book_with_call(), response("Failure"), response("Failure"), hangup(0))
    assert names(events) == ["OriginateRefused"]
    assert isinstance(events[0], OriginateRefused)
    assert events[0].call_id == CALL


# --------------------------------------------------------------------------------- early media


def test_early_media_is_no_answer() -> None:
    events = told(book_with_call(), new(), dial_state("PROGRESS"), hangup(17, text="User busy"))
    assert names(events) == ["EarlyMediaStarted", "CallEnded"]
    assert events[-1] == ended(17, "User busy", "BUSY")


def test_an_answer_after_early_media_is_told_when_it_comes() -> None:
    book = book_with_call()
    assert names(told(book, new(), dial_state("PROGRESS"))) == ["EarlyMediaStarted"]
    assert names(told(book, state("Up"), dial_end("ANSWER"), dial_state("PROGRESS"))) == ["CallAnswered"]


def test_the_far_half_of_a_local_channel_means_nothing() -> None:
    far = f"{CALL}-far"
    assert told(book_with_call(), new(), new(far), state("Up", far), hangup(16, far)) == []


def found(book: ChannelBook, channel_id: str = CALL, bridge_id: str = "") -> list[str]:
    channel = book.channels[channel_id]
    return names(book.found(channel, name=f"Local/{channel_id};1", up=True, bridge_id=bridge_id, when=WHEN))


def test_a_call_found_up_is_answered_once() -> None:
    book = book_with_call()
    assert found(book) == ["CallAnswered"]
    assert found(book) == names(told(book, state("Up"))) == []


@pytest.mark.parametrize("order", [(CALL, LEG), (LEG, CALL)])
def test_a_conversation_that_is_found_is_followed_to_its_end(order: tuple[str, str]) -> None:
    book = book_with_call()
    book.expect_leg(LEG, AgentId(""))
    words = [word for channel_id in order for word in found(book, channel_id, "b1")]
    assert sorted(words) == ["AgentLegUp", "CallAnswered", "CallBridged"]
    assert found(book, CALL, "b1") == found(book, LEG, "b1") == []
    assert found(book, CALL) == ["CallUnbridged"]  # it ended, and again nobody listened
    assert names(told(book, hangup(16))) == ["CallEnded"]


# --------------------------------------------------------------------------------- legs and bridges


def test_an_agents_leg_is_up_when_its_channel_is_and_down_when_it_ends() -> None:
    book = ChannelBook()
    book.expect_leg(LEG, AgentId("ana"))
    events = told(book, new(LEG), dial_state("RINGING", LEG), state("Ringing", LEG), state("Up", LEG), hangup(16, LEG))
    common = {"at": WHEN.at, "monotonic": WHEN.monotonic, "agent_id": "ana", "leg_id": LEG}
    assert events == [AgentLegUp(**common), AgentLegDown(**common, cause=16)]  # type: ignore[arg-type]


def test_a_leg_whose_channel_never_existed_is_down() -> None:
    book = ChannelBook()
    book.expect_leg(LEG, AgentId("ana"))
    assert names(told(book, response("Failure", channel_id=LEG), response("Failure", channel_id=LEG))) == [
        "AgentLegDown"
    ]


@pytest.mark.parametrize("order", [(CALL, LEG), (LEG, CALL)])
def test_a_call_and_a_leg_in_one_bridge_are_bridged_until_the_call_leaves(order: tuple[str, str]) -> None:
    book = book_with_both()
    assert told(book, enter(order[0])) == []
    (bridged,) = told(book, enter(order[1]))
    assert isinstance(bridged, CallBridged)
    assert (bridged.call_id, bridged.leg_id) == (CALL, LEG)
    assert names(told(book, leave(CALL), leave(LEG), hangup(16))) == ["CallUnbridged", "CallEnded"]


def test_a_leg_that_moves_to_another_call_is_bridged_with_that_one() -> None:
    other = "019aa000-0000-7000-8000-000000000002"
    book = book_with_both()
    book.expect_call(other)
    events = told(
        book, new(other), state("Up", other), enter(CALL), enter(LEG), enter(other, "b2"), leave(LEG), enter(LEG, "b2"),
        leave(CALL), hangup(16),
    )  # fmt: skip
    assert names(events) == ["CallAnswered", "CallBridged", "CallBridged", "CallUnbridged", "CallEnded"]
    assert events[2].call_id == other  # type: ignore[union-attr]


def test_a_call_that_ends_inside_a_bridge_leaves_it_first() -> None:
    book = book_with_both()
    assert names(told(book, enter(CALL), enter(LEG), hangup(16), leave(CALL))) == [
        "CallBridged", "CallUnbridged", "CallEnded",
    ]  # fmt: skip


@pytest.mark.parametrize(("gone", "last"), [(CALL, "CallEnded"), (LEG, "AgentLegDown")])
def test_a_bridge_that_one_of_the_two_does_not_live_to_see_has_failed(gone: str, last: str) -> None:
    book = book_with_both()
    book.channels[CALL].awaits_leg = LEG
    events = told(book, hangup(16, gone), hangup(16, gone))
    assert names(events) == ["BridgeFailed", last]
    assert isinstance(events[0], BridgeFailed)
    assert (events[0].call_id, events[0].leg_id) == (CALL, LEG)


def test_a_bridge_that_the_dialplan_could_not_make_has_failed_once() -> None:
    book = book_with_both()
    book.channels[CALL].awaits_leg = LEG
    failed = {"event": "UserEvent", "uniqueid": CALL, "userevent": "CadenciaBridgeFailed", "reason": "NONEXISTENT"}
    (event,) = told(book, failed, failed)
    assert isinstance(event, BridgeFailed)
    assert (event.call_id, event.leg_id, event.detail) == (CALL, LEG, "NONEXISTENT")


def test_bridges_leave_nothing_behind() -> None:
    book = book_with_both()
    told(book, enter(CALL), enter(LEG), hangup(16), leave(CALL), leave(LEG), hangup(16, LEG))
    assert book == ChannelBook()


# --------------------------------------------------------------------------------- messages, names, the rest


def test_the_dialplan_tells_when_a_message_begins_and_has_been_played() -> None:
    events = told(
        book_with_call(), new(), user_event("CadenciaMessageStarted", "abandoned"),
        user_event("CadenciaMessagePlayed", "abandoned"), user_event("SomethingElse", "abandoned"),
    )  # fmt: skip
    common = {"at": WHEN.at, "monotonic": WHEN.monotonic, "call_id": CALL, "kind": "abandoned"}
    assert events == [MessageStarted(**common), MessagePlayed(**common)]  # type: ignore[arg-type]


def test_a_channel_is_known_by_its_latest_name() -> None:
    book = book_with_call()
    told(book, new(name="PJSIP/carrier-1"), {"event": "Rename", "uniqueid": CALL, "newname": "PJSIP/carrier-2"})
    assert book.channels[CALL].name == "PJSIP/carrier-2"


@pytest.mark.parametrize("event", [*NEEDED_EVENTS, "", "Cdr"])
def test_events_of_other_peoples_channels_mean_nothing(event: str) -> None:
    stranger = {
        "event": event, "uniqueid": "1795354793.1", "destuniqueid": "1795354793.1", "channelstatedesc": "Up",
        "dialstatus": "RINGING", "response": "Failure", "bridgeuniqueid": "b1", "cause": "16",
        "userevent": "CadenciaMessagePlayed",
    }  # fmt: skip
    book = book_with_both()
    assert told(book, stranger, {"event": event}) == []


def test_ringing_and_early_media_are_told_once_each() -> None:
    events = told(
        book_with_call(), new(), dial_state("PROGRESS"), dial_state("RINGING"), state("Ringing"),
        dial_state("PROGRESS"), dial_state("RINGING"), state("Up"), state("Up"), state("Ringing"),
        dial_state("PROGRESS"),
    )  # fmt: skip
    assert [type(event) for event in events] == [EarlyMediaStarted, CallRinging, CallAnswered]


def test_what_ended_while_nobody_watched_is_forgotten_and_the_rest_kept() -> None:
    book = book_with_both()
    told(book, enter(CALL), enter(LEG))
    book.keep_only(known=[CALL, LEG], listed=[LEG])
    assert list(book.channels) == [LEG]
    assert told(book, hangup(16)) == []
    assert CallUnbridged not in {type(event) for event in told(book, leave(CALL))}
