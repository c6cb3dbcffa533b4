"""Whatever Asterisk sends, in whatever order, lost or doubled, a call's story stays a story."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.events import (
    AgentLegDown,
    AgentLegUp,
    CallAnswered,
    CallBridged,
    CallEnded,
    CallRinging,
    CallUnbridged,
    EarlyMediaStarted,
    OriginateRefused,
)
from dialer.domain.ids import AgentId
from dialer.pbx.ami_events import NEEDED_EVENTS, ChannelBook, When
from dialer.pbx.ami_protocol import SafeProtocol, parse_message

CALLS = ["019aa000-0000-7000-8000-000000000001", "019aa000-0000-7000-8000-000000000002"]
LEGS = ["leg-019aa000-0000-7000-8000-00000000000a"]
IDS = [*CALLS, *LEGS, f"{CALLS[0]}-far", "1795354793.1", ""]
WHEN = When(datetime(2026, 11, 22, tzinfo=UTC), 0.0)

messages = st.fixed_dictionaries(
    {"event": st.sampled_from(NEEDED_EVENTS)},
    optional={
        "uniqueid": st.sampled_from(IDS),
        "destuniqueid": st.sampled_from(IDS),
        "channel": st.sampled_from(["PJSIP/a-1", "PJSIP/a-2", ""]),
        "newname": st.sampled_from(["PJSIP/a-1", "PJSIP/a-2"]),
        "channelstatedesc": st.sampled_from(["Down", "Ring", "Ringing", "Up", "Busy"]),
        "dialstatus": st.sampled_from(["RINGING", "PROGRESS", "ANSWER", "BUSY", "NOANSWER", ""]),
        "response": st.sampled_from(["Success", "Failure"]),
        "reason": st.sampled_from(["0", "3", "4", "5", "8", "x"]),
        "cause": st.sampled_from(["0", "16", "17", "", "-1", "²"]),
        "bridgeuniqueid": st.sampled_from(["b1", "b2", ""]),
        "userevent": st.sampled_from(["CadenciaAnswered", "CadenciaMessageStarted", "CadenciaMessagePlayed"]),
        "kind": st.sampled_from(["abandoned", "voicemail"]),
    },
)


@given(st.lists(messages, max_size=60))
def test_every_channel_ends_at_most_once_and_nothing_is_told_of_it_later(stream: list[dict[str, str]]) -> None:
    book = ChannelBook()
    for call_id in CALLS:
        book.expect_call(call_id)
    for leg_id in LEGS:
        book.expect_leg(leg_id, AgentId("ana"))
    over: set[str] = set()
    once: Counter[tuple[str, type]] = Counter()
    bridged: set[str] = set()
    for message in stream:
        for event in book.translate(message, WHEN):
            subject = getattr(event, "call_id", None) or getattr(event, "leg_id", "")
            assert subject not in over
            if isinstance(event, CallRinging | EarlyMediaStarted | CallAnswered | AgentLegUp):
                once[subject, type(event)] += 1
            elif isinstance(event, CallBridged):
                assert subject not in bridged
                bridged.add(subject)
            elif isinstance(event, CallUnbridged):
                bridged.remove(subject)
            elif isinstance(event, CallEnded | OriginateRefused | AgentLegDown):
                assert subject not in bridged
                over.add(subject)
    assert all(count == 1 for count in once.values())
    assert set(book.channels) == {*CALLS, *LEGS} - over


class _Transport:
    aborted = False

    def abort(self) -> None:
        self.aborted = True


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20), max_size=8),
    st.lists(st.integers(1, 40), min_size=1, max_size=30),
)
def test_messages_arrive_whole_however_the_stream_is_cut(values: list[str], cuts: list[int]) -> None:
    blocks = [f"Event: E{n}\r\nValue: {value}".encode() for n, value in enumerate(values)]
    stream = b"Asterisk Call Manager/11.0.0\r\n" + b"".join(block + b"\r\n\r\n" for block in blocks)
    received: list[dict[str, str]] = []
    protocol = SafeProtocol(
        on_event=lambda event: received.append(dict(event)),
        on_late=lambda: None,
        on_lost=lambda: None,
        receive_limit=10_000,
    )
    protocol.connection_made(_Transport())
    position = 0
    for cut in [*cuts, len(stream)]:
        protocol.data_received(stream[position : position + cut])
        position += cut
    assert received == [{"event": f"E{n}", "value": value} for n, value in enumerate(values)]
    assert protocol.transport.aborted is False  # type: ignore[attr-defined]


@given(st.binary(max_size=200))
def test_any_block_of_bytes_is_read_without_an_error(block: bytes) -> None:
    message = parse_message(block)
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in message.items())
