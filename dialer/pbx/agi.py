"""A FastAGI server: dialplans hand a call's control to us over TCP (``AGI(agi://host:port/route)``).

Built for hostile air: a port scan, a half-open client, a caller who hangs up in mid-command or a value with a line
break in it costs one session at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import structlog

from dialer.errors import AgiCommandInvalid, AgiHungUp, AgiRefused, AgiTimeout, MediaError, TelephonyError

log = structlog.get_logger(__name__)

_LONGEST_LINE = 8192  # bytes
_LONGEST_ARGUMENT = 4096  # characters; Asterisk reads a command into a buffer of 8 KiB
_MOST_USAGE_LINES = 200
_RESULT = re.compile(r"result=(?P<value>[^\s(]*)(?:\s*\((?P<data>.*)\))?(?P<rest>.*)")
_CLOSE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class AgiResult:
    """The answer to a command: ``200 result=<value> (<data>)``. ``endpos`` is the sample where playing stopped."""

    value: str
    data: str = ""
    endpos: int | None = None

    @property
    def failed(self) -> bool:
        return self.value == "-1"


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """``headers`` as Asterisk sends them (``agi_uniqueid`` …); ``route`` without leading slash and query."""

    route: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def uniqueid(self) -> str:
        return self.headers.get("agi_uniqueid", "")


def quoted(argument: str) -> str:
    """One argument as Asterisk's AGI parser reads it back. Raises AgiCommandInvalid for what it cannot carry."""
    if "\n" in argument or "\r" in argument or "\0" in argument:
        raise AgiCommandInvalid("An argument has a line break in it; nothing was sent.")
    if len(argument) > _LONGEST_ARGUMENT:
        raise AgiCommandInvalid(f"An argument is longer than {_LONGEST_ARGUMENT} characters; nothing was sent.")
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_result(line: str) -> AgiResult:
    """Read a ``200`` answer without its code. Raises AgiRefused for anything that is no result."""
    match = _RESULT.match(line)
    if match is None:
        raise AgiRefused(f"Asterisk answered with something that is no result: {line[:80]!r}")
    rest = match["rest"] or ""
    endpos = re.search(r"endpos=(\d+)", rest)
    return AgiResult(match["value"], match["data"] or "", int(endpos[1]) if endpos else None)


class AgiSession:
    """One call under our control. Every command raises AgiHungUp once the caller has gone, AgiRefused when Asterisk
    knows no such command or finds it wrong, and AgiTimeout when no answer comes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: AgiRequest, *, timeout_s: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self.request = request
        self.hung_up = False

    async def command(self, name: str, *arguments: str, timeout_s: float | None = None) -> AgiResult:
        """Send ``name`` with quoted arguments and wait for the answer.

        ``timeout_s`` must be longer than the command may last, such as the prompt it plays. After a time-out the
        session is over: a late answer would be taken for the next one's.
        """
        if not re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+)*", name):
            raise AgiCommandInvalid(f"{name[:40]!r} is not the name of a command.")
        line = " ".join([name, *(quoted(argument) for argument in arguments)])
        async with self._lock:
            if self.hung_up:
                raise AgiHungUp()
            try:
                async with asyncio.timeout(self._timeout_s if timeout_s is None else timeout_s):
                    self._writer.write(line.encode("utf-8", "replace") + b"\n")
                    await self._writer.drain()
                    return await self._answer()
            except TimeoutError as exc:
                self._give_up()
                raise AgiTimeout(command=name) from exc
            except (OSError, asyncio.IncompleteReadError) as exc:
                self._give_up()
                raise AgiHungUp() from exc
            except asyncio.CancelledError:
                self._give_up()  # its answer is still to come
                raise

    async def _answer(self) -> AgiResult:
        while True:
            line = await _read_line(self._reader)
            if line == "HANGUP":
                # Asterisk says so between commands and goes on answering; there is nobody left to hear anything.
                self.hung_up = True
                raise AgiHungUp()
            code, sign, text = line[:3], line[3:4], line[4:]
            if code == "100":
                continue
            if code == "200":
                result = parse_result(text)
                if result.failed and result.data == "hangup":
                    self.hung_up = True
                    raise AgiHungUp()
                return result
            if code == "520" and sign == "-":
                raise AgiRefused(text or "The command's arguments are wrong.", usage=await self._usage())
            if code == "511":
                self.hung_up = True
                raise AgiHungUp()
            raise AgiRefused(text or line[:80] or "Asterisk did not say why.")

    async def _usage(self) -> str:
        """The lines of a 520 reply up to the one that ends it, so that the next answer is the next command's."""
        lines: list[str] = []
        while True:
            line = await _read_line(self._reader)
            if line.startswith("520 "):
                return "\n".join(lines)
            if len(lines) < _MOST_USAGE_LINES:
                lines.append(line)

    def _give_up(self) -> None:
        self.hung_up = True
        self._writer.transport.abort()

    # ------------------------------------------------------------------------------------------- commands

    async def answer(self) -> AgiResult:
        return await self.command("ANSWER")

    async def stream_file(self, name: str, escape_digits: str = "", *, timeout_s: float = 120.0) -> str:
        """Play a prompt (name without extension). Returns the digit that interrupted it, or an empty string.

        Raises AgiRefused where there is no such prompt: Asterisk itself would say nothing to the caller.
        """
        result = await self.command("STREAM FILE", name, escape_digits, timeout_s=timeout_s)
        if result.failed or (result.value == "0" and result.endpos == 0):
            raise await self._unplayed(name)
        return chr(int(result.value)) if result.value not in ("", "0") else ""

    async def get_data(self, name: str, *, wait_s: float, max_digits: int, prompt_s: float = 120.0) -> str:
        """Play a prompt and collect keys until ``max_digits``, ``#`` or ``wait_s`` seconds without one. Returns them,
        possibly none. ``prompt_s`` is an upper bound for the prompt's length."""
        if not 1 <= max_digits <= 1024:
            raise AgiCommandInvalid("max_digits must be 1 to 1024.")
        allowed_s = prompt_s + wait_s * (max_digits + 1)
        result = await self.command("GET DATA", name, str(round(wait_s * 1000)), str(max_digits), timeout_s=allowed_s)
        if result.failed:
            raise await self._unplayed(name)
        return result.value

    async def _unplayed(self, name: str) -> AgiRefused:
        """The error for a prompt that was not played. Raises AgiHungUp where that is because the caller has gone:
        Asterisk answers -1 in both cases, and says HANGUP before the next answer."""
        await self.command("CHANNEL STATUS")
        return AgiRefused("The prompt could not be played; is its file there?", prompt=name)

    async def get_variable(self, name: str) -> str | None:
        """The value of a channel variable or function, or None where it is not set."""
        result = await self.command("GET VARIABLE", name)
        return result.data if result.value == "1" else None

    async def set_variable(self, name: str, value: str) -> None:
        await self.command("SET VARIABLE", name, value)

    async def execute(self, application: str, *arguments: str, timeout_s: float | None = None) -> AgiResult:
        """Run a dialplan application. A comma separates arguments, so none may have one."""
        if any("," in argument for argument in arguments):
            raise AgiCommandInvalid("An argument of a dialplan application has a comma in it; nothing was sent.")
        return await self.command("EXEC", application, ",".join(arguments), timeout_s=timeout_s)

    async def hangup(self) -> None:
        """End the call. That it has already ended is not an error."""
        with contextlib.suppress(AgiHungUp):
            await self.command("HANGUP")


AgiHandler = Callable[[AgiSession], Awaitable[None]]


class AgiServer:
    """Listens for Asterisk and runs the handler of a session's route; at most ``max_sessions`` at a time, the others
    are closed at once. ``header_timeout_s`` and ``header_limit`` (bytes) bound what a client may do before that."""

    def __init__(
        self,
        host: str,
        port: int,
        handlers: Mapping[str, AgiHandler],
        *,
        max_sessions: int = 500,
        header_timeout_s: float = 5.0,
        header_limit: int = 64 * 1024,
        command_timeout_s: float = 30.0,
    ) -> None:
        self._host = host
        self._port = port
        self._handlers = {route.strip("/"): handler for route, handler in handlers.items()}
        self._max_sessions = max_sessions
        self._header_timeout_s = header_timeout_s
        self._header_limit = header_limit
        self._command_timeout_s = command_timeout_s
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.refused = 0  #: connections closed because there were too many

    @property
    def port(self) -> int:
        """The port in use, also where 0 was asked for."""
        if self._server is None:
            return self._port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def route(self, name: str, handler: AgiHandler) -> None:
        """Serve sessions of this route with ``handler`` from now on."""
        self._handlers[name.strip("/")] = handler

    async def start(self) -> None:
        """Listen. Raises MediaError where the address cannot be used."""
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self._port, limit=_LONGEST_LINE)
        except OSError as exc:
            raise MediaError(
                f"The server of self-service flows cannot listen on {self._host}:{self._port} ({exc.strerror}). "
                "Free the port, or set CADENCIA_IVR__HOST and CADENCIA_IVR__PORT, and render Asterisk's configuration "
                "anew."
            ) from exc

    async def close(self) -> None:
        """Stop listening and cancel the running sessions; the dialplan goes on in each call."""
        if self._server is not None:
            self._server.close()
        for task in self._sessions:
            task.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=_CLOSE_TIMEOUT_S)
        self._server = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._sessions) >= self._max_sessions:
            self.refused += 1
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer), name="agi-session")
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            try:
                async with asyncio.timeout(self._header_timeout_s):
                    request = await self._read_request(reader)
            except (TimeoutError, OSError, asyncio.IncompleteReadError, AgiRefused) as exc:
                log.warning("agi.header_refused", reason=type(exc).__name__)
                return
            handler = self._handlers.get(request.route)
            if handler is None:
                log.error("agi.route_unknown", route=request.route)
                return
            session = AgiSession(reader, writer, request, timeout_s=self._command_timeout_s)
            try:
                await handler(session)
            except AgiHungUp:
                log.info("agi.hung_up", route=request.route, uniqueid=request.uniqueid)
            except TelephonyError as exc:
                log.error("agi.session_failed", route=request.route, uniqueid=request.uniqueid, error=exc.code)
            except Exception:
                log.exception("agi.handler_failed", route=request.route, uniqueid=request.uniqueid)
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                writer.close()
                async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                    await writer.wait_closed()

    async def _read_request(self, reader: asyncio.StreamReader) -> AgiRequest:
        headers: dict[str, str] = {}
        size = 0
        while line := await _read_line(reader):
            size += len(line)
            if size > self._header_limit:
                raise AgiRefused("The client's header is too long.")
            name, colon, value = line.partition(":")
            if colon:
                headers[name.strip().lower()] = value.strip()
        url = urlsplit(headers.get("agi_request", ""))
        path = url.path if url.scheme else headers.get("agi_network_script", "").partition("?")[0]
        return AgiRequest(path.strip("/"), dict(parse_qsl(url.query, keep_blank_values=True)), headers)


async def _read_line(reader: asyncio.StreamReader) -> str:
    """The next line without its end. Raises IncompleteReadError at the end of the stream, and ConnectionError for a
    line that does not end: nothing after it could be trusted."""
    try:
        line = await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError as exc:
        raise ConnectionError("a line that does not end") from exc
    return line.decode("utf-8", "replace").rstrip("\r\n")
