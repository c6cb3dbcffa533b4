"""The link to Asterisk keeps its promises when the other end does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from dialer.clock import SystemClock
from dialer.errors import AmiDisconnected, AmiHeaderInvalid, AmiLoginRefused, AmiRefused, AmiTimeout
from dialer.pbx.ami import AmiEndpoint, AmiLink, AmiMessage, LinkChange
from tests.support.fake_ami import PATIENCE_S, FakeAmi, encode, fake_ami

ORIGINATE = {"Action": "Originate", "Channel": "Local/1@x", "Async": "true"}


class Listener:
    """Keeps what the link tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.events: list[AmiMessage] = []
        self.changes: list[LinkChange] = []
        self.told: list[str] = []
        self.react: Callable[[AmiMessage], None] = lambda _event: None
        self._news = asyncio.Event()

    def on_event(self, event: AmiMessage) -> None:
        self.events.append(event)
        self.told.append(event["event"])
        self._news.set()
        self.react(event)

    def on_link(self, change: LinkChange) -> None:
        self.changes.append(change)
        self.told.append("up" if change.up else "down")
        self._news.set()

    def named(self, name: str) -> list[AmiMessage]:
        return [event for event in self.events if event["event"] == name]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    async with fake_ami() as server:
        yield server


@pytest.fixture
def listener() -> Listener:
    return Listener()


def endpoint(ami: FakeAmi) -> AmiEndpoint:
    return AmiEndpoint(
        username="cadencia", secret="correct", port=ami.port, backoff_first_s=0.02, backoff_cap_s=0.05,
        connect_timeout_s=2.0,
    )  # fmt: skip


@asynccontextmanager
async def linked(end: AmiEndpoint, listener: Listener) -> AsyncIterator[AmiLink]:
    link = AmiLink(end, SystemClock(), listener.on_event, listener.on_link)
    link.start()
    try:
        await link.wait_connected(PATIENCE_S)
        yield link
    finally:
        await link.close()


# --------------------------------------------------------------------------------- sent at most once, and only while up


async def test_an_unanswered_originate_fails_at_once_and_is_never_sent_again(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda _action: None
    async with linked(endpoint(ami), listener) as link:
        call = asyncio.create_task(link.send(ORIGINATE, timeout_s=PATIENCE_S))
        await ami.until_received("Originate")
        ami.reset_connections()
        with pytest.raises(AmiDisconnected) as error:
            await call
        assert error.value.details["sent"] is True
        await listener.until(lambda: listener.told[-2:] == ["FullyBooted", "up"] and len(listener.changes) == 3)
        # A later action has come through, so anything queued for the new connection would have come before it.
        ami.answer = lambda action: [{"Response": "Success", "ActionID": action["actionid"]}]
        await link.send({"Action": "CoreStatus"})
        assert ami.names() == ["Originate", "CoreStatus"]
        assert link.pending == 0


async def test_nothing_is_accepted_while_the_link_is_down(ami: FakeAmi, listener: Listener) -> None:
    async with linked(endpoint(ami), listener) as link:
        await ami.stop()
        await listener.until(lambda: listener.told[-1] == "down")
        assert not link.connected
        with pytest.raises(AmiDisconnected):
            await link.send(ORIGINATE)
        await ami.start(ami.port)
        await listener.until(lambda: listener.told[-1] == "up")
        await link.send({"Action": "CoreStatus"})
        assert ami.names() == ["CoreStatus"]


async def test_an_action_before_the_start_is_refused_with_the_same_error(ami: FakeAmi, listener: Listener) -> None:
    link = AmiLink(endpoint(ami), SystemClock(), listener.on_event)
    with pytest.raises(AmiDisconnected):
        await link.send({"Action": "CoreStatus"})


async def test_nothing_is_accepted_before_asterisk_has_booted(ami: FakeAmi, listener: Listener) -> None:
    ami.booted = False
    link = AmiLink(endpoint(ami), SystemClock(), listener.on_event, listener.on_link)
    link.start()
    try:
        await ami.until_received("Login")
        with pytest.raises(AmiDisconnected):
            await link.send(ORIGINATE)
        ami.emit({"Event": "FullyBooted", "Status": "Fully Booted"})
        await link.wait_connected(PATIENCE_S)
        assert listener.told == ["FullyBooted", "up"]
    finally:
        await link.close()


async def test_an_originate_without_async_gets_it(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda action: [
        {"Response": "Success", "ActionID": action["actionid"], "Message": "Originate successfully queued"}
    ]
    async with linked(endpoint(ami), listener) as link:
        answer = await link.send({"Action": "Originate", "Channel": "Local/1@x"})
        await link.send({"Action": "originate", "Channel": "Local/1@x", "async": "false"})
        assert answer["message"] == "Originate successfully queued"
        sent = [action for action in ami.received if action["action"].lower() == "originate"]
        assert [action["async"] for action in sent] == ["true", "true"]
        assert link.counters.connections == 1


@pytest.mark.parametrize(
    "header",
    [
        {"Variable": "NAME=José\r\n\r\nAction: Command\r\nCommand: core stop now"},
        {"Variable": "NAME=a\nb"},
        {"Variable": ["OK=1", "NAME=a\rb"]},
        {"Variable": "NAME=a\0b"},
        {"Variable": "NAME=\ud800"},
        {"Variable": "NAME=" + "x" * 1024},
        {"Variable": [f"V{n}=1" for n in range(128)]},
        {"Evil: x\r\nAction": "Command"},
        {"Evil:": "x"},
        {"": "x"},
    ],
)
async def test_a_value_that_asterisk_would_misread_is_refused_and_nothing_is_sent(
    ami: FakeAmi, listener: Listener, header: dict[str, str | list[str]]
) -> None:
    async with linked(endpoint(ami), listener) as link:
        with pytest.raises(AmiHeaderInvalid):
            await link.send({"Action": "Setvar", **header})
        await link.send({"Action": "CoreStatus"})
        assert ami.names() == ["CoreStatus"]
        assert link.pending == 0


# --------------------------------------------------------------------------------- answers


async def test_a_refusal_is_a_typed_error_with_asterisks_words(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda action: [{"Response": "Error", "ActionID": action["actionid"], "Message": "No such channel"}]
    async with linked(endpoint(ami), listener) as link:
        with pytest.raises(AmiRefused, match="No such channel"):
            await link.send({"Action": "Hangup", "Channel": "PJSIP/x"})


async def test_five_hundred_actions_given_up_leave_nothing_behind(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda _action: None
    async with linked(endpoint(ami), listener) as link:
        tasks = [asyncio.create_task(link.send({"Action": "CoreStatus"}, PATIENCE_S)) for _ in range(500)]
        await ami.until_received("CoreStatus", 500)
        assert link.pending == 500
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert link.pending == 0


async def test_an_action_that_is_not_answered_times_out_and_a_late_answer_is_only_counted(
    ami: FakeAmi, listener: Listener
) -> None:
    ami.answer = lambda _action: None
    async with linked(endpoint(ami), listener) as link:
        with pytest.raises(AmiTimeout):
            await link.send({"Action": "CoreStatus"}, timeout_s=0.01)
        await ami.until_received("CoreStatus")
        ami.emit(
            {"Response": "Success", "ActionID": ami.received[-1]["actionid"]},
            {"Event": "Hangup", "Uniqueid": "1"},
        )
        await listener.until(lambda: bool(listener.named("Hangup")))
        assert (link.pending, link.counters.late) == (0, 1)


async def test_an_event_with_the_action_id_of_a_pending_action_reaches_the_listener(
    ami: FakeAmi, listener: Listener
) -> None:
    ami.answer = lambda action: [
        {"Event": "OriginateResponse", "ActionID": action["actionid"], "Response": "Failure", "Reason": "0"},
        {"Response": "Success", "ActionID": action["actionid"], "Message": "Originate successfully queued"},
        {"Event": "OriginateResponse", "ActionID": action["actionid"], "Response": "Failure", "Reason": "5"},
    ]
    async with linked(endpoint(ami), listener) as link:
        answer = await link.send(ORIGINATE)
        assert answer["message"] == "Originate successfully queued"
        await listener.until(lambda: len(listener.named("OriginateResponse")) == 2)


async def test_a_list_is_returned_whole_and_its_entries_are_not_taken_for_events(
    ami: FakeAmi, listener: Listener
) -> None:
    def answer(action: dict[str, str]) -> list[dict[str, str]]:
        mine = {"ActionID": action["actionid"]}
        return [
            {"Response": "Success", "EventList": "start", **mine},
            {"Event": "CoreShowChannel", "Uniqueid": "a", **mine},
            {"Event": "Hangup", "Uniqueid": "other"},
            {"Event": "CoreShowChannel", "Uniqueid": "b", **mine},
            {"Event": "CoreShowChannelsComplete", "EventList": "Complete", **mine},
        ]

    ami.answer = answer
    async with linked(endpoint(ami), listener) as link:
        entries = await link.send_list({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")
        assert [entry["uniqueid"] for entry in entries] == ["a", "b"]
        await listener.until(lambda: bool(listener.named("Hangup")))
        assert listener.named("CoreShowChannel") == []
        assert link.pending == 0


async def test_a_list_that_is_refused_is_a_refusal(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda action: [{"Response": "Error", "ActionID": action["actionid"], "Message": "No"}]
    async with linked(endpoint(ami), listener) as link:
        with pytest.raises(AmiRefused):
            await link.send_list({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")


# --------------------------------------------------------------------------------- what comes in


async def test_an_exception_in_the_listener_costs_neither_the_link_nor_the_other_events(
    ami: FakeAmi, listener: Listener
) -> None:
    def stumble(event: AmiMessage) -> None:
        if event.get("n") == "2":
            raise ValueError("a bug")

    listener.react = stumble
    async with linked(endpoint(ami), listener) as link:
        ami.emit(*({"Event": "Newstate", "N": str(n)} for n in range(1, 6)))
        await listener.until(lambda: len(listener.named("Newstate")) == 5)
        assert (link.counters.handler_errors, link.counters.connections, link.connected) == (1, 1, True)


async def test_characters_split_over_segments_stay_whole(ami: FakeAmi, listener: Listener) -> None:
    async with linked(endpoint(ami), listener):
        for byte in encode({"Event": "Newchannel", "CallerIDName": "José Muñoz €"}):
            ami.emit_bytes(bytes([byte]))
            await ami.flush()
            await asyncio.sleep(0)
        await listener.until(lambda: bool(listener.named("Newchannel")))
        assert listener.named("Newchannel")[0]["calleridname"] == "José Muñoz €"


async def test_headers_are_read_however_they_are_written(ami: FakeAmi, listener: Listener) -> None:
    async with linked(endpoint(ami), listener):
        ami.emit_bytes(
            b"Event: Newchannel\r\nUniqueID:17\r\nno colon here\r\nEmpty: \r\n"
            b"ChanVariable: A=1\r\nChanVariable: B=2\r\n"
            b"Spaced:  kept\r\n\r\n"
        )
        await listener.until(lambda: bool(listener.named("Newchannel")))
        assert listener.named("Newchannel")[0] == {
            "event": "Newchannel", "uniqueid": "17", "empty": "", "chanvariable": "A=1\nB=2", "spaced": " kept",
        }  # fmt: skip


async def test_bytes_that_are_no_utf_8_and_blocks_that_are_no_message_do_no_harm(
    ami: FakeAmi, listener: Listener
) -> None:
    async with linked(endpoint(ami), listener) as link:
        ami.emit_bytes(b"\r\n\r\n\r\n\r\nrubbish\r\n\r\nEvent: Newchannel\r\nCallerIDName: Jos\xe9\r\n\r\n")
        await listener.until(lambda: bool(listener.named("Newchannel")))
        assert listener.named("Newchannel")[0]["calleridname"] == "Jos\ufffd"
        assert link.counters.connections == 1


async def test_a_message_without_end_closes_the_link_instead_of_filling_memory(
    ami: FakeAmi, listener: Listener
) -> None:
    async with linked(replace(endpoint(ami), receive_limit=64 * 1024), listener) as link:
        ami.emit_bytes(b"Event: X\r\nY: " + b"y" * 200_000)
        await listener.until(lambda: listener.told[-2:] == ["FullyBooted", "up"] and len(listener.changes) == 3)
        assert link.counters.reconnects == 1
        assert listener.named("X") == []


async def test_a_storm_drops_the_oldest_events_and_declares_the_link_lost_until_the_backlog_is_gone(
    ami: FakeAmi, listener: Listener
) -> None:
    async with linked(replace(endpoint(ami), queue_limit=100), listener) as link:
        ami.emit(*({"Event": "VarSet", "N": str(n)} for n in range(5_000)))
        await listener.until(lambda: bool(listener.named("VarSet")) and listener.named("VarSet")[-1]["n"] == "4999")
        await listener.until(lambda: listener.told[-1] == "up")
        assert link.counters.dropped > 0
        assert link.counters.dropped + len(listener.named("VarSet")) == 5_000
        numbers = [int(event["n"]) for event in listener.named("VarSet")]
        assert numbers == sorted(numbers)
        states = [word for word in listener.told if word in ("up", "down")]
        assert states[:3] == ["up", "down", "up"]
        assert (link.connected, link.counters.connections) == (True, 1)


async def test_other_tasks_run_while_a_storm_is_handled(ami: FakeAmi, listener: Listener) -> None:
    turns = 0

    async def bystander() -> None:
        nonlocal turns
        while len(listener.named("VarSet")) < 2_000:
            turns += 1
            await asyncio.sleep(0)

    async with linked(endpoint(ami), listener):
        watcher = asyncio.create_task(bystander())
        ami.emit(*({"Event": "VarSet"} for _ in range(2_000)))
        await listener.until(lambda: len(listener.named("VarSet")) == 2_000)
        await watcher
        assert turns >= 2_000 // 64


async def test_events_that_came_before_the_loss_are_told_before_it(ami: FakeAmi, listener: Listener) -> None:
    async with linked(endpoint(ami), listener):
        ami.emit({"Event": "Hangup", "Uniqueid": "1"}, {"Event": "Shutdown", "Shutdown": "Cleanly"})
        await listener.until(lambda: "down" in listener.told)
        down = listener.told.index("down")
        assert listener.told[down - 2 : down] == ["Hangup", "Shutdown"]


# --------------------------------------------------------------------------------- connecting


async def test_a_refused_login_is_told_to_who_waits_and_to_the_listener(ami: FakeAmi, listener: Listener) -> None:
    link = AmiLink(replace(endpoint(ami), secret="wrong"), SystemClock(), listener.on_event, listener.on_link)
    link.start()
    try:
        with pytest.raises(AmiLoginRefused):
            await link.wait_connected(PATIENCE_S)
        await listener.until(lambda: bool(listener.changes))
        assert isinstance(listener.changes[0].error, AmiLoginRefused)
        # It goes on trying, and comes up once the secret has been put right, with one announcement of each.
        await ami.until(lambda: ami.logins >= 3)
        ami.secret = "wrong"
        await listener.until(lambda: link.connected)
        assert [change.up for change in listener.changes] == [False, True]
    finally:
        await link.close()


def test_the_back_off_doubles_to_its_cap_and_is_scattered(listener: Listener) -> None:
    link = AmiLink(
        AmiEndpoint(username="u", secret="s", backoff_first_s=0.5, backoff_cap_s=30), SystemClock(), listener.on_event
    )
    for failures, longest in [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (1000, 30)]:
        waits = [link._backoff_s(failures) for _ in range(200)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert len(set(waits)) > 100


async def test_a_peer_that_says_nothing_any_more_is_noticed(ami: FakeAmi, listener: Listener) -> None:
    end = replace(endpoint(ami), ping_interval_s=0.1, dead_after_s=0.8)
    async with linked(end, listener) as link:
        await ami.until_received("Ping", 2)
        assert link.counters.connections == 1
        ami.mute = True
        await listener.until(lambda: "down" in listener.told)
        assert link.pending == 0
        ami.mute = False
        await listener.until(lambda: listener.told[-1] == "up")


async def test_a_peer_that_accepts_and_never_greets_is_given_up_and_tried_again(
    ami: FakeAmi, listener: Listener
) -> None:
    ami.mute = True
    link = AmiLink(replace(endpoint(ami), login_timeout_s=0.05), SystemClock(), listener.on_event, listener.on_link)
    link.start()
    try:
        await ami.until(lambda: ami.connections >= 3)
        ami.mute = False
        await link.wait_connected(PATIENCE_S)
    finally:
        await link.close()


async def test_every_error_while_connecting_is_retried(
    ami: FakeAmi, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    genuine = loop.create_connection
    errors: list[Exception] = [OSError("no route"), TimeoutError(), ValueError("odd"), RuntimeError("odder")]

    async def create_connection(*args: object, **kwargs: object) -> object:
        if errors:
            raise errors.pop(0)
        return await genuine(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(loop, "create_connection", create_connection)
    async with linked(endpoint(ami), listener) as link:
        assert errors == []
        assert link.connected


async def test_waiting_for_a_link_that_does_not_come_ends(ami: FakeAmi, listener: Listener) -> None:
    await ami.stop()
    link = AmiLink(endpoint(ami), SystemClock(), listener.on_event)
    link.start()
    try:
        with pytest.raises(AmiDisconnected):
            await link.wait_connected(0.05)
    finally:
        await link.close()


async def test_closing_while_it_reconnects_stops_it_for_good(ami: FakeAmi, listener: Listener) -> None:
    end = replace(endpoint(ami), backoff_first_s=0.01, backoff_cap_s=0.01)
    async with linked(end, listener) as link:
        await ami.stop()
        await listener.until(lambda: "down" in listener.told)
        await link.close()
        before = ami.connections
        await ami.start(ami.port)
        others = {task.get_name() for task in asyncio.all_tasks()}
        assert not others & {"ami-link", "ami-events"}
        assert ami.connections == before
        assert not link.connected


async def test_closing_fails_what_is_unanswered_and_tells_the_listener(ami: FakeAmi, listener: Listener) -> None:
    ami.answer = lambda _action: None
    async with linked(endpoint(ami), listener) as link:
        call = asyncio.create_task(link.send(ORIGINATE, timeout_s=PATIENCE_S))
        await ami.until_received("Originate")
        await link.close()
        with pytest.raises(AmiDisconnected):
            await call
        assert listener.told[-1] == "down"


async def test_the_secret_is_not_in_the_endpoints_repr(ami: FakeAmi) -> None:
    assert "correct" not in repr(endpoint(ami))


async def test_the_interface_version_is_known(ami: FakeAmi, listener: Listener) -> None:
    async with linked(endpoint(ami), listener) as link:
        assert link.ami_version == "11.0.0"
