"""The FastAGI server keeps serving whatever the other end does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

import pytest

from dialer.errors import AgiCommandInvalid, AgiHungUp, AgiRefused, AgiTimeout
from dialer.pbx.agi import AgiResult, AgiServer, AgiSession, parse_result, quoted

PATIENCE_S = 10.0  # only ever used up by a test that fails


class Caller:
    """Asterisk's side of a session, by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: AgiServer, request: str | None = "agi://127.0.0.1/test") -> Self:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        caller = cls(reader, writer)
        if request is not None:
            script = request.split("/", 3)[-1]
            caller.say(
                f"agi_network: yes\nagi_network_script: {script}\nagi_request: {request}\nagi_uniqueid: abc.1\n"
                "agi_calleridname: José: Muñoz\n\n"
            )
        return caller

    def say(self, text: str) -> None:
        self.writer.write(text.encode())

    async def hear(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), PATIENCE_S)).decode()

    async def until_closed(self) -> bytes:
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE_S)
        except ConnectionResetError:
            return b""
        finally:
            self.writer.close()

    def leave(self) -> None:
        self.writer.transport.abort()


Handler = Callable[[AgiSession], Awaitable[None]]


class Recorder:
    """Runs a conversation as the handler of ``test`` and keeps what came of it."""

    def __init__(self, conversation: Handler) -> None:
        self._conversation = conversation
        self.outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def __call__(self, session: AgiSession) -> None:
        try:
            self.outcome.set_result(await self._conversation(session))
        except BaseException as exc:
            self.outcome.set_result(exc)
            raise

    async def result(self) -> object:
        return await asyncio.wait_for(self.outcome, PATIENCE_S)


@asynccontextmanager
async def serving(handler: Handler, **options: object) -> AsyncIterator[AgiServer]:
    server = AgiServer("127.0.0.1", 0, {"test": handler}, **options)  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def nothing(_session: AgiSession) -> None:
    return None


# --------------------------------------------------------------------------------- clients that misbehave


async def test_a_client_that_connects_and_goes_leaves_the_server_serving() -> None:
    async with serving(nothing) as server:
        for _ in range(20):
            caller = await Caller.connect(server, None)
            caller.leave()
        after = await Caller.connect(server)
        assert await after.until_closed() == b""
        assert server.refused == 0


async def test_a_client_that_never_ends_its_header_is_shown_the_door() -> None:
    async with serving(nothing, header_timeout_s=0.05) as server:
        caller = await Caller.connect(server, None)
        caller.say("agi_network: yes\n")
        assert await caller.until_closed() == b""


@pytest.mark.parametrize("flood", ["x" * 20_000, "agi_x: y\n" * 2_000])
async def test_a_header_too_long_is_refused(flood: str) -> None:
    reached = False

    async def handler(_session: AgiSession) -> None:
        nonlocal reached
        reached = True

    async with serving(handler, header_limit=10_000) as server:
        caller = await Caller.connect(server, None)
        caller.say(flood + "\nagi_request: agi://h/test\n\n")
        assert await caller.until_closed() == b""
        assert not reached


async def test_no_more_sessions_than_allowed_run_at_a_time() -> None:
    async def wait(session: AgiSession) -> None:
        await session.command("NOOP")

    async with serving(wait, max_sessions=2) as server:
        first, second = await Caller.connect(server), await Caller.connect(server)
        assert await first.hear() == await second.hear() == "NOOP\n"
        third = await Caller.connect(server)
        assert await third.until_closed() == b""
        assert (server.sessions, server.refused) == (2, 1)
        first.say("200 result=0\n")
        assert await first.until_closed() == b""
        fourth = await Caller.connect(server)
        assert await fourth.hear() == "NOOP\n"
        second.leave()
        fourth.leave()


async def test_an_unknown_route_ends_the_session_and_not_the_server() -> None:
    async with serving(nothing) as server:
        caller = await Caller.connect(server, "agi://127.0.0.1/elsewhere")
        assert await caller.until_closed() == b""


async def test_a_handler_with_a_bug_ends_its_session_and_not_the_server() -> None:
    async def broken(_session: AgiSession) -> None:
        raise ValueError("a bug")

    async with serving(broken) as server:
        for _ in range(2):
            caller = await Caller.connect(server)
            assert await caller.until_closed() == b""


# --------------------------------------------------------------------------------- routes


@pytest.mark.parametrize("request_", ["agi://h/test", "agi://h:4573/test?lead=1&x=", "agi://h/test/"])
async def test_a_route_is_found_with_and_without_a_query(request_: str) -> None:
    async def handler(session: AgiSession) -> object:
        return session.request

    recorder = Recorder(handler)  # type: ignore[arg-type]
    async with serving(recorder) as server:
        caller = await Caller.connect(server, request_)
        request = await recorder.result()
        assert request.route == "test"  # type: ignore[attr-defined]
        assert request.query == ({"lead": "1", "x": ""} if "?" in request_ else {})  # type: ignore[attr-defined]
        assert request.uniqueid == "abc.1"  # type: ignore[attr-defined]
        assert request.headers["agi_calleridname"] == "José: Muñoz"  # type: ignore[attr-defined]
        await caller.until_closed()


# --------------------------------------------------------------------------------- conversations


async def converse(
    conversation: Callable[[AgiSession], Awaitable[object]], *answers: str, **options: object
) -> tuple[object, list[str]]:
    """What comes of ``conversation`` and the commands it sent, with one of ``answers`` for each of them."""
    recorder = Recorder(conversation)  # type: ignore[arg-type]
    heard: list[str] = []
    async with serving(recorder, **options) as server:
        caller = await Caller.connect(server)
        for answer in answers:
            heard.append(await caller.hear())
            caller.say(answer)
        outcome = await recorder.result()
        await caller.until_closed()
        return outcome, heard


async def test_commands_are_sent_and_their_answers_read() -> None:
    async def conversation(session: AgiSession) -> object:
        await session.answer()
        await session.set_variable("NAME", 'José "Pepe" \\ Muñoz')
        return [
            await session.get_variable("NAME"),
            await session.get_variable("UNSET"),
            await session.stream_file("cadencia/es/hello", "0123456789"),
            await session.stream_file("cadencia/es/hello"),
            await session.get_data("cadencia/es/menu", wait_s=2.5, max_digits=4),
            await session.execute("Playback", "a", "noanswer"),
        ]

    outcome, heard = await converse(
        conversation,
        "200 result=0\n",
        "200 result=1\n",
        "200 result=1 (José (el grande) Muñoz)\n",
        "200 result=0\n",
        "200 result=53 endpos=800\n",
        "100 result=0 Trying...\n200 result=0 endpos=16000\n",
        "200 result=1234 (timeout)\n",
        "200 result=0\n",
    )
    assert outcome == ["José (el grande) Muñoz", None, "5", "", "1234", AgiResult("0")]
    assert heard == [
        "ANSWER\n",
        'SET VARIABLE "NAME" "José \\"Pepe\\" \\\\ Muñoz"\n',
        'GET VARIABLE "NAME"\n',
        'GET VARIABLE "UNSET"\n',
        'STREAM FILE "cadencia/es/hello" "0123456789"\n',
        'STREAM FILE "cadencia/es/hello" ""\n',
        'GET DATA "cadencia/es/menu" "2500" "4"\n',
        'EXEC "Playback" "a,noanswer"\n',
    ]


async def test_a_hang_up_between_commands_is_a_typed_error_and_stays_one() -> None:
    async def conversation(session: AgiSession) -> object:
        with pytest.raises(AgiHungUp):
            await session.answer()
        await session.hangup()
        return await session.stream_file("x")

    outcome, _ = await converse(conversation, "HANGUP\n200 result=0\n")
    assert isinstance(outcome, AgiHungUp)


@pytest.mark.parametrize("answer", ["200 result=-1 (hangup)\n", "511 Command Not Permitted on a dead channel\n"])
async def test_an_answer_that_says_the_caller_has_gone_is_a_hang_up(answer: str) -> None:
    outcome, _ = await converse(lambda session: session.command("NOOP"), answer)
    assert isinstance(outcome, AgiHungUp)


async def test_a_connection_that_ends_in_the_middle_of_a_command_is_a_hang_up() -> None:
    recorder = Recorder(lambda session: session.command("NOOP"))  # type: ignore[arg-type,return-value]
    async with serving(recorder) as server:
        caller = await Caller.connect(server)
        await caller.hear()
        caller.say("200 res")
        caller.writer.close()
        assert isinstance(await recorder.result(), AgiHungUp)


async def test_the_answer_after_a_usage_of_many_lines_is_the_next_commands() -> None:
    async def conversation(session: AgiSession) -> object:
        with pytest.raises(AgiRefused) as refusal:
            await session.command("GET DATA")
        assert "Usage: GET DATA" in str(refusal.value.details["usage"])
        return await session.get_variable("X")

    outcome, _ = await converse(
        conversation,
        "520-Invalid command syntax.  Proper usage follows:\nUsage: GET DATA <file>\n200 result=1 (no)\n"
        "520 End of proper usage.\n",
        "200 result=1 (yes)\n",
    )
    assert outcome == "yes"


@pytest.mark.parametrize(
    "answer", ["510 Invalid or unknown command\n", "520 Invalid\n", "\n", "nonsense\n", "200 nonsense\n"]
)
async def test_an_answer_that_is_no_result_is_refused(answer: str) -> None:
    outcome, _ = await converse(lambda session: session.command("NOOP"), answer)
    assert isinstance(outcome, AgiRefused)


@pytest.mark.parametrize("answer", ["200 result=-1 endpos=0\n", "200 result=0 endpos=0\n"])
async def test_a_prompt_that_is_not_there_is_an_error_and_not_silence(answer: str) -> None:
    outcome, heard = await converse(lambda session: session.stream_file("missing"), answer, "200 result=6\n")
    assert isinstance(outcome, AgiRefused)
    assert heard[1] == "CHANNEL STATUS\n"


@pytest.mark.parametrize(
    "play",
    [lambda session: session.stream_file("x"), lambda session: session.get_data("x", wait_s=1, max_digits=1)],
)
async def test_a_prompt_cut_short_by_a_hang_up_is_a_hang_up(
    play: Callable[[AgiSession], Awaitable[object]],
) -> None:
    outcome, _ = await converse(play, "200 result=-1 endpos=800\n", "HANGUP\n511 Command Not Permitted\n")
    assert isinstance(outcome, AgiHungUp)


async def test_an_answer_that_never_comes_times_out_and_ends_the_session() -> None:
    async def conversation(session: AgiSession) -> object:
        with pytest.raises(AgiTimeout):
            await session.command("NOOP", timeout_s=0.01)
        return await session.command("NOOP")

    recorder = Recorder(conversation)  # type: ignore[arg-type]
    async with serving(recorder) as server:
        caller = await Caller.connect(server)
        assert isinstance(await recorder.result(), AgiHungUp)
        await caller.until_closed()


async def test_an_answer_without_end_is_not_kept() -> None:
    outcome, _ = await converse(lambda session: session.command("NOOP"), "x" * 20_000)
    assert isinstance(outcome, AgiHungUp)


async def test_closing_the_server_cancels_its_sessions() -> None:
    recorder = Recorder(lambda session: session.command("NOOP"))  # type: ignore[arg-type,return-value]
    server = AgiServer("127.0.0.1", 0, {"test": recorder})
    await server.start()
    caller = await Caller.connect(server)
    await caller.hear()
    await server.close()
    assert isinstance(await recorder.result(), asyncio.CancelledError)
    assert server.sessions == 0
    await caller.until_closed()


# --------------------------------------------------------------------------------- what may be sent


@pytest.mark.parametrize("argument", ["a\nb", "a\rb", "a\0b", "x" * 5_000])
async def test_an_argument_that_could_be_a_second_command_is_refused_and_nothing_is_sent(argument: str) -> None:
    async def conversation(session: AgiSession) -> object:
        with pytest.raises(AgiCommandInvalid):
            await session.set_variable("X", argument)
        with pytest.raises(AgiCommandInvalid):
            await session.command("NOOP\nHANGUP")
        with pytest.raises(AgiCommandInvalid):
            await session.execute("Dial", "PJSIP/1,30")
        return await session.command("NOOP")

    outcome, heard = await converse(conversation, "200 result=0\n")
    assert outcome == AgiResult("0")
    assert heard == ["NOOP\n"]


def test_an_argument_is_quoted_so_that_it_stays_one() -> None:
    assert quoted('a "b" \\') == '"a \\"b\\" \\\\"'
    assert quoted("") == '""'


def test_results_are_read_with_all_they_carry() -> None:
    assert parse_result("result=0 endpos=1234") == AgiResult("0", "", 1234)
    assert parse_result("result=1 (a (b) c)") == AgiResult("1", "a (b) c")
    assert parse_result("result= (timeout)") == AgiResult("", "timeout")
    assert parse_result("result=49 (dtmf) endpos=8") == AgiResult("49", "dtmf", 8)
